//! The reasons why a request is refused, each with its status.

use std::net::SocketAddr;

use hyper::StatusCode;
use notification::{LONGEST_BODY, ParseError};
use thiserror::Error;

use super::body::NoBody;
use super::log::{Level, log};
use super::queue::Added;
use super::signature::Unproven;

/// The reason why a request is refused. Its text is for the sender and repeats nothing of the request.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The path does not exist.
    #[error("nothing is here")]
    NotFound,
    /// The path does not accept the method.
    #[error("the method has to be {0}")]
    Method(&'static str),
    /// The signature is not valid.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// The token is absent or wrong.
    #[error("the header Authorization has to be sent once, as: Bearer TOKEN")]
    Token,
    /// The time of the notification is too far from the current time, so that it may be a copy.
    #[error("the notification has no time within 20 minutes of this server's")]
    Stale,
    /// The body is not a notification.
    #[error("the body is not a notification: {0}")]
    NotANotification(#[from] ParseError),
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    Slow,
    /// There is no body.
    #[error("{}", no_body(*.0))]
    NoBody(NoBody),
    /// The notification was not added to the queue.
    #[error("{}", not_added(*.0))]
    NotAdded(Added),
}

impl From<NoBody> for Refusal {
    fn from(why: NoBody) -> Self {
        Self::NoBody(why)
    }
}

fn no_body(why: NoBody) -> String {
    match why {
        NoBody::TooLarge => format!("the body is longer than {LONGEST_BODY} bytes"),
        NoBody::Busy => "other bodies use all of the memory; try again later".to_owned(),
        NoBody::Broken => "the body is incomplete".to_owned(),
    }
}

fn not_added(why: Added) -> &'static str {
    match why {
        Added::Closed => "the server is stopping; try again later",
        _ => "too many notifications wait; try again later",
    }
}

impl Refusal {
    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unproven(_) | Self::Token | Self::Stale => StatusCode::UNAUTHORIZED,
            Self::NotANotification(_) | Self::NoBody(NoBody::Broken) => StatusCode::BAD_REQUEST,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::NoBody(NoBody::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoBody(NoBody::Busy) | Self::NotAdded(Added::Closed) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotAdded(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// Its name in metrics and logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Method(_) => "wrong-method",
            Self::Unproven(_) | Self::Token => "unauthorized",
            Self::Stale => "stale",
            Self::NotANotification(_) | Self::NoBody(NoBody::Broken) => "malformed",
            Self::Slow => "too-slow",
            Self::NoBody(NoBody::TooLarge) => "too-large",
            Self::NoBody(NoBody::Busy) => "busy",
            Self::NotAdded(Added::Closed) => "stopping",
            Self::NotAdded(_) => "queue-full",
        }
    }

    /// The header that goes with the answer.
    pub(super) fn header(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Method(methods) => Some(("allow", methods)),
            Self::Token => Some(("www-authenticate", "Bearer")),
            Self::NotAdded(_) | Self::NoBody(NoBody::Busy) => Some(("retry-after", "30")),
            _ => None,
        }
    }

    /// Writes it to the log.
    pub(super) fn log(&self, sender: &str, peer: SocketAddr) {
        let (peer, why) = (peer.to_string(), self.to_string());
        log(
            Level::Warning,
            "refused",
            &[("sender", sender), ("peer", &peer), ("result", self.name()), ("why", &why)],
        );
    }
}
