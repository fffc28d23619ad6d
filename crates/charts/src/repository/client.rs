//! The client of chart repositories. It outlives a run: the indexes of repositories stay for some minutes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::chart::{Request, Wanted};
use model::{Cause, Unverified};
use registry::{Check, Url};

use super::address::{Address, Login};
use super::answer::{Answer, Chart};
use super::cache::{self, Cache};
use super::helm_config::HelmConfig;
use super::http::{Index, Outcome, Repository};
use super::inspect::{Arrived, unpack_arrived};
use super::oci::OciRepository;
use crate::limits::Bounds;

/// Lifetime of an index in memory.
const FRESH: Duration = Duration::from_mins(10);
/// Time for which a repository that failed is not queried again.
const FAILED: Duration = Duration::from_secs(30);

/// The settings of a client of chart repositories.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The credentials of repositories over HTTP. Those of registries belong to the registry client.
    pub helm: HelmConfig,
    /// The folder of the cache; without one, nothing is kept on disk.
    pub cache: Option<PathBuf>,
    /// The limits of indexes and archives.
    pub bounds: Bounds,
}

/// A client of chart repositories, for one run or many. Requests may be made at the same time; the index of a
/// repository is downloaded once for all of them.
#[derive(Debug)]
pub struct Repositories {
    helm: HelmConfig,
    cache: Cache,
    bounds: Bounds,
    indexes: Mutex<HashMap<String, Slot>>,
}

/// The index of one repository, for one user. The lock is held while it is downloaded.
type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

#[derive(Debug)]
struct Kept {
    since: Instant,
    index: Result<Index, Unverified>,
}

impl Kept {
    fn is_fresh(&self) -> bool {
        let lifetime = if self.index.is_ok() { FRESH } else { FAILED };
        self.since.elapsed() < lifetime
    }
}

impl Repositories {
    /// Creates a client with an empty cache in memory.
    pub fn new(options: Options) -> Self {
        let cache = Cache::new(options.cache);
        Self { helm: options.helm, cache, bounds: options.bounds, indexes: Mutex::default() }
    }

    /// The parts of Helm's configuration that cannot be used.
    pub fn warnings(&self) -> &[String] {
        &self.helm.warnings
    }

    /// True if there are credentials for a repository over HTTP. If only the cluster has credentials, the
    /// repository may show less to this run.
    pub fn has_login(&self, repository: &str) -> bool {
        match Address::parse(repository) {
            Ok(Address::Http(url, login)) => login.is_some() || self.helm.login(&url).is_some(),
            Ok(Address::Oci(_)) | Err(_) => false,
        }
    }

    /// The answer to a request, by the deadline of the run. Connections, limits, guards and the credentials of
    /// registries are those of the run's registry client.
    pub async fn find(&self, check: &Check<'_>, request: &Request) -> Answer {
        // On the heap: many requests are made at a time, and their futures should be small.
        let answer = Box::pin(self.find_by_address(check, request));
        match tokio::time::timeout_at(check.deadline().into(), answer).await {
            Ok(answer) => {
                if let Answer::Found(chart) = &answer {
                    self.cache.record(&self.key(request), &chart.archive, &chart.version);
                }
                answer
            }
            Err(_) => {
                Answer::unverified(Cause::Deadline, "the run's deadline passed before the chart was read")
            }
        }
    }

    /// The chart in the cache that the last run with a network resolved a request to. The repository may have
    /// another one now.
    pub fn cached(&self, request: &Request) -> Option<Chart> {
        let known = self.cache.known(&self.key(request))?;
        let arrived = Arrived {
            bytes: known.body,
            version: Some(known.mark),
            is_version: false,
            manifest: None,
            listed: String::new(),
        };
        match unpack_arrived(arrived, self.bounds.archive) {
            Answer::Found(chart) => Some(*chart),
            _ => None,
        }
    }

    /// The key of a request in the cache, for the user that the repository sees.
    fn key(&self, request: &Request) -> String {
        let Request { consumer, repository, chart, wanted, .. } = request;
        let login = match Address::parse(repository) {
            Ok(Address::Http(url, written)) => written.or_else(|| self.helm.login(&url)),
            Ok(Address::Oci(_)) | Err(_) => None,
        };
        let user = login.map(|(user, password)| format!("{user}:{password}")).unwrap_or_default();
        cache::key(&format!("{consumer:?} {repository} {chart} {wanted:?}"), &user)
    }

    async fn find_by_address(&self, check: &Check<'_>, request: &Request) -> Answer {
        match Address::parse(&request.repository) {
            Ok(Address::Http(url, login)) => {
                let answer = self.find_over_http(check, url, login, request).await;
                if request.has_secret && answer.is_missing() && !self.has_login(&request.repository) {
                    return Answer::unverified(Cause::MissingOrPrivate, &hidden(request));
                }
                answer
            }
            Ok(Address::Oci(address)) => self.oci().find(check, &address, request).await,
            Err(why) => Answer::unverified(Cause::Unreachable, &why),
        }
    }

    async fn find_over_http(
        &self,
        check: &Check<'_>,
        url: Url,
        written: Option<Login>,
        request: &Request,
    ) -> Answer {
        let Wanted::Version(wanted) = &request.wanted else {
            let why = "a tag or a digest needs an OCI repository, and this repository is read over HTTP";
            return Answer::unverified(Cause::Unreachable, why);
        };
        let login = written.or_else(|| self.helm.login(&url));
        let repository = Repository { url, login, cache: &self.cache, bounds: &self.bounds };
        let index = match self.index(check, &repository).await {
            Ok(index) => index,
            Err(why) => return Answer::failed(why),
        };
        match repository.find(check, index, request, wanted).await {
            Outcome::Answer(answer) => answer,
            Outcome::Oci { address, version } => self.oci().find_tagged(check, &address, version).await,
        }
    }

    /// The index of a repository. The first request downloads it, and all others wait.
    async fn index(&self, check: &Check<'_>, repository: &Repository<'_>) -> Result<Index, Unverified> {
        let slot = self.slot(repository);
        let mut kept = slot.lock().await;
        if let Some(known) = kept.as_ref().filter(|known| known.is_fresh()) {
            return known.index.clone();
        }
        let index = repository.fetch_index(check).await;
        // Another run has more time.
        if !index.as_ref().is_err_and(|why| why.cause == Cause::Deadline) {
            *kept = Some(Kept { since: Instant::now(), index: index.clone() });
        }
        index
    }

    fn slot(&self, repository: &Repository<'_>) -> Slot {
        let user = repository.login.as_ref().map(|(user, password)| format!("{user}:{password}"));
        let key = cache::key(repository.url.as_str(), &user.unwrap_or_default());
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(indexes.entry(key).or_default())
    }

    fn oci(&self) -> OciRepository<'_> {
        OciRepository { cache: &self.cache, bounds: &self.bounds }
    }
}

/// The detail for a repository for which only the cluster has credentials: it may show less to this run.
fn hidden(request: &Request) -> String {
    format!("{request} was not found without the credentials that the cluster has for this repository")
}
