//! The commands of the program: clap's types.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::arguments::{CheckArgs, CommonArgs};
use super::audit::{AUDIT_HELP, AuditArgs};
use super::corrections::{FIX_HELP, FixArgs, PIN_HELP, PinArgs};
use super::doctor::{DOCTOR_HELP, DoctorArgs};
use super::drift::{DRIFT_HELP, DriftArgs};
use super::init::{INIT_HELP, InitArgs};
use super::locate::{LOCATE_HELP, LocateArgs};
use super::merge::{MERGE_HELP, MergeArgs};
use super::revert::RevertArgs;
use super::sentry::{SENTRY_HELP, SentryArgs};

/// Nothing merges that cannot be pulled.
///
/// The pre-merge gate for GitOps repositories: finds every image reference that a change introduces, queries the
/// registries, and reports the exact characters of each reference that cannot be pulled.
#[derive(Debug, Parser)]
#[command(name = "pullable", version = env!("PULLABLE_VERSION"), max_term_width = 100, disable_help_subcommand = true)]
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
    /// Find the units that deploy an image, the characters that decide it, and the commit that introduced it
    #[command(after_long_help = LOCATE_HELP)]
    Where(LocateArgs),
    /// Write the certain corrections of findings to the files of the work tree
    #[command(after_long_help = FIX_HELP)]
    Fix(FixArgs),
    /// Add the digests of images to the files of the work tree, as in `tag@sha256:…`
    #[command(after_long_help = PIN_HELP)]
    Pin(PinArgs),
    /// Revert references that cannot be pulled: write a commit that restores the last good value
    #[command(after_long_help = "\
Without IMAGE and --from, every reference of HEAD is queried. Nothing is pushed without --push, --pr or --direct; the \
work tree, the index and the history stay as they are. docs/incident.md is the guide for an incident.

Exit codes: 0 nothing to revert, or all reverted · 1 an incident could not be reverted · 2 the run could not \
happen · 3 something could not be verified")]
    Revert(RevertArgs),
    /// Handle a failure that Flux or Argo CD reports, and propose the revert of the reference that causes it
    #[command(after_long_help = SENTRY_HELP)]
    Sentry(SentryArgs),
    /// Audit a commit: could Git rebuild the cluster today, could a revert roll back each change, does CI deploy around it?
    #[command(after_long_help = AUDIT_HELP)]
    Audit(AuditArgs),
    /// Merge the JSON reports of the shards of an audit
    #[command(after_long_help = MERGE_HELP)]
    Merge(MergeArgs),
    /// Compare what a cluster runs with what Git deploys, from a dump that kubectl writes
    #[command(after_long_help = DRIFT_HELP)]
    Drift(DriftArgs),
    /// Find the reason why an image cannot be queried: tools, configuration, network, and logins at registries
    #[command(after_long_help = DOCTOR_HELP)]
    Doctor(DoctorArgs),
    /// Set up the gate in a repository: show the workflow, configuration, baseline and hook, then write them
    #[command(after_long_help = INIT_HELP)]
    Init(InitArgs),
    /// Check commits before they are pushed: a git hook
    #[command(after_long_help = "\
The hook checks every ref that is pushed, as it is committed. References that could not be verified within \
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
