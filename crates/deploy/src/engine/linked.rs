//! Documents with what they name elsewhere in the tree put beside them.

use std::collections::BTreeSet;
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::application_set::Expanded;
use crate::ecosystem::argo_cd::model::is_set;
use crate::ecosystem::argo_cd::overrides;
use crate::ecosystem::flux::model::{ChartTemplate, HelmRepository};
use crate::engine::index::Says;
use crate::engine::lookup::nearest;
use crate::engine::part::Part;
use crate::engine::root::Root;
use crate::engine::tree::Tree;

impl Tree<'_> {
    /// A document as it is read: an ApplicationSet as the Applications that it makes.
    pub(crate) fn read(&self, document: Document, visit: &mut dyn FnMut(Part)) {
        if !is_set(&document) {
            let linked = self.linked(document, visit);
            return visit(Part::Document(linked));
        }
        let expanded = self.expanded(&document);
        for application in expanded.applications {
            let linked = self.linked(application, visit);
            visit(Part::Document(linked));
        }
        for problem in expanded.problems {
            visit(Part::Problem(problem));
        }
    }

    /// The Applications that an ApplicationSet makes.
    pub(crate) fn expanded(&self, set: &Document) -> Expanded {
        application_set::expand(self, set)
    }

    fn linked(&self, document: Document, complain: &mut dyn FnMut(Part)) -> Document {
        let mut document = overrides::applied(self, document);
        // The `images` of a deployer are evaluated with its root, if this tree has the root.
        for root in Root::of(&document) {
            let repository = root.deployer.as_ref().and_then(|deployer| deployer.repository.as_ref());
            let is_here =
                self.has_folder(&root.folder) && !repository.is_some_and(|url| self.is_elsewhere(url));
            if is_here && (root.is_flux() || self.kustomization(&root.folder).is_some()) {
                root.without_images(&mut document);
            }
        }
        if let Some(chart) = ChartTemplate::read(&document) {
            document.beside.repository = self.repository(&chart, &document);
        }
        document.beside.values = self.values_below(&document, complain);
        document.beside.set = self.values_set(&document);
        document
    }

    /// The `HelmRepository` that a chart comes from: in the namespace that is meant, as far as namespaces are
    /// written, and of several the nearest.
    fn repository(&self, chart: &ChartTemplate<'_>, document: &Document) -> Option<Arc<Node>> {
        let namespace = chart.source.namespace.or(document.resource()?.namespace.as_deref());
        let named = self.named(Says::HELM_REPOSITORY, chart.repository()?);
        let mut candidates = Vec::new();
        let mut urls = BTreeSet::new();
        for found in named.iter() {
            let Some(repository) = HelmRepository::read(found) else { continue };
            if namespace.is_none() || repository.namespace.is_none() || namespace == repository.namespace {
                candidates.push(Arc::clone(&found.root));
                urls.insert(repository.url_text());
            }
        }
        if urls.len() == 1 {
            return candidates.into_iter().next();
        }
        let near: RepoPath = document.root.site().file.path().clone();
        nearest(candidates, &near, |node| node.site().file.path().clone())
    }
}
