//! The sentry as a server: accepts notifications, and handles one after the other.
//!
//! ```text
//! connection → proof → notification → queue → worker → fetch → decision
//! ```
//!
//! The answer is sent before the work starts. Everything is bounded: connections, the time of each, bodies, the queue.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

use crate::config::ServeOptions;
use crate::context::Context;
use crate::error::Error;

mod answer;
mod body;
mod connections;
mod intake;
mod log;
mod metrics;
mod queue;
mod refusal;
mod secret;
mod signals;
mod signature;
#[cfg(test)]
mod tests;
mod worker;

pub use log::{Level, Logged, log};
pub use worker::Work;

use connections::Connections;
use intake::{Intake, Secrets};
use secret::Secret;
use signals::Signals;

/// Connections that the system keeps until they are accepted.
const MOST_UNACCEPTED: u32 = 4096;
/// Time for the worker to end after its work was cancelled.
const AFTER_CANCEL: Duration = Duration::from_secs(2);

/// Serves until a signal ends it. `context`: a cancellation of its deadline cancels the work.
///
/// # Errors
/// [`Error`] if it cannot start, because a secret cannot be read, or because it cannot listen at the address.
pub async fn serve(options: &ServeOptions, context: &Context, work: Box<dyn Work>) -> Result<(), Error> {
    let intake = Arc::new(Intake::new(secrets(options, context)?, options.debounce));
    let mut signals = Signals::new().map_err(Error::Signals)?;
    let connections = Connections::new(listen(options.listen)?);
    let mut ended = worker::start(Arc::clone(&intake), work).map_err(Error::EventLoop)?;
    tokio::select! {
        () = connections.accept(&intake) => {}
        () = signals.next() => {}
    }
    let dropped = intake.queue.close();
    log(Level::Info, "stopping", &[("dropped", &dropped.to_string())]);
    let ending = async { tokio::join!(connections.finish(), timeout(options.grace, &mut ended)) };
    // A second signal ends the wait.
    let is_finished = tokio::select! {
        ((), worked) = ending => worked.is_ok(),
        () = signals.next() => false,
    };
    if !is_finished {
        context.deadline.cancel();
        let _ = timeout(AFTER_CANCEL, ended).await;
    }
    log(Level::Info, "stopped", &[("work", if is_finished { "finished" } else { "cancelled" })]);
    Ok(())
}

fn secrets(options: &ServeOptions, context: &Context) -> Result<Secrets, Error> {
    let read = |file: &Option<_>| file.as_deref().map(|file| Secret::read(context, file)).transpose();
    Ok(Secrets { flux: read(&options.secret_file)?, argo_cd: read(&options.bearer_file)? })
}

/// Listens at an address. Port 0 is any free one, which the log names.
fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let refused = |error: std::io::Error| Error::Listen { address, why: error.to_string() };
    let listener = socket(address).map_err(refused)?;
    let local = listener.local_addr().map_err(refused)?;
    log(Level::Info, "listening", &[("address", &local.to_string())]);
    Ok(listener)
}

/// A listening socket with a long queue of connections. An address that a previous server used can be used
/// again.
fn socket(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(MOST_UNACCEPTED)
}
