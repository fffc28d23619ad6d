//! The log of the server: one JSON object on each line.

use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use model::policy::Date;
use serde_json::{Map, Value};

use crate::context::Events;
use crate::report;

/// Maximum length of text of a field, in characters.
const LONGEST: usize = 2_000;

/// The weight of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Normal operation.
    Info,
    /// An event that a user should examine.
    Warning,
    /// A failure.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Writes a line to standard error. Text from outside is escaped and cut; a log that nobody reads is not a
/// failure.
pub fn log(level: Level, event: &str, fields: &[(&str, &str)]) {
    let line = line(SystemTime::now(), level, event, fields) + "\n";
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// A line, without its end.
fn line(now: SystemTime, level: Level, event: &str, fields: &[(&str, &str)]) -> String {
    let mut object = Map::new();
    for (name, value) in [("time", time(now).as_str()), ("level", level.as_str()), ("event", event)] {
        object.insert(name.to_owned(), Value::from(value));
    }
    for (name, value) in fields {
        let cut: String = value.chars().take(LONGEST).collect();
        object.insert((*name).to_owned(), Value::from(cut));
    }
    report::json_line(&object)
}

/// A time in the form of RFC 3339, in UTC.
fn time(moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % 86_400;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}Z", Date::at(moment))
}

/// Writes the events of a run to the log.
#[derive(Clone, Copy, Debug)]
pub struct Logged;

impl Events for Logged {
    fn note(&self, text: &str) {
        log(Level::Warning, "note", &[("message", text)]);
    }

    fn done(&self, text: &str) {
        log(Level::Info, "done", &[("message", text)]);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_is_one_object() {
        let moment = UNIX_EPOCH + Duration::from_secs(1_798_761_599);
        let hostile = "a\n{\"level\":\"info\"}\u{1b}[31m##[error]\u{202e}";
        let written = line(moment, Level::Warning, "refused", &[("why", hostile)]);
        assert!(
            written.is_ascii() && !written.contains(['\n', '\u{1b}']) && !written.contains("##["),
            "{written}"
        );
        let read: Map<String, Value> = serde_json::from_str(&written).unwrap();
        let fields = ["time", "level", "event", "why"].map(|name| read[name].as_str().unwrap());
        assert_eq!(fields, ["2026-12-31T23:59:59Z", "warning", "refused", hostile]);
        let long = line(moment, Level::Info, "x", &[("why", &"ä".repeat(5_000))]);
        assert!(long.chars().count() < LONGEST + 200);
    }
}
