//! Gets the answers of chart repositories, and the files of charts, for the charts that releases and files
//! name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use charts::{HelmConfig, Repositories};
use futures_util::StreamExt as _;
use futures_util::stream;
use image::Image;
use model::chart::{Request, Wanted};
use model::policy::Policy;
use model::{Answer, Reference, Target};
use registry::{Check, Subject};
use source::RepoPath;

use crate::config::{Network, Options};
use crate::context::Context;

use super::resolve;

/// Maximum number of charts that are fetched at a time.
const MOST_AT_A_TIME: usize = 16;

/// The client of chart repositories in a run, and the answers so far.
pub(super) struct Fetch<'a> {
    policy: &'a Policy,
    context: &'a Context,
    check: &'a Check<'a>,
    repositories: &'a Repositories,
    fetched: Fetched,
}

/// The charts that were fetched so far, and the answers of their repositories.
#[derive(Default)]
pub(crate) struct Fetched {
    answers: HashMap<Request, Answer>,
    /// The charts of releases.
    pub(super) charts: deploy::Charts,
}

/// The client of chart repositories, with the credentials of Helm's configuration.
pub(super) fn repositories(network: &Network, context: &Context) -> Repositories {
    let variable = |name: &str| context.variable(name);
    let helm = HelmConfig::file(&variable).map(|file| HelmConfig::read(&file)).unwrap_or_default();
    let cache = resolve::cache_folder(&variable).filter(|_| network.cache);
    let cache = cache.map(|folder| folder.join("charts"));
    let repositories = Repositories::new(charts::Options { helm, cache, ..charts::Options::default() });
    for warning in repositories.warnings() {
        context.events.note(warning);
    }
    repositories
}

impl Fetched {
    /// The reason why the first of these charts is not known: it exists, or may exist, and was not read.
    pub(super) fn unread<'n>(&self, named: impl Iterator<Item = &'n Request>) -> Option<String> {
        for request in named {
            let why = match self.answers.get(request) {
                Some(Answer::Unverified(why)) => &why.detail,
                Some(Answer::Present(_)) if !self.charts.has(request) => "its archive was not read",
                _ => continue,
            };
            return Some(format!("the chart {request} could not be fetched: {why}"));
        }
        None
    }

    /// The reason why the first of these charts is not known, in a run without network.
    pub(super) fn uncached<'n>(&self, mut named: impl Iterator<Item = &'n Request>) -> Option<String> {
        let request = named.find(|request| !self.charts.has(request))?;
        Some(format!("the chart {request} is not in the cache, and nothing is fetched"))
    }
}

impl<'a> Fetch<'a> {
    /// A client without answers.
    pub(super) fn new(
        policy: &'a Policy,
        context: &'a Context,
        check: &'a Check<'a>,
        repositories: &'a Repositories,
    ) -> Self {
        Self { policy, context, check, repositories, fetched: Fetched::default() }
    }

    /// The client with everything that was fetched before.
    pub(super) fn after(self, fetched: Fetched) -> Self {
        Self { fetched, ..self }
    }

    /// Everything that was fetched.
    pub(super) fn into_fetched(self) -> Fetched {
        self.fetched
    }

    /// The charts of releases that can be read.
    pub(super) fn charts(&self) -> &deploy::Charts {
        &self.fetched.charts
    }

    /// Fetches the charts of releases, each with the files that name it.
    pub(super) async fn of_releases(&mut self, named: &BTreeMap<Request, BTreeSet<RepoPath>>) {
        let mut requests = Vec::new();
        for (request, paths) in named {
            if paths.iter().any(|path| !passes(self.policy, request, path)) {
                requests.push(request.clone());
            }
        }
        let found = self.find(requests).await;
        self.fetched.charts.extend(found);
    }

    /// Queries the repositories of charts that only references name, and no release.
    pub(super) async fn of_references(&mut self, references: &[Box<Reference>]) {
        let mut requests = BTreeSet::new();
        for reference in references {
            if let Target::Chart(request) = &reference.target
                && !passes(self.policy, request, reference.site.file.path())
            {
                requests.insert((**request).clone());
            }
        }
        self.find(requests.into_iter().collect()).await;
    }

    /// The answers about charts of repositories over HTTP, and those about charts in registries, which save a
    /// request.
    pub(super) fn answers(&self) -> Charts {
        let mut known = Charts::default();
        for (request, answer) in &self.fetched.answers {
            if request.is_http() {
                known.http.insert(request.clone(), answer.clone());
            } else if !matches!(answer, Answer::Missing(_)) {
                let image = image(request);
                known
                    .registries
                    .extend(image.map(|image| ((Arc::new(image), Subject::Artifact), answer.clone())));
            }
        }
        known
    }

