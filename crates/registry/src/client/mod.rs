//! The client of all registries. It outlives a run, and keeps connections, credentials, tokens, circuit
//! breakers and the state of every endpoint. It has no deadline; each call is given that of its run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

mod address;
mod authenticator;
mod challenge;
mod credentials;
mod diagnosis;
mod digest_cache;
mod discovery;
mod dispatcher;
pub(crate) mod endpoint;
mod endpoints;
mod failure;
mod gate;
mod grant;
mod http_client;
mod login_breaker;
mod mirror;
mod network_guard;
mod options;
mod outage_breaker;
mod places;
mod proxies;
pub(crate) mod request;
mod retry;
mod slot;
mod token_request;
mod token_server;
mod transport;
mod width;

pub(crate) use address::{authority_of, same_server};
pub(crate) use challenge::plain as challenges_of;
pub use credentials::{CredentialSources, Provided};
pub use diagnosis::Diagnosis;
pub(crate) use endpoint::{Endpoint, Repository, Site, Target};
pub use failure::certificate_fault;
pub(crate) use grant::{Grant, GrantSlot};
pub use mirror::{Mirror, Pulls, Route};
pub(crate) use mirror::{find_route, relocate};
pub use options::{Options, SetupError};
pub use proxies::{Proxies, ProxyError};
pub(crate) use request::{Reply, Request};

use crate::oci::content::Facts;
use authenticator::Authenticator;
use credentials::Credentials;
use digest_cache::DigestCache;
use dispatcher::Dispatcher;
use endpoints::Endpoints;
use image::Image;
use model::Unverified;
use options::DEFAULT_CONCURRENCY;
use transport::Transport;

/// Maximum number of requests at a time.
const MAX_CONCURRENCY: usize = 1024;
/// Attempts of a request to a mirror: the registry itself can be queried instead.
const MIRROR_ATTEMPTS: u32 = 1;

/// A client of registries, for one run or many. Runs may share it at the same time.
pub struct Client {
    authenticator: Authenticator,
    concurrency: usize,
    endpoints: Endpoints,
    /// Registries as mirrors of others. One may fail as a mirror without failing as itself.
    mirrors: Endpoints,
    routes: Vec<Route>,
    /// From a mirror to the reason why it was skipped.
    mirror_failures: Mutex<BTreeMap<String, String>>,
    cache: DigestCache,
}

impl Client {
    /// Creates a client. No request is sent.
    ///
    /// # Errors
    /// [`SetupError`] if TLS, a file of certificates or a proxy setting cannot be used.
    pub fn new(options: Options) -> Result<Self, SetupError> {
        let width = options.concurrency.map(limited);
        let concurrency = width.unwrap_or(DEFAULT_CONCURRENCY);
        let dispatcher = Dispatcher::new(Transport::new(&options)?, concurrency);
        let client_id = options.user_agent.split('/').next().unwrap_or_default().to_owned();
        Ok(Self {
            authenticator: Authenticator::new(dispatcher, Credentials::new(options.credentials), client_id),
            concurrency,
            endpoints: Endpoints::new(width, retry::ATTEMPTS),
            mirrors: Endpoints::new(width, MIRROR_ATTEMPTS),
            routes: options.routes,
            mirror_failures: Mutex::default(),
            cache: DigestCache::new(options.cache.as_deref()),
        })
    }

    /// Warnings so far: credential files and helpers that cannot be used, mirrors that were skipped.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.authenticator.warnings();
        for (mirror, why) in &*self.mirror_failures() {
            warnings.push(format!("the mirror {mirror} was not used; {why}"));
        }
        warnings
    }

    /// One line for each registry that was queried with credentials, with the place where these are stored.
    /// The credentials themselves are not included.
    pub fn logins(&self) -> Vec<String> {
        let mut lines = self.endpoints.logins();
        lines.extend(self.mirrors.logins());
        lines.sort();
        lines.dedup();
        lines
    }

    /// Forgets failures: registries that were given up are queried again. Rejected credentials stay rejected.
    pub fn forget_failures(&self) {
        self.endpoints.forget_failures();
        self.mirrors.forget_failures();
    }

    /// Writes facts about digests to the cache on disk, for later runs.
    pub fn save(&self) {
        self.cache.save();
    }

    /// Requests at a time, over all registries.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency
    }

    pub(crate) fn endpoint(&self, registry: &str) -> Arc<Endpoint> {
        self.endpoints.get(registry)
    }

    pub(crate) fn mirror(&self, registry: &str) -> Arc<Endpoint> {
        self.mirrors.get(registry)
    }

    /// The route of an image, and the part of its name that follows the covered part.
    pub(crate) fn route(&self, image: &Image) -> Option<(&Route, String)> {
        find_route(&self.routes, image)
    }

    /// Notes the reason why a mirror was skipped. The first reason is kept.
    pub(crate) fn warn_of_mirror(&self, mirror: &str, why: String) {
        self.mirror_failures().entry(mirror.to_owned()).or_insert(why);
    }

    /// Facts about a digest, from this run or an earlier one.
    pub(crate) fn cached(&self, digest: &str) -> Option<Facts> {
        self.cache.get(digest)
    }

    pub(crate) fn cache(&self, digest: &str, facts: &Facts) {
        self.cache.put(digest, facts);
    }

    /// The site of a registry. The first caller determines it; all others wait for the result.
    pub(crate) async fn site(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Arc<Site>, Unverified> {
        self.authenticator.site(endpoint, deadline).await
    }

    /// The grant of a repository, fetched if there is none or if it has expired.
    pub(crate) async fn grant(&self, target: Target<'_>) -> Result<Arc<Grant>, Unverified> {
        self.authenticator.grant(target, target.repository.grant_slot()).await
    }

    /// Sends a request about a repository, authenticated as the registry requires. Returns the grant in use
    /// as well.
    pub(crate) async fn send(
        &self,
        target: Target<'_>,
        slot: &GrantSlot,
        request: &Request,
    ) -> Result<(Reply, Arc<Grant>), Unverified> {
        self.authenticator.send(target, slot, request).await
    }

    /// Sends a request outside of the registry protocol, with its own authentication.
    pub(crate) async fn download(
        &self,
        endpoint: &Endpoint,
        request: Request,
        deadline: Instant,
    ) -> Result<Reply, Unverified> {
        self.authenticator.send_as_it_is(endpoint, request, deadline).await
    }

    fn mirror_failures(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.mirror_failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn limited(concurrency: usize) -> usize {
    concurrency.clamp(1, MAX_CONCURRENCY)
}
