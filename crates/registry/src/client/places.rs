//! The places of requests, over all registries. An endpoint that does not answer holds none for long, and never all:
//! one that answers always gets places.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

/// A request that takes longer than this leaves its place to another.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same, if very many endpoints that do not answer have to be queried before the deadline.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(100);
/// Most requests that have left their place and still wait for a reply.
const MAX_SLOW: usize = 256;

/// The places of requests.
pub(super) struct Places {
    all: Semaphore,
    /// The part of the places that endpoints may hold that do not answer.
    unanswered: Semaphore,
    unanswered_count: u32,
    /// Requests to endpoints that do not answer, which wait for a place.
    waiting: AtomicUsize,
    slow: SlowLane,
}

/// A place, until it is dropped.
pub(super) struct Place<'a> {
    /// How long the place may be held.
    pub(super) patience: Duration,
    _permit: SemaphorePermit<'a>,
    _unanswered: Option<SemaphorePermit<'a>>,
}

/// The end of a slow request that has to make room for another.
pub(super) type Eviction = oneshot::Receiver<()>;

impl Places {
    pub(super) fn new(concurrency: usize) -> Self {
        let half = (concurrency / 2).max(1);
        Self {
            all: Semaphore::new(concurrency),
            unanswered: Semaphore::new(half),
            unanswered_count: u32::try_from(half).unwrap_or(u32::MAX),
            waiting: AtomicUsize::new(0),
            slow: SlowLane::default(),
        }
    }

    /// Waits for a place. `answers`: whether the endpoint has answered so far.
    pub(super) async fn take(&self, answers: bool, deadline: Instant) -> Option<Place<'_>> {
        if answers {
            let permit = self.all.acquire().await.ok()?;
            return Some(Place { patience: PATIENCE, _permit: permit, _unanswered: None });
        }
        let waiting = Waiting::begin(&self.waiting);
        let unanswered = self.unanswered.acquire().await.ok()?;
        drop(waiting);
        let permit = self.all.acquire().await.ok()?;
        Some(Place { patience: self.fair_share(deadline), _permit: permit, _unanswered: Some(unanswered) })
    }

    /// How long a request may hold its place, so that half of the time until the deadline is enough for all that wait.
    fn fair_share(&self, deadline: Instant) -> Duration {
        let left = deadline.saturating_duration_since(Instant::now());
        let waiting = u32::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let rounds = waiting / self.unanswered_count + 1;
        (left / 2 / rounds).clamp(SHORTEST_PATIENCE, PATIENCE)
    }

    /// Leaves a place to another request. The one that left may wait for its reply until it has to make room.
    pub(super) fn leave(&self, place: Place<'_>) -> Eviction {
        drop(place);
        self.slow.enter()
    }
}

/// Counts a request among those that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Requests that take long. If there are too many, the one that has waited longest makes room.
#[derive(Default)]
struct SlowLane(Mutex<VecDeque<oneshot::Sender<()>>>);

impl SlowLane {
    fn enter(&self) -> Eviction {
        let (sender, receiver) = oneshot::channel();
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.retain(|request| !request.is_closed());
        if requests.len() >= MAX_SLOW {
            // The receiver learns that its sender is gone.
            requests.pop_front();
        }
        requests.push_back(sender);
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::FutureExt;

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(5)
    }

    fn take(places: &Places, answers: bool) -> Option<Place<'_>> {
        places.take(answers, soon()).now_or_never().flatten()
    }

    #[test]
    fn endpoints_without_an_answer_hold_half_of_the_places() {
        let places = Places::new(8);
        let mut silent = Vec::new();
        while let Some(place) = take(&places, false) {
            silent.push(place);
        }
        let mut answering = Vec::new();
        while let Some(place) = take(&places, true) {
            answering.push(place);
        }
        assert_eq!((silent.len(), answering.len()), (4, 4));
        drop(silent.pop());
        assert!(take(&places, true).is_some());
    }

    #[test]
    fn one_place_serves_both() {
        let places = Places::new(1);
        for answers in [false, true, false] {
            let place = take(&places, answers);
            assert!(place.is_some() && take(&places, true).is_none());
        }
    }

    #[test]
    fn patience_shrinks_with_the_number_that_waits() {
        let places = Places::new(64);
        assert_eq!(places.fair_share(soon()), PATIENCE);
        let waiting: Vec<_> = (0..2000).map(|_| Waiting::begin(&places.waiting)).collect();
        assert_eq!(places.fair_share(soon()), PATIENCE, "five minutes are enough for 63 rounds");
        let minute = places.fair_share(Instant::now() + Duration::from_mins(1));
        assert!(minute < PATIENCE && minute > SHORTEST_PATIENCE, "{minute:?}");
        assert_eq!(places.fair_share(Instant::now()), SHORTEST_PATIENCE);
        drop(waiting);
        assert_eq!(places.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_slow_request_that_has_waited_longest_makes_room() {
        let places = Places::new(4);
        let mut slow: VecDeque<Eviction> = VecDeque::new();
        for _ in 0..MAX_SLOW {
            slow.push_back(places.leave(take(&places, false).unwrap()));
        }
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
        // A reply came: that request makes room by itself.
        drop(slow.remove(3));
        slow.push_back(places.leave(take(&places, true).unwrap()));
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
        slow.push_back(places.leave(take(&places, true).unwrap()));
        let evicted = slow.pop_front().unwrap();
        assert!(evicted.now_or_never().is_some());
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
    }
}
