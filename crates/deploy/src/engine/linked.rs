//! Documents with what they name elsewhere in the tree put beside them.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::application_set::Expanded;
use crate::ecosystem::argo_cd::overrides;
use crate::engine::index::Says;
use crate::engine::lookup::nearest;
use crate::engine::root::Root;
use crate::engine::tree::Tree;
use crate::engine::unit::Part;

/// Where resources name the source of a chart: group, kind, path of what holds `chart` and `sourceRef`.
const CHARTS: &[(&str, &str, &[&str])] = &[
    ("helm.toolkit.fluxcd.io", "HelmRelease", &["spec", "chart", "spec"]),
    ("source.toolkit.fluxcd.io", "HelmChart", &["spec"]),
];

impl Tree<'_> {
    /// A document as it is read: an ApplicationSet as the Applications that it makes.
    pub(crate) fn read(&self, document: Document, visit: &mut dyn FnMut(Part)) {
        if !application_set::is_set(&document) {
            return visit(Part::Document(self.linked(document)));
        }
        let expanded = self.expanded(&document);
        expanded.applications.into_iter().for_each(|it| visit(Part::Document(self.linked(it))));
        expanded.problems.into_iter().for_each(|it| visit(Part::Problem(it)));
    }

    /// What an ApplicationSet comes to.
    pub(crate) fn expanded(&self, set: &Document) -> Expanded {
        application_set::expand(self, set)
    }

    fn linked(&self, document: Document) -> Document {
        let mut document = overrides::applied(self, document);
        // What a root of this tree does with the `images` of its deployer is read there.
        for root in Root::of(&document) {
            let repository = root.deployer.as_ref().and_then(|deployer| deployer.repository.as_ref());
            let is_here =
                self.has_folder(&root.folder) && !repository.is_some_and(|url| self.is_elsewhere(url));
            if is_here && (root.is_flux() || self.kustomization(&root.folder).is_some()) {
                root.without_images(&mut document);
            }
        }
        if let Some((_, _, path)) = CHARTS.iter().find(|(group, kind, _)| document.is(group, kind))
            && let Some(chart) = document.root.at(path)
        {
            document.beside.repository = self.repository(chart, &document);
        }
        document.beside.values = self.values_below(&document);
        document.beside.set = self.values_set(&document);
        document
    }

    /// The `HelmRepository` that a chart comes from: in the namespace that is meant, as far as namespaces are
    /// written, and of several the nearest.
    fn repository(&self, chart: &Node, document: &Document) -> Option<Arc<Node>> {
        let text = |key: &str| chart.at(&["sourceRef", key]).and_then(Node::scalar);
        let name = text("name").filter(|_| text("kind") == Some("HelmRepository"))?;
        let namespace = text("namespace").or(document.resource()?.namespace.as_deref());
        let named = self.named(Says::HELM_REPOSITORY, name);
        let here = |found: &&Document| {
            let its = found.resource().and_then(|it| it.namespace.as_deref());
            found.is("source.toolkit.fluxcd.io", "HelmRepository")
                && (namespace.is_none() || its.is_none() || namespace == its)
        };
        let candidates: Vec<Arc<Node>> =
            named.iter().filter(here).map(|found| Arc::clone(&found.root)).collect();
        let url = |node: &Arc<Node>| node.at(&["spec", "url"]).and_then(Node::scalar).map(str::to_owned);
        let first = candidates.first().map(url);
        if candidates.iter().all(|other| Some(url(other)) == first) {
            return candidates.into_iter().next();
        }
        let near: RepoPath = document.root.site().file.path().clone();
        nearest(candidates, &near, |node| node.site().file.path().clone())
    }
}
