//! The arguments of `pullable audit`, and the options that they become.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::config::{self, AuditOptions, Network, Options, Rollback};
use crate::report::Format;
use image::Platform;

use super::arguments::{
    CHANGE, ColorArg, CommonArgs, DirectoryArg, POLICY, REPORT, RenderArg, ScopeArg, UnverifiedArg, report,
};
use super::record::RecordArgs;
use super::registry::RegistryArgs;

pub(super) const AUDIT_HELP: &str = "\
A commit is audited, never the work tree. The exit code is that of the first question; previous values that are gone and \
CI that deploys around Git do not change it. PULLABLE_OVERRIDE has no effect.

Exit codes: 0 nothing wrong · 1 something cannot be pulled · 2 the run could not happen · 3 something could not be \
verified";

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct AuditArgs {
    /// The command.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// The commit to audit [default: HEAD]
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub head: Option<String>,
    /// Query the previous value of every reference; auto: up to 2,000 references
    #[arg(long, value_enum, default_value_t = RollbackArg::Auto, value_name = "WHEN", help_heading = CHANGE)]
    pub rollback: RollbackArg,
    /// Query a part of the references only: `2/8`, or `auto` where CI numbers parallel jobs, `auto/8` in an indexed Job of
    /// Kubernetes; pullable merge combines the JSON reports
    #[arg(long, value_name = "I/N", help_heading = CHANGE)]
    pub shard: Option<String>,
    /// The folder that it is about.
    #[command(flatten, next_help_heading = CHANGE)]
    pub place: DirectoryArg,
    /// Do not read larger files; they are reported as not verified
    #[arg(long, value_parser = config::size, default_value = "16MiB", value_name = "SIZE", help_heading = CHANGE)]
    pub max_file_size: u64,
    /// Time limit of the whole run
    #[arg(long, value_parser = config::duration, default_value = "15m", value_name = "DURATION", help_heading = CHANGE)]
    pub deadline: Duration,
    /// When to render Helm charts with the `helm` in PATH, in a sandbox [default: auto, or as the configuration says]
    #[arg(long, value_enum, value_name = "WHEN", help_heading = CHANGE)]
    pub render: Option<RenderArg>,
    /// Read the configuration from FILE, and not from the `.pullable.yaml` of the commit
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub config: Option<PathBuf>,
    /// Fail for references that could not be checked: templated, not understood, or unreadable
    #[arg(long, help_heading = POLICY)]
    pub strict: bool,
    /// When a registry cannot be queried [default: fail, or as the configuration says]
    #[arg(long, value_enum, value_name = "DO", help_heading = POLICY)]
    pub on_unverified: Option<UnverifiedArg>,
    /// The platforms that every image has to support, as in `linux/amd64,linux/arm64`
    #[arg(long, value_parser = config::platform, value_delimiter = ',', value_name = "PLATFORM", help_heading = POLICY)]
    pub platform: Vec<Platform>,
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
    /// Print every reference with its verdict, and how its value came about
    #[arg(short, long, help_heading = REPORT)]
    pub verbose: bool,
    /// Files that the next run finds again.
    #[command(flatten, next_help_heading = REPORT)]
    pub records: RecordArgs,
    /// Those about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// The commands of `audit`.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Draw the history of audits as an SVG picture, on standard output
    Plot {
        /// The file of `--history`
        #[arg(value_name = "HISTORY")]
        history: PathBuf,
    },
}

/// `--rollback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RollbackArg {
    /// Up to 2,000 references
    Auto,
    /// Whatever their number
    Always,
    /// Never
    Never,
}

impl AuditArgs {
    /// The options of the gate, for all of the head. Similar names are those of one run: a shard has others than the whole.
    pub fn options(&self) -> Options {
        let network = Network { similar_names: false, ..self.registry.network(self.platform.clone()) };
        let head = self.head.as_deref().unwrap_or("HEAD");
        Options {
            network: Some(network),
            unverified_fails: self.on_unverified.map(|what| what == UnverifiedArg::Fail),
            strict: self.strict,
            format: self.format,
            reports: self.report.clone(),
            render: self.render.map(RenderArg::mode),
            ..Options::of_commit(head, self.max_file_size, self.config.clone())
        }
    }

    /// The options of the audit.
    ///
    /// # Errors
    /// A sentence on a shard that is none.
    pub fn audit_options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<AuditOptions, String> {
        let rollback = match self.rollback {
            RollbackArg::Auto => Rollback::Auto,
            RollbackArg::Always => Rollback::Always,
            RollbackArg::Never => Rollback::Never,
        };
        let shard = self.shard.as_ref().map(|text| config::shard(text, env)).transpose()?;
        Ok(AuditOptions { rollback, shard })
    }

    /// The arguments of `check` that decide how a report looks.
    pub fn common(&self) -> CommonArgs {
        CommonArgs {
            paths: Vec::new(),
            base: None,
            head: self.head.clone(),
            scope: ScopeArg::All,
            all: true,
            place: self.place.clone(),
            max_file_size: self.max_file_size,
            deadline: self.deadline,
            render: self.render,
            config: self.config.clone(),
            baseline: None,
            write_baseline: None,
            strict: self.strict,
            format: self.format,
            report: self.report.clone(),
            color: self.color,
            quiet: self.quiet,
            verbose: self.verbose,
            explain: false,
        }
    }
}
