//! Sends requests in their turn, repeats them if this may help, and adapts the load of the endpoint to the
//! replies.

use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, RETRY_AFTER};

use super::endpoint::Endpoint;
use super::failure::{Failure, Stage};
use super::places::{Place, Places};
use super::request::{Reply, Request};
use super::retry;
use super::transport::Transport;
use super::width::Load;
use crate::message;
use model::{Cause, Unverified};

/// The pause after which connections may have been closed, if too many files are open.
const FILE_WAIT: Duration = Duration::from_millis(500);
/// Maximum number of such pauses of one request. They are not attempts: the endpoint received nothing.
const MAX_FILE_WAITS: u32 = 20;

/// The queue before the transport.
pub(super) struct Dispatcher {
    transport: Transport,
    places: Places,
}

impl Dispatcher {
    pub(super) fn new(transport: Transport, concurrency: usize) -> Self {
        Self { transport, places: Places::new(concurrency) }
    }

    /// True if a registry may be reached without verified TLS.
    pub(super) fn is_insecure(&self, registry: &str) -> bool {
        self.transport.is_insecure(registry)
    }

    /// Sends a request until there is a reply that another attempt would not change. Several requests are
    /// alternatives: the next is sent if the previous one found no connection.
    pub(super) async fn exchange(
        &self,
        endpoint: &Endpoint,
        requests: &[Request],
        deadline: Instant,
    ) -> Result<Reply, Unverified> {
        let began = Instant::now();
        let (mut attempts, mut waits) = (0, 0);
        loop {
            // On the heap: most requests wait for their turn, and their futures should be small.
            let outcome = Box::pin(self.attempt(endpoint, requests, deadline)).await?;
            if waits < MAX_FILE_WAITS && is_out_of_files(&outcome) {
                waits += 1;
                tokio::time::sleep(FILE_WAIT).await;
                continue;
            }
            let pause = retry::pause(attempts);
            attempts += 1;
            let retryable = match &outcome {
                Ok(reply) => retry::is_retryable(reply.status),
                Err(failure) => failure.retryable,
            };
            if let Ok(reply) = &outcome
                && endpoint.attempts > 1
            {
                pause_as_told(endpoint, reply, pause, deadline)?;
            }
            let in_time = Instant::now() + pause < deadline;
            if retryable && in_time && attempts < endpoint.attempts {
                tokio::time::sleep(pause).await;
                continue;
            }
            return conclude(endpoint, outcome, attempts, began);
        }
    }

    /// Makes one attempt in a place of the endpoint and a place among those of all registries.
    async fn attempt(
        &self,
        endpoint: &Endpoint,
        requests: &[Request],
        deadline: Instant,
    ) -> Result<Result<Reply, Failure>, Unverified> {
        let permit = endpoint.gate.admit(deadline).await?;
        let Some(place) = self.places.take(endpoint, deadline).await else {
            return Err(message::overdue(&endpoint.name));
        };
        let began = Instant::now();
        let outcome = self.send_from(place, endpoint, requests, deadline).await;
        let load = match &outcome {
            Some(outcome) => note_outcome(endpoint, outcome, began),
            None => Load::Unclear,
        };
        endpoint.gate.release(permit, began, load);
        outcome.ok_or_else(|| message::no_registry(&endpoint.name, "its name is not an address"))
    }

    /// Sends requests from a place, which is left to others if there is no reply for a long time.
    async fn send_from(
        &self,
        place: Place<'_>,
        endpoint: &Endpoint,
        requests: &[Request],
        deadline: Instant,
    ) -> Option<Result<Reply, Failure>> {
        let sent = self.send_any(requests, deadline);
        tokio::pin!(sent);
        if let Ok(outcome) = tokio::time::timeout(place.patience, &mut sent).await {
            return outcome;
        }
        endpoint.outage.stalled();
        let evicted = self.places.leave(place);
        tokio::select! {
            outcome = sent => outcome,
            _ = evicted => Some(Err(Failure::evicted(&endpoint.name))),
        }
    }

    /// Sends the first request that finds a connection. `None` if there is no request.
    async fn send_any(&self, requests: &[Request], deadline: Instant) -> Option<Result<Reply, Failure>> {
        let mut outcome = None;
        for request in requests {
            let attempted = self.transport.attempt(request, deadline).await;
            let connected = !matches!(&attempted, Err(failure) if failure.stage == Stage::NotConnected);
            outcome = Some(attempted);
            if connected {
                break;
            }
        }
        outcome
    }
}

/// True if no file descriptor was available for a connection.
fn is_out_of_files(outcome: &Result<Reply, Failure>) -> bool {
    matches!(outcome, Err(failure) if failure.stage == Stage::NoFile)
}

/// Pauses the whole endpoint if the reply requires it.
fn pause_as_told(
    endpoint: &Endpoint,
    reply: &Reply,
    pause: Duration,
    deadline: Instant,
) -> Result<(), Unverified> {
    let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
    if !limited && reply.status != StatusCode::SERVICE_UNAVAILABLE {
        return Ok(());
    }
    if let Some(wait) = retry_after(reply) {
        let until = Instant::now().checked_add(wait).unwrap_or(deadline);
        endpoint.gate.pause(until);
        if until >= deadline {
            return Err(message::paused(&endpoint.name));
        }
    }
    if limited {
        endpoint.gate.pause(Instant::now() + pause);
    }
    Ok(())
}

/// The pause that a reply requires. A date is relative to the clock of the registry, if the reply has its
/// time.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let value = reply.header(RETRY_AFTER)?;
    let clock = reply.header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    retry::retry_after(value, clock.unwrap_or_else(SystemTime::now))
}

/// Notes the outcome of an attempt that began at a time. Returns the load of the endpoint that it shows.
fn note_outcome(endpoint: &Endpoint, outcome: &Result<Reply, Failure>, began: Instant) -> Load {
    match outcome {
        Ok(reply) => {
            endpoint.outage.answered();
            match reply.status {
                StatusCode::TOO_MANY_REQUESTS => Load::Limited,
                status if status.is_server_error() => Load::Unclear,
                _ => Load::Answered,
            }
        }
        Err(failure) if failure.retryable && failure.stage.is_silent() => {
            if endpoint.outage.unanswered(began) {
                let why = failure.unverified.clone();
                endpoint.gate.close(message::after_attempts(why, retry::ATTEMPTS));
            }
            if endpoint.outage.no_answer_since(began) { Load::Silent } else { Load::Unclear }
        }
        Err(_) => Load::Unclear,
    }
}

/// Ends an exchange. Closes the gate if further requests would end in the same way.
fn conclude(
    endpoint: &Endpoint,
    outcome: Result<Reply, Failure>,
    attempts: u32,
    began: Instant,
) -> Result<Reply, Unverified> {
    match outcome {
        Ok(reply) => {
            if reply.status == StatusCode::TOO_MANY_REQUESTS {
                endpoint.gate.close(message::limited(&endpoint.name, &reply.described()));
            }
            Ok(reply)
        }
        Err(failure) => {
            let why = message::after_attempts(failure.unverified, attempts);
            let down = failure.stage.is_silent() && why.cause == Cause::Unreachable;
            if down && endpoint.outage.no_answer_since(began) {
                endpoint.gate.close(why.clone());
            }
            Err(why)
        }
    }
}
