//! Chart repositories over HTTP: the index, the entry that a request takes, and its archive.

use std::io::Cursor;
use std::sync::Arc;

use model::chart::Request;
use model::{Cause, Unverified, nearest};
use registry::{Check, Download, Downloaded, Url, clean};

use super::address::{Login, resolve, same_server, shown};
use super::answer::Answer;
use super::cache::{Cache, key};
use super::inspect::{Arrived, inspect};
use crate::archive::ArchiveError;
use crate::entry::Entry;
use crate::index::{INDEX_LIMIT, IndexError, Lookup, look_up};
use crate::limits::{ARCHIVE_LIMIT, Bounds};
use crate::version::{choose, near};

/// Maximum length of a detail of an answer, in characters.
const MAX_DETAIL: usize = 500;

/// A repository as one request sees it.
pub(super) struct Repository<'a> {
    /// Without user and password.
    pub(super) url: Url,
    pub(super) login: Option<Login>,
    pub(super) cache: &'a Cache,
    pub(super) bounds: &'a Bounds,
}

/// The bytes of an index, as they were received.
pub(super) type Index = Arc<Vec<u8>>;

/// The archive of an entry.
enum Archive {
    /// In an OCI registry: host, path and tag.
    Oci(String),
    Bytes(Arrived),
    Not(Answer),
}

/// The result of a request over HTTP.
pub(super) enum Outcome {
    Answer(Answer),
    /// The index names an OCI registry, for this version.
    Oci {
        /// Host, path and tag.
        address: String,
        version: String,
    },
}

