//! The arguments of the command line: clap's types.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::config;
use crate::report::Format;
use image::Platform;
use model::policy::{Mirror, RenderMode};

/// Nothing merges that cannot be pulled.
///
/// The pre-merge gate for GitOps repositories: finds every image reference that a change introduces, queries the
/// registries, and reports the exact characters of each reference that cannot be pulled.
#[derive(Debug, Parser)]
#[command(name = "pullable", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Exit codes: 0 nothing wrong · 1 something is missing or malformed · 2 the run could not happen · \
3 something could not be verified")]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check that the images which a change introduces can be pulled
    #[command(after_long_help = "\
Environment:
  PULLABLE_BASE      the revision to compare with, if --base is not given
  PULLABLE_OVERRIDE  the reason why unverified references pass this time (missing ones never do); all reports show it
  NO_COLOR, CLICOLOR_FORCE  no colours, or colours, if --color is not given

In GitHub Actions the job's summary and the step's outputs are written too.")]
    Check(CheckArgs),
    /// List image references, without querying any registry
    Images(CommonArgs),
    /// Check commits before they are pushed: a git hook
    #[command(after_long_help = "\
The hook checks every ref that is pushed, as it is committed. References that could not be verified within
10 seconds are only warnings. To push without the check: git push --no-verify, or PULLABLE_SKIP=1 git push.")]
    Hook {
        /// The action.
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Explain a rule, or list all rules
    Explain {
        /// The rule's name, as in `missing-tag`
        rule: Option<String>,
    },
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual page to standard output, or that of a command
    Man {
        /// The command, as in `check` or `hook install`
        #[arg(num_args = 0..)]
        command: Vec<String>,
    },
}

/// The commands of `hook`.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Install the hook; an existing one is kept, and runs first
    Install,
    /// Remove the hook, and restore the one that was there before
    Uninstall,
    /// The command that the hook runs: reads the pushed refs from standard input, and checks each
    PrePush {
        /// The remote's name, or its address
        #[arg(default_value = "origin")]
        remote: String,
        /// The remote's address
        url: Option<String>,
    },
}

/// Headings of the help.
const CHANGE: &str = "What to check";
const POLICY: &str = "Policy";
const REPORT: &str = "Report";
const REGISTRIES: &str = "Registries";
const NETWORK: &str = "Network";

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
    /// Run as if started in DIR
    #[arg(
        short = 'C',
        long = "directory",
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    #[arg(help_heading = CHANGE)]
    pub directory: PathBuf,
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
    /// Exit 0 whatever is found; usage errors still exit 2
    #[arg(long, help_heading = POLICY)]
    pub exit_zero: bool,
    /// Also verify every manifest in an index and its type
    #[arg(long, help_heading = REGISTRIES)]
    pub deep: bool,
    /// Keep retrying missing images for up to DURATION
    #[arg(long, value_parser = config::duration, value_name = "DURATION", help_heading = REGISTRIES)]
    pub wait: Option<Duration>,
    /// Query a mirror first for the images of a registry, as in `docker.io=mirror.example/hub`; repeatable
    #[arg(long, value_parser = config::mirror, value_name = "REGISTRY=MIRROR", help_heading = REGISTRIES)]
    pub mirror: Vec<Mirror>,
    /// Use the registries of this `registries.conf`: prefix, location, mirror, insecure, blocked
    #[arg(long, value_name = "FILE", help_heading = REGISTRIES)]
    pub registries_conf: Option<PathBuf>,
    /// Connect to this registry without verifying TLS, or in plain HTTP; repeatable
    #[arg(long, value_parser = config::host, value_name = "HOST[:PORT]", help_heading = REGISTRIES)]
    pub insecure_registry: Vec<String>,
    /// Neither look up charts in chart repositories over HTTP nor download any
    #[arg(long, help_heading = REGISTRIES)]
    pub no_charts: bool,
    /// Disable the digest cache
    #[arg(long, help_heading = REGISTRIES)]
    pub no_cache: bool,
    /// Concurrent requests, for one registry and in total [default: 64 in total; 16 for one registry, more while
    /// it answers]; at most 8 for Docker Hub
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = NETWORK)]
    pub concurrency: Option<u16>,
    /// Time limit of one request
    #[arg(long, value_parser = config::duration, default_value = "15s", value_name = "DURATION", help_heading = NETWORK)]
    pub timeout: Duration,
    /// Trust the authorities in this PEM file as well as the system's or those of `SSL_CERT_FILE`; repeatable
    #[arg(long, value_name = "FILE", help_heading = NETWORK)]
    pub ca_file: Vec<PathBuf>,
    /// Connect to public addresses only [default: true for changes from forks, and in CI if the origin is unknown]
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(help_heading = NETWORK)]
    pub deny_private_networks: Option<bool>,
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
fn report(text: &str) -> Result<(Format, PathBuf), String> {
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
