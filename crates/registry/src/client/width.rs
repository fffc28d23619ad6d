//! The number of requests at a time to one endpoint. It grows by one with each answer, and is halved if the endpoint
//! limits the rate or does not answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// The outcome of one attempt, as far as the width is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// The endpoint answered.
    Answered,
    /// The endpoint limits the rate of requests.
    Limited,
    /// The endpoint answered no request since the attempt began.
    Silent,
    /// The attempt tells nothing about the load.
    Unclear,
}

/// The width of the way to one endpoint.
pub(super) struct Width {
    permits: Semaphore,
    /// The fewest permits that rate limits and outages leave.
    narrowest: usize,
    state: Mutex<State>,
}

struct State {
    /// The number of permits that should exist.
    wanted: usize,
    /// The number of permits that exist. More than wanted are in use after the width was halved.
    existing: usize,
    /// The most permits.
    widest: usize,
    /// The time when the width was halved last.
    halved: Option<Instant>,
}

impl Width {
    /// A width that may grow from `first` to `widest`.
    pub(super) fn new(first: usize, widest: usize) -> Self {
        let state = State { wanted: first, existing: first, widest, halved: None };
        Self { permits: Semaphore::new(first), narrowest: (first / 4).max(1), state: Mutex::new(state) }
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.acquire().await
    }

    /// Returns a permit after an attempt that began at a time, and adapts the width to its outcome.
    pub(super) fn release(&self, permit: SemaphorePermit<'_>, began: Instant, load: Load) {
        let mut state = self.state();
        state.adapt(began, load, self.narrowest);
        if state.existing > state.wanted {
            permit.forget();
            state.existing -= 1;
            let idle = self.permits.forget_permits(state.existing - state.wanted);
            state.existing -= idle;
        } else {
            let more = state.wanted - state.existing;
            state.existing += more;
            drop(permit);
            self.permits.add_permits(more);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn adapt(&mut self, began: Instant, load: Load, narrowest: usize) {
        match load {
            Load::Answered => self.wanted = (self.wanted + 1).min(self.widest),
            // The requests that were under way when the width was halved tell nothing new.
            Load::Limited | Load::Silent if self.halved.is_some_and(|halved| began < halved) => {}
            Load::Limited => {
                self.halve(narrowest);
                // An endpoint that limits the rate once gets no more than this again.
                self.widest = self.wanted;
            }
            Load::Silent => self.halve(narrowest),
            Load::Unclear => {}
        }
    }

    fn halve(&mut self, narrowest: usize) {
        self.wanted = (self.wanted / 2).max(narrowest);
        self.halved = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::FutureExt;

    /// Takes all permits that there are, up to some, and returns them after one outcome for all. Returns their number.
    fn round(width: &Width, most: usize, load: Load) -> usize {
        let began = Instant::now();
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(permit) = width.acquire().now_or_never()
        {
            taken.push(permit.unwrap());
        }
        let count = taken.len();
        for permit in taken {
            width.release(permit, began, load);
        }
        count
    }

    fn rounds(width: &Width, loads: &[Load]) -> Vec<usize> {
        loads.iter().map(|load| round(width, usize::MAX, *load)).collect()
    }

    #[test]
    fn answers_widen_up_to_the_most() {
        let width = Width::new(16, 64);
        assert_eq!(rounds(&width, &[Load::Answered; 4]), [16, 32, 64, 64]);
        assert_eq!(rounds(&width, &[Load::Unclear; 2]), [64, 64]);
        let fixed = Width::new(8, 8);
        assert_eq!(rounds(&fixed, &[Load::Answered; 3]), [8, 8, 8]);
    }

    /// A round of requests takes one latency. Eight rounds are the bound of 64 at a time.
    #[test]
    fn five_hundred_requests_take_two_rounds_more_than_at_full_width() {
        let width = Width::new(16, 64);
        let (mut left, mut rounds) = (500, 0);
        while left > 0 {
            left -= round(&width, left, Load::Answered);
            rounds += 1;
        }
        assert_eq!(rounds, 10);
    }

    #[test]
    fn a_rate_limit_halves_once_for_a_burst_and_for_good() {
        let width = Width::new(16, 64);
        let loads =
            [Load::Answered, Load::Limited, Load::Answered, Load::Limited, Load::Limited, Load::Limited];
        assert_eq!(rounds(&width, &loads), [16, 32, 16, 16, 8, 4]);
        assert_eq!(rounds(&width, &[Load::Answered; 2]), [4, 4]);
    }

    #[test]
    fn silence_halves_until_there_are_answers() {
        let width = Width::new(16, 64);
        let loads = [Load::Silent, Load::Silent, Load::Silent, Load::Answered, Load::Answered];
        assert_eq!(rounds(&width, &loads), [16, 8, 4, 4, 8]);
    }

    #[test]
    fn what_is_idle_is_taken_away_at_once() {
        let width = Width::new(16, 16);
        let one = width.acquire().now_or_never().unwrap().unwrap();
        width.release(one, Instant::now(), Load::Limited);
        assert_eq!(round(&width, usize::MAX, Load::Unclear), 8);
    }
}
