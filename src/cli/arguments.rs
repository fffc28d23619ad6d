//! The arguments of `check` and `images`: clap's types.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::registry::RegistryArgs;
use super::shared::{CHANGE, FailureArgs, POLICY, REPORT, ReportArgs, RunArgs};

/// Arguments of `check` and `images`.
#[derive(Clone, Debug, Args)]
pub struct CommonArgs {
    /// Files and folders to check as a whole, or `-` for YAML on standard input
    ///
    /// Without one, the change between base and head is checked.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The revision to compare with (or `PULLABLE_BASE`)
    ///
    /// The head is compared with its merge base with this revision.
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub base: Option<String>,
    /// The revision to check, or `worktree`
    ///
    /// `worktree` means the files of the work tree, uncommitted ones too.
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub head: Option<String>,
    /// The references to check
    ///
    /// Those that the change introduces, all in the files that it touches, or all.
    #[arg(long, value_enum, default_value_t = ScopeArg::Introduced, value_name = "SCOPE", help_heading = CHANGE)]
    pub scope: ScopeArg,
    /// Check the whole repository; short for `--scope all`
    #[arg(long, help_heading = CHANGE)]
    pub all: bool,
    /// Ignore findings recorded in FILE
    ///
    /// For a change, a file in the repository is read from the base commit.
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub baseline: Option<PathBuf>,
    /// Record findings in FILE for `--baseline`, and exit 0
    ///
    /// Errors and warnings are recorded, without those that could not be verified.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline", help_heading = POLICY)]
    pub write_baseline: Option<PathBuf>,
    /// Fail for references that could not be checked
    ///
    /// They are templated, not understood, or unreadable.
    #[arg(long, help_heading = POLICY)]
    pub strict: bool,
    /// The arguments about the report.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Show the origin of each value: base, patch, overlay, substitution
    #[arg(long, hide_short_help = true, help_heading = REPORT)]
    pub explain: bool,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The arguments that `images` has too.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The arguments about the verdicts that fail the run.
    #[command(flatten)]
    pub failure: FailureArgs,
    /// Print the configuration in effect, and check nothing
    ///
    /// Each value has its source. It is written as text, or as JSON with `--format json`.
    #[arg(long, conflicts_with_all = ["write_baseline", "report"], help_heading = POLICY)]
    pub print_config: bool,
    /// Exit 0 for any finding; usage errors still exit 2
    #[arg(long, hide_short_help = true, help_heading = POLICY)]
    pub exit_zero: bool,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// References of head that base does not have
    Introduced,
    /// All references of changed files
    Touched,
    /// The whole repository
    All,
}
