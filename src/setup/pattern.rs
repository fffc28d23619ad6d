//! The regular expressions of Alerts, as notification-controller applies them to messages.

use regex::{Regex, RegexBuilder};

use deploy::{Alert, Pattern};

/// Maximum size of a compiled expression, in bytes: it comes from a repository.
const LARGEST: usize = 1 << 20;

/// Compiles an expression; `None` if it is malformed. The syntax of Go is almost the same.
pub(super) fn compiled(pattern: &Pattern) -> Option<Regex> {
    RegexBuilder::new(&pattern.text).size_limit(LARGEST).build().ok()
}

/// The list that prevents an Alert from sending a message; `None` if the message is sent.
pub(super) fn filter(alert: &Alert, message: &str) -> Option<&'static str> {
    let matches = |pattern: &Pattern| compiled(pattern).is_some_and(|regex| regex.is_match(message));
    if !alert.inclusion.is_empty() && !alert.inclusion.iter().any(matches) {
        return Some("inclusionList does not have");
    }
    alert.exclusion.iter().any(matches).then_some("exclusionList has")
}
