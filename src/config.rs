//! The options of a run, resolved from flags and the environment, the configuration file, and the policy
//! that verdicts are judged by: file < environment < flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::report::Format;
use image::Platform;
use judge::baseline::Baseline;
use model::policy::{Date, Ignore, Mirror, Policy};
use source::RepoPath;

mod amounts;
mod error;
mod file;
mod ignores;
mod read;
mod registries;
mod registries_conf;
mod summary;

pub use amounts::{duration, size};
pub use error::ConfigError;
pub use file::File;
pub use registries::{host, mirror, platform};
pub use registries_conf::{MirrorAt, Place, registries_conf};

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is looked at.
    pub what: What,
    /// The base that was named, with who named it.
    pub base: Option<(String, &'static str)>,
    /// The head that was named.
    pub head: Option<String>,
    /// Which references of a change count.
    pub scope: Scope,
    /// Largest file that is read, in bytes.
    pub max_file_size: u64,
    /// How registries are asked; `None` for `pullable images`.
    pub network: Option<Network>,
    /// The configuration that was named.
    pub config: Option<PathBuf>,
    /// The baseline whose findings are old debts.
    pub baseline: Option<PathBuf>,
    /// Where the findings are to be written as a baseline.
    pub write_baseline: Option<PathBuf>,
    /// What could not be verified is an error, else a warning; `None` leaves it to the configuration.
    pub unverified_fails: Option<bool>,
    /// Notices are errors.
    pub strict: bool,
    /// How the report is written.
    pub format: Format,
    /// Reports that are written to files besides.
    pub reports: Vec<(Format, PathBuf)>,
    /// Why what could not be verified may pass this time.
    pub override_reason: Option<String>,
    /// Always exit 0.
    pub exit_zero: bool,
}

impl Options {
    /// Whether the configuration is that of the base, or named on the command line, and not a file of the change.
    pub fn reads_policy_of_base(&self) -> bool {
        self.config.is_some() || self.what == What::Change && self.scope != Scope::All
    }
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// What changed between base and head.
    Change,
    /// All of these files and folders.
    Paths(Vec<PathBuf>),
    /// A stream of YAML documents.
    Stdin,
}

/// Which references of a change count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that head has and base has not.
    Introduced,
    /// All of the units that the change reaches.
    Touched,
    /// All of head.
    All,
}

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Network {
    /// Registries to be reached without verified TLS, or in plain HTTP.
    pub insecure: Vec<String>,
    /// Requests at a time.
    pub concurrency: Option<usize>,
    /// Longest wait for one request.
    pub timeout: Duration,
    /// Where images are looked for first.
    pub mirrors: Vec<Mirror>,
    /// A `registries.conf`.
    pub registries_conf: Option<PathBuf>,
    /// Certificates of authorities that are trusted too.
    pub authorities: Vec<PathBuf>,
    /// Whether only public addresses are asked; `None` leaves it to others.
    pub deny_private: Option<bool>,
    /// The platforms that every image has to be for; none leaves it to the configuration.
    pub platforms: Vec<Platform>,
    /// Whether all that an index names has to be there.
    pub deep: bool,
    /// Whether what is known of digests is kept from run to run.
    pub cache: bool,
    /// How long to wait for what is missing.
    pub wait: Option<Duration>,
}

/// The reason of `PULLABLE_OVERRIDE`; what is blank is none.
pub fn override_reason(value: &str) -> Option<String> {
    /// Longest reason that every report repeats, in characters.
    const LONGEST: usize = 500;
    let reason: String = value.trim().chars().take(LONGEST).collect();
    (!reason.is_empty()).then_some(reason)
}

/// The name that documents from standard input go by.
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
    Policy {
        unverified_fails: options.unverified_fails.or(file.unverified_fails).unwrap_or(true),
        strict: options.strict,
        override_reason: options.override_reason.clone(),
        ignores,
        expired,
        baseline: known.map(Baseline::fingerprints).unwrap_or_default(),
        reach,
        files: Vec::new(),
    }
}
