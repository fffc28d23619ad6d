//! Connections: a bounded number at a time, each for one request and a limited time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::answer::answer;
use super::intake::Intake;
use super::log::{Level, log};

/// Connections at the same time. Further ones wait in the queue of the system.
const MOST: u32 = 256;
/// Time for the head of a request to arrive.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Time for a whole connection.
const TIME: Duration = Duration::from_secs(20);
/// Bytes of the head of a request, and of a body that was not read yet.
const BUFFER: usize = 32 << 10;
/// Maximum number of headers of a request.
const MOST_HEADERS: usize = 64;
/// Pause after a connection could not be accepted, for example because too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that are open.
pub(super) struct Connections {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Connections {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(MOST as usize)) }
    }

    /// Accepts connections forever.
    pub(super) async fn accept(&self, intake: &Arc<Intake>) {
        // The places are never closed.
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    let intake = Arc::clone(intake);
                    tokio::spawn(async move {
                        serve(stream, peer, &intake).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    log(Level::Error, "not accepted", &[("why", &error.to_string())]);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Accepts no more connections, and waits for the current answers.
    pub(super) async fn finish(self) {
        drop(self.listener);
        let _ = timeout(TIME, self.places.acquire_many(MOST)).await;
    }
}

/// Serves one request of a connection. One that breaks the rules of HTTP, or takes too long, is closed.
async fn serve(stream: TcpStream, peer: SocketAddr, intake: &Intake) {
    let service =
        service_fn(|request| async move { Ok::<_, Infallible>(answer(intake, peer, request).await) });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(BUFFER)
        .max_headers(MOST_HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(TIME, connection).await;
}