impl Repository<'_> {
    /// Downloads the index, or takes it from the cache if the server confirms that it is unchanged.
    pub(super) async fn fetch_index(&self, check: &Check<'_>) -> Result<Index, Unverified> {
        let Some(url) = resolve(&self.url, "index.yaml") else {
            return Err(failed(Cause::Unreachable, "the address of the chart repository cannot be used"));
        };
        let place = format!("the index of the chart repository {}", shown(&self.url));
        let limit = usize::try_from(INDEX_LIMIT).unwrap_or(usize::MAX);
        let reply = self.download(check, &url, self.login.clone(), true, limit).await?;
        match reply.status {
            200 if !reply.complete => {
                Err(failed(Cause::RegistryError, &format!("{place} is larger than {INDEX_LIMIT} bytes")))
            }
            200 => Ok(Arc::new(reply.body)),
            401 | 403 => Err(self.unauthorized(&place, &reply)),
            _ => Err(failed(Cause::RegistryError, &format!("{place} is answered {}", reply.described))),
        }
    }

    /// The answer to a request, with the index of the repository.
    pub(super) async fn find(
        &self,
        check: &Check<'_>,
        index: Index,
        request: &Request,
        wanted: &str,
    ) -> Outcome {
        let entries = match self.entries(index, &request.chart).await {
            Ok(entries) => entries,
            Err(answer) => return Outcome::Answer(answer),
        };
        let entry = match choose(request.consumer, wanted, &entries) {
            Ok(entry) => entry,
            Err(why) => {
                let versions: Vec<String> = entries.iter().map(|entry| entry.version.clone()).collect();
                return Outcome::Answer(Answer::MissingVersion { why, near: near(wanted, &versions) });
            }
        };
        match self.archive(check, entry).await {
            Archive::Oci(address) => Outcome::Oci { address, version: entry.version.clone() },
            Archive::Not(answer) => Outcome::Answer(answer),
            Archive::Bytes(arrived) => Outcome::Answer(inspect(arrived, self.bounds.archive).await),
        }
    }

    /// The entries of a chart, read in a separate thread.
    async fn entries(&self, index: Index, chart: &str) -> Result<Vec<Entry>, Answer> {
        let (name, limit) = (chart.to_owned(), self.bounds.index);
        let work = move || look_up(Cursor::new(index.as_slice()), &name, limit);
        let found = tokio::task::spawn_blocking(work).await;
        match found.unwrap_or_else(|error| Err(IndexError::Unreadable(error.to_string()))) {
            Ok(Lookup::Listed(entries)) => Ok(entries),
            Ok(Lookup::Missing { charts }) => {
                let near = nearest(chart, charts.iter().map(String::as_str)).map(str::to_owned);
                Err(Answer::MissingChart { near })
            }
            Err(error) => {
                let why = format!("the chart repository {}: {error}", shown(&self.url));
                Err(Answer::unverified(Cause::RegistryError, &why))
            }
        }
    }

    /// Downloads the archive of an entry from its first address, the only one that Helm and Flux use.
    async fn archive(&self, check: &Check<'_>, entry: &Entry) -> Archive {
        let version = &entry.version;
        let written = entry.urls.first().map(String::as_str).unwrap_or_default();
        if let Some(address) = written.strip_prefix("oci://") {
            return Archive::Oci(address.to_owned());
        }
        let Some(url) = resolve(&self.url, written).filter(|_| !written.is_empty()) else {
            let why = format!("the chart repository {} lists {version} without an address", shown(&self.url));
            return Archive::Not(Answer::unverified(Cause::RegistryError, &why));
        };
        let login = self.login.clone().filter(|_| same_server(&self.url, &url));
        let reply = match self.download(check, &url, login.clone(), false, ARCHIVE_LIMIT).await {
            Ok(reply) => reply,
            Err(why) => return Archive::Not(Answer::failed(why)),
        };
        let is_proof = self.login.is_none() || (login.is_some() && !reply.cross_origin);
        if reply.status == 200 && reply.complete && reply.etag.is_none() {
            self.cache.keep(&reply.body);
        }
        match reply.status {
            200 if reply.complete => Archive::Bytes(Arrived {
                bytes: reply.body,
                version: Some(version.clone()),
                is_version: true,
                manifest: None,
                listed: entry.digest.clone(),
            }),
            _ => Archive::Not(self.no_archive(&url, version, &reply, is_proof)),
        }
    }

    /// The answer if there is no archive.
    fn no_archive(&self, url: &Url, version: &str, reply: &Downloaded, is_proof: bool) -> Answer {
        let (version, address) = (version.to_owned(), shown(url));
        let described = &reply.described;
        match reply.status {
            200 => Answer::Unreadable { version, why: ArchiveError::PackedTooLarge(ARCHIVE_LIMIT) },
            404 | 410 if is_proof => Answer::ArchiveGone { version, address },
            404 | 410 => {
                let why = format!(
                    "the server answers {described} for the archive {address}; the credentials of its \
                     repository belong to another server, and were not sent"
                );
                Answer::unverified(Cause::MissingOrPrivate, &why)
            }
            401 | 403 => Answer::failed(self.unauthorized(&format!("the archive {address}"), reply)),
            _ => {
                let why = format!("the server answers {described} for the archive {address}");
                Answer::unverified(Cause::RegistryError, &why)
            }
        }
    }

    fn unauthorized(&self, place: &str, reply: &Downloaded) -> Unverified {
        let described = &reply.described;
        if self.login.is_some() && !reply.cross_origin {
            return failed(
                Cause::Rejected,
                &format!("{place} may not be read with these credentials ({described})"),
            );
        }
        failed(
            Cause::Unauthorized,
            &format!("{place} needs credentials, and none are configured ({described})"),
        )
    }

    /// Downloads a file, or takes it from the cache if the server confirms that it is unchanged.
    async fn download(
        &self,
        check: &Check<'_>,
        url: &Url,
        login: Option<Login>,
        gzip: bool,
        limit: usize,
    ) -> Result<Downloaded, Unverified> {
        let user = login.as_ref().map(|(user, password)| format!("{user}:{password}")).unwrap_or_default();
        let key = key(url.as_str(), &user);
        let known = self.cache.known(&key);
        let etag = known.as_ref().map(|known| known.mark.clone());
        let file = Download { url: url.clone(), login, etag, gzip, limit, timeout: self.bounds.timeout };
        let reply = check.download(&file).await?;
        if reply.status == 304
            && let Some(known) = known
        {
            return Ok(Downloaded { status: 200, body: known.body, complete: true, ..reply });
        }
        if reply.status == 200
            && reply.complete
            && let Some(etag) = &reply.etag
        {
            self.cache.keep_known(&key, etag, &reply.body);
        }
        Ok(reply)
    }
}

fn failed(cause: Cause, detail: &str) -> Unverified {
    Unverified { cause, detail: clean(detail, MAX_DETAIL) }
}
