//! Reasons not to propose a revert.

use model::incident::Request;
use model::sentry::Reason;

/// A reason not to propose a revert, in a word and in a sentence.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) why: String,
    /// The existing request.
    pub(super) request: Option<Request>,
}

impl Refusal {
    pub(super) fn new(reason: Reason, why: impl Into<String>) -> Self {
        Self { reason, why: why.into(), request: None }
    }
}

/// A time in the largest suitable unit: `3 hours`, `90 seconds`.
pub(super) fn in_words(seconds: i64) -> String {
    let (count, unit) = match seconds.max(0) {
        seconds if seconds >= 2 * 86_400 => (seconds / 86_400, "days"),
        seconds if seconds >= 2 * 3600 => (seconds / 3600, "hours"),
        seconds if seconds >= 120 => (seconds / 60, "minutes"),
        seconds => (seconds, "seconds"),
    };
    if count == 1 { format!("1 {}", unit.trim_end_matches('s')) } else { format!("{count} {unit}") }
}
