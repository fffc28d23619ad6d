//! A scripted OCI registry on 127.0.0.1, with a thread and a runtime of its own.
//!
//! It speaks what a client that only reads needs, misbehaves where a test tells it to, and remembers who
//! asked for what. It can also be used as `HTTP_PROXY`: a repository pushed as `ghcr.io/owner/name` is then
//! found under `http://ghcr.io/v2/owner/name`.

mod auth;
mod call;
mod fault;
mod log;
mod reply;
mod routes;
mod server;
mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

pub use auth::{Auth, Denial};
pub use fault::{Fault, Matcher};
pub use log::Request;
pub use reply::Reply;

use auth::Tokens;
use fault::Faults;
use log::Log;
use server::Server;
use store::Store;

/// The media type of a single OCI image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an OCI image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A running registry; it stops when dropped.
pub struct Registry {
    state: Arc<State>,
    server: Server,
}

/// What every connection shares.
struct State {
    settings: Builder,
    store: Mutex<Store>,
    tokens: Mutex<Tokens>,
    faults: Mutex<Faults>,
    log: Log,
    /// Held by the request that is handled, if requests are handled one after the other.
    turn: tokio::sync::Mutex<()>,
}

/// How a registry is to behave from its start.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    auth: Auth,
    anonymous_pull: bool,
    identity_token: Option<String>,
    latency: Duration,
    in_turn: bool,
    page_size: Option<usize>,
    port: u16,
}

impl Builder {
    /// What the registry asks of a client; nothing by default.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Whether the token endpoint serves who names no user, as Docker Hub does; on by default.
    pub fn anonymous_pull(mut self, allowed: bool) -> Self {
        self.anonymous_pull = allowed;
        self
    }

    /// An identity token that `POST /token` takes; without one, that method is answered 404.
    pub fn identity_token(mut self, token: &str) -> Self {
        self.identity_token = Some(token.to_owned());
        self
    }

    /// A delay before every answer; requests wait side by side.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Requests are handled one after the other: the more there are at a time, the longer each takes.
    pub fn in_turn(mut self) -> Self {
        self.in_turn = true;
        self
    }

    /// The longest page of tags, whatever `n` the client asks for; unbounded by default.
    pub fn page_size(mut self, tags: usize) -> Self {
        self.page_size = Some(tags);
        self
    }

    /// The port to listen at; a free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the registry.
    pub fn start(self) -> Registry {
        let port = self.port;
        let state = Arc::new(State {
            settings: self,
            store: Mutex::default(),
            tokens: Mutex::default(),
            faults: Mutex::default(),
            log: Log::default(),
            turn: tokio::sync::Mutex::default(),
        });
        Registry { server: Server::start(port, Arc::clone(&state)), state }
    }
}

impl Registry {
    /// Starts an open registry at a free port.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A registry to be configured; open, without latency, at a free port.
    pub fn builder() -> Builder {
        Builder {
            auth: Auth::Open,
            anonymous_pull: true,
            identity_token: None,
            latency: Duration::ZERO,
            in_turn: false,
            page_size: None,
            port: 0,
        }
    }

    /// `127.0.0.1:PORT`, as it is written in a reference.
    pub fn host(&self) -> String {
        self.server.address().to_string()
    }
}

/// Content. A repository's name may begin with a host, for use as a proxy.
impl Registry {
    /// Pushes a small image for linux/amd64, the same on every run and unlike any other's; its digest.
    pub fn push(&self, repo: &str, tag: &str) -> String {
        self.push_for(repo, tag, "linux/amd64")
    }

    /// Pushes a single image for a platform (`os/architecture[/variant]`); its digest.
    pub fn push_for(&self, repo: &str, tag: &str, platform: &str) -> String {
        self.store(|store| {
            let digest = store.add_image(repo, tag, platform);
            store.tag(repo, tag, &digest);
            digest
        })
    }

    /// Pushes an index with one image per platform; its digest.
    pub fn push_index(&self, repo: &str, tag: &str, platforms: &[&str]) -> String {
        self.store(|store| {
            let digest = store.add_index(repo, tag, platforms);
            store.tag(repo, tag, &digest);
            digest
        })
    }

    /// Pushes any body as a manifest of any media type; its digest.
    pub fn push_raw(&self, repo: &str, tag: &str, media_type: &str, body: impl Into<Bytes>) -> String {
        self.store(|store| {
            let digest = store.add_manifest(repo, media_type, body.into());
            store.tag(repo, tag, &digest);
            digest
        })
    }

    /// A manifest that answers to a digest that it has not, to stand for what others pushed elsewhere.
    pub fn pretend(&self, repo: &str, digest: &str) {
        self.store(|store| store.pretend(repo, digest));
    }

    /// Pushes a blob, such as a configuration that a raw manifest names; its digest.
    pub fn push_blob(&self, repo: &str, body: impl Into<Bytes>) -> String {
        self.store(|store| store.add_blob(repo, body.into()))
    }

    /// Makes a repository without tags.
    pub fn create_repository(&self, repo: &str) {
        self.store(|store| store.create(repo));
    }

    /// Points a tag at a digest, which need not be there.
    pub fn tag(&self, repo: &str, tag: &str, digest: &str) {
        self.store(|store| store.tag(repo, tag, digest));
    }

    /// Removes a tag; the manifest stays, by its digest.
    pub fn untag(&self, repo: &str, tag: &str) {
        self.store(|store| store.untag(repo, tag));
    }

    /// Removes a manifest; tags that point at it dangle, and are answered 404.
    pub fn delete(&self, repo: &str, digest: &str) {
        self.store(|store| store.delete(repo, digest));
    }

    /// Denies a repository, which need not exist, to whoever asks.
    pub fn private(&self, repo: &str, denial: Denial) {
        self.store(|store| store.deny(repo, denial));
    }

    fn store<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        change(&mut self.state.store.lock().unwrap())
    }
}

/// Faults, and what was asked.
impl Registry {
    /// Lets matching requests go wrong. The first fault that matches and is not used up takes a request, so
    /// a sequence is scripted by adding one after the other; several at once are given as an array.
    pub fn fault(&self, matcher: Matcher, faults: impl Into<Vec<Fault>>) {
        self.state.faults.lock().unwrap().add(matcher, faults.into());
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        *self.state.faults.lock().unwrap() = Faults::default();
    }

    /// Forgets the tokens issued so far, as if they had expired.
    pub fn revoke_tokens(&self) {
        self.state.tokens.lock().unwrap().revoke();
    }

    /// The requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.state.log.requests()
    }

    /// How many requests used this method and had this in their path or query.
    pub fn count(&self, method: &str, path_substring: &str) -> usize {
        let matcher = Matcher::method(method, path_substring);
        self.requests().iter().filter(|request| matcher.matches(&request.method, &request.path)).count()
    }

    /// The most requests that were under way at once.
    pub fn max_in_flight(&self) -> usize {
        self.state.log.max_in_flight()
    }

    /// Forgets the requests, and how many were under way at once.
    pub fn clear_requests(&self) {
        self.state.log.clear();
    }
}
