//! The options of `pullable sentry serve`, besides those of the sentry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The options of the server.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The address to listen at.
    pub listen: SocketAddr,
    /// The file with the key of the signatures of Flux; without it, notifications of Flux are refused.
    pub secret_file: Option<PathBuf>,
    /// The file with the token of Argo CD; without it, notifications of Argo CD are refused.
    pub bearer_file: Option<PathBuf>,
    /// The time for which a notification waits for others of the same object.
    pub debounce: Duration,
    /// The time for the current work when the server stops.
    pub grace: Duration,
}
