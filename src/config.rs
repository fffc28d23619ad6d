//! The options of a run, resolved from flags and the environment, the configuration file, and the policy for
//! verdicts. Precedence: file < environment < flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::report::Format;
use image::Platform;
use judge::baseline::Baseline;
use model::policy::{Date, Ignore, Mirror, Policy, Render, RenderMode, Rules};
use model::{Class, Rule};
use source::RepoPath;

mod amounts;
mod audit;
mod drift;
mod error;
mod file;
mod ignores;
mod locate;
mod read;
mod registries;
mod registries_conf;
mod registry_or_image;
mod render;
mod repositories;
mod revert;
mod rules;
mod sentry;
mod serve;
mod summary;
mod suspended;

pub use amounts::{duration, moment, size, written};
pub use audit::{AuditOptions, MOST_ROLLED_BACK, Rollback, shard};
pub use drift::{DriftOptions, DriftSettings, root};
pub use error::ConfigError;
pub use file::File;
pub use locate::LocateOptions;
pub use registries::{host, mirror, platform};
pub use registries_conf::{MirrorAt, Place, registries_conf};
pub use registry_or_image::RegistryOrImage;
pub use revert::{Delivery, RevertOptions, RevertSettings};
pub use sentry::{Limits, SentryOptions, SentrySettings};
pub use serve::ServeOptions;
pub use suspended::SuspendedSettings;

/// The options of a run.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct Options {
    /// The files to check.
    pub what: What,
    /// The given base, with the option or variable that gave it.
    pub base: Option<(String, &'static str)>,
    /// The given head.
    pub head: Option<String>,
    /// The references of a change that count.
    pub scope: Scope,
    /// Maximum size of a file, in bytes.
    pub max_file_size: u64,
    /// The options for registries; `None` for `pullable images`.
    pub network: Option<Network>,
    /// The given configuration file.
    pub config: Option<PathBuf>,
    /// The baseline: findings that exist already and may pass.
    pub baseline: Option<PathBuf>,
    /// The file to write the findings to, as a baseline.
    pub write_baseline: Option<PathBuf>,
    /// True if a reference that could not be verified is an error, false for a warning; `None` leaves it to the
    /// configuration.
    pub unverified_fails: Option<bool>,
    /// True if notices are errors; false leaves it to the configuration.
    pub strict: bool,
    /// True for the gate and its corrections, which apply `rules`, `strict` and `exclude` of the configuration. All other
    /// commands answer questions of fact.
    pub is_gate: bool,
    /// The format of the report.
    pub format: Format,
    /// Reports that are also written to files.
    pub reports: Vec<(Format, PathBuf)>,
    /// The reason why unverified references may pass in this run.
    pub override_reason: Option<String>,
    /// True if the exit code is always 0.
    pub exit_zero: bool,
    /// The condition on which charts are rendered; `None` leaves it to the configuration.
    pub render: Option<RenderMode>,
    /// True if a run without network uses charts of repositories that an earlier run stored in the cache.
    pub cached_charts: bool,
}

impl Options {
    /// The options of a run over a whole commit, without registries, for commands with their own reports.
    pub fn of_commit(head: &str, max_file_size: u64, config: Option<PathBuf>) -> Self {
        Self {
            what: What::Change,
            base: None,
            head: Some(head.to_owned()),
            scope: Scope::All,
            max_file_size,
            network: None,
            config,
            baseline: None,
            write_baseline: None,
            unverified_fails: None,
            strict: false,
            is_gate: false,
            format: Format::Human,
            reports: Vec::new(),
            override_reason: None,
            exit_zero: false,
            render: None,
            cached_charts: true,
        }
    }

    /// The files that the run reads or writes besides its reports.
    pub fn files(&self) -> Vec<PathBuf> {
        [&self.baseline, &self.write_baseline, &self.config].into_iter().flatten().cloned().collect()
    }

    /// True if the configuration is that of the base, or named on the command line, and not a file of the change.
    pub fn reads_policy_of_base(&self) -> bool {
        self.config.is_some() || self.what == What::Change && self.scope != Scope::All
    }
}

