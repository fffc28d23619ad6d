//! The settings of an HTTP client.

use std::time::Duration;

use http::HeaderValue;
use rustls::ClientConfig;

use super::super::network_guard::Guard;

/// The settings of a client.
pub(in super::super) struct Settings<'a> {
    pub(in super::super) tls: ClientConfig,
    pub(in super::super) guard: Option<&'a Guard>,
    /// True if the proxies of the environment and of the system are used.
    pub(in super::super) proxies: bool,
    /// Time limit of a connection, TLS included.
    pub(in super::super) connect_timeout: Option<Duration>,
    pub(in super::super) user_agent: HeaderValue,
}
