//! The notifications that wait for the worker: bounded, and one for each object, so that a burst is handled
//! once.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The waiting notifications. Each waits for some time, because others about the same object may follow.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    most: usize,
    /// The time for which each waits.
    pause: Duration,
}

struct State<T> {
    /// The oldest first. All wait for the same time, so that the oldest is due first.
    waiting: VecDeque<Waiting<T>>,
    is_closed: bool,
}

struct Waiting<T> {
    key: String,
    item: T,
    due: Instant,
}

/// The outcome of adding a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It was added.
    New,
    /// It replaced one for the same object.
    Merged,
    /// The queue is full, so that it was not added.
    Full,
    /// The server stops, so that it was not added.
    Closed,
}

impl<T> Queue<T> {
    /// A queue for at most `most` items, in which each waits for `pause`.
    pub(super) fn new(most: usize, pause: Duration) -> Self {
        let state = State { waiting: VecDeque::new(), is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), most, pause }
    }

    /// Adds an item. A newer item replaces one with the same key and keeps its due time, so that an endless
    /// burst does not postpone the work.
    pub(super) fn add(&self, key: String, item: T) -> Added {
        let mut state = self.state();
        if let Some(same) = state.waiting.iter_mut().find(|waiting| waiting.key == key) {
            same.item = item;
            return Added::Merged;
        }
        self.push(state, key, item)
    }

    fn push(&self, mut state: MutexGuard<'_, State<T>>, key: String, item: T) -> Added {
        if state.is_closed {
            return Added::Closed;
        }
        if state.waiting.len() >= self.most {
            return Added::Full;
        }
        let due = Instant::now() + self.pause;
        state.waiting.push_back(Waiting { key, item, due });
        self.changed.notify_all();
        Added::New
    }

    /// Adds an item again that was returned before, unless there is a newer one with the same key, or the
    /// queue is full.
    pub(super) fn add_again(&self, key: String, item: T) {
        let state = self.state();
        if !state.waiting.iter().any(|waiting| waiting.key == key) {
            self.push(state, key, item);
        }
    }

    /// Waits for the next item that is due; `None` after the queue was closed.
    pub(super) fn next(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if state.is_closed {
                return None;
            }
            let left = state.waiting.front().map(|first| first.due.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return state.waiting.pop_front().map(|first| first.item),
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Closes the queue: no item is added or returned any more. Returns the number of waiting items.
    pub(super) fn close(&self) -> usize {
        let mut state = self.state();
        state.is_closed = true;
        let left = state.waiting.len();
        state.waiting.clear();
        self.changed.notify_all();
        left
    }

    /// The number of items that wait.
    pub(super) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_burst_of_one_object_is_one_item() {
        let queue = Queue::new(2, Duration::from_millis(1));
        assert_eq!(queue.add("a".to_owned(), 1), Added::New);
        assert_eq!(queue.add("a".to_owned(), 2), Added::Merged);
        assert_eq!(queue.add("b".to_owned(), 3), Added::New);
        assert_eq!(queue.add("c".to_owned(), 4), Added::Full);
        assert_eq!(queue.add("a".to_owned(), 5), Added::Merged, "what waits already has its place");
        assert_eq!((queue.next(), queue.next(), queue.len()), (Some(5), Some(3), 0));
        assert_eq!(queue.add("a".to_owned(), 6), Added::New, "what is being worked at can come again");
        queue.add_again("a".to_owned(), 5);
        queue.add_again("b".to_owned(), 3);
        assert_eq!((queue.next(), queue.next(), queue.len()), (Some(6), Some(3), 0), "the newer one stays");
    }

    #[test]
    fn an_item_waits_for_more_of_the_same() {
        let pause = Duration::from_millis(80);
        let queue = Arc::new(Queue::new(9, pause));
        let begun = Instant::now();
        queue.add("a".to_owned(), 0);
        let added = Arc::clone(&queue);
        let sender = thread::spawn(move || {
            for number in 1..4 {
                thread::sleep(Duration::from_millis(10));
                added.add("a".to_owned(), number);
            }
        });
        assert_eq!(queue.next(), Some(3));
        // If the wait began again, each later one would postpone it.
        assert!(begun.elapsed() >= pause);
        sender.join().unwrap();
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_closed_queue_ends_the_wait() {
        let queue = Arc::new(Queue::<u8>::new(9, Duration::from_hours(1)));
        let waiting = Arc::clone(&queue);
        let worker = thread::spawn(move || waiting.next());
        queue.add("a".to_owned(), 1);
        assert_eq!(queue.close(), 1);
        assert_eq!(worker.join().unwrap(), None);
        assert_eq!(queue.add("b".to_owned(), 2), Added::Closed);
        assert_eq!(queue.next(), None);
    }
}
