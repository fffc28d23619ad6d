//! The options of a run, resolved from flags and the environment, the configuration file, and the policy
//! that verdicts are judged by: file < environment < flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::report::Format;
use image::Platform;
use judge::baseline::Baseline;
use model::policy::{Date, Ignore, Mirror, Policy};
use source::RepoPath;

mod effect;
mod file;
mod reach;
mod registries_conf;

pub use file::{ConfigError, File};
pub use reach::{mirror, platform};
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
    /// Longest wait for all.
    pub deadline: Duration,
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

/// Reads a duration: `500ms`, `4s`, `10m`, `1h`.
///
/// # Errors
/// A sentence that says how a duration is written.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let total = number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis));
    match total.filter(|total| *total > 0) {
        Some(total) => Ok(Duration::from_millis(total)),
        None => Err("a duration is written 500ms, 4s or 10m, and is longer than nothing".to_owned()),
    }
}

/// Reads a size in bytes: `65536`, `512KiB`, `16MiB`, `1GiB`.
///
/// # Errors
/// A sentence that says how a size is written.
pub fn size(text: &str) -> Result<u64, String> {
    const LARGEST: u64 = 1 << 30;
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => 0,
    };
    let total = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match total.filter(|total| (1..=LARGEST).contains(total)) {
        Some(total) => Ok(total),
        None => Err("a size is written 65536, 512KiB or 16MiB, and is at most 1GiB".to_owned()),
    }
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        for text in ["", "5", "s", "0s", "-1s", "1d", "1.5s", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("100"), Ok(100));
        for text in ["", "0", "MiB", "2GiB", "1MB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
