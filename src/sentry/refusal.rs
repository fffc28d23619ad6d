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

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn a_time_is_in_the_largest_unit_that_has_two_of_it() {
        let cases = [
            (-5, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (864_000, "10 days"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(seconds), words, "{seconds}");
        }
    }
}
