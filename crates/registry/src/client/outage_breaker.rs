//! The circuit breaker on registries that do not answer. It opens after as many rounds without any answer as one
//! request has attempts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::retry::ATTEMPTS;

/// Refused connections count as an outage only after this time: a restart is not an outage.
const SHORTEST: Duration = Duration::from_secs(2);

/// The time since which a registry has not answered, and the number of rounds of attempts.
#[derive(Default)]
pub(super) struct OutageBreaker(Mutex<State>);

#[derive(Default)]
struct State {
    last_answer: Option<Instant>,
    /// True if a request has waited for a long time since the last answer.
    stalled: bool,
    /// The start of the first attempt without an answer.
    since: Option<Instant>,
    rounds: u32,
    /// The end of the last round. Attempts that began before it belong to the same round.
    round_ended: Option<Instant>,
}

impl OutageBreaker {
    /// Notes an answer.
    pub(super) fn answered(&self) {
        *self.state() = State { last_answer: Some(Instant::now()), ..State::default() };
    }

    /// Forgets everything, as if no request had been sent yet.
    pub(super) fn reset(&self) {
        *self.state() = State::default();
    }

    /// True if no request has been answered since a given time.
    pub(super) fn no_answer_since(&self, moment: Instant) -> bool {
        self.state().last_answer.is_none_or(|answer| answer < moment)
    }

    /// True if the registry has answered, and no request has waited for a long time since.
    pub(super) fn is_answering(&self) -> bool {
        let state = self.state();
        state.last_answer.is_some() && !state.stalled
    }

    /// Notes that a request has waited for a long time.
    pub(super) fn stalled(&self) {
        self.state().stalled = true;
    }

    /// Notes an attempt without an answer. Returns true if the breaker opens.
    pub(super) fn unanswered(&self, began: Instant) -> bool {
        let mut state = self.state();
        if state.last_answer.is_some_and(|answer| answer >= began) {
            return false;
        }
        let since = *state.since.get_or_insert(began);
        if state.round_ended.is_none_or(|ended| began >= ended) {
            state.rounds += 1;
            state.round_ended = Some(Instant::now());
        }
        state.rounds >= ATTEMPTS && since.elapsed() >= SHORTEST
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn three_rounds() {
        let breaker = OutageBreaker::default();
        // Any number of attempts is one round.
        assert!((0..16).all(|_| !breaker.unanswered(ago(3))));
        assert!(!breaker.unanswered(Instant::now()));
        assert!(breaker.unanswered(Instant::now()));
        breaker.answered();
        assert!(!breaker.unanswered(Instant::now()), "it starts anew");
    }

    #[test]
    fn not_within_a_moment() {
        let breaker = OutageBreaker::default();
        assert!((0..10).all(|_| !breaker.unanswered(Instant::now())));
    }

    #[test]
    fn answering_until_a_request_waits() {
        let breaker = OutageBreaker::default();
        assert!(!breaker.is_answering());
        breaker.answered();
        assert!(breaker.is_answering());
        breaker.stalled();
        assert!(!breaker.is_answering());
        breaker.answered();
        assert!(breaker.is_answering());
        breaker.reset();
        assert!(!breaker.is_answering());
    }

    #[test]
    fn an_answer_to_another_is_one() {
        let breaker = OutageBreaker::default();
        breaker.answered();
        assert!((0..10).all(|_| !breaker.unanswered(ago(5))));
        assert!(!breaker.no_answer_since(ago(5)) && breaker.no_answer_since(Instant::now()));
    }
}
