//! Admission to one endpoint: how many requests at a time, when the next one may be sent, and when no more are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use reqwest::Version;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::address::is_docker_hub;
use crate::message;
use model::Unverified;

/// Requests at a time, unless the user sets another number.
const DEFAULT_WIDTH: usize = 16;
/// As many again if one connection carries them all.
const MORE_ON_HTTP2: usize = 16;
/// Most requests at a time to Docker Hub, whatever the user sets.
const DOCKER_HUB_WIDTH: usize = 8;

/// The gate to one endpoint.
pub(super) struct Gate {
    /// The endpoint, for messages.
    name: String,
    permits: Semaphore,
    /// The number of permits.
    width: AtomicUsize,
    /// The fewest permits that rate limits and outages leave.
    narrowest: usize,
    /// Whether the width may grow: the user set none.
    grows: bool,
    not_before: Mutex<Option<Instant>>,
    /// Why no more requests are sent.
    closed: Mutex<Option<Unverified>>,
}

impl Gate {
    pub(super) fn new(name: &str, concurrency: Option<usize>) -> Self {
        let hub = is_docker_hub(name);
        let wanted = concurrency.unwrap_or(DEFAULT_WIDTH);
        let width = if hub { wanted.min(DOCKER_HUB_WIDTH) } else { wanted };
        Self {
            name: name.to_owned(),
            permits: Semaphore::new(width),
            width: AtomicUsize::new(width),
            narrowest: (width / 4).max(1),
            grows: !hub && concurrency.is_none(),
            not_before: Mutex::default(),
            closed: Mutex::default(),
        }
    }

    /// Waits until a request may be sent, and takes a place for it.
    ///
    /// # Errors
    /// The gate is closed, or stays shut until after the deadline.
    pub(super) async fn admit(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Unverified> {
        loop {
            self.wait(deadline).await?;
            let Ok(permit) = self.permits.acquire().await else { return Err(message::overdue(&self.name)) };
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

    /// Sends no more requests: the endpoint went on limiting the rate after every pause, or answered no request for
    /// as long as one is tried. The first reason stays.
    pub(super) fn close(&self, why: Unverified) {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// Sends requests again.
    pub(super) fn reopen(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns a place; drops it, down to a few, if the endpoint is `overloaded`.
    pub(super) fn release(&self, permit: SemaphorePermit<'_>, overloaded: bool) {
        if overloaded && self.narrow() {
            permit.forget();
        }
    }

    fn narrow(&self) -> bool {
        let narrowest = self.narrowest;
        let narrower = |width: usize| (width > narrowest).then(|| width - 1);
        self.width.fetch_update(Ordering::Relaxed, Ordering::Relaxed, narrower).is_ok()
    }

    /// Adds places if one connection carries many requests.
    pub(super) fn adapt_to(&self, version: Version) {
        if self.grows && version == Version::HTTP_2 {
            self.width.fetch_add(MORE_ON_HTTP2, Ordering::Relaxed);
            self.permits.add_permits(MORE_ON_HTTP2);
        }
    }

    /// Why there is no answer when the deadline has passed.
    pub(super) fn overdue(&self) -> Unverified {
        if self.paused_until().is_some() { message::paused(&self.name) } else { message::overdue(&self.name) }
    }
}
