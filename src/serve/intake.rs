//! The steps of a notification into the queue: body, proof, parsing, time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Request};
use notification::{Notification, Origin, Source};
use tokio::time::timeout;

use super::body::{Body, Memory, drain};
use super::metrics::Metrics;
use super::queue::{Added, Queue};
use super::refusal::Refusal;
use super::secret::Secret;
use super::signature::{self, Unproven, verify};

/// Maximum number of notifications that wait.
const MOST_WAITING: usize = 256;
/// Seconds that the time of a notification may differ from the server's. The age of a signature has no other
/// limit.
const FRESH: u64 = 20 * 60;
/// Time for a body to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The secrets by which senders are authenticated. Without a secret, a sender is not served.
#[derive(Debug)]
pub(super) struct Secrets {
    /// The key of the signatures of Flux.
    pub(super) flux: Option<Secret>,
    /// The token of Argo CD.
    pub(super) argo_cd: Option<Secret>,
}

/// Accepts notifications.
pub(super) struct Intake {
    pub(super) queue: Queue<Job>,
    pub(super) metrics: Metrics,
    secrets: Secrets,
    memory: Memory,
}

/// A notification that waits for the worker.
pub(super) struct Job {
    pub(super) notification: Notification,
    /// The number of fetches for it that failed.
    pub(super) attempts: usize,
}

impl Job {
    /// A key that is the same for all notifications about one object.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.notification.origin.as_str(), self.notification.object)
    }
}

/// A configured sender.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sender<'a> {
    Flux(&'a Secret),
    ArgoCd(&'a Secret),
}

impl Sender<'_> {
    /// Its name in metrics and logs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flux(_) => "flux",
            Self::ArgoCd(_) => "argocd",
        }
    }
}

impl Intake {
    /// An intake whose notifications wait for `pause` each.
    pub(super) fn new(secrets: Secrets, pause: Duration) -> Self {
        let queue = Queue::new(MOST_WAITING, pause);
        Self { queue, metrics: Metrics::default(), secrets, memory: Memory::default() }
    }

    /// The sender of a path; `None` if there is none, or none is configured.
    pub(super) fn sender(&self, path: &str) -> Option<Sender<'_>> {
        match path {
            "/flux" => self.secrets.flux.as_ref().map(Sender::Flux),
            "/argocd" => self.secrets.argo_cd.as_ref().map(Sender::ArgoCd),
            _ => None,
        }
    }

    /// Accepts a notification. Returns the name of the result in metrics.
    ///
    /// # Errors
    /// [`Refusal`] if it is not authenticated, is not a notification, is too old, or cannot be kept.
    pub(super) async fn take(
        &self,
        sender: Sender<'_>,
        request: Request<Incoming>,
    ) -> Result<&'static str, Refusal> {
        let (head, incoming) = request.into_parts();
        let proven = timeout(BODY_TIME, self.proven(sender, &head.headers, incoming));
        let body = proven.await.map_err(|_| Refusal::Slow)??;
        let source = match sender {
            Sender::Flux(_) => Source::Flux,
            Sender::ArgoCd(_) => Source::ArgoCd,
        };
        let notification = Notification::parse(&body.bytes, source)?;
        if !is_fresh(&notification, SystemTime::now()) {
            return Err(Refusal::Stale);
        }
        if !notification.is_error {
            return Ok("not-an-error");
        }
        let job = Job { notification, attempts: 0 };
        match self.queue.add(job.key(), job) {
            Added::New => Ok("accepted"),
            Added::Merged => Ok("merged"),
            refused @ (Added::Full | Added::Closed) => Err(Refusal::NotAdded(refused)),
        }
    }

    /// The body of an authenticated sender.
    async fn proven(
        &self,
        sender: Sender<'_>,
        headers: &HeaderMap,
        incoming: Incoming,
    ) -> Result<Body, Refusal> {
        match sender {
            Sender::Flux(secret) => {
                let body = self.memory.read(incoming).await?;
                let signature = only(headers, signature::HEADER).ok_or(Unproven::Absent)?;
                verify(secret, signature, &body.bytes)?;
                Ok(body)
            }
            Sender::ArgoCd(token) => {
                let given = only(headers, AUTHORIZATION.as_str()).and_then(bearer);
                if !given.is_some_and(|given| token.is(given.as_bytes())) {
                    drain(incoming, 0).await;
                    return Err(Refusal::Token);
                }
                Ok(self.memory.read(incoming).await?)
            }
        }
    }
}

/// The value of a header that occurs once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The token of a header; the case of the scheme does not matter.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// True if the time of a notification is near the current time. An event of Flux always has its time; older
/// templates of Argo CD have none.
fn is_fresh(notification: &Notification, now: SystemTime) -> bool {
    let Some(time) = notification.time else { return notification.origin == Origin::ArgoCd };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(now).is_ok_and(|now| now.abs_diff(time) <= FRESH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_fresh_for_twenty_minutes() {
        let body = include_bytes!("../../crates/notification/tests/fixtures/flux-1.json");
        let notification = Notification::parse(body, Source::Flux).unwrap();
        let made = u64::try_from(notification.time.unwrap()).unwrap();
        for (now, expected) in [
            (made, true),
            (made + FRESH, true),
            (made - FRESH, true),
            (made + FRESH + 1, false),
            (made - FRESH - 1, false),
            (0, false),
        ] {
            let now = UNIX_EPOCH + Duration::from_secs(now);
            assert_eq!(is_fresh(&notification, now), expected, "{now:?}");
        }
        let without = Notification { time: None, ..notification };
        assert!(!is_fresh(&without, SystemTime::now()));
        assert!(is_fresh(&Notification { origin: Origin::ArgoCd, ..without }, SystemTime::now()));
    }

    #[test]
    fn headers_that_count() {
        let mut headers = HeaderMap::new();
        assert_eq!(only(&headers, "x-signature"), None);
        headers.append("X-Signature", "a".parse().unwrap());
        assert_eq!(only(&headers, "x-signature"), Some("a"));
        headers.append("X-Signature", "b".parse().unwrap());
        assert_eq!(only(&headers, "x-signature"), None, "nobody knows which of the two counts");
        assert_eq!(bearer("Bearer a b"), Some("a b"));
        assert_eq!(
            (bearer("bearer  a"), bearer("Basic a"), bearer("a"), bearer("")),
            (Some("a"), None, None, None)
        );
    }
}
