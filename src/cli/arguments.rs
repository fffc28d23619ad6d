//! The arguments of `check` and `images`: clap's types.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config;
use crate::report::Format;
use image::Platform;
use model::policy::RenderMode;

use super::registry::RegistryArgs;

/// Headings of the help.
pub(super) const CHANGE: &str = "What to check";
pub(super) const POLICY: &str = "Policy";
pub(super) const REPORT: &str = "Report";

/// The folder that a command is about.
#[derive(Clone, Debug, Args)]
pub struct DirectoryArg {
    /// Run as if started in DIR
    #[arg(
        short = 'C',
        long = "directory",
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub directory: PathBuf,
}

/// Arguments of `check` and `images`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct CommonArgs {
    /// Files and folders to check as a whole; `-` reads YAML from standard input; without one: the change between
    /// base and head
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The revision to compare with, through its merge base with head (or `PULLABLE_BASE`)
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub base: Option<String>,
    /// The revision to check, or `worktree` for the files of the work tree, uncommitted ones too
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub head: Option<String>,
    /// Which references count: those that the change introduces, all in the files that it touches, or all
    #[arg(long, value_enum, default_value_t = ScopeArg::Introduced, value_name = "SCOPE", help_heading = CHANGE)]
    pub scope: ScopeArg,
    /// Check the whole repository; short for `--scope all`
    #[arg(long, help_heading = CHANGE)]
    pub all: bool,
    /// The folder that it is about.
    #[command(flatten, next_help_heading = CHANGE)]
    pub place: DirectoryArg,
    /// Do not read larger files; they are reported as not verified
    #[arg(long, value_parser = config::size, default_value = "16MiB", value_name = "SIZE", help_heading = CHANGE)]
    pub max_file_size: u64,
    /// Time limit of the whole run: registries, git, credential helpers, standard input
    #[arg(long, value_parser = config::duration, default_value = "5m", value_name = "DURATION", help_heading = CHANGE)]
    pub deadline: Duration,
    /// When to render Helm charts with the `helm` in PATH, in a sandbox [default: auto, or as the configuration says]
    #[arg(long, value_enum, value_name = "WHEN", help_heading = CHANGE)]
    pub render: Option<RenderArg>,
    /// Read the configuration from FILE, and not from the `.pullable.yaml` of the base commit (of the current folder,
    /// if nothing is compared)
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub config: Option<PathBuf>,
    /// Ignore findings recorded in FILE; of a change, a file in the repository is read from the base commit
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub baseline: Option<PathBuf>,
    /// Record errors and warnings in FILE for `--baseline`, without those that could not be verified, and exit 0
    #[arg(long, value_name = "FILE", conflicts_with = "baseline", help_heading = POLICY)]
    pub write_baseline: Option<PathBuf>,
    /// Fail for references that could not be checked: templated, not understood, or unreadable
    #[arg(long, help_heading = POLICY)]
    pub strict: bool,
    /// The format of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: Format,
    /// Write the report to a file as well, in any format; repeatable
    #[arg(long, value_parser = report, value_name = "FORMAT=PATH", help_heading = REPORT)]
    pub report: Vec<(Format, PathBuf)>,
    /// When to colour the human report; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN", help_heading = REPORT)]
    pub color: ColorArg,
    /// Print errors and warnings only
    #[arg(short, long, conflicts_with = "verbose", help_heading = REPORT)]
    pub quiet: bool,
    /// Print every reference with its verdict, how its value came about, and unread files
    #[arg(short, long, help_heading = REPORT)]
    pub verbose: bool,
    /// Show how each value came about: base, patch, overlay, substitution
    #[arg(long, help_heading = REPORT)]
    pub explain: bool,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct CheckArgs {
    /// Those that `images` has too.
    #[command(flatten)]
    pub common: CommonArgs,
    /// When a registry cannot be queried [default: fail, or as the configuration says]
    #[arg(long, value_enum, value_name = "DO", help_heading = POLICY)]
    pub on_unverified: Option<UnverifiedArg>,
    /// The platforms that every image has to support, as in `linux/amd64,linux/arm64`
    #[arg(long, value_parser = config::platform, value_delimiter = ',', value_name = "PLATFORM", help_heading = POLICY)]
    pub platform: Vec<Platform>,
    /// Print the configuration in effect with the source of each value, as text or as JSON, and check nothing
    #[arg(long, conflicts_with_all = ["write_baseline", "report"], help_heading = POLICY)]
    pub print_config: bool,
    /// Exit 0 whatever is found; usage errors still exit 2
    #[arg(long, help_heading = POLICY)]
    pub exit_zero: bool,
    /// Those about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// References that head has and base has not
    Introduced,
    /// All references of changed files
    Touched,
    /// The whole repository
    All,
}

/// `--render`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RenderArg {
    /// If helm is in PATH
    Auto,
    /// Always; exit 2 without helm
    Always,
    /// Never; the values of charts are read instead
    Never,
}

impl RenderArg {
    /// The mode that it names.
    pub fn mode(self) -> RenderMode {
        match self {
            Self::Auto => RenderMode::Auto,
            Self::Always => RenderMode::Always,
            Self::Never => RenderMode::Never,
        }
    }
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--on-unverified`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnverifiedArg {
    /// Exit 3
    Fail,
    /// Warn
    Warn,
}

/// Reads `FORMAT=PATH`.
pub(super) fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').unwrap_or((text, ""));
    let format = Format::from_str(format, false).map_err(|_| {
        let names: Vec<&str> = Format::value_variants().iter().map(|format| format.as_str()).collect();
        format!("{format:?} is not a format; the formats are {}", names.join(", "))
    })?;
    match path {
        "" => Err(format!("a report is written FORMAT=PATH, as in {format}=pullable.{format}")),
        "-" => Err(format!("standard output has one report: --format {format} chooses it")),
        path => Ok((format, PathBuf::from(path))),
    }
}
