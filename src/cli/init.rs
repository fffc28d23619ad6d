//! The arguments of `pullable init`, and their conversion to options.

use clap::{Args, ValueEnum};

use crate::config::Options;

use super::registry::RegistryArgs;
use super::shared::RunArgs;

/// Heading of the help.
const FILES: &str = "Files";

pub(super) const INIT_HELP: &str = "\
The files are shown first. They are written after a confirmation on the terminal, or with --yes. A file that exists is never \
changed: the lines to add to it are shown. The registries are queried for references that are broken already, which become \
the baseline; --no-baseline queries nothing.

Exit codes: 0 written, nothing to write, or --dry-run · 1 not confirmed, and nothing written · 2 the run could not happen, \
or a file could not be written";

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The forge to set up [default: that of the remote, or of the files that exist]
    #[arg(long, value_enum, value_name = "FORGE", help_heading = FILES)]
    pub forge: Option<ForgeArg>,
    /// Write the files without a confirmation
    #[arg(long, help_heading = FILES)]
    pub yes: bool,
    /// Show the files, and write nothing
    #[arg(long, conflicts_with = "yes", help_heading = FILES)]
    pub dry_run: bool,
    /// Write no baseline of references that are broken already, and query no registry
    #[arg(long, help_heading = FILES)]
    pub no_baseline: bool,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--forge` of `init`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForgeArg {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

impl InitArgs {
    /// The options of the run over all files of the work tree, with or without registries.
    pub fn options(&self, with_registries: bool) -> Options {
        let network = with_registries.then(|| self.registry.network(Vec::new()));
        Options { network, is_gate: true, ..self.run.of_commit(WORKTREE) }
    }
}

/// The name of the work tree for `--head`.
const WORKTREE: &str = "worktree";
