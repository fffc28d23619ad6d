//! The arguments of `pullable sentry`, and their conversion to options.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use crate::config::{self, Options, SentryOptions, SentrySettings, ServeOptions};

use super::registry::RegistryArgs;
use super::shared::{PlatformArgs, REPORT, RunArgs, VolumeArgs};

/// Headings of the help.
const SERVER: &str = "Server";
const WHAT: &str = "Selection";
const RESULT: &str = "Action";
const LIMITS: &str = "Limits, beyond which it only reports";

pub(super) const SENTRY_HELP: &str = "\
The text of a notification decides nothing: it names an object, and Git and the registries decide. Without --propose \
neither the remote nor the forge is contacted.

Exit codes: 0 nothing to do, or proposed · 1 confirmed, and only reported · 2 the run could not happen · 3 not \
verified. docs/sentry.md has the reasons.";

const SERVE_HELP: &str = "\
POST /flux takes events of Flux, signed with the key of --secret-file (Provider generic-hmac). POST /argocd takes \
notifications of Argo CD with the token of --bearer-file. GET /healthz and GET /metrics are for the cluster. The \
answer is sent before the work starts. Before each decision the server fetches the branch, and nothing else. SIGTERM \
stops it.

The log goes to standard error, one JSON object on each line. For TLS, put a proxy in front of it.";

/// Arguments of `sentry`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(group(ArgGroup::new("task").args(["event", "explain_setup"]).required(true)))]
pub struct SentryArgs {
    /// The command.
    #[command(subcommand)]
    pub command: Option<SentryCommand>,
    /// Handle the notification in FILE, or on standard input for `-`
    ///
    /// It is an event of Flux, a notification of Argo CD made with the template of examples/sentry, the event
    /// file of a `repository_dispatch` of GitHub, or the `TRIGGER_PAYLOAD` of GitLab.
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub event: Option<PathBuf>,
    /// List the failures in a cluster that no notification reports
    ///
    /// The files of the work tree decide. The exit code is 1 if there are any.
    #[arg(long, conflicts_with = "record", help_heading = WHAT)]
    pub explain_setup: bool,
    /// The arguments about the work on a notification.
    #[command(flatten)]
    pub work: SentryWorkArgs,
    /// Write the outcome to FILE as well, as JSON
    #[arg(long, value_name = "FILE", help_heading = REPORT)]
    pub record: Option<PathBuf>,
    /// The format of the report on standard output
    #[arg(long, value_enum, default_value_t = SentryFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: SentryFormat,
    /// The arguments about the length of the report.
    #[command(flatten)]
    pub volume: VolumeArgs,
}

/// The commands of `sentry`.
#[derive(Clone, Debug, Subcommand)]
pub enum SentryCommand {
    /// Handle notifications as a server, one after the other
    #[command(after_long_help = SERVE_HELP)]
    Serve(Box<ServeArgs>),
}

/// Arguments of `sentry serve`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("proof").args(["secret_file", "bearer_file"]).required(true).multiple(true)))]
pub struct ServeArgs {
    /// The address to listen at
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8085", help_heading = SERVER)]
    pub listen: SocketAddr,
    /// The file with the key that Flux signs with
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub secret_file: Option<PathBuf>,
    /// The file with the token that Argo CD sends
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub bearer_file: Option<PathBuf>,
    /// Wait this long for further notifications about the same object, and handle them as one
    #[arg(long, value_parser = config::duration, default_value = "30s", value_name = "DURATION")]
    #[arg(help_heading = SERVER, hide_short_help = true)]
    pub debounce: Duration,
    /// Time for the work under way when the server stops
    #[arg(long, value_parser = config::duration, default_value = "20s", value_name = "DURATION")]
    #[arg(help_heading = SERVER, hide_short_help = true)]
    pub grace: Duration,
    /// The arguments about the work on a notification.
    #[command(flatten)]
    pub work: SentryWorkArgs,
}

impl ServeArgs {
    /// The options of the server.
    pub fn options(&self) -> ServeOptions {
        ServeOptions {
            listen: self.listen,
            secret_file: self.secret_file.clone(),
            bearer_file: self.bearer_file.clone(),
            debounce: self.debounce,
            grace: self.grace,
        }
    }
}

/// `--format` of `sentry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SentryFormat {
    /// Text
    Human,
    /// For programs: schemas/sentry.schema.json, or schemas/setup.schema.json
    Json,
}

/// Arguments about the work on a notification from any source.
#[derive(Clone, Debug, Args)]
pub struct SentryWorkArgs {
    /// The branch that the cluster deploys, as the remote has it [default: the default branch, else HEAD]
    #[arg(long, value_name = "BRANCH", help_heading = WHAT)]
    pub onto: Option<String>,
    /// The arguments about platforms.
    #[command(flatten)]
    pub platforms: PlatformArgs,
    /// Push the revert to a separate branch, and open a draft pull or merge request
    #[arg(long, help_heading = RESULT)]
    pub propose: bool,
    /// The forge, if the address of the remote is unclear: github, gitlab, gitea or forgejo
    #[arg(long, value_name = "KIND[=URL]", requires = "propose", help_heading = RESULT, hide_short_help = true)]
    pub forge: Option<String>,
    /// Only report notifications that are older [default: 24h]
    #[arg(long, value_parser = config::duration, value_name = "DURATION", help_heading = LIMITS, hide_short_help = true)]
    pub max_age: Option<Duration>,
    /// Open no request for a unit within this time after another one [default: 30m]
    #[arg(long, value_parser = config::duration, value_name = "DURATION", help_heading = LIMITS, hide_short_help = true)]
    pub cooldown: Option<Duration>,
    /// Open no request while this many requests of pullable are open [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000), value_name = "N", help_heading = LIMITS, hide_short_help = true)]
    pub max_open: Option<u16>,
    /// The share of a registry's references, in percent, beyond which missing ones are a fault of the registry, if they
    /// are at least five [default: 20]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=100), value_name = "PERCENT", help_heading = LIMITS, hide_short_help = true)]
    pub fault_share: Option<u8>,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

impl SentryWorkArgs {
    /// The options of the sentry. Answers of registries are never read from the cache: an image may have been
    /// deleted since.
    pub fn options(&self) -> SentryOptions {
        let mut network = self.registry.network(self.platforms.platform.clone());
        network.cache = false;
        let of_head = self.run.of_commit("HEAD");
        SentryOptions {
            gate: Options { network: Some(network), unverified_fails: Some(true), ..of_head },
            propose: self.propose,
            onto: self.onto.clone(),
            forge: self.forge.clone(),
            limits: SentrySettings {
                max_age: self.max_age,
                cooldown: self.cooldown,
                max_open: self.max_open.map(usize::from),
                fault_share: self.fault_share,
            },
        }
    }
}
