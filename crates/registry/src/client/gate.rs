//! Admission to one endpoint: the number of requests at a time, the time of the next request, and the end of
//! all requests.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::SemaphorePermit;

use super::address::is_docker_hub;
use super::options::DEFAULT_CONCURRENCY;
use super::width::{Load, Width};
use crate::message;
use model::Unverified;

/// Requests at a time to an endpoint that has not answered yet, unless the user sets another number.
const FIRST_WIDTH: usize = 16;
/// Maximum number of requests at a time to Docker Hub, independent of the user's setting.
const DOCKER_HUB_WIDTH: usize = 8;

/// The gate to one endpoint.
pub(super) struct Gate {
    /// The endpoint, for messages.
    name: String,
    width: Width,
    not_before: Mutex<Option<Instant>>,
    /// The reason why no more requests are sent.
    closed: Mutex<Option<Unverified>>,
}

impl Gate {
    pub(super) fn new(name: &str, concurrency: Option<usize>) -> Self {
        let most = if is_docker_hub(name) { DOCKER_HUB_WIDTH } else { usize::MAX };
        let (first, widest) = match concurrency {
            Some(set) => (set, set),
            None => (FIRST_WIDTH, DEFAULT_CONCURRENCY),
        };
        Self {
            name: name.to_owned(),
            width: Width::new(first.min(most), widest.min(most)),
            not_before: Mutex::default(),
            closed: Mutex::default(),
        }
    }

    /// Waits until a request may be sent, and takes a place for it.
    ///
    /// # Errors
    /// The reason, if the gate is closed, or paused until after the deadline.
    pub(super) async fn admit(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Unverified> {
        loop {
            self.wait(deadline).await?;
            let Ok(permit) = self.width.acquire().await else { return Err(message::overdue(&self.name)) };
            if let Some(why) = &*self.closed.lock().unwrap_or_else(PoisonError::into_inner) {
                return Err(why.clone());
            }
            // A pause may have begun while this request was in the queue.
            if self.paused_until().is_none() {
                return Ok(permit);
            }
        }
    }

    async fn wait(&self, deadline: Instant) -> Result<(), Unverified> {
        while let Some(until) = self.paused_until() {
            if until >= deadline {
                return Err(message::paused(&self.name));
            }
            tokio::time::sleep_until(until.into()).await;
        }
        Ok(())
    }

    fn paused_until(&self) -> Option<Instant> {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.filter(|until| *until > Instant::now())
    }

    /// Sends no request before `until`.
    pub(super) fn pause(&self, until: Instant) {
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        if not_before.is_none_or(|known| known < until) {
            *not_before = Some(until);
        }
    }

    /// Closes the gate, because the endpoint continued to limit the rate after every pause, or answered no
    /// request in all attempts. The first reason is kept.
    pub(super) fn close(&self, why: Unverified) {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// Opens the gate again.
    pub(super) fn reopen(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the place of an attempt, and adapts the number of places to its outcome.
    pub(super) fn release(&self, permit: SemaphorePermit<'_>, began: Instant, load: Load) {
        self.width.release(permit, began, load);
    }

    /// The reason why there is no answer when the deadline has passed.
    pub(super) fn overdue(&self) -> Unverified {
        if self.paused_until().is_some() { message::paused(&self.name) } else { message::overdue(&self.name) }
    }
}
