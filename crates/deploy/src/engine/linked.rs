//! Resolves the objects and files that documents name elsewhere in the tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{FileProblem, Rule};
use source::RepoPath;
use yaml::Node;

use crate::document::{Document, LocalChart, Role};
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::application_set::Expanded;
use crate::ecosystem::argo_cd::model::is_set;
use crate::ecosystem::argo_cd::overrides;
use crate::ecosystem::flux::model::{ChartTemplate, HelmRelease, HelmRepository, Kustomization};
use crate::engine::file::problem_about;
use crate::engine::lookup::nearest;
use crate::engine::named_kind::NamedKind;
use crate::engine::part::Part;
use crate::engine::tree::Tree;

impl Tree<'_> {
    /// Visits a document with its resolved objects, and an ApplicationSet as the Applications that it makes.
    pub(crate) fn read(&self, document: Document, visit: &mut dyn FnMut(Part)) {
        if let Some(problem) = path_put_together(self, &document) {
            visit(Part::Problem(problem));
        }
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
        let mut document = overrides::applied(self, document, complain);
        // The `images` of a deployer are evaluated with its root, if this tree has the root.
        for root in self.roots_of(&document) {
            let unknown = root.deployer.as_ref().and_then(|deployer| deployer.unknown_repository.as_ref());
            let is_here = self.has_folder(&root.folder) && !unknown.is_some_and(|url| self.is_elsewhere(url));
            if is_here && (root.is_flux() || self.kustomization(&root.folder).is_some()) {
                root.without_images(&mut document);
            }
        }
        if let Some(chart) = ChartTemplate::read(&document) {
            document.beside.repository = self.repository(&chart, &document);
        }
        if document.role == Role::Chart {
            document.beside.lock = self.lock(&document.root.site().file.path().parent());
        }
        document.beside.chart = self.chart_of(&document);
        for (at, below) in self.values_below(&document, complain) {
            document.beside.values.extend(below.merged.map(|values| (at, Arc::new(values))));
            document.beside.layers.push((at, below.layers));
            let replaces_defaults = below.replaces_defaults;
            let local = below.chart.map(|folder| LocalChart { at, folder, replaces_defaults });
            document.beside.local.extend(local);
        }
        document.beside.set = self.values_set(&document);
        document
    }

    /// The object that `chartRef` of a release names.
    fn chart_of(&self, document: &Document) -> Option<Box<Document>> {
        let source = HelmRelease::read(document)?.chart_ref?;
        let kind = match source.kind? {
            "OCIRepository" => NamedKind::OciRepository,
            "HelmChart" => NamedKind::HelmChart,
            _ => return None,
        };
        let namespace = source.namespace.or(document.resource()?.namespace.as_deref());
        let mut candidates = Vec::new();
        for found in self.named(kind, source.name?).iter() {
            let own = found.resource().and_then(|resource| resource.namespace.as_deref());
            if namespace.is_none() || own.is_none() || namespace == own {
                candidates.push(found.clone());
            }
        }
        let near = document.root.site().file.path().clone();
        let mut found = nearest(candidates, &near, |one| one.root.site().file.path().clone())?;
        if let Some(chart) = ChartTemplate::read(&found) {
            found.beside.repository = self.repository(&chart, &found);
        }
        Some(Box::new(found))
    }

    /// The `HelmRepository` of a chart: in the requested namespace, as far as namespaces are written, and
    /// among several the nearest.
    fn repository(&self, chart: &ChartTemplate<'_>, document: &Document) -> Option<Arc<Node>> {
        let namespace = chart.source.namespace.or(document.resource()?.namespace.as_deref());
        let named = self.named(NamedKind::HelmRepository, chart.repository()?);
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

/// The notice about a Kustomization of Flux whose path another one composes: roots are found only by literal
/// paths.
fn path_put_together(tree: &Tree<'_>, document: &Document) -> Option<FileProblem> {
    let written = document.root.at(&["spec", "path"]).filter(|path| path.is_composed())?;
    let root = tree.roots_of(document).into_iter().next().filter(|_| Kustomization::is(document))?;
    let folder = root.folder;
    let site = written.site();
    let name = document.resource().and_then(|resource| resource.name.as_deref()).unwrap_or_default();
    let message = format!(
        "variables make the path of Kustomization {name}, so {folder} was not checked as it deploys that folder"
    );
    let help = Some(
        "write the path without variables, or render the folder and check the result: … | pullable check -",
    );
    let path = site.file.path().clone();
    let cause = format!("composed-path {name} {folder}");
    Some(problem_about(folder.as_str(), (Rule::NotChecked, &cause), &path, message, help, Some(site)))
}