/// The files to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The changes between base and head.
    Change,
    /// All of these files and folders.
    Paths(Vec<PathBuf>),
    /// A stream of YAML documents.
    Stdin,
}

/// The references of a change that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// References that only head has.
    Introduced,
    /// All references of the units that the change affects.
    Touched,
    /// All references of head.
    All,
}

/// The options for registries.
#[derive(Clone, Debug)]
pub struct Network {
    /// Registries to be reached without verified TLS, or in plain HTTP.
    pub insecure: Vec<String>,
    /// Requests at a time.
    pub concurrency: Option<usize>,
    /// Maximum length of a wait for one request.
    pub timeout: Duration,
    /// Mirrors, which are queried first.
    pub mirrors: Vec<Mirror>,
    /// A `registries.conf`.
    pub registries_conf: Option<PathBuf>,
    /// Certificates of authorities that are trusted too.
    pub authorities: Vec<PathBuf>,
    /// True if only public addresses may be contacted; `None` leaves it to the configuration.
    pub deny_private: Option<bool>,
    /// The platforms for which every image needs a build; none leaves it to the configuration.
    pub platforms: Vec<Platform>,
    /// True if every manifest that an index names must exist.
    pub deep: bool,
    /// True if the digest cache is used.
    pub cache: bool,
    /// True if charts are looked up and downloaded; `None` leaves it to the configuration.
    pub charts: Option<bool>,
    /// True if a missing repository is searched under a similar name that the same run uses.
    pub similar_names: bool,
    /// The time to wait for missing images.
    pub wait: Option<Duration>,
}

/// The reason of `PULLABLE_OVERRIDE`; `None` if it is blank.
pub fn override_reason(value: &str) -> Option<String> {
    /// Maximum length of a reason that every report repeats, in characters.
    const LONGEST: usize = 500;
    let reason: String = value.trim().chars().take(LONGEST).collect();
    (!reason.is_empty()).then_some(reason)
}

/// The name of standard input in reports.
pub fn stdin_path() -> RepoPath {
    RepoPath::new("<stdin>")
}

/// The policy of flags and a configuration, on a day.
pub fn policy(options: &Options, file: &File, known: Option<&Baseline>, today: Date) -> Policy {
    let holds = |ignore: &Ignore| ignore.expires.is_none_or(|last| today <= last);
    let (ignores, expired) = file.ignores.iter().cloned().partition(holds);
    let mut reach = file.reach.clone();
    if let Some(network) = options.network.as_ref().filter(|network| !network.platforms.is_empty()) {
        reach.platforms.clone_from(&network.platforms);
    }
    reach.charts = options.network.as_ref().and_then(|network| network.charts).or(reach.charts);
    Policy {
        unverified_fails: options.unverified_fails.or(file.unverified_fails).unwrap_or(true),
        strict: options.strict || options.is_gate && file.strict == Some(true),
        rules: if options.is_gate { rules_under_flags(options, &file.rules) } else { Rules::default() },
        excluded: file.excluded.clone().filter(|_| options.is_gate && options.what != What::Stdin),
        override_reason: options.override_reason.clone(),
        ignores,
        expired,
        baseline: known.map(Baseline::fingerprints).unwrap_or_default(),
        reach,
        render: Render {
            mode: options.render.or(file.render.mode).unwrap_or_default(),
            kube_version: file.render.kube_version.clone(),
            api_versions: file.render.api_versions.clone(),
        },
        repositories: file.repositories.clone(),
        files: Vec::new(),
    }
}

/// The severities of the configuration, except those that `--on-unverified` and `--strict` decide.
pub(crate) fn rules_under_flags(options: &Options, rules: &Rules) -> Rules {
    let is_left = |rule: &Rule| match rule.class() {
        Class::Unverified => options.unverified_fails.is_none(),
        Class::Known(_) => !(options.strict && rule.is_raised_by_strict()),
        Class::Optional => true,
    };
    let mut left = rules.clone();
    left.settings.retain(|rule, _| is_left(rule));
    left
}
