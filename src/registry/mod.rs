//! Registries: whether what a reference names can be pulled. The transport is the project's own, for a
//! gate must tell a registry's word from a login page, and nothing may be asked twice.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use thiserror::Error;
use tokio::sync::Semaphore;

mod address;
mod answer;
mod ask;
mod auth_file;
mod cache;
mod challenge;
mod content;
mod credentials;
mod describe;
mod helper;
mod host;
mod login;
mod look;
mod manifest;
mod mirror;
mod private;
mod realm;
mod retry;
mod silence;
mod tags;
mod token;
mod transport;
mod version;

pub use answer::{Answer, Cause, Missing, Present, TagList, TagState, Unverified};
pub use content::Content;
pub use credentials::{CredentialSources, Provided};
pub use mirror::{Mirror, Pulls, Route};

use crate::image::{Image, Platform};
use cache::Cache;
use credentials::Credentials;
use describe::unverified;
use host::{Host, Site};
use transport::{Reply, Request, Transport, Trouble};

/// Requests at a time, over all registries.
const AT_A_TIME: usize = 64;
/// How long a request keeps its place among these: one that takes longer waits beside them.
const PATIENCE: Duration = Duration::from_secs(1);
/// Requests that wait beside them.
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

    /// Lets the run last until then, if that is later than its deadline.
    pub fn extend(&self, until: Instant) {
        self.transport.extend(until);
    }

    /// Keeps what was learned of digests for the next run.
    pub fn save(&self) {
        self.cache.save();
    }

    /// Asks the image's registry, or a mirror of it. There is always an answer, and by the run's deadline.
    pub async fn ask(&self, image: &Image, what: &Subject) -> Answer {
        let (image, blocked) = self.placed(image);
        let host = self.host(&image.registry);
        if let Some(by) = blocked {
            return Answer::Unverified(describe::blocked(&host.name, &by));
        }
        let deadline = self.transport.deadline();
        if Instant::now() >= deadline {
            return Answer::Unverified(host.overdue());
        }
        let answer = tokio::time::timeout_at(deadline.into(), self.ask_host(&host, &image, what)).await;
        answer.unwrap_or_else(|_| Err(host.overdue())).unwrap_or_else(Answer::Unverified)
    }

    async fn ask_host(&self, host: &Host, image: &Image, what: &Subject) -> Result<Answer, Unverified> {
        let repository = host.repository(&image.repository);
        let depth = self.depth(what);
        match what {
            Subject::Image | Subject::Artifact => {
                // On the heap: most runs have no mirror, and every question would be larger for it.
                match Box::pin(self.through_mirror(image, depth)).await {
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

    /// Sends a request until there is an answer that is worth having. More than one request are ways to
    /// ask the same: the next is taken where no connection came to be.
    async fn exchange(&self, host: &Host, requests: &[Request]) -> Result<Reply, Unverified> {
        let began = Instant::now();
        for attempt in 0.. {
            // On the heap: most of the questions wait for their turn, and should be small.
            let outcome = Box::pin(self.attempt(host, requests)).await?;
            let heals = match &outcome {
                Ok(reply) => retry::heals(reply.status),
                Err(trouble) => trouble.heals,
            };
            let pause = retry::pause(attempt);
            let again = attempt + 1 < host.attempts;
            if let Ok(reply) = outcome.as_ref()
                && host.attempts > 1
            {
                self.heed(host, reply, pause)?;
            }
            let late = Instant::now() + pause >= self.transport.deadline();
            if heals && !late && again {
                tokio::time::sleep(pause).await;
                continue;
            }
            let silent = outcome.as_ref().is_err_and(|trouble| trouble.silent);
            let outcome =
                outcome.map_err(|trouble| describe::after_attempts(trouble.unverified, attempt + 1));
            match &outcome {
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                    host.give_up(describe::limited(&host.name, &reply.described()));
                }
                Err(why) if silent && why.cause == Cause::Unreachable && host.silence.covers(began) => {
                    host.give_up(why.clone());
                }
                _ => {}
            }
            return outcome;
        }
        Err(describe::overdue(&host.name))
    }

    /// Pauses the whole host where it asks for that.
    fn heed(&self, host: &Host, reply: &Reply, pause: Duration) -> Result<(), Unverified> {
        let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
        if !limited && reply.status != StatusCode::SERVICE_UNAVAILABLE {
            return Ok(());
        }
        let told = reply.header(RETRY_AFTER).and_then(|value| retry::retry_after(value, SystemTime::now()));
        if let Some(wait) = told {
            let until = Instant::now().checked_add(wait).unwrap_or(self.transport.deadline());
            host.pause(until);
            if until >= self.transport.deadline() {
                return Err(describe::paused(&host.name));
            }
        }
        if limited {
            host.pause(Instant::now() + pause);
        }
        Ok(())
    }

    async fn attempt(&self, host: &Host, requests: &[Request]) -> Result<Result<Reply, Trouble>, Unverified> {
        let permit = host.admit(self.transport.deadline()).await?;
        let total = self.total.acquire().await.map_err(|_| describe::overdue(&host.name))?;
        let began = Instant::now();
        let sent = self.send(requests);
        tokio::pin!(sent);
        let outcome = if let Ok(outcome) = tokio::time::timeout(PATIENCE, &mut sent).await {
            drop(total);
            outcome
        } else {
            // A host that does not answer must not hold the places of those that do.
            let beside = self.slow.try_acquire().ok();
            let _kept = beside.is_none().then_some(total);
            sent.await
        };
        let enough = match &outcome {
            Some(Ok(reply)) => {
                host.silence.ends();
                reply.status == StatusCode::TOO_MANY_REQUESTS
            }
            Some(Err(trouble)) if trouble.heals && trouble.silent => {
                if host.silence.lasts(began) {
                    host.give_up(describe::after_attempts(trouble.unverified.clone(), retry::ATTEMPTS));
                }
                host.silence.covers(began)
            }
            _ => false,
        };
        host.release(permit, enough);
        outcome.ok_or_else(|| describe::no_registry(&host.name, "its name is no address"))
    }

    /// Tries ways to ask the same, the next where no connection came to be.
    async fn send(&self, requests: &[Request]) -> Option<Result<Reply, Trouble>> {
        let mut outcome = None;
        for request in requests {
            let attempted = self.transport.attempt(request).await;
            let connected = !attempted.as_ref().is_err_and(|trouble| trouble.connecting);
            outcome = Some(attempted);
            if connected {
                break;
            }
        }
        outcome
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
