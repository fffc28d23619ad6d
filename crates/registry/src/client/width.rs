//! The number of requests at a time to one endpoint. It grows by one with each answer, and is halved if the endpoint
//! limits the rate, does not answer, or takes longer and longer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Answers within this time are no sign of too many requests.
const QUICK: Duration = Duration::from_millis(250);
/// The part of the mean of recent answers that is the last one: one divided by this.
const SMOOTHING: u32 = 8;

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
    /// The number of permits at first.
    first: usize,
    /// The number of permits that exist. More than wanted are in use after the width was halved.
    existing: usize,
    /// The most permits.
    widest: usize,
    /// The time when the width was halved last.
    halved: Option<Instant>,
    latency: Latency,
}

/// The time that answers take.
#[derive(Default)]
struct Latency {
    /// The mean of the answers at the first width.
    early: Duration,
    /// The number of these answers.
    count: u32,
    /// The mean of recent answers.
    recent: Duration,
}

impl Width {
    /// A width that may grow from `first` to `widest`.
    pub(super) fn new(first: usize, widest: usize) -> Self {
        let latency = Latency::default();
        let state = State { wanted: first, existing: first, first, widest, halved: None, latency };
        Self { permits: Semaphore::new(first), narrowest: (first / 4).max(1), state: Mutex::new(state) }
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.acquire().await
    }

    /// Returns a permit after an attempt that began at a time, and adapts the width to its outcome.
    pub(super) fn release(&self, permit: SemaphorePermit<'_>, began: Instant, load: Load) {
        let mut state = self.state();
        state.adapt(began, began.elapsed(), load, self.narrowest);
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
    /// Adapts to the outcome of an attempt that began at a time and took some.
    fn adapt(&mut self, began: Instant, took: Duration, load: Load, narrowest: usize) {
        // The requests that were under way when the width was halved tell nothing new.
        let is_old = self.halved.is_some_and(|halved| began < halved);
        match load {
            Load::Answered => {
                self.latency.add(took, self.first);
                if self.wanted <= self.first || !self.latency.has_doubled() {
                    self.wanted = (self.wanted + 1).min(self.widest);
                } else if !is_old {
                    // More requests than the first width made the answers slow.
                    self.halve(self.first);
                }
            }
            Load::Limited | Load::Silent if is_old => {}
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

impl Latency {
    /// Adds an answer. The answers at the first width are as many as this.
    fn add(&mut self, took: Duration, first: usize) {
        if (self.count as usize) < first {
            self.early = (self.early * self.count + took) / (self.count + 1);
            self.count += 1;
            self.recent = self.early;
        } else {
            self.recent = (self.recent * (SMOOTHING - 1) + took) / SMOOTHING;
        }
    }

    /// True if answers take twice as long as they did at first, and so long that it matters.
    fn has_doubled(&self) -> bool {
        self.recent > QUICK && self.recent > self.early * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::FutureExt;

    /// Takes all permits that there are, up to some, and returns them after one outcome for all. Returns their number.
    fn round(width: &Width, most: usize, load: Load) -> usize {
        round_of(width, most, load, Duration::ZERO)
    }

    /// The same, with the time that each takes.
    fn round_of(width: &Width, most: usize, load: Load, took: Duration) -> usize {
        let began = Instant::now().checked_sub(took).unwrap();
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
    fn answers_that_take_twice_as_long_narrow_down_to_the_first_width() {
        let width = Width::new(16, 64);
        let rounds = |times: &[u64]| {
            let mut counts = Vec::new();
            for time in times {
                counts.push(round_of(&width, usize::MAX, Load::Answered, Duration::from_millis(*time)));
            }
            counts
        };
        assert_eq!(rounds(&[300, 450, 450]), [16, 32, 64]);
        assert_eq!(rounds(&[900, 10]), [64, 32]);
    }

    #[test]
    fn quick_answers_may_take_longer_than_at_first() {
        let width = Width::new(16, 64);
        let times = [1, 30, 200, 200].map(Duration::from_millis);
        let counts = times.map(|time| round_of(&width, usize::MAX, Load::Answered, time));
        assert_eq!(counts, [16, 32, 64, 64]);
    }

    #[test]
    fn what_is_idle_is_taken_away_at_once() {
        let width = Width::new(16, 16);
        let one = width.acquire().now_or_never().unwrap().unwrap();
        width.release(one, Instant::now(), Load::Limited);
        assert_eq!(round(&width, usize::MAX, Load::Unclear), 8);
    }
}
