//! Answers, and the bodies that no sane server sends.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Interval;

/// An answer: the registry's own, or one that a test makes up.
#[derive(Clone, Debug)]
#[must_use]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    payload: Payload,
}

#[derive(Clone, Debug)]
enum Payload {
    Whole(Bytes),
    Drip(Bytes, Duration),
    Endless,
}

impl Reply {
    /// An answer without headers and body.
    pub fn status(code: u16) -> Self {
        Self { status: code, headers: Vec::new(), payload: Payload::Whole(Bytes::new()) }
    }

    /// The error envelope of the distribution specification.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let envelope =
            serde_json::json!({ "errors": [{ "code": code, "message": message, "detail": null }] });
        Self::status(status).header("Content-Type", "application/json").body(envelope.to_string())
    }

    /// Adds a header, beside others of its name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body, left out in the answer to a HEAD.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.payload = Payload::Whole(body.into());
        self
    }

    pub(super) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self
    }

    pub(super) fn endless(mut self) -> Self {
        self.payload = Payload::Endless;
        self
    }

    pub(super) fn dripping(mut self, pace: Duration) -> Self {
        if let Payload::Whole(body) = self.payload {
            self.payload = Payload::Drip(body, pace);
        }
        self
    }

    pub(super) fn into_response(self, head_only: bool) -> Response<Outgoing> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        if let Payload::Whole(body) | Payload::Drip(body, _) = &self.payload {
            response = response.header("Content-Length", body.len());
        }
        let body = match self.payload {
            _ if head_only => Outgoing::Whole(Full::default()),
            Payload::Whole(body) => Outgoing::Whole(Full::new(body)),
            Payload::Drip(rest, pace) => Outgoing::Drip { rest, pace: tokio::time::interval(pace) },
            Payload::Endless => Outgoing::Endless,
        };
        response.body(body).expect("the scripted status and headers are valid")
    }
}

/// A body on its way out.
pub(super) enum Outgoing {
    Whole(Full<Bytes>),
    Drip { rest: Bytes, pace: Interval },
    Endless,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static FILLER: [u8; 16 * 1024] = [b' '; 16 * 1024];
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context),
            Self::Drip { rest, .. } if rest.is_empty() => Poll::Ready(None),
            Self::Drip { rest, pace } => {
                ready!(pace.poll_tick(context));
                Poll::Ready(Some(Ok(Frame::data(rest.split_to(1)))))
            }
            Self::Endless => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&FILLER))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Drip { rest, .. } => rest.is_empty(),
            Self::Endless => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Drip { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Self::Endless => SizeHint::default(),
        }
    }
}
