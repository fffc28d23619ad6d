//! The places of requests, over all registries. Endpoints take turns. An endpoint that does not answer loses
//! its places after a short time, so that others always get places.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::endpoint::Endpoint;

/// A request that takes longer than this leaves its place to another.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same, if very many endpoints have to be queried before the deadline.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(100);
/// Maximum number of requests that have left their place and still wait for a reply.
const MAX_SLOW: usize = 256;

/// The places of requests.
pub(super) struct Places {
    all: Semaphore,
    /// The part of the places that endpoints without answers may hold.
    unanswered: Semaphore,
    unanswered_count: u32,
    /// Endpoints that wait for a place.
    waiting: AtomicUsize,
    slow: SlowLane,
}

/// A place, until it is dropped.
pub(super) struct Place<'a> {
    /// The time for which the place may be held.
    pub(super) patience: Duration,
    _permit: SemaphorePermit<'a>,
    _unanswered: Option<SemaphorePermit<'a>>,
}

/// The signal that a slow request has to make room for another.
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

    /// Waits for a place. One request of each endpoint waits at a time, so that endpoints with few requests do not
    /// wait for all requests of the others. `None` if there are no places at all.
    pub(super) async fn take(&self, endpoint: &Endpoint, deadline: Instant) -> Option<Place<'_>> {
        let _turn = endpoint.turn.lock().await;
        let waiting = Waiting::begin(&self.waiting);
        let mut permit = None;
        if endpoint.outage.is_answering() {
            let acquired = self.all.acquire().await.ok()?;
            // The endpoint may have stalled in the meantime.
            permit = endpoint.outage.is_answering().then_some(acquired);
        }
        let (permit, unanswered) = if let Some(permit) = permit {
            (permit, None)
        } else {
            let unanswered = self.unanswered.acquire().await.ok()?;
            (self.all.acquire().await.ok()?, Some(unanswered))
        };
        drop(waiting);
        Some(Place { patience: self.fair_share(deadline), _permit: permit, _unanswered: unanswered })
    }

    /// The time for which a request may hold its place, so that half of the time until the deadline is enough
    /// for all waiting requests.
    fn fair_share(&self, deadline: Instant) -> Duration {
        let left = deadline.saturating_duration_since(Instant::now());
        let waiting = u32::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let rounds = waiting / self.unanswered_count + 1;
        (left / 2 / rounds).clamp(SHORTEST_PATIENCE, PATIENCE)
    }

    /// Leaves a place to another request. The old request may wait for its reply until it has to make room.
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
            // The receiver is notified that its sender was dropped.
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

    fn endpoint(answers: bool) -> Endpoint {
        let endpoint = Endpoint::new("reg.example", None, 3);
        if answers {
            endpoint.outage.answered();
        }
        endpoint
    }

    fn take<'a>(places: &'a Places, endpoint: &Endpoint) -> Option<Place<'a>> {
        places.take(endpoint, soon()).now_or_never().flatten()
    }

    #[test]
    fn endpoints_without_an_answer_hold_half_of_the_places() {
        let (places, silent, answering) = (Places::new(8), endpoint(false), endpoint(true));
        let mut held = Vec::new();
        while let Some(place) = take(&places, &silent) {
            held.push(place);
        }
        assert_eq!(held.len(), 4);
        let mut others = Vec::new();
        while let Some(place) = take(&places, &answering) {
            others.push(place);
        }
        assert_eq!(others.len(), 4);
        drop(held.pop());
        assert!(take(&places, &answering).is_some());
    }

    #[test]
    fn one_place_serves_both() {
        let (places, silent, answering) = (Places::new(1), endpoint(false), endpoint(true));
        for one in [&silent, &answering, &silent] {
            let place = take(&places, one);
            assert!(place.is_some() && take(&places, &answering).is_none());
        }
    }

    #[test]
    fn endpoints_take_turns() {
        let (places, many, few) = (Places::new(2), endpoint(true), endpoint(true));
        let (first, second) = (take(&places, &many), take(&places, &many));
        let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(places.take(&many, soon()))).collect();
        for request in &mut waiting {
            assert!(request.now_or_never().is_none());
        }
        let mut last = Box::pin(places.take(&few, soon()));
        assert!((&mut last).now_or_never().is_none());
        drop((first, second));
        let served: Vec<_> = waiting.iter_mut().map(|request| request.now_or_never().flatten()).collect();
        assert_eq!(
            served.iter().flatten().count(),
            1,
            "one request of an endpoint waits for a place at a time"
        );
        assert!(last.now_or_never().flatten().is_some());
    }

    #[test]
    fn an_endpoint_that_stalls_while_it_waits_is_one_that_does_not_answer() {
        let (places, stalling) = (Places::new(2), endpoint(true));
        let held = (take(&places, &stalling), take(&places, &stalling));
        let mut waiting = Box::pin(places.take(&stalling, soon()));
        assert!((&mut waiting).now_or_never().is_none());
        stalling.outage.stalled();
        drop(held);
        let place = waiting.now_or_never().flatten().unwrap();
        assert_eq!(places.unanswered.available_permits(), 0);
        drop(place);
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
        let (places, silent, answering) = (Places::new(4), endpoint(false), endpoint(true));
        let mut slow: VecDeque<Eviction> = VecDeque::new();
        for _ in 0..MAX_SLOW {
            slow.push_back(places.leave(take(&places, &silent).unwrap()));
        }
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
        // A reply arrived: the request makes room itself.
        drop(slow.remove(3));
        slow.push_back(places.leave(take(&places, &answering).unwrap()));
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
        slow.push_back(places.leave(take(&places, &answering).unwrap()));
        let evicted = slow.pop_front().unwrap();
        assert!(evicted.now_or_never().is_some());
        assert!(slow.iter_mut().all(|request| request.now_or_never().is_none()));
    }
}
