//! The bound on interim responses (1xx). Specification: RFC 9110, section 15.2.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Request;
use tokio::sync::Notify;

/// Maximum number of interim responses to one request. A registry sends none, and a gateway one or two.
const MAX_INTERIM: usize = 16;

/// The error of a request.
pub(in super::super) type HttpError = hyper_util::client::legacy::Error;

/// The result of a request.
pub(in super::super) enum Outcome<T> {
    Response(T),
    Error(HttpError),
    /// The server sent more interim responses than are accepted.
    Interim,
    /// The server sent more data that belong to no response than are accepted.
    NoResponse,
}

/// Sends a request until its response, its error, or one interim response too many.
pub(super) async fn bounded<B, T, F>(
    mut request: Request<B>,
    send: impl FnOnce(Request<B>) -> F,
) -> Outcome<T>
where
    F: Future<Output = Result<T, HttpError>>,
{
    let flooded = Arc::new(Notify::new());
    let (count, notify) = (AtomicUsize::new(0), Arc::clone(&flooded));
    hyper::ext::on_informational(&mut request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == MAX_INTERIM {
            notify.notify_one();
        }
    });
    tokio::select! {
        biased;
        () = flooded.notified() => Outcome::Interim,
        result = send(request) => match result {
            Ok(response) => Outcome::Response(response),
            Err(error) => Outcome::Error(error),
        },
    }
}
