//! The arguments of `pullable merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::report::Format;

use super::record::RecordArgs;
use super::shared::{REPORT, report as any_report};

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
    /// Write the result to a file as well, in any of these formats; repeatable
    #[arg(long, value_parser = report, value_name = "FORMAT=PATH", help_heading = REPORT)]
    pub report: Vec<(Format, PathBuf)>,
    /// The arguments about files that the next run reads again.
    #[command(flatten, next_help_heading = REPORT)]
    pub records: RecordArgs,
}

/// `--format` of `merge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MergeFormat {
    /// Text
    Human,
    /// The report of the whole
    Json,
    /// OpenMetrics, for Prometheus
    Openmetrics,
}

impl MergeFormat {
    /// The format of reports.
    pub fn format(self) -> Format {
        match self {
            Self::Human => Format::Human,
            Self::Json => Format::Json,
            Self::Openmetrics => Format::Openmetrics,
        }
    }
}

/// Reads `FORMAT=PATH`.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = any_report(text)?;
    let formats = MergeFormat::value_variants();
    if formats.iter().any(|known| known.format() == format) {
        return Ok((format, path));
    }
    Err(format!("{format} is not a format of merge; its formats are human, json and openmetrics"))
}
