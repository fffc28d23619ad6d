//! The charts that documents name in chart repositories.

use model::Kind;
use model::chart::Consumer;
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model::{self as argo_cd, Source};
use crate::ecosystem::flux::model::{ChartTemplate, HelmRelease, OciRepository, OciRevision, repository};
use crate::reference::chart::{Lock, NamedChart, Revision};
use crate::reference::claim::{Claim, Map, SCHEME, Shape};

/// The keys of a chart.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub(crate) repository: &'static str,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

/// The keys of most tools.
pub(crate) const REPO: Keys = Keys { repository: "repo", name: "chart", version: "version" };
/// The keys of a kustomization.
pub(crate) const KUSTOMIZE: Keys = Keys { name: "name", ..REPO };
/// The keys of `Chart.yaml`.
pub(crate) const DEPENDENCY: Keys = Keys { repository: "repository", name: "name", version: "version" };
const SVELTOS: Keys = Keys { repository: "repositoryURL", name: "chartName", version: "chartVersion" };
const CLUSTER_API: Keys = Keys { repository: "repoURL", name: "chartName", version: "version" };
const VENDIR: Keys = Keys { repository: "repository.url", name: "name", version: "version" };

/// The fields of resources that name charts: group, kind, path, keys.
pub(crate) const RESOURCES: &[(&str, &str, &str, Keys)] = &[
    ("helm.cattle.io", "HelmChart", "spec", REPO),
    ("fleet.cattle.io", "HelmOp", "spec.helm", REPO),
    ("config.projectsveltos.io", "ClusterProfile", "spec.helmCharts[]", SVELTOS),
    ("config.projectsveltos.io", "Profile", "spec.helmCharts[]", SVELTOS),
    ("addons.cluster.x-k8s.io", "HelmChartProxy", "spec", CLUSTER_API),
    ("vendir.k14s.io", "Config", "directories[].contents[].helmChart", VENDIR),
];

/// The charts whose values a document contains or names, by the index of the source.
pub(crate) fn released(document: &Document) -> Vec<(usize, NamedChart)> {
    let mut charts = Vec::new();
    if HelmRelease::read(document).is_some() {
        charts.extend(of_release(document).map(|chart| (0, chart)));
    }
    for (at, source) in argo_cd::application_sources(document).iter().enumerate() {
        charts.extend(of_source(source).map(|chart| (at, chart)));
    }
    if document.role == Role::Kustomization {
        for (at, entry) in document.root.list("helmCharts").iter().enumerate() {
            charts.extend(of_entry(entry, KUSTOMIZE).map(|chart| (at, chart)));
        }
    }
    charts
}

/// The chart of a release of Flux: of its own template, or of the object that `chartRef` names.
fn of_release(release: &Document) -> Option<NamedChart> {
    if let Some(template) = ChartTemplate::read(release) {
        return of_template(&template, release);
    }
    let named = release.beside.chart.as_deref()?;
    match OciRepository::read(named) {
        Some(repository) => of_artifact(&repository),
        None => of_template(&ChartTemplate::read(named)?, named),
    }
}

/// The chart of a `HelmRepository` that is in the tree.
pub(crate) fn of_template(template: &ChartTemplate<'_>, document: &Document) -> Option<NamedChart> {
    let from = repository(document.beside.repository.as_deref()?);
    Some(NamedChart {
        consumer: Consumer::Flux,
        repository: from.url?.clone(),
        name: Some(template.chart?.clone()),
        version: template.version.cloned(),
        revision: Revision::Version,
        has_secret: from.has_secret,
    })
}

fn of_artifact(source: &OciRepository<'_>) -> Option<NamedChart> {
    let (version, revision) = match source.revision {
        OciRevision::Digest(digest, _) => (Some(digest), Revision::Digest),
        OciRevision::Range(range) => (Some(range), Revision::Version),
        OciRevision::Tag(tag) => (tag, Revision::Tag),
    };
    Some(NamedChart {
        consumer: Consumer::FluxArtifact,
        repository: source.url?.clone(),
        name: None,
        version: version.cloned(),
        revision,
        has_secret: false,
    })
}

/// The chart of a source of Argo CD.
pub(crate) fn of_source(source: &Source<'_>) -> Option<NamedChart> {
    Some(NamedChart {
        consumer: Consumer::ArgoCd,
        repository: source.url?.clone(),
        name: Some(source.chart?.clone()),
        version: source.revision.cloned(),
        revision: Revision::Version,
        has_secret: false,
    })
}

/// The chart of an entry of `dependencies` that has to be fetched, with its name; `None` for a chart in the
/// repository. The lock file decides its version.
pub(crate) fn of_dependency(entry: &Node, lock: &Lock) -> Option<(String, NamedChart)> {
    let mut named = of_entry(entry, DEPENDENCY)?;
    let name = named.name.as_ref().and_then(Node::scalar).unwrap_or_default().to_owned();
    if lock.vendored.contains(&name) {
        return None;
    }
    if let Some(version) = lock.versions.get(&name) {
        named.version = Some(version.clone());
    }
    Some((name, named))
}

/// The chart of an entry that names its repository by URL; `None` for a chart in this repository, or in an
/// unknown place.
pub(crate) fn of_entry(entry: &Node, keys: Keys) -> Option<NamedChart> {
    let path: Vec<&str> = keys.repository.split('.').collect();
    let (repository, name) = (entry.at(&path), entry.get(keys.name));
    // The name may be the complete address.
    let holder = [name, repository].into_iter().flatten().find(|node| is_oci(node) || is_http(node))?;
    let is_whole = name.is_some_and(|name| is_oci(name) || is_http(name));
    let name = name.filter(|_| !is_whole);
    // If the repository is given by a local name, the chart's address is not certain.
    if keys.name == "chartName" && name.and_then(Node::scalar).is_some_and(|name| name.contains('/')) {
        return None;
    }
    Some(NamedChart {
        consumer: Consumer::Helm,
        repository: holder.clone(),
        name: name.cloned(),
        version: entry.get(keys.version).cloned(),
        revision: Revision::Version,
        has_secret: false,
    })
}

impl NamedChart {
    /// The claim on the chart itself; `field` is the path of its version.
    pub(crate) fn claim(self, field: String) -> Claim {
        if is_http(&self.repository) {
            return Claim::strict(field, Shape::Chart(self));
        }
        let map =
            Map { repository: Some(self.repository), image: self.name, tag: self.version, ..Map::default() };
        Claim::strict(field, Shape::Oci(Kind::Chart, map))
    }

    /// True if the address is that of an archive, which no index lists.
    pub(crate) fn is_archive(&self) -> bool {
        self.name.is_none() && is_http(&self.repository)
    }
}

fn is_oci(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.starts_with(SCHEME))
}

pub(crate) fn is_http(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.starts_with("https://") || text.starts_with("http://"))
}
