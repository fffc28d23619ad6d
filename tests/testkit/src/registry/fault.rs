//! How requests go wrong, and which ones do.

use std::fmt;
use std::future::pending;
use std::time::Duration;

use super::MANIFEST;
use super::call::percent_decode;
use super::log::Request;
use super::reply::Reply;

/// What happens to an answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This one is sent instead; made from a [`Reply`] by `into`, too.
    Status(Reply),
    /// It comes later.
    Delay(Duration),
    /// It never comes.
    Hang,
    /// The connection is reset instead.
    Reset,
    /// 200, a manifest's media type, no digest, and a body that never ends.
    EndlessBody,
    /// Its body comes one byte at a time, at this pace.
    SlowDrip(Duration),
    /// 307 to this location, in which `{path}` stands for the path and query asked for.
    Redirect(String),
    /// It lacks the digest header.
    NoDigest,
    /// 200, and a login page in HTML.
    Html,
    /// 200, a manifest's media type, no digest, and a body that is no JSON.
    Garbage,
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

impl From<Reply> for Fault {
    fn from(reply: Reply) -> Self {
        Self::Status(reply)
    }
}

impl From<Reply> for Vec<Fault> {
    fn from(reply: Reply) -> Self {
        vec![reply.into()]
    }
}

impl Fault {
    pub(super) async fn apply(self, reply: Reply, request: &Request) -> Result<Reply, Reset> {
        Ok(match self {
            Self::Status(other) => other,
            Self::Delay(duration) => {
                tokio::time::sleep(duration).await;
                reply
            }
            Self::Hang => pending().await,
            Self::Reset => return Err(Reset),
            Self::EndlessBody => Reply::status(200).header("Content-Type", MANIFEST).endless(),
            Self::SlowDrip(pace) => reply.dripping(pace),
            Self::Redirect(location) => {
                Reply::status(307).header("Location", &location.replace("{path}", &request.path))
            }
            Self::NoDigest => reply.without_header("Docker-Content-Digest"),
            Self::Html => Reply::status(200)
                .header("Content-Type", "text/html; charset=utf-8")
                .body("<!DOCTYPE html><title>Sign in</title><form action=/login method=post></form>"),
            Self::Garbage => {
                Reply::status(200).header("Content-Type", MANIFEST).body(&b"{\"schemaVersion\": 2, \xff"[..])
            }
        })
    }
}

/// Which requests a fault takes.
#[derive(Clone, Debug)]
#[must_use]
pub struct Matcher {
    method: Option<String>,
    path: String,
    times: usize,
}

impl Matcher {
    /// Requests of any method with this in their path or query, percent-encoded or not.
    pub fn any(path_substring: &str) -> Self {
        Self { method: None, path: path_substring.to_owned(), times: usize::MAX }
    }

    /// As [`any`](Self::any), of one method.
    pub fn method(method: &str, path_substring: &str) -> Self {
        Self { method: Some(method.to_owned()), ..Self::any(path_substring) }
    }

    /// GET requests.
    pub fn get(path_substring: &str) -> Self {
        Self::method("GET", path_substring)
    }

    /// HEAD requests.
    pub fn head(path_substring: &str) -> Self {
        Self::method("HEAD", path_substring)
    }

    /// The first so many only; all by default.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|expected| expected == method)
            && (path.contains(&self.path) || percent_decode(path).contains(&self.path))
    }
}

/// The faults that are set, in order.
#[derive(Default)]
pub(super) struct Faults(Vec<(Matcher, Vec<Fault>)>);

impl Faults {
    pub(super) fn add(&mut self, matcher: Matcher, faults: Vec<Fault>) {
        self.0.push((matcher, faults));
    }

    /// What is to happen to a request; uses a limited fault up.
    pub(super) fn take(&mut self, request: &Request) -> Vec<Fault> {
        let hit = self
            .0
            .iter_mut()
            .find(|(matcher, _)| matcher.times > 0 && matcher.matches(&request.method, &request.path));
        hit.map_or_else(Vec::new, |(matcher, faults)| {
            if matcher.times < usize::MAX {
                matcher.times -= 1;
            }
            faults.clone()
        })
    }
}

/// The wish to have the connection reset, which hyper takes as the service's error.
#[derive(Debug)]
pub(super) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("reset, as scripted")
    }
}

impl std::error::Error for Reset {}
