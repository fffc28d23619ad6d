//! The arguments that several commands share, each written once.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::{self, Options};
use crate::report::Format;
use image::Platform;
use model::policy::RenderMode;

/// Headings of the help.
pub(super) const CHANGE: &str = "Selection";
pub(super) const POLICY: &str = "Policy";
pub(super) const REPORT: &str = "Report";
const RUN: &str = "Run";

/// Arguments of every command that reads a repository.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Run as if started in DIR
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".", hide_default_value = true, help_heading = RUN)]
    pub directory: PathBuf,
    /// Read the configuration from FILE instead of the repository
    ///
    /// Without it the configuration is the `.pullable.yaml` of the base for a change, else that of the commit or the folder.
    #[arg(long, value_name = "FILE", hide_short_help = true, help_heading = RUN)]
    pub config: Option<PathBuf>,
    /// When to render Helm charts with the `helm` in PATH, in a sandbox [default: auto, or as in the configuration]
    #[arg(long, value_enum, value_name = "WHEN", hide_short_help = true, help_heading = RUN)]
    pub render: Option<RenderArg>,
    /// Do not read larger files; the check reports them as not verified
    #[arg(long, value_parser = config::size, default_value = "16MiB", value_name = "SIZE")]
    #[arg(hide_short_help = true, help_heading = RUN)]
    pub max_file_size: u64,
    /// Time limit of the whole run: registries, git, credential helpers, standard input
    #[arg(long, value_parser = config::duration, default_value = "5m", value_name = "DURATION")]
    #[arg(hide_short_help = true, help_heading = RUN)]
    pub deadline: Duration,
}

impl RunArgs {
    /// The options of a run over a whole commit, or over the work tree with the name `worktree`, without
    /// registries.
    pub fn of_commit(&self, head: &str) -> Options {
        let render = self.render.map(RenderArg::mode);
        Options { render, ..Options::of_commit(head, self.max_file_size, self.config.clone()) }
    }
}

/// Arguments about the platforms of images.
#[derive(Clone, Debug, Args)]
pub struct PlatformArgs {
    /// Platforms that every image has to support: `linux/amd64,linux/arm64`
    #[arg(long, value_parser = config::platform, value_delimiter = ',', value_name = "PLATFORM", help_heading = POLICY)]
    pub platform: Vec<Platform>,
}

/// Arguments about the verdicts that fail a run.
#[derive(Clone, Debug, Args)]
pub struct FailureArgs {
    /// When a registry cannot be queried
    ///
    /// [default: fail, or as in the configuration]
    #[arg(long, value_enum, value_name = "DO", help_heading = POLICY)]
    pub on_unverified: Option<UnverifiedArg>,
    /// The arguments about platforms.
    #[command(flatten)]
    pub platforms: PlatformArgs,
}

impl FailureArgs {
    /// True if a reference that could not be verified fails the run; `None` leaves it to the configuration.
    pub fn unverified_fails(&self) -> Option<bool> {
        self.on_unverified.map(|what| what == UnverifiedArg::Fail)
    }
}

/// Arguments about the report of the gate.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The format of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: Format,
    /// Write the report to a file too, as `json=report.json`; repeatable
    #[arg(long, value_parser = report, value_name = "FORMAT=PATH", help_heading = REPORT)]
    pub report: Vec<(Format, PathBuf)>,
    /// The arguments about the appearance of the report.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// Arguments about the appearance of a text report.
#[derive(Clone, Copy, Debug, Args)]
pub struct StyleArgs {
    /// The arguments about the length of the report.
    #[command(flatten)]
    pub volume: VolumeArgs,
    /// When to colour the human report; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN")]
    #[arg(hide_short_help = true, help_heading = REPORT)]
    pub color: ColorArg,
}

/// Arguments about the length of a report.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct VolumeArgs {
    /// Print less: only problems, and no notes
    #[arg(short, long, conflicts_with = "verbose", help_heading = REPORT)]
    pub quiet: bool,
    /// Print more: also references without problems, and details of the run
    #[arg(short, long, help_heading = REPORT)]
    pub verbose: bool,
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

impl ColorArg {
    /// True if a stream is coloured: the flag decides, then `NO_COLOR`, then `CLICOLOR_FORCE`, then the
    /// existence of a terminal.
    pub fn is_on(self, env: &dyn Fn(&str) -> Option<String>, terminal: bool) -> bool {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty() && value != "0");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if env("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
            Self::Auto => set("CLICOLOR_FORCE") || terminal,
        }
    }
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
