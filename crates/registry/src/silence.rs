//! The circuit breaker on registries that do not answer. One that answers nobody for as long as a question
//! is tried is not worth the others' time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::retry::ATTEMPTS;

/// What is refused at once is refused for as long as this: a restart is no outage.
const SHORTEST: Duration = Duration::from_secs(2);

/// Since when a registry has been silent, and to how many rounds of attempts.
#[derive(Default)]
pub(super) struct Silence(Mutex<State>);

#[derive(Default)]
struct State {
    heard: Option<Instant>,
    since: Option<Instant>,
    rounds: u32,
    /// When the last round ended. Attempts that began before are of the same round.
    ended: Option<Instant>,
}

impl Silence {
    /// Notes that the registry answered.
    pub(super) fn ends(&self) {
        let heard = Some(Instant::now());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { heard, ..State::default() };
    }

    /// Begins anew, as if nobody had asked yet.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Whether nobody has been answered since.
    pub(super) fn covers(&self, moment: Instant) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.heard.is_none_or(|heard| heard < moment)
    }

    /// Notes an attempt without an answer; whether there have been enough.
    pub(super) fn lasts(&self, began: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.heard.is_some_and(|heard| heard >= began) {
            return false;
        }
        let since = *state.since.get_or_insert(began);
        if state.ended.is_none_or(|ended| began >= ended) {
            state.rounds += 1;
            state.ended = Some(Instant::now());
        }
        state.rounds >= ATTEMPTS && since.elapsed() >= SHORTEST
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
        let silence = Silence::default();
        // One round, however many attempts.
        assert!((0..16).all(|_| !silence.lasts(ago(3))));
        assert!(!silence.lasts(Instant::now()));
        assert!(silence.lasts(Instant::now()));
        silence.ends();
        assert!(!silence.lasts(Instant::now()), "it starts anew");
    }

    #[test]
    fn not_within_a_moment() {
        let silence = Silence::default();
        assert!((0..10).all(|_| !silence.lasts(Instant::now())));
    }

    #[test]
    fn an_answer_to_another_is_one() {
        let silence = Silence::default();
        silence.ends();
        assert!((0..10).all(|_| !silence.lasts(ago(5))));
        assert!(!silence.covers(ago(5)) && silence.covers(Instant::now()));
    }
}
