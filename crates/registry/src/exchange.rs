//! One exchange with a registry: in its turn, tried again where that may help, and what is learned from it
//! of how much the registry takes.

use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, RETRY_AFTER};

use super::host::Host;
use super::transport::{Reply, Request, Trouble};
use super::{Registries, describe, retry};
use model::{Cause, Unverified};

/// How long a request keeps its place among those of all registries: one that takes longer waits beside them.
const PATIENCE: Duration = Duration::from_secs(1);

impl Registries {
    /// Sends a request until there is an answer that is worth having. More than one request are ways to
    /// ask the same: the next is taken where no connection came to be.
    pub(super) async fn exchange(&self, host: &Host, requests: &[Request]) -> Result<Reply, Unverified> {
        let began = Instant::now();
        for attempt in 0.. {
            // On the heap: most of the questions wait for their turn, and should be small.
            let outcome = Box::pin(self.attempt(host, requests)).await?;
            let heals = match &outcome {
                Ok(reply) => retry::heals(reply.status),
                Err(trouble) => trouble.heals,
            };
            let pause = retry::pause(attempt);
            let again = attempt + 1 < host.attempts;
            if let Ok(reply) = outcome.as_ref()
                && host.attempts > 1
            {
                self.heed(host, reply, pause)?;
            }
            let late = Instant::now() + pause >= self.transport.deadline();
            if heals && !late && again {
                tokio::time::sleep(pause).await;
                continue;
            }
            let silent = outcome.as_ref().is_err_and(|trouble| trouble.silent);
            let outcome =
                outcome.map_err(|trouble| describe::after_attempts(trouble.unverified, attempt + 1));
            match &outcome {
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                    host.give_up(describe::limited(&host.name, &reply.described()));
                }
                Err(why) if silent && why.cause == Cause::Unreachable && host.silence.covers(began) => {
                    host.give_up(why.clone());
                }
                _ => {}
            }
            return outcome;
        }
        Err(describe::overdue(&host.name))
    }

    /// Pauses the whole host where it asks for that.
    fn heed(&self, host: &Host, reply: &Reply, pause: Duration) -> Result<(), Unverified> {
        let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
        if !limited && reply.status != StatusCode::SERVICE_UNAVAILABLE {
            return Ok(());
        }
        // A date is of the registry's clock.
        let clock = reply.header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let now = clock.unwrap_or_else(SystemTime::now);
        let told = reply.header(RETRY_AFTER).and_then(|value| retry::retry_after(value, now));
        if let Some(wait) = told {
            let until = Instant::now().checked_add(wait).unwrap_or(self.transport.deadline());
            host.pause(until);
            if until >= self.transport.deadline() {
                return Err(describe::paused(&host.name));
            }
        }
        if limited {
            host.pause(Instant::now() + pause);
        }
        Ok(())
    }

    async fn attempt(&self, host: &Host, requests: &[Request]) -> Result<Result<Reply, Trouble>, Unverified> {
        let permit = host.admit(self.transport.deadline()).await?;
        let total = self.total.acquire().await.map_err(|_| describe::overdue(&host.name))?;
        let began = Instant::now();
        let sent = self.send(requests);
        tokio::pin!(sent);
        let outcome = if let Ok(outcome) = tokio::time::timeout(PATIENCE, &mut sent).await {
            drop(total);
            outcome
        } else {
            // A host that does not answer must not hold the places of those that do.
            let beside = self.slow.try_acquire().ok();
            let _kept = beside.is_none().then_some(total);
            sent.await
        };
        let enough = match &outcome {
            Some(Ok(reply)) => {
                host.silence.ends();
                reply.status == StatusCode::TOO_MANY_REQUESTS
            }
            Some(Err(trouble)) if trouble.heals && trouble.silent => {
                if host.silence.lasts(began) {
                    host.give_up(describe::after_attempts(trouble.unverified.clone(), retry::ATTEMPTS));
                }
                host.silence.covers(began)
            }
            _ => false,
        };
        host.release(permit, enough);
        outcome.ok_or_else(|| describe::no_registry(&host.name, "its name is no address"))
    }

    /// Tries ways to ask the same, the next where no connection came to be.
    async fn send(&self, requests: &[Request]) -> Option<Result<Reply, Trouble>> {
        let mut outcome = None;
        for request in requests {
            let attempted = self.transport.attempt(request).await;
            let connected = !attempted.as_ref().is_err_and(|trouble| trouble.connecting);
            outcome = Some(attempted);
            if connected {
                break;
            }
        }
        outcome
    }
}
