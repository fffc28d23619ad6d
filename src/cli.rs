//! The command line: clap's types, and how they become options.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::config::{self, Network, Options, Scope, What};
use crate::report::Format;
use image::Platform;
use model::policy::Mirror;

/// Nothing merges that cannot be pulled.
///
/// The pre-merge gate for GitOps repositories: finds every image reference that a change brings in, asks
/// the registries whether each can be pulled, and points at the exact characters where one cannot.
#[derive(Debug, Parser)]
#[command(name = "pullable", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Exit codes: 0 nothing wrong · 1 something is missing or malformed · 2 the run could not happen · \
3 something could not be verified")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check that the images which a change brings in can be pulled
    #[command(after_long_help = "\
Environment:
  PULLABLE_BASE      the revision to compare with, where --base is not given
  PULLABLE_OVERRIDE  why what could not be verified may pass, never what is missing; all reports show it
  NO_COLOR, CLICOLOR_FORCE  no colours, or colours, where --color is not given

In GitHub Actions the job's summary and the step's outputs are written too.")]
    Check(CheckArgs),
    /// List image references, without asking any registry
    Images(CommonArgs),
    /// Check what is pushed, before it is: a git hook
    #[command(after_long_help = "\
The hook checks every ref that is pushed, as it is committed. What could not be verified within
10 seconds only warns. To push all the same: git push --no-verify, or PULLABLE_SKIP=1 git push.")]
    Hook {
        /// What to do with it.
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
        /// The command, as in `hook install`
        command: Vec<String>,
    },
}

/// The commands of `hook`.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Install the hook; one that is there already is kept, and runs first
    Install,
    /// Remove the hook, and put the one back that was there before
    Uninstall,
    /// What the hook runs: reads from standard input which refs are pushed, and checks each
    PrePush {
        /// The remote's name, or its address
        #[arg(default_value = "origin")]
        remote: String,
        /// The remote's address
        url: Option<String>,
    },
}

/// Arguments of `check` and `images`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct CommonArgs {
    /// Files and folders to look at as a whole; `-` reads YAML from standard input; none: the change
    /// between base and head
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The revision to compare with, through its merge base with head (or `PULLABLE_BASE`)
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The revision to look at, or `worktree` for the files as they are, uncommitted ones too
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Which references count: those that the change introduces, all in the files that it touches, or all
    #[arg(long, value_enum, default_value_t = ScopeArg::Introduced, value_name = "SCOPE")]
    pub scope: ScopeArg,
    /// Look at the whole repository; short for `--scope all`
    #[arg(long)]
    pub all: bool,
    /// Run as if started in DIR
    #[arg(
        short = 'C',
        long = "directory",
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub directory: PathBuf,
    /// The configuration, in place of the `.pullable.yaml` of the base commit, or of the current folder where
    /// no base is compared with
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Let the findings pass that stand in FILE
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write errors and warnings to FILE for `--baseline`, all but what could not be verified, and exit 0
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// What could not be checked fails the check: templated, not understood, or unreadable
    #[arg(long)]
    pub strict: bool,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// Write the report to a file too, in any format; repeatable
    #[arg(long, value_parser = report, value_name = "FORMAT=PATH")]
    pub report: Vec<(Format, PathBuf)>,
    /// Leave files out that are larger
    #[arg(long, value_parser = config::size, default_value = "16MiB", value_name = "SIZE")]
    pub max_file_size: u64,
    /// Longest time of the whole run: registries, git, credential helpers, standard input
    #[arg(long, value_parser = config::duration, default_value = "5m", value_name = "DURATION")]
    pub deadline: Duration,
    /// Whether to colour the human report; `NO_COLOR` and `CLICOLOR_FORCE` are heeded
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN")]
    pub color: ColorArg,
    /// Say nothing but errors and warnings
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every reference with its verdict, and how it came about
    #[arg(short, long)]
    pub verbose: bool,
    /// Show how each value came about: base, patch, overlay, substitution
    #[arg(long)]
    pub explain: bool,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Those that `images` has too.
    #[command(flatten)]
    pub common: CommonArgs,
    /// What to do where a registry did not let itself be asked [default: fail, or as the configuration says]
    #[arg(long, value_enum, value_name = "DO")]
    pub on_unverified: Option<UnverifiedArg>,
    /// Reach this registry without verifying TLS, or in plain HTTP; repeatable
    #[arg(long, value_parser = config::host, value_name = "HOST[:PORT]")]
    pub insecure_registry: Vec<String>,
    /// Requests at a time, for one registry and for all [default: 64, and for one registry 16, growing while it
    /// answers]; Docker Hub gets 8 at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: Option<u16>,
    /// Longest wait for one request
    #[arg(long, value_parser = config::duration, default_value = "15s", value_name = "DURATION")]
    pub timeout: Duration,
    /// The platforms that every image has to be for, as in `linux/amd64,linux/arm64`
    #[arg(long, value_parser = config::platform, value_delimiter = ',', value_name = "PLATFORM")]
    pub platform: Vec<Platform>,
    /// Look for all that an index names, and at what each manifest is of
    #[arg(long)]
    pub deep: bool,
    /// Ask for what is missing again and again, for as long
    #[arg(long, value_parser = config::duration, value_name = "DURATION")]
    pub wait: Option<Duration>,
    /// Look for the images of a registry in a mirror first, as in `docker.io=mirror.example/hub`; repeatable
    #[arg(long, value_parser = config::mirror, value_name = "REGISTRY=MIRROR")]
    pub mirror: Vec<Mirror>,
    /// Heed what this `registries.conf` says of registries: prefix, location, mirror, insecure, blocked
    #[arg(long, value_name = "FILE")]
    pub registries_conf: Option<PathBuf>,
    /// Trust the authorities in this PEM file too, beside the system's or those of `SSL_CERT_FILE`; repeatable
    #[arg(long, value_name = "FILE")]
    pub ca_file: Vec<PathBuf>,
    /// Ask only public addresses [default: in a pull request from a fork]
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub deny_private_networks: Option<bool>,
    /// Neither read nor write what is known of digests
    #[arg(long)]
    pub no_cache: bool,
    /// Exit 0 whatever is found; usage errors still exit 2
    #[arg(long)]
    pub exit_zero: bool,
}

