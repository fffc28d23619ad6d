//! Argo CD: charts from registries and the kustomize images of Applications and of what ApplicationSets
//! make. Values within them are read as values.

use model::Kind;
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::helm::charts;
use crate::ecosystem::helm::embedded::MAX_RELEASES;
use crate::reference::claim::{Claim, Map, Reader, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

const GROUP: &str = "argoproj.io";

/// Extracts from Applications and ApplicationSets.
pub(crate) struct ArgoCd;

impl Extractor for ArgoCd {
    fn name(&self) -> &'static str {
        "argo-cd"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let sources = sources(document);
        if sources.len() > MAX_RELEASES {
            return Err(TooMuch);
        }
        for (path, source) in sources {
            chart(&path, source, found);
            let images = source.at(&["kustomize", "images"]).map(Node::items).unwrap_or_default();
            for (index, image) in images.iter().enumerate() {
                kustomize_image(&format!("{path}kustomize.images[{index}]"), image, found);
            }
        }
        Ok(())
    }
}

/// The sources of an Application (a bounded number: aliases repeat them) with the paths before their keys; and
/// what a file beside a chart puts over the source that names it. An ApplicationSet is its Applications by now.
pub(crate) fn sources(document: &Document) -> Vec<(String, &Node)> {
    if document.role == Role::Values && is_override(&document.root) {
        return vec![(String::new(), &document.root)];
    }
    if !document.is(GROUP, "Application") {
        return Vec::new();
    }
    let Some(node) = document.root.get("spec") else { return Vec::new() };
    let path = "spec";
    let many =
        node.get("sources").map(Node::items).unwrap_or_default().iter().take(MAX_RELEASES + 1).enumerate();
    let many = many.map(|(index, source)| (format!("{path}.sources[{index}]."), source));
    // Argo CD ignores `source` beside `sources`.
    let one = node.get("source").filter(|_| node.get("sources").is_none_or(|many| many.items().is_empty()));
    one.map(|source| (format!("{path}.source."), source)).into_iter().chain(many).collect()
}

/// `.argocd-source.yaml` and `.argocd-source-APP.yaml`.
fn is_override(root: &Node) -> bool {
    root.site().file.path().file_name().starts_with(".argocd-source")
}

/// A chart from a registry: its `repoURL` has no scheme, or `oci://`.
fn chart(path: &str, source: &Node, found: &mut Found) {
    let Some(url) = source.get("repoURL") else { return };
    let Some(chart) = source.get("chart") else { return artifact(path, url, source, found) };
    if charts::is_http(url) {
        let version = source.get("targetRevision").unwrap_or(chart);
        return charts::unchecked(url, &[url, chart, version], found);
    }
    let text = url.scalar().unwrap_or_default();
    if text.contains("://") && !text.starts_with("oci://") {
        return;
    }
    let map = Map {
        repository: Some(url.clone()),
        image: Some(chart.clone()),
        tag: source.get("targetRevision").cloned(),
        ..Map::default()
    };
    let field = format!("{path}targetRevision");
    found.claim(Claim { field, shape: Shape::Oci(Kind::Chart, map), reader: Reader::Strict });
}

/// An artifact of a registry; without a revision the newest is taken.
fn artifact(path: &str, url: &Node, source: &Node, found: &mut Found) {
    if url.scalar().is_some_and(|text| text.starts_with("oci://")) {
        let tag = source.get("targetRevision").cloned();
        let map = Map { repository: Some(url.clone()), tag, ..Map::default() };
        let field = format!("{path}repoURL");
        found.claim(Claim { field, shape: Shape::Oci(Kind::Artifact, map), reader: Reader::Strict });
    }
}

/// `[old=]new[:tag][@digest]`; without tag and digest both are left to the resources.
pub(crate) fn kustomize_image(field: &str, node: &Node, found: &mut Found) {
    let Some(text) = node.text() else { return };
    let start = text.find('=').map_or(0, |equals| equals + 1);
    let new = text.get(start..).unwrap_or_default();
    let last = new.rsplit('/').next().unwrap_or_default();
    // A `*` keeps what the kustomization says.
    if last.contains([':', '@']) && !new.contains('*') {
        let shape = Shape::Within(node.clone(), start..text.len());
        found.claim(Claim { field: field.to_owned(), shape, reader: Reader::Strict });
    }
}
