//! Converts arguments of the command line to the options of a run.

use clap::Parser as _;

use crate::config::{self, Options, Scope, What};

use super::arguments::{CheckArgs, CommonArgs, ScopeArg};
use super::commands::{Cli, Command};
use super::shared::RenderArg;

/// The options of the check of a pushed commit, compared with `base`, or of the whole commit: those of
/// `check`, except that unverified references are warnings.
///
/// # Errors
/// A sentence on arguments that cannot be combined.
pub fn of_push(
    head: &str,
    base: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Options, String> {
    let arguments = ["pullable", "check", "--on-unverified", "warn", "--head", head];
    let scope = if base.is_some() { "introduced" } else { "all" };
    let cli = Cli::try_parse_from(arguments.into_iter().chain(["--scope", scope]));
    let Ok(Cli { command: Command::Check(args) }) = cli else {
        return Err(format!("{head:?} is not a revision"));
    };
    let mut options = args.options(env)?;
    options.base = base.map(|base| (base.to_owned(), "pushed on top of"));
    Ok(options)
}

impl CheckArgs {
    /// The options of `pullable check`.
    ///
    /// # Errors
    /// A sentence on arguments that cannot be combined.
    pub fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let mut options = self.common.options(env)?;
        options.network = Some(self.registry.network(self.failure.platforms.platform.clone()));
        options.unverified_fails = self.failure.unverified_fails();
        options.exit_zero = self.exit_zero;
        options.override_reason = env("PULLABLE_OVERRIDE").and_then(|value| config::override_reason(&value));
        Ok(options)
    }
}

impl CommonArgs {
    /// The options of `pullable images`.
    ///
    /// # Errors
    /// A sentence on arguments that cannot be combined.
    pub fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let stdin = self.paths.iter().any(|path| path.as_os_str() == "-");
        let what = match self.paths.as_slice() {
            [] => What::Change,
            [_] if stdin => What::Stdin,
            _ if stdin => return Err("`-` cannot be combined with other paths".to_owned()),
            paths => What::Paths(paths.to_vec()),
        };
        let all = self.all || self.scope == ScopeArg::All;
        if what != What::Change && (self.base.is_some() || self.head.is_some() || all) {
            let message = "a PATH is checked as a whole: it cannot be combined with --base, --head or --all";
            return Err(message.to_owned());
        }
        if all && self.base.is_some() {
            return Err("--all checks the whole head: it cannot be combined with --base".to_owned());
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
            max_file_size: self.run.max_file_size,
            network: None,
            config: self.run.config.clone(),
            baseline: self.baseline.clone(),
            write_baseline: self.write_baseline.clone(),
            unverified_fails: None,
            strict: self.strict,
            is_gate: true,
            format: self.report.format,
            reports: self.report.report.clone(),
            override_reason: None,
            exit_zero: false,
            render: self.run.render.map(RenderArg::mode),
            cached_charts: true,
        })
    }
}
