//! The figures of the server, in the text format of Prometheus.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The content type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures since the start. Every label has one of a few fixed values, so that no sender can make the
/// text grow.
#[derive(Default)]
pub(super) struct Metrics {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Notifications by sender and result.
    notifications: BTreeMap<(&'static str, &'static str), u64>,
    /// Decisions by reason.
    decisions: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
    fetched: Option<Instant>,
    succeeded: Option<SystemTime>,
}

/// The work that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The fetch.
    Fetch,
    /// The run for a notification could not happen.
    Run,
    /// The program has a fault.
    Panic,
}

impl Failure {
    /// Its name in metrics and logs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Run => "run",
            Self::Panic => "panic",
        }
    }
}

impl Metrics {
    /// Counts a request of a sender.
    pub(super) fn received(&self, sender: &'static str, result: &'static str) {
        *self.state().notifications.entry((sender, result)).or_default() += 1;
    }

    /// Counts a decision.
    pub(super) fn decided(&self, reason: &'static str) {
        let mut state = self.state();
        *state.decisions.entry(reason).or_default() += 1;
        state.succeeded = Some(SystemTime::now());
    }

    /// Counts a failure.
    pub(super) fn failed(&self, failure: Failure) {
        *self.state().failures.entry(failure.as_str()).or_default() += 1;
    }

    /// Notes that the clone is up to date.
    pub(super) fn fetched(&self) {
        self.state().fetched = Some(Instant::now());
    }

    /// The text. `waiting`: the number of notifications that wait.
    pub(super) fn text(&self, waiting: usize) -> String {
        let state = self.state();
        let mut text = Text::default();
        text.family("notifications_total", "counter", "Notifications that arrived.");
        for ((sender, result), count) in &state.notifications {
            text.line(&format!("notifications_total{{sender=\"{sender}\",result=\"{result}\"}} {count}"));
        }
        text.family("decisions_total", "counter", "Decisions about notifications.");
        for (reason, count) in &state.decisions {
            text.line(&format!("decisions_total{{reason=\"{reason}\"}} {count}"));
        }
        text.family("failures_total", "counter", "Work that failed.");
        for (what, count) in &state.failures {
            text.line(&format!("failures_total{{what=\"{what}\"}} {count}"));
        }
        text.family("queue_length", "gauge", "Notifications that wait.");
        text.line(&format!("queue_length {waiting}"));
        if let Some(fetched) = state.fetched {
            text.family("last_fetch_age_seconds", "gauge", "Time since the clone was up to date.");
            text.line(&format!("last_fetch_age_seconds {:.3}", fetched.elapsed().as_secs_f64()));
        }
        if let Some(since) = state.succeeded.and_then(|time| time.duration_since(UNIX_EPOCH).ok()) {
            text.family("last_success_timestamp_seconds", "gauge", "Time of the last decision.");
            text.line(&format!("last_success_timestamp_seconds {:.3}", since.as_secs_f64()));
        }
        text.0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lines of the format, each name with the prefix of the program.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.0 += &format!("# HELP pullable_sentry_{name} {help}\n# TYPE pullable_sentry_{name} {kind}\n");
    }

    fn line(&mut self, line: &str) {
        self.0 += &format!("pullable_sentry_{line}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text() {
        let metrics = Metrics::default();
        metrics.received("flux", "accepted");
        metrics.received("flux", "accepted");
        metrics.received("argocd", "unauthorized");
        metrics.failed(Failure::Fetch);
        let expected = "\
# HELP pullable_sentry_notifications_total Notifications that arrived.
# TYPE pullable_sentry_notifications_total counter
pullable_sentry_notifications_total{sender=\"argocd\",result=\"unauthorized\"} 1
pullable_sentry_notifications_total{sender=\"flux\",result=\"accepted\"} 2
# HELP pullable_sentry_decisions_total Decisions about notifications.
# TYPE pullable_sentry_decisions_total counter
# HELP pullable_sentry_failures_total Work that failed.
# TYPE pullable_sentry_failures_total counter
pullable_sentry_failures_total{what=\"fetch\"} 1
# HELP pullable_sentry_queue_length Notifications that wait.
# TYPE pullable_sentry_queue_length gauge
pullable_sentry_queue_length 7
";
        assert_eq!(metrics.text(7), expected);
        metrics.fetched();
        metrics.decided("healed");
        let text = metrics.text(0);
        assert!(text.contains("\npullable_sentry_decisions_total{reason=\"healed\"} 1\n"), "{text}");
        assert!(text.contains("\npullable_sentry_last_fetch_age_seconds 0."), "{text}");
        assert!(text.contains("\npullable_sentry_last_success_timestamp_seconds 1"), "{text}");
    }
}
