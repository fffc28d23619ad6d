//! The arguments of `fix` and `pin`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{Options, What};
use crate::report::Format;
use judge::nearest_rule;
use model::Rule;
use model::correction::Mode;

use super::arguments::{CommonArgs, ScopeArg};
use super::registry::RegistryArgs;
use super::shared::{CHANGE, ColorArg, POLICY, REPORT, ReportArgs, RunArgs, StyleArgs, VolumeArgs};

pub(super) const FIX_HELP: &str = "\
A correction is certain if only one tag can be intended (one typing error away, or with or without a leading `v`), \
or if a tag is a number and needs quotes. Other corrections need --yes. Edits replace the characters of a reference \
and keep every other byte; nothing is committed.

Exit codes: 0 nothing wrong is left · 1 a finding is left, or --check and something would change · 2 the run could \
not happen, or a file could not be written · 3 something could not be verified";

pub(super) const PIN_HELP: &str = "\
For an image with several platforms, the digest is that of the index. It is written after the tag, in the form that \
Renovate and Dependabot keep up to date. Chart versions, lines of a Flux image policy, templates, variables and block \
scalars are not changed, and the reason is printed.

Exit codes: 0 nothing wrong is left · 1 a reference is missing or malformed, or --check and something would change · \
2 the run could not happen, or a file could not be written · 3 something could not be verified";

/// Arguments of `fix`.
#[derive(Clone, Debug, Args)]
pub struct FixArgs {
    /// The arguments that `pin` has too.
    #[command(flatten)]
    pub common: CorrectionArgs,
    /// Correct findings of this rule only; repeatable
    #[arg(long, value_parser = rule, value_delimiter = ',', value_name = "RULE", help_heading = POLICY)]
    pub rule: Vec<Rule>,
    /// Do not correct findings recorded in FILE; in a check of a change, a FILE in the repository is read from the base
    /// commit
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub baseline: Option<PathBuf>,
}

/// Arguments of `pin`.
#[derive(Clone, Debug, Args)]
pub struct PinArgs {
    /// The arguments that `fix` has too.
    #[command(flatten)]
    pub common: CorrectionArgs,
    /// Replace the digests of tags that have moved as well
    #[arg(long, help_heading = CHANGE)]
    pub refresh: bool,
}

/// Arguments of `fix` and `pin`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct CorrectionArgs {
    /// Files and folders to correct as a whole; without one: the references that the work tree adds to the base
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The revision to compare with, through its merge base with the commit that is checked out (or `PULLABLE_BASE`)
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub base: Option<String>,
    /// Correct the whole repository
    #[arg(long, help_heading = CHANGE)]
    pub all: bool,
    /// Print a unified diff, and write nothing
    #[arg(long, help_heading = REPORT)]
    pub diff: bool,
    /// Write nothing, and exit 1 if something would change
    #[arg(long, conflicts_with = "diff", help_heading = REPORT)]
    pub check: bool,
    /// Apply corrections that need a confirmation: the first of several candidates, a misspelt repository, and anchors that aliases use
    #[arg(long, help_heading = POLICY)]
    pub yes: bool,
    /// The format of the result on standard output
    #[arg(long, value_enum, default_value_t = CorrectionFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: CorrectionFormat,
    /// Print only errors
    #[arg(short, long, help_heading = REPORT)]
    pub quiet: bool,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--format` of `fix` and `pin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CorrectionFormat {
    /// Text
    Human,
    /// All details, for programs
    Json,
}

impl CorrectionArgs {
    /// The use of the corrections.
    pub fn mode(&self) -> Mode {
        match (self.diff, self.check) {
            (true, _) => Mode::Diff,
            (_, true) => Mode::Check,
            _ => Mode::Write,
        }
    }

    /// The options of the run that finds the corrections: those of `pullable check` over the work tree.
    ///
    /// # Errors
    /// A sentence on arguments that cannot be combined.
    pub fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let mut options = self.common().options(env)?;
        if options.what == What::Stdin {
            return Err("standard input cannot be corrected: give files or folders".to_owned());
        }
        options.head = (options.what == What::Change).then(|| WORKTREE.to_owned());
        options.network = Some(self.registry.network(Vec::new()));
        Ok(options)
    }

    /// The appearance of the result.
    pub fn style(&self) -> StyleArgs {
        StyleArgs { color: ColorArg::Never, volume: VolumeArgs { quiet: self.quiet, verbose: false } }
    }

    /// The arguments that `check` and `images` share, with the given values.
    pub fn common(&self) -> CommonArgs {
        CommonArgs {
            paths: self.paths.clone(),
            base: self.base.clone(),
            head: None,
            scope: ScopeArg::Introduced,
            all: self.all,
            baseline: None,
            write_baseline: None,
            strict: false,
            report: ReportArgs { format: Format::Human, report: Vec::new(), style: self.style() },
            explain: false,
            run: self.run.clone(),
        }
    }
}

/// The name of the work tree for `--head`.
const WORKTREE: &str = "worktree";

/// Reads the name of a rule.
fn rule(text: &str) -> Result<Rule, String> {
    Rule::from_id(text).ok_or_else(|| match nearest_rule(text) {
        Some(rule) => format!("there is no rule {text:?}; did you mean {rule}?"),
        None => format!("there is no rule {text:?}; pullable explain lists all rules"),
    })
}
