//! The reasons why there is no rendering.

use std::time::Duration;

use run::Overdue;
use source::ReadError;
use thiserror::Error;

/// Maximum number of characters of helm's message that are kept.
const MOST_MESSAGE: usize = 1_000;
/// The end of helm's message about absent subcharts.
const MISSING: &str = "found in Chart.yaml, but missing in charts/ directory: ";

/// The reason why a chart was not rendered. Texts are safe to print: control characters are escaped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// Helm refused the chart or the values.
    #[error("helm: {0}")]
    Helm(String),
    /// Chart.yaml names subcharts that are absent from the chart's folder.
    #[error("subcharts are missing: {}", .0.join(", "))]
    MissingDependencies(Vec<String>),
    /// Helm exceeded the time limit, and was killed.
    #[error("helm was stopped after {0:?}")]
    Time(Duration),
    /// The run's own deadline passed, or the run was cancelled.
    #[error("helm was stopped: {0}")]
    Overdue(Overdue),
    /// Helm exceeded the memory limit.
    #[error("helm needs more than {0} bytes of memory")]
    Memory(u64),
    /// The system killed helm: it exceeded the limit of processor time, or the available memory.
    #[error(
        "helm was killed: it needs more than {0:?} of processor time, or more memory than the machine has"
    )]
    Killed(Duration),
    /// Helm exceeded the limit of output.
    #[error("helm writes more than {0} bytes")]
    Output(usize),
    /// Helm cannot be started.
    #[error("helm cannot be run: {0}")]
    NotStarted(String),
    /// The chart has more files than allowed.
    #[error("the chart has more than {0} files")]
    TooManyFiles(usize),
    /// The files of the chart are larger than allowed.
    #[error("the files of the chart are larger than {0} bytes")]
    TooLarge(u64),
    /// A file of the chart cannot be read.
    #[error("{path}: {why}")]
    NotRead {
        /// Its path.
        path: String,
        /// The error.
        why: ReadError,
    },
    /// The private copy of the chart cannot be written.
    #[error("{path} cannot be written to a temporary folder: {why}")]
    NotWritten {
        /// The path below the chart's folder.
        path: String,
        /// The system's message.
        why: String,
    },
    /// The values cannot be passed on.
    #[error("the values are too many: aliases may repeat them")]
    Values,
    /// A part of the release that helm does not accept.
    #[error("the {part} {value:?} is not valid")]
    Invalid {
        /// The name of the part.
        part: &'static str,
        /// The value, as it is written.
        value: String,
    },
    /// The output is not text.
    #[error("helm writes bytes that are not UTF-8")]
    NotText,
}

impl Failure {
    /// True if the chart exceeds a limit of the run, or its result cannot be read: a deployer may render it all the same.
    pub fn is_of_this_run(&self) -> bool {
        match self {
            Self::Time(_)
            | Self::Overdue(_)
            | Self::Memory(_)
            | Self::Killed(_)
            | Self::Output(_)
            | Self::TooManyFiles(_)
            | Self::TooLarge(_)
            | Self::NotWritten { .. }
            | Self::Values
            | Self::NotText => true,
            Self::Helm(_)
            | Self::MissingDependencies(_)
            | Self::NotStarted(_)
            | Self::NotRead { .. }
            | Self::Invalid { .. } => false,
        }
    }

    /// The failure that helm's standard error describes. `memory`: the limit of the run.
    pub(crate) fn of_message(standard_error: &str, memory: u64) -> Self {
        if ["out of memory", "cannot allocate memory", "pthread_create failed"]
            .iter()
            .any(|sign| standard_error.contains(sign))
        {
            return Self::Memory(memory);
        }
        if let Some((_, names)) = standard_error.rsplit_once(MISSING) {
            let line = names.lines().next().unwrap_or_default();
            let names = line.split(',').map(|name| printable(name.trim()));
            return Self::MissingDependencies(names.filter(|name| !name.is_empty()).collect());
        }
        Self::Helm(last_message(standard_error))
    }
}

/// The last message of helm, without its hint at a flag; several lines become one.
fn last_message(standard_error: &str) -> String {
    let message = match standard_error.rsplit_once("Error: ") {
        Some((_, message)) => message,
        // After a crash, the state of the program follows.
        None => standard_error.trim_start().lines().next().unwrap_or_default(),
    };
    let lines = message.lines().map(str::trim);
    let kept: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("Use --debug flag")).collect();
    if kept.is_empty() { "no message".to_owned() } else { printable(&kept.join(" ")) }
}

/// A text with its control characters escaped, cut to a length.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count >= MOST_MESSAGE {
            shown.push('…');
            break;
        }
        if is_plain(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_unicode());
        }
    }
    shown
}

/// False for control characters, and those that reorder or hide text.
fn is_plain(character: char) -> bool {
    let hides = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !character.is_control() && !hides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_message_is_kept_on_one_line() {
        let text = "WARNING: x\nError: app/templates/a.yaml:1:2\n  executing \u{1b}[31m\n\nUse --debug flag to render out invalid YAML\n";
        let Failure::Helm(message) = Failure::of_message(text, 1) else { panic!("helm's own message") };
        assert_eq!(message, r"app/templates/a.yaml:1:2 executing \u{1b}[31m");
        assert_eq!(Failure::of_message("", 1), Failure::Helm("no message".into()));
        let crash = "panic: no way\n\ngoroutine 1 [running]:\n";
        assert_eq!(Failure::of_message(crash, 1), Failure::Helm("panic: no way".into()));
        let Failure::Helm(long) = Failure::of_message(&"x".repeat(5_000), 1) else { panic!("a message") };
        assert_eq!(long.chars().count(), MOST_MESSAGE + 1);
    }

    #[test]
    fn what_a_limit_of_the_run_ends_may_be_rendered_by_a_deployer() {
        for limit in [Failure::TooManyFiles(1), Failure::TooLarge(1), Failure::Output(1), Failure::Memory(1)]
        {
            assert!(limit.is_of_this_run(), "{limit}");
        }
        for refused in [Failure::Helm("a value is required".into()), Failure::MissingDependencies(Vec::new())]
        {
            assert!(!refused.is_of_this_run(), "{refused}");
        }
    }

    #[test]
    fn missing_subcharts_are_named() {
        let text = "Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: common, redis\n";
        let missing = Failure::MissingDependencies(vec!["common".into(), "redis".into()]);
        assert_eq!(Failure::of_message(text, 1), missing);
        assert_eq!(missing.to_string(), "subcharts are missing: common, redis");
    }

    #[test]
    fn a_lack_of_memory_is_a_failure_of_its_own() {
        let text = "runtime: out of memory: cannot allocate 4194304-byte block\nfatal error: out of memory\n";
        assert_eq!(Failure::of_message(text, 7), Failure::Memory(7));
    }
}
