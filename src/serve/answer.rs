//! The answers of the server. The work for a notification starts after its answer.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::intake::Intake;
use super::metrics;
use super::refusal::Refusal;

/// An answer.
pub(super) type Answer = Response<Full<Bytes>>;

const TEXT: &str = "text/plain; charset=utf-8";
/// The label in metrics for an unknown sender.
const NOBODY: &str = "none";

/// Answers a request.
pub(super) async fn answer(intake: &Intake, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/healthz" if is_read => with(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/metrics" if is_read => {
            let text = intake.metrics.text(intake.queue.len());
            with(StatusCode::OK, metrics::CONTENT_TYPE, text)
        }
        "/healthz" | "/metrics" => refused(intake, NOBODY, peer, &Refusal::Method("GET")),
        _ => notified(intake, peer, request).await,
    }
}

/// Answers a request of a sender of notifications.
async fn notified(intake: &Intake, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    let Some(sender) = intake.sender(request.uri().path()) else {
        return refused(intake, NOBODY, peer, &Refusal::NotFound);
    };
    if request.method() != Method::POST {
        return refused(intake, sender.name(), peer, &Refusal::Method("POST"));
    }
    match intake.take(sender, request).await {
        Ok(result) => {
            intake.metrics.received(sender.name(), result);
            with(StatusCode::ACCEPTED, TEXT, format!("{result}\n"))
        }
        Err(refusal) => refused(intake, sender.name(), peer, &refusal),
    }
}

fn refused(intake: &Intake, sender: &'static str, peer: SocketAddr, refusal: &Refusal) -> Answer {
    intake.metrics.received(sender, refusal.name());
    refusal.log(sender, peer);
    let mut answer = with(refusal.status(), TEXT, format!("{refusal}\n"));
    if let Some((name, value)) = refusal.header() {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

fn with(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
