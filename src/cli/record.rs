//! The arguments of the files that an audit keeps from one run to the next.

use std::path::PathBuf;

use clap::Args;

/// Files that an audit keeps from one run to the next.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// Record the audit in FILE, and report since when images are missing
    ///
    /// Each audit is a JSON object on a line. FILE is made if it is absent.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Write the manifests to FILE that a retention job must not delete
    ///
    /// They are those in use, and those that a revert would restore.
    #[arg(long, value_name = "FILE")]
    pub keep_list: Option<PathBuf>,
}
