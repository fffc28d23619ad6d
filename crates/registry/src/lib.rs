//! Registries: whether what a reference names can be pulled. The transport is the project's own, for a
//! gate must tell a registry's word from a login page, and nothing may be asked twice.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};
use thiserror::Error;
use tokio::sync::Semaphore;

mod address;
mod ask;
mod auth_file;
mod cache;
mod challenge;
mod content;
mod credentials;
mod describe;
mod exchange;
mod helper;
mod host;
mod login;
mod look;
mod manifest;
mod mirror;
mod private;
mod realm;
pub mod resolve;
mod retry;
mod silence;
mod tags;
mod token;
mod transport;
mod version;

pub use credentials::{CredentialSources, Provided};
pub use mirror::{Mirror, Pulls, Route};
use model::{Answer, Cause, Unverified};

use cache::Cache;
use credentials::Credentials;
use describe::unverified;
use host::{Host, Site};
use image::{Image, Platform};
use transport::{Request, Transport};

/// Requests at a time, over all registries.
const AT_A_TIME: usize = 64;
/// Requests that wait for long, beside them.
const SLOW: usize = 256;
/// Memory for all tag lists of a run, in bytes.
const MAX_TAG_LISTS: usize = 32 << 20;

/// How registries are asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts, or hosts with their port, whose certificates are not verified and who may speak plain HTTP.
    pub insecure: Vec<String>,
    /// How long one request may take.
    pub timeout: Duration,
    /// When the run ends: every answer is there by then.
    pub deadline: Instant,
    /// Requests at a time, over all registries and to each; Docker Hub gets 8 at most.
    pub concurrency: Option<usize>,
    /// Where credentials are looked for.
    pub credentials: CredentialSources,
    /// Files with certificates of authorities that are trusted too.
    pub authorities: Vec<PathBuf>,
    /// Refuse addresses that are not public.
    pub deny_private: bool,
    /// The hosts of proxies, which are on private addresses as a rule.
    pub proxies: Vec<String>,
    /// Where images are looked for first, or in another registry's place.
    pub routes: Vec<Route>,
    /// The platforms that are asked for; none where nobody asks.
    pub platforms: Vec<Platform>,
    /// Whether all that an index names has to be there, and what it is of has to be known.
    pub deep: bool,
    /// Where is kept what never changes of a digest.
    pub cache: Option<PathBuf>,
    /// The name that requests carry.
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            timeout: Duration::from_secs(15),
            deadline: Instant::now() + Duration::from_mins(5),
            concurrency: None,
            credentials: CredentialSources::default(),
            authorities: Vec::new(),
            deny_private: false,
            proxies: Vec::new(),
            routes: Vec::new(),
            platforms: Vec::new(),
            deep: false,
            cache: None,
            user_agent: concat!("pullable/", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

/// Why registries cannot be asked at all.
#[derive(Debug, Error)]
pub enum SetupError {
    /// `rustls` has no default provider.
    #[error("no provider of cryptography is installed")]
    CryptoProvider,
    /// The HTTP client cannot be built: no certificates, a broken proxy setting.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// A file of certificates does not help.
    #[error("the certificates in {} cannot be used: {why}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The image that tag and digest name.
    Image,
    /// The chart or artifact that tag and digest name.
    Artifact,
    /// The repository, whatever its tags.
    Repository,
    /// The version of a chart or an artifact that a range takes.
    Range(String),
}

/// The registries of a run, with all that is known of them.
pub struct Registries {
    transport: Transport,
    credentials: Credentials,
    concurrency: Option<usize>,
    client_id: String,
    total: Semaphore,
    slow: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    mirrors: Mutex<HashMap<String, Arc<Host>>>,
    routes: Vec<Route>,
    /// Why mirrors were passed over, by mirror.
    remarks: Mutex<BTreeMap<String, String>>,
    platforms: Vec<Platform>,
    deep: bool,
    cache: Cache,
    tags_left: AtomicUsize,
}

impl Registries {
    /// Registries of which nothing is known yet.
    ///
    /// # Errors
    /// [`SetupError`] where TLS or the proxy settings cannot be used.
    pub fn new(options: Options) -> Result<Self, SetupError> {
        Ok(Self {
            transport: Transport::new(&options)?,
            credentials: Credentials::new(options.credentials),
            concurrency: options.concurrency.map(|concurrency| concurrency.clamp(1, 1024)),
            client_id: options.user_agent.split('/').next().unwrap_or_default().to_owned(),
            total: Semaphore::new(options.concurrency.unwrap_or(AT_A_TIME).clamp(1, 1024)),
            slow: Semaphore::new(SLOW),
            hosts: Mutex::default(),
            mirrors: Mutex::default(),
            routes: options.routes,
            remarks: Mutex::default(),
            platforms: options.platforms,
            deep: options.deep,
            cache: Cache::new(options.cache.as_deref()),
            tags_left: AtomicUsize::new(MAX_TAG_LISTS),
        })
    }

    /// How many questions are worth asking at a time.
    pub fn concurrency(&self) -> usize {
        self.concurrency.unwrap_or(AT_A_TIME)
    }

    /// What was configured and could not be used so far: files and helpers of credentials, mirrors.
    pub fn warnings(&self) -> Vec<String> {
        let remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        let of_mirrors =
            remarks.iter().map(|(mirror, why)| format!("the mirror {mirror} is of no help; {why}"));
        self.credentials.warnings().into_iter().chain(of_mirrors).collect()
    }

    fn remark(&self, mirror: &str, why: String) {
        let mut remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        remarks.entry(mirror.to_owned()).or_insert(why);
    }

    /// Which registries were asked with credentials, and where those came from; never what they are.
    pub fn logins(&self) -> Vec<String> {
        let mut told = Vec::new();
        for hosts in [&self.hosts, &self.mirrors] {
            let hosts = hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let of = |host: &Arc<Host>| {
                let line = |origin| format!("{}: credentials from {origin}", host.name);
                host.origins().into_iter().map(line).collect::<Vec<_>>()
            };
            told.extend(hosts.values().flat_map(of));
        }
        told.sort();
        told.dedup();
        told
    }

    /// Lets the run last until then, if that is later than its deadline.
    pub fn extend(&self, until: Instant) {
        self.transport.extend(until);
    }

    /// Forgets what went wrong so far, before questions are asked again: registries that were given up are
    /// asked once more.
    pub fn forget_failures(&self) {
        for hosts in [&self.hosts, &self.mirrors] {
            hosts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values()
                .for_each(|host| host.forget_failures());
        }
    }

    /// Keeps what was learned of digests for the next run.
    pub fn save(&self) {
        self.cache.save();
    }

    /// Asks the image's registry, or a mirror of it. There is always an answer, and by the run's deadline.
    pub async fn ask(&self, image: &Image, what: &Subject) -> Answer {
        let (placed, blocked) = self.placed(image);
        let host = self.host(&placed.registry);
        if let Some(by) = blocked {
            return Answer::Unverified(describe::blocked(&host.name, &by));
        }
        let deadline = self.transport.deadline();
        if Instant::now() >= deadline {
            return Answer::Unverified(host.overdue());
        }
        let answer =
            tokio::time::timeout_at(deadline.into(), self.ask_host(&host, image, &placed, what)).await;
        answer.unwrap_or_else(|_| Err(host.overdue())).unwrap_or_else(Answer::Unverified)
    }

    /// Asks a registry for an image in its place there, and the mirrors of what is written first.
    async fn ask_host(
        &self,
        host: &Host,
        written: &Image,
        image: &Image,
        what: &Subject,
    ) -> Result<Answer, Unverified> {
        let repository = host.repository(&image.repository);
        let depth = self.depth(what);
        match what {
            Subject::Image | Subject::Artifact => {
                // On the heap: most runs have no mirror, and every question would be larger for it.
                match Box::pin(self.through_mirror(written, depth)).await {
                    Some(present) => Ok(Answer::Present(present)),
                    None => self.ask_manifest(host, &repository, image, depth).await,
                }
            }
            Subject::Repository => self.ask_repository(host, &repository).await,
            Subject::Range(range) => self.ask_range(host, image, &repository, range, depth).await,
        }
    }

    fn host(&self, registry: &str) -> Arc<Host> {
        known(&self.hosts, registry, self.concurrency, retry::ATTEMPTS)
    }

    /// A registry in its part of a mirror, which may fail there without failing as itself.
    fn mirror(&self, registry: &str) -> Arc<Host> {
        known(&self.mirrors, registry, self.concurrency, 1)
    }

    /// How a registry is reached: asked for once, whoever waits.
    async fn site<'a>(&self, host: &'a Host) -> Result<&'a Site, Unverified> {
        host.site.get_or_init(|| self.ping(host)).await.as_ref().map_err(Clone::clone)
    }

    async fn ping(&self, host: &Host) -> Result<Site, Unverified> {
        let insecure = self.transport.insecure.covers(address::authority(&host.name));
        let bases = host.bases(insecure);
        let requests: Vec<_> = bases.into_iter().map(|base| Request::new(Method::GET, base)).collect();
        let reply = self.exchange(host, &requests).await?;
        let said = reply.described();
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(describe::limited(&host.name, &said));
        }
        if reply.status.is_server_error() {
            return Err(unverified(Cause::RegistryError, &format!("{} answers {said}", host.name)));
        }
        host.met(reply.version);
        // A challenge of another server's is none of this registry's.
        let challenges = match reply.status {
            StatusCode::UNAUTHORIZED if !reply.wandered => challenge::parse(reply.headers(WWW_AUTHENTICATE)),
            _ => Vec::new(),
        };
        Ok(Site { base: reply.asked, challenges })
    }
}

fn known(
    hosts: &Mutex<HashMap<String, Arc<Host>>>,
    registry: &str,
    concurrency: Option<usize>,
    attempts: u32,
) -> Arc<Host> {
    let name = registry.to_ascii_lowercase();
    let mut hosts = hosts.lock().unwrap_or_else(PoisonError::into_inner);
    let new = || Arc::new(Host::new(&name, concurrency, attempts));
    Arc::clone(hosts.entry(name.clone()).or_insert_with(new))
}

#[cfg(test)]
mod tests;
