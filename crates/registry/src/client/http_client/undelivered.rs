//! The bound on bytes that belong to no response: interim responses, pings and settings over HTTP/2, whose frames
//! hyper does not show.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::{Extensions, Request, Response};
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};

/// Maximum length of the head of a response, in bytes.
pub(super) const MAX_HEAD: usize = 256 << 10;
/// Maximum number of bytes that a connection receives without the head or a part of the body of a response. It is
/// more than the longest head.
const MAX_UNDELIVERED: usize = 2 * MAX_HEAD;

/// The bytes that a connection received since it last delivered a part of a response.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Undelivered(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    bytes: AtomicUsize,
    is_flood: AtomicBool,
}

impl Undelivered {
    /// The count of the connection of a response.
    pub(in super::super) fn of_response<B>(response: &Response<B>) -> Self {
        response.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// Counts received bytes.
    ///
    /// # Errors
    /// If the connection received too many.
    pub(super) fn add(&self, bytes: usize) -> Result<(), Error> {
        let before = self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= MAX_UNDELIVERED {
            return Ok(());
        }
        self.0.is_flood.store(true, Ordering::Relaxed);
        Err(Error::new(ErrorKind::InvalidData, "the server sends data that belong to no response"))
    }

    /// The connection delivered a part of a response.
    pub(in super::super) fn reset(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
    }
}

/// Observes the connection that a request will use.
pub(super) struct Observed(CaptureConnection);

impl Observed {
    pub(super) fn new<B>(request: &mut Request<B>) -> Self {
        Self(capture_connection(request))
    }

    /// True if the connection ended because it received too many bytes that belong to no response.
    pub(super) fn is_flooded(&self) -> bool {
        let mut found = Extensions::new();
        if let Some(connected) = self.0.connection_metadata().as_ref() {
            connected.get_extras(&mut found);
        }
        found.get::<Undelivered>().is_some_and(|count| count.0.is_flood.load(Ordering::Relaxed))
    }
}
