//! The options of `pullable sentry serve`, besides those of the sentry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The options of the server.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The address to listen at.
    pub listen: SocketAddr,
    /// The file with the key of the signatures of Flux; without it, Flux is not listened to.
    pub secret_file: Option<PathBuf>,
    /// The file with the token of Argo CD; without it, Argo CD is not listened to.
    pub bearer_file: Option<PathBuf>,
    /// The time that a notification waits for more of the same object.
    pub debounce: Duration,
    /// The time that work under way has when the server stops.
    pub grace: Duration,
}