    /// Keeps the answers to requests that have none yet. Returns the charts that can be read.
    async fn find(&mut self, mut requests: Vec<Request>) -> deploy::Charts {
        requests.retain(|request| !self.fetched.answers.contains_key(request));
        let (check, repositories) = (self.check, self.repositories);
        let mut answers = stream::iter(requests)
            .map(|request| async move {
                let answer = repositories.find(check, &request).await;
                (request, answer)
            })
            .buffer_unordered(MOST_AT_A_TIME)
            .collect::<Vec<_>>()
            .await;
        answers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut read = deploy::Charts::default();
        for (request, answer) in answers {
            self.context.events.detail(&format!("{request}: {}", described(&answer)));
            self.fetched.answers.insert(request.clone(), verdict(&request, &answer));
            if let charts::Answer::Found(chart) = answer {
                insert(&mut read, request, *chart);
            }
        }
        read
    }
}

/// The charts of the cache, for runs without network.
pub(super) struct Shelf<'a> {
    policy: &'a Policy,
    context: &'a Context,
    /// `None` if the cache is not used.
    repositories: Option<Repositories>,
}

impl<'a> Shelf<'a> {
    /// The charts of the cache of the user.
    pub(super) fn new(policy: &'a Policy, options: &Options, context: &'a Context) -> Self {
        let variable = |name: &str| context.variable(name);
        let cache = resolve::cache_folder(&variable).filter(|_| options.cached_charts);
        let repositories = cache.map(|folder| {
            let helm = HelmConfig::file(&variable).map(|file| HelmConfig::read(&file)).unwrap_or_default();
            let cache = Some(folder.join("charts"));
            Repositories::new(charts::Options { helm, cache, ..charts::Options::default() })
        });
        Self { policy, context, repositories }
    }

    /// The charts of releases that an earlier run has stored.
    pub(super) fn of_releases(&self, named: &BTreeMap<Request, BTreeSet<RepoPath>>) -> deploy::Charts {
        let mut read = deploy::Charts::default();
        let Some(repositories) = &self.repositories else { return read };
        for (request, paths) in named {
            if paths.iter().all(|path| passes(self.policy, request, path)) {
                continue;
            }
            if let Some(chart) = repositories.cached(request) {
                self.context.events.detail(&format!("{request}: version {} of the cache", chart.version));
                insert(&mut read, request.clone(), chart);
            }
        }
        read
    }
}

/// True if a chart may pass: it is ignored, its repository is declared unreachable, or no charts are looked up.
fn passes(policy: &Policy, request: &Request, path: &RepoPath) -> bool {
    let names = [request.name(), request.to_string()];
    !policy.reach.looks_up_charts()
        || policy.declared(request.host().unwrap_or_default()).is_some()
        || policy.ignore(&[path], &names, None).is_some()
}

/// The names of charts in the form of references: of a release, and of an artifact in a registry.
pub(super) fn names(charts: &deploy::Charts) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for request in charts.requests() {
        names.insert(request.to_string());
        names.extend(image(request).map(|image| image.to_string()));
    }
    names
}

/// Adds a chart under its name and version.
fn insert(read: &mut deploy::Charts, request: Request, chart: charts::Chart) {
    let name = format!("{} {}", chart_name(&request), chart.version);
    read.insert(request, &name, chart.files);
}

/// The answers about charts.
#[derive(Default)]
pub(super) struct Charts {
    /// The answers of repositories over HTTP.
    pub(super) http: HashMap<Request, Answer>,
    /// The answers of registries, by the requests to the registries.
    pub(super) registries: HashMap<resolve::Request, Answer>,
}

/// The name of a chart; the last part of the address if it has no separate name.
fn chart_name(request: &Request) -> String {
    let name = request.name();
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The answer without the files. The selected version is named only if it differs from the written one.
fn verdict(request: &Request, answer: &charts::Answer) -> Answer {
    let mut verdict = answer.verdict();
    if let Answer::Present(present) = &mut verdict {
        present.details_mut().version.take_if(|version| version == request.version());
    }
    verdict
}

/// The image for which a registry would be queried; `None` for a range.
fn image(request: &Request) -> Option<Image> {
    let name = request.name();
    let name = name.strip_prefix("oci://")?;
    let (image, _) = image::parse(name).ok()?;
    match &request.wanted {
        Wanted::Version(version) | Wanted::Tag(version) if !version.is_empty() => {
            Some(Image { tag: Some(version.replace('+', "_")), ..image })
        }
        Wanted::Digest(digest) => Some(Image { tag: None, digest: Some(digest.clone()), ..image }),
        Wanted::Version(_) | Wanted::Tag(_) => None,
    }
}

/// An answer in a few words, for `--verbose`.
fn described(answer: &charts::Answer) -> String {
    match answer {
        charts::Answer::Found(chart) => format!("version {} ({})", chart.version, chart.digest),
        charts::Answer::Unreadable { version, why } => format!("version {version} was not read: {why}"),
        charts::Answer::Unauthorized(why) | charts::Answer::Unverified(why) => why.detail.clone(),
        charts::Answer::MissingVersion { .. }
        | charts::Answer::MissingChart { .. }
        | charts::Answer::ArchiveGone { .. } => "missing".to_owned(),
    }
}
