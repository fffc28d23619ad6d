//! The arguments of `pullable merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::arguments::REPORT;

pub(super) const MERGE_HELP: &str = "\
The result is the report that one machine would have written. Reports of different commits, numbers of shards or \
versions are refused; a shard without a report is named.

Exit codes: 0 nothing wrong · 1 something cannot be pulled · 2 the reports do not belong together · 3 something could \
not be verified, or a shard has no report";

/// Arguments of `merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// JSON reports of `pullable audit --shard I/N`
    #[arg(value_name = "REPORT", required = true)]
    pub reports: Vec<PathBuf>,
    /// The format of the result on standard output
    #[arg(long, value_enum, default_value_t = MergeFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: MergeFormat,
}

/// `--format` of `merge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MergeFormat {
    /// For people
    Human,
    /// The report of the whole
    Json,
}
