//! The bodies of requests: the size of each and of all together is bounded.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use notification::LONGEST_BODY;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of a refused body that are read and dropped: a sender reads the answer only after it has sent
/// everything.
const DRAINED: usize = 4 << 20;
/// Bytes of all bodies that are in memory at the same time.
const ALL: usize = 16 << 20;

/// The memory that bodies share.
pub(super) struct Memory(Arc<Semaphore>);

/// A body.
#[derive(Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Its share of the memory.
    share: Option<OwnedSemaphorePermit>,
}

/// The reason why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoBody {
    TooLarge,
    /// Other bodies use all of the memory.
    Busy,
    /// The connection ended before the body, or broke the rules of HTTP.
    Broken,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL)))
    }
}

impl Memory {
    /// Reads a body to its end.
    ///
    /// # Errors
    /// [`NoBody`] if it is too large, cannot be kept, or does not arrive.
    pub(super) async fn read(&self, mut incoming: Incoming) -> Result<Body, NoBody> {
        let mut body = Body::default();
        while let Some(frame) = incoming.frame().await {
            // A frame without data is a trailer.
            let Ok(data) = frame.map_err(|_| NoBody::Broken)?.into_data() else { continue };
            let seen = body.bytes.len() + data.len();
            if let Err(refused) = self.keep(&mut body, &data) {
                drop(body);
                drain(incoming, seen).await;
                return Err(refused);
            }
        }
        Ok(body)
    }

    fn keep(&self, body: &mut Body, data: &[u8]) -> Result<(), NoBody> {
        if body.bytes.len() + data.len() > LONGEST_BODY {
            return Err(NoBody::TooLarge);
        }
        let bytes = u32::try_from(data.len()).map_err(|_| NoBody::TooLarge)?;
        let more = Arc::clone(&self.0).try_acquire_many_owned(bytes).map_err(|_| NoBody::Busy)?;
        match &mut body.share {
            Some(share) => share.merge(more),
            share => *share = Some(more),
        }
        body.bytes.extend_from_slice(data);
        Ok(())
    }
}

/// Reads and drops the rest of a body, up to the limit. `seen`: the bytes that were read before.
pub(super) async fn drain(mut incoming: Incoming, mut seen: usize) {
    while seen <= DRAINED {
        match incoming.frame().await {
            Some(Ok(frame)) => seen += frame.data_ref().map_or(0, Bytes::len),
            _ => return,
        }
    }
}