/// `--scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// What head has and base has not
    Introduced,
    /// Everything in changed files
    Touched,
    /// The whole repository
    All,
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

/// The options of the check of a commit that is pushed, on top of `base`, or as a whole: those of `check`,
/// but what could not be verified only warns.
///
/// # Errors
/// A sentence on what does not go together.
pub fn of_push(
    head: &str,
    base: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Options, String> {
    let arguments = ["pullable", "check", "--on-unverified", "warn", "--head", head];
    let scope = if base.is_some() { "introduced" } else { "all" };
    let cli = Cli::try_parse_from(arguments.into_iter().chain(["--scope", scope]));
    let Ok(Cli { command: Command::Check(args) }) = cli else {
        return Err(format!("{head:?} is no revision"));
    };
    let mut options = args.options(env)?;
    options.base = base.map(|base| (base.to_owned(), "pushed on top of"));
    Ok(options)
}

/// Reads `FORMAT=PATH`.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').unwrap_or((text, ""));
    let format = Format::from_str(format, false).map_err(|_| {
        let names: Vec<&str> = Format::value_variants().iter().map(|format| format.as_str()).collect();
        format!("{format:?} is no format; those are {}", names.join(", "))
    })?;
    match path {
        "" => Err(format!("a report is written FORMAT=PATH, as in {format}=pullable.{format}")),
        "-" => Err(format!("standard output has one report: --format {format} chooses it")),
        path => Ok((format, PathBuf::from(path))),
    }
}

impl CheckArgs {
    /// The options of `pullable check`.
    ///
    /// # Errors
    /// A sentence on what does not go together.
    pub fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let mut options = self.common.options(env)?;
        options.network = Some(Network {
            insecure: self.insecure_registry.clone(),
            concurrency: self.concurrency.map(usize::from),
            timeout: self.timeout,
            mirrors: self.mirror.clone(),
            registries_conf: self.registries_conf.clone(),
            authorities: self.ca_file.clone(),
            deny_private: self.deny_private_networks,
            platforms: self.platform.clone(),
            deep: self.deep,
            cache: !self.no_cache,
            wait: self.wait,
        });
        options.unverified_fails = self.on_unverified.map(|what| what == UnverifiedArg::Fail);
        options.exit_zero = self.exit_zero;
        options.override_reason = env("PULLABLE_OVERRIDE").and_then(|value| config::override_reason(&value));
        Ok(options)
    }
}

impl CommonArgs {
    /// The options of `pullable images`.
    ///
    /// # Errors
    /// A sentence on what does not go together.
    pub fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let stdin = self.paths.iter().any(|path| path.as_os_str() == "-");
        let what = match self.paths.as_slice() {
            [] => What::Change,
            [_] if stdin => What::Stdin,
            _ if stdin => return Err("`-` stands alone: other paths cannot be read beside it".to_owned()),
            paths => What::Paths(paths.to_vec()),
        };
        let all = self.all || self.scope == ScopeArg::All;
        if what != What::Change && (self.base.is_some() || self.head.is_some() || all) {
            let message = "a PATH is checked as it stands: --base, --head and --all go without one";
            return Err(message.to_owned());
        }
        if all && self.base.is_some() {
            return Err("--all looks at the whole head: --base goes without it".to_owned());
        }
        let from_env =
            || env("PULLABLE_BASE").filter(|base| !base.is_empty()).map(|base| (base, "PULLABLE_BASE"));
        Ok(Options {
            what,
            base: self.base.clone().map(|base| (base, "--base")).or_else(from_env),
            head: self.head.clone(),
            scope: match self.scope {
                _ if all => Scope::All,
                ScopeArg::Touched => Scope::Touched,
                _ => Scope::Introduced,
            },
            max_file_size: self.max_file_size,
            network: None,
            config: self.config.clone(),
            baseline: self.baseline.clone(),
            write_baseline: self.write_baseline.clone(),
            unverified_fails: None,
            strict: self.strict,
            format: self.format,
            reports: self.report.clone(),
            override_reason: None,
            exit_zero: false,
        })
    }

    /// Whether the report on a stream is coloured: `--color`, then `NO_COLOR`, then `CLICOLOR_FORCE`,
    /// then whether it is a terminal.
    pub fn colored(&self, env: &dyn Fn(&str) -> Option<String>, terminal: bool) -> bool {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty() && value != "0");
        match self.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto if env("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
            ColorArg::Auto => set("CLICOLOR_FORCE") || terminal,
        }
    }
}
