//! The arguments of the files that an audit keeps from one run to the next.

use std::path::PathBuf;

use clap::Args;

/// Files that an audit keeps from one run to the next.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// Record the audit in FILE, one JSON object on each line, and report since when images are missing; FILE is made if it
    /// is absent
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Write the manifests that a retention job must not delete to FILE: those in use, and those that a revert goes back to
    #[arg(long, value_name = "FILE")]
    pub keep_list: Option<PathBuf>,
}
