//! The settings of a client, and the reasons why one cannot be set up.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::credentials::CredentialSources;
use super::mirror::Route;
use super::proxies::{Proxies, ProxyError};

/// Requests at a time, over all registries, unless the user sets another number.
pub(super) const DEFAULT_CONCURRENCY: usize = 64;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts, with or without a port, whose certificates are not verified and that may use plain HTTP.
    pub insecure: Vec<String>,
    /// Time limit of one attempt at a request.
    pub timeout: Duration,
    /// Requests at a time, over all registries and to each; Docker Hub gets 8 at most. If this is not set, a registry
    /// gets more while it answers.
    pub concurrency: Option<usize>,
    /// Places where credentials are kept.
    pub credentials: CredentialSources,
    /// PEM files with certificates of authorities that are trusted in addition to the system's.
    pub authorities: Vec<PathBuf>,
    /// True if addresses that are not public are refused.
    pub deny_private: bool,
    /// The proxies that the environment names. They may have private addresses.
    pub proxies: Proxies,
    /// Mirrors, and registries that replace others.
    pub routes: Vec<Route>,
    /// The folder of the cache of facts about digests.
    pub cache: Option<PathBuf>,
    /// The `User-Agent` of requests.
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            timeout: Duration::from_secs(15),
            concurrency: None,
            credentials: CredentialSources::default(),
            authorities: Vec::new(),
            deny_private: false,
            proxies: Proxies::default(),
            routes: Vec::new(),
            cache: None,
            user_agent: concat!("pullable/", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

/// The reason why no registry can be queried.
#[derive(Debug, Error)]
pub enum SetupError {
    /// `rustls` has no default provider.
    #[error("no provider of cryptography is installed")]
    CryptoProvider,
    /// TLS cannot be set up: there are no certificates, or one cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The `User-Agent` is not text that a header may have.
    #[error("the User-Agent cannot be part of a request")]
    UserAgent,
    /// A variable that should name a proxy does not.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A file of certificates cannot be used.
    #[error("the certificates in {} cannot be used: {why}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// The fault in it.
        why: String,
    },
}
