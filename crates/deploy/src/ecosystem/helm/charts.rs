//! Charts that are named beside the repository that they come from. A chart in a registry is a reference; a notice
//! reports those in an HTTP repository, which are not queried.

use model::Rule;
use model::{FileProblem, Kind};
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::flux::model::HelmRepository;
use crate::engine::broken::hash;
use crate::reference::claim::{Claim, Map, SCHEME, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::select::select;
use crate::reference::walk::TooMuch;

/// Extracts from `Chart.yaml`, and from the tools that deploy charts.
pub(crate) struct Charts;

/// The keys of a chart.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub repository: &'static str,
    pub name: &'static str,
    pub version: &'static str,
}

/// Those of most tools.
pub(crate) const REPO: Keys = Keys { repository: "repo", name: "chart", version: "version" };
/// Those of `Chart.yaml`.
const DEPENDENCY: Keys = Keys { repository: "repository", name: "name", version: "version" };
const SVELTOS: Keys = Keys { repository: "repositoryURL", name: "chartName", version: "chartVersion" };
const CLUSTER_API: Keys = Keys { repository: "repoURL", name: "chartName", version: "version" };
const VENDIR: Keys = Keys { repository: "repository.url", name: "name", version: "version" };

/// The places where resources name charts: group, kind, path, keys.
const RESOURCES: &[(&str, &str, &str, Keys)] = &[
    ("helm.cattle.io", "HelmChart", "spec", REPO),
    ("fleet.cattle.io", "HelmOp", "spec.helm", REPO),
    ("config.projectsveltos.io", "ClusterProfile", "spec.helmCharts[]", SVELTOS),
    ("config.projectsveltos.io", "Profile", "spec.helmCharts[]", SVELTOS),
    ("addons.cluster.x-k8s.io", "HelmChartProxy", "spec", CLUSTER_API),
    ("vendir.k14s.io", "Config", "directories[].contents[].helmChart", VENDIR),
];

/// The places where Fleet's own file names them.
const FLEET: &[&str] = &["helm", "targetCustomizations[].helm"];

impl Extractor for Charts {
    fn name(&self) -> &'static str {
        "helm-chart"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.role == Role::Chart {
            return charts(document, "dependencies[]", DEPENDENCY, found);
        }
        if document.role == Role::Values && is_fleet(document) {
            return FLEET.iter().try_for_each(|path| charts(document, path, REPO, found));
        }
        if let Some(url) = HelmRepository::read(document).and_then(|repository| repository.url)
            && is_http(url)
        {
            unchecked(url, &[url], found);
        }
        let resources = RESOURCES.iter().filter(|(group, kind, ..)| document.is(group, kind));
        resources.into_iter().try_for_each(|(_, _, path, keys)| charts(document, path, *keys, found))
    }
}

fn is_fleet(document: &Document) -> bool {
    matches!(document.root.site().file.path().file_name(), "fleet.yaml" | "fleet.yml")
}

fn charts(document: &Document, path: &str, keys: Keys, found: &mut Found) -> Result<(), TooMuch> {
    select(&document.root, path, &mut |selected| {
        chart(&selected.field.key(keys.version), selected.node, keys, found);
    })
}

/// A chart that an entry names, in a registry or not; `field` is the path of its version. A chart that is
/// in neither a registry nor an HTTP repository is in this repository, or in another one.
pub(crate) fn chart(field: &str, entry: &Node, keys: Keys, found: &mut Found) {
    let path: Vec<&str> = keys.repository.split('.').collect();
    let (repository, name, version) = (entry.at(&path), entry.get(keys.name), entry.get(keys.version));
    // The name may be the whole of it.
    let holder = [name, repository].into_iter().flatten().find(|node| is_oci(node) || is_http(node));
    let Some(holder) = holder else { return };
    if is_http(holder) {
        let parts: Vec<&Node> = [repository, name, version].into_iter().flatten().collect();
        return unchecked(holder, &parts, found);
    }
    let image = name.filter(|name| !is_oci(name));
    // Behind a repository's name of its own a chart's is not known for sure.
    if keys.name == "chartName" && image.and_then(Node::scalar).is_some_and(|name| name.contains('/')) {
        return;
    }
    let map = Map {
        repository: Some(holder.clone()),
        image: image.cloned(),
        tag: version.cloned(),
        ..Map::default()
    };
    let shape = Shape::Oci(Kind::Chart, map);
    found.claim(Claim::strict(field.to_owned(), shape));
}

/// Reports that a chart is not queried. Another version is another chart.
pub(crate) fn unchecked(place: &Node, parts: &[&Node], found: &mut Found) {
    let parts: Vec<&str> = parts.iter().filter_map(|part| part.scalar()).collect();
    found.not_checked(FileProblem {
        rule: Rule::NotChecked,
        path: place.site().file.path().clone(),
        message:
            "charts in HTTP repositories are not looked up, so whether they can be pulled is not checked"
                .to_owned(),
        help: Some("a chart in a registry, behind oci://, is looked up".to_owned()),
        site: Some(place.site()),
        about: hash(&parts.join("\0")),
    });
}

fn is_oci(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.starts_with(SCHEME))
}

pub(crate) fn is_http(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.starts_with("https://") || text.starts_with("http://"))
}
