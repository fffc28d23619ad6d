//! The arguments of `pullable audit`, and their conversion to options.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::config::{self, AuditOptions, Network, Options, Rollback};

use super::record::RecordArgs;
use super::registry::RegistryArgs;
use super::shared::{CHANGE, FailureArgs, POLICY, REPORT, ReportArgs, RunArgs};

pub(super) const AUDIT_HELP: &str = "\
A commit is audited, never the work tree. The exit code is that of the first question; previous values that are gone and \
CI that deploys around Git do not change it. PULLABLE_OVERRIDE has no effect.

Exit codes: 0 nothing wrong · 1 something cannot be pulled · 2 the run could not happen · 3 something could not be \
verified";

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(mut_arg("deadline", |deadline| deadline.default_value("15m")))]
pub struct AuditArgs {
    /// The command.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// The commit to audit [default: HEAD]
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub head: Option<String>,
    /// Query the previous value of every reference
    ///
    /// `auto` does so for up to 2,000 references.
    #[arg(long, value_enum, default_value_t = RollbackArg::Auto, value_name = "WHEN", help_heading = CHANGE)]
    pub rollback: RollbackArg,
    /// Query a part of the references only: `2/8`, or `auto`
    ///
    /// `auto` is for CI that numbers parallel jobs, and `auto/8` for an indexed Job of Kubernetes. `pullable merge` combines the
    /// JSON reports.
    #[arg(long, value_name = "I/N", help_heading = CHANGE)]
    pub shard: Option<String>,
    /// Fail for references that could not be checked
    ///
    /// They are templated, not understood, or unreadable.
    #[arg(long, help_heading = POLICY)]
    pub strict: bool,
    /// The arguments about the verdicts that fail the run.
    #[command(flatten)]
    pub failure: FailureArgs,
    /// The arguments about the report.
    #[command(flatten)]
    pub report: ReportArgs,
    /// The arguments about files that the next run reads again.
    #[command(flatten, next_help_heading = REPORT)]
    pub records: RecordArgs,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
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
    /// For any number of references
    Always,
    /// Never
    Never,
}

impl AuditArgs {
    /// The options of the gate, for the whole head. Similar names are searched among the references of a run,
    /// and a shard has only a part of them.
    pub fn options(&self) -> Options {
        let network = Network {
            similar_names: false,
            ..self.registry.network(self.failure.platforms.platform.clone())
        };
        let head = self.head.as_deref().unwrap_or("HEAD");
        Options {
            network: Some(network),
            unverified_fails: self.failure.unverified_fails(),
            strict: self.strict,
            format: self.report.format,
            reports: self.report.report.clone(),
            ..self.run.of_commit(head)
        }
    }

    /// The options of the audit.
    ///
    /// # Errors
    /// A sentence on an invalid shard.
    pub fn audit_options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<AuditOptions, String> {
        let rollback = match self.rollback {
            RollbackArg::Auto => Rollback::Auto,
            RollbackArg::Always => Rollback::Always,
            RollbackArg::Never => Rollback::Never,
        };
        let shard = self.shard.as_ref().map(|text| config::shard(text, env)).transpose()?;
        Ok(AuditOptions { rollback, shard })
    }
}
