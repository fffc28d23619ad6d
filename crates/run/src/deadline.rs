//! The time at which a run has to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use thiserror::Error;

/// Maximum time between two checks for a cancellation.
const SLICE: Duration = Duration::from_millis(20);

/// The time at which a run has to end. Clones share the cancellation: if one is cancelled, all are.
#[derive(Clone, Debug)]
pub struct Deadline {
    end: Instant,
    limit: Duration,
    cancelled: Arc<AtomicBool>,
}

/// Cancels a deadline when it is dropped.
#[derive(Debug)]
pub struct CancelOnDrop(Deadline);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The deadline passed, or the run was cancelled.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Overdue {
    /// The deadline passed.
    #[error("the deadline of {0:?} passed")]
    Passed(Duration),
    /// The run was cancelled.
    #[error("the run was cancelled")]
    Cancelled,
}

/// The outcome of waiting for a message.
pub(crate) enum Waited<T> {
    /// A message arrived.
    Message(T),
    /// No message arrived within a slice of time; more may follow.
    Nothing,
    /// All senders were dropped.
    Closed,
}

impl Deadline {
    /// The deadline `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self { end: later(limit), limit, cancelled: Arc::default() }
    }

    /// The deadline at a given time.
    pub fn at(end: Instant) -> Self {
        let limit = end.saturating_duration_since(Instant::now());
        Self { end, limit, cancelled: Arc::default() }
    }

    /// The earlier of this deadline and `limit` from now: the limit of one step of the run.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        if self.left() <= limit {
            return self.clone();
        }
        Self { end: later(limit), limit, cancelled: Arc::clone(&self.cancelled) }
    }

    /// The time of the deadline.
    pub fn instant(&self) -> Instant {
        self.end
    }

    /// The initial time limit of the run, for messages.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// The remaining time; zero after the deadline or a cancellation.
    pub fn left(&self) -> Duration {
        if self.is_cancelled() {
            return Duration::ZERO;
        }
        self.end.saturating_duration_since(Instant::now())
    }

    /// Ends the run now, for every clone of this deadline.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// True if the run was cancelled, before or after the deadline.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Cancels the run when the guard is dropped: for work in a thread whose result is no longer needed.
    pub fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    /// Fails once no time is left.
    ///
    /// # Errors
    /// [`Overdue`] with the reason.
    pub fn check(&self) -> Result<(), Overdue> {
        if self.is_cancelled() {
            return Err(Overdue::Cancelled);
        }
        if self.left().is_zero() { Err(Overdue::Passed(self.limit)) } else { Ok(()) }
    }

    /// Waits for a message, for a slice of time.
    pub(crate) fn wait<T>(&self, messages: &Receiver<T>) -> Result<Waited<T>, Overdue> {
        match messages.recv_timeout(self.left().min(SLICE)) {
            Ok(message) => Ok(Waited::Message(message)),
            Err(RecvTimeoutError::Disconnected) => Ok(Waited::Closed),
            Err(RecvTimeoutError::Timeout) => self.check().map(|()| Waited::Nothing),
        }
    }
}

/// The time `limit` from now; a century from now if the clock cannot represent it.
fn later(limit: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
    Instant::now() + limit.min(CENTURY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out() {
        let deadline = Deadline::after(Duration::ZERO);
        assert_eq!(deadline.left(), Duration::ZERO);
        let error = deadline.check().unwrap_err();
        assert_eq!(error, Overdue::Passed(Duration::ZERO));
        assert!(Deadline::after(Duration::from_mins(1)).check().is_ok());
        assert!(Deadline::after(Duration::MAX).check().is_ok());
        assert!(Deadline::at(Instant::now()).check().is_err());
    }

    #[test]
    fn a_step_has_the_earlier_end() {
        let deadline = Deadline::after(Duration::from_mins(1));
        assert_eq!(deadline.at_most(Duration::from_secs(1)).limit(), Duration::from_secs(1));
        assert_eq!(deadline.at_most(Duration::from_secs(100)).limit(), Duration::from_mins(1));
    }

    #[test]
    fn cancelling_reaches_every_clone() {
        let deadline = Deadline::after(Duration::from_mins(1));
        let step = deadline.at_most(Duration::from_secs(1));
        deadline.cancel();
        assert_eq!(step.check(), Err(Overdue::Cancelled));
        assert_eq!(step.left(), Duration::ZERO);
        assert!(step.is_cancelled());
        let dropped = Deadline::after(Duration::from_mins(1));
        drop(dropped.cancel_on_drop());
        assert!(dropped.is_cancelled());
        assert_eq!(Overdue::Passed(Duration::from_secs(2)).to_string(), "the deadline of 2s passed");
    }
}
