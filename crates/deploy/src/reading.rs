//! The reading of one unit on one side: its documents become references. Documents whose charts are not
//! fetched or rendered yet wait.

use std::collections::{BTreeSet, HashMap};

use model::{FileProblem, UnitId};
use source::RepoPath;
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::EXTRACTORS;
use crate::ecosystem::flux::model::HelmRelease;
use crate::ecosystem::helm::charts_of::{fetched, taken};
use crate::ecosystem::helm::fetched::Surveyed;
use crate::ecosystem::helm::rendering::release;
use crate::ecosystem::kustomize::post_rendered;
use crate::ecosystem::suspension::annotation;
use crate::engine::chart_objects::{is_replaced, unfollowed};
use crate::engine::content;
use crate::engine::part::Part;
use crate::engine::rendered::{RenderedChart, RenderedCharts, resources};
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Unit};
use crate::reference::archive::Archive;
use crate::reference::found::Found;
use crate::render::{Outcome, Place, Rendered, Renderings};

/// The annotations of hooks.
const HOOKS: [&str; 2] = ["helm.sh/hook", "argocd.argoproj.io/hook"];

/// A unit on one side: the references and problems found so far, and the documents that wait for charts.
pub(crate) struct Reading {
    pub(crate) found: Found,
    pub(crate) read: BTreeSet<RepoPath>,
    pub(crate) waiting: Vec<Document>,
    /// The folders of rendered charts in the repository, and the files of the values of rendered releases.
    pub(crate) rendered: BTreeSet<RepoPath>,
    notices: Vec<FileProblem>,
    /// The releases that were rendered.
    pub(crate) succeeded: BTreeSet<ReleaseName>,
    /// The releases that could not be rendered.
    pub(crate) failed: Vec<Failed>,
}

/// A release that could not be rendered.
pub(crate) struct Failed {
    pub(crate) name: ReleaseName,
    /// The folder of its chart in the repository.
    pub(crate) folders: Vec<RepoPath>,
    pub(crate) rendered: Rendered,
    pub(crate) why: String,
    /// True if a deployer may render it.
    pub(crate) may_render: bool,
}

/// The name of a release in its unit: that of its resource, and that of the chart without its version.
pub(crate) type ReleaseName = (Option<String>, String);

/// The charts that were fetched and the releases that were rendered for one side of a unit.
#[derive(Clone, Copy)]
pub(crate) struct Results<'r> {
    pub(crate) unit: usize,
    pub(crate) is_base: bool,
    pub(crate) charts: &'r Surveyed<'r>,
    pub(crate) renderings: &'r Renderings,
}

impl Reading {
    /// A unit that does not exist on this side.
    pub(crate) fn none(id: UnitId) -> Self {
        Self {
            found: Found::new(id),
            read: BTreeSet::new(),
            waiting: Vec::new(),
            rendered: BTreeSet::new(),
            notices: Vec::new(),
            succeeded: BTreeSet::new(),
            failed: Vec::new(),
        }
    }

    /// Reads the documents of a unit one by one.
    pub(crate) fn of(unit: &dyn Unit, side: &Side<'_>) -> Self {
        Self::in_tree(unit, Tree::new(side), side.renders)
    }

    fn in_tree(unit: &dyn Unit, tree: Tree<'_>, renders: bool) -> Self {
        let mut reading = Self::none(unit.id());
        unit.assemble(&tree, &mut |part| match part {
            Part::Document(document) => {
                // A resource of a chart that kustomize renders.
                let place = document.beside.archive.as_ref().map(|archive| &archive.place);
                if let Some(problem) = place.and_then(|place| unfollowed(&tree, place, &document)) {
                    reading.found.problem(problem);
                }
                reading.take(document, renders);
            }
            Part::Problem(problem) => reading.found.problem(problem),
        });
        reading.read = tree.into_reads().paths();
        reading
    }

    /// Reads the documents of a unit that was evaluated before.
    pub(crate) fn of_assembled(id: UnitId, assembled: &Assembled, renders: bool) -> Self {
        let mut reading = Self::none(id);
        for part in &assembled.parts {
            match part {
                Part::Document(document) => reading.take(document.clone(), renders),
                Part::Problem(problem) => reading.found.problem(problem.clone()),
            }
        }
        reading.read = assembled.reads.paths();
        reading
    }

    /// Reads a document, or keeps it until the charts that it names are available.
    fn take(&mut self, document: Document, renders: bool) {
        let is_local = renders && !document.beside.local.is_empty();
        let is_rendered = !document.beside.rendered.is_empty() || !document.beside.open.is_empty();
        let is_fetched = fetched(&document).iter().any(|(_, named)| named.request().is_some());
        if !is_rendered && (is_local || is_fetched) {
            self.waiting.push(document);
        } else {
            self.read(&document);
        }
    }

    /// Reads the documents that wait. A unit with charts that kustomize renders is built once more, with the resources of
    /// these.
    pub(crate) fn read_all(&mut self, unit: &dyn Unit, side: &Side<'_>, results: Results<'_>) {
        let mut waiting: Vec<(Option<usize>, Document)> = Vec::new();
        for (index, document) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            waiting.push((Some(index), document));
        }
        let charts = self.rendered_charts(&waiting, results);
        if !charts.is_empty() {
            waiting = self.build_again(unit, Tree::with_charts(side, &charts), waiting);
        }
        let tree = Tree::new(side);
        for (index, mut document) in waiting {
            for source in sources(&document) {
                let place = index.map(|index| results.place(index, source));
                if let Some(rendered) = place.and_then(|place| results.renderings.get(&place)) {
                    self.read_rendered(&tree, &mut document, source, rendered);
                }
            }
            for problem in results.charts.complete(&mut document) {
                self.found.problem(problem);
            }
            let is_replaced = document.role == Role::Values && !document.beside.rendered.is_empty();
            if !is_replaced {
                self.read(&document);
            }
        }
        for notice in std::mem::take(&mut self.notices) {
            self.found.problem(notice);
        }
    }

    /// The charts of kustomizations that were rendered.
    fn rendered_charts(
        &mut self,
        waiting: &[(Option<usize>, Document)],
        results: Results<'_>,
    ) -> RenderedCharts {
        let mut charts = RenderedCharts::new();
        for (index, document) in waiting.iter().filter(|(_, document)| document.role == Role::Kustomization) {
            let place = index.map(|index| results.place(index, 0));
            let Some(rendered) = place.and_then(|place| results.renderings.get(&place)) else { continue };
            if let Some((documents, is_open)) = self.outcome(document, 0, rendered) {
                let archive = Archive { place: rendered.named_at.clone(), is_rendered: true };
                let chart = RenderedChart::new(documents, &archive, is_open);
                charts.insert(content::hash(&as_named(document)), chart);
            }
        }
        charts
    }

    /// Builds the unit once more. Returns the documents that wait, each with its number among those that waited before.
    fn build_again(
        &mut self,
        unit: &dyn Unit,
        tree: Tree<'_>,
        waiting: Vec<(Option<usize>, Document)>,
    ) -> Vec<(Option<usize>, Document)> {
        let mut numbers: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, document) in waiting.into_iter().rev() {
            numbers.entry(content::hash(&document)).or_default().extend(index);
        }
        let mut again = Self::in_tree(unit, tree, true);
        let mut numbered = Vec::new();
        for document in std::mem::take(&mut again.waiting) {
            let number = numbers.get_mut(&content::hash(&document)).and_then(Vec::pop);
            numbered.push((number, document));
        }
        self.found = again.found;
        self.read.extend(again.read);
        numbered
    }

    /// The documents of a rendering, and true if there may be more; `None` if it failed.
    fn outcome<'r>(
        &mut self,
        document: &Document,
        source: usize,
        rendered: &'r Rendered,
    ) -> Option<(&'r [(RepoPath, Node)], bool)> {
        let name = release_name(document, rendered);
        let local = document.beside.local.iter().filter(|chart| chart.at == source);
        let folders: Vec<RepoPath> = local.map(|chart| chart.folder.clone()).collect();
        match &rendered.outcome {
            Outcome::Documents { documents, is_open, gaps } => {
                self.succeeded.insert(name);
                self.rendered.extend(folders);
                self.rendered.extend(files_of_values(document));
                for notice in gaps.notices(rendered) {
                    self.notices.push(notice);
                }
                Some((documents, *is_open))
            }
            Outcome::Failed(why) | Outcome::Unverified(why) => {
                let may_render = matches!(rendered.outcome, Outcome::Unverified(_));
                let (rendered, why) = (rendered.clone(), why.clone());
                self.failed.push(Failed { name, folders, rendered, why, may_render });
                None
            }
        }
    }

    /// Reads the rendered result of a release, which replaces its values.
    fn read_rendered(
        &mut self,
        tree: &Tree<'_>,
        document: &mut Document,
        source: usize,
        rendered: &Rendered,
    ) {
        let Some((documents, is_open)) = self.outcome(document, source, rendered) else { return };
        let archive = Archive { place: rendered.named_at.clone(), is_rendered: true };
        let mut resources = resources(documents, &archive);
        if !is_replaced(tree.side(), document) {
            let place = document.root.site();
            let problems = resources.iter().filter_map(|resource| unfollowed(tree, &place, resource));
            problems.for_each(|problem| self.found.problem(problem));
        }
        // The known objects are separate units.
        resources.retain(|resource| !tree.side().known_objects.contains(&content::hash(resource)));
        self.found.set_release(release(document, source));
        let renderers = HelmRelease::read(document).map(|release| release.post_renderers).unwrap_or_default();
        for part in post_rendered(tree, resources, renderers.into_iter().map(|(_, kustomize)| kustomize)) {
            match part {
                Part::Document(resource) => self.read(&resource),
                Part::Problem(problem) => self.found.problem(problem),
            }
        }
        self.found.set_release(None);
        if is_open {
            document.beside.open.push(source);
        } else {
            document.beside.rendered.push(source);
        }
    }

    /// Reads a document with the extractors of all ecosystems.
    pub(crate) fn read(&mut self, document: &Document) {
        self.found.read_archive(document.beside.archive.clone());
        self.found.set_hook(HOOKS.iter().any(|name| annotation(&document.root, name).is_some()));
        for extractor in EXTRACTORS {
            self.found.begin(extractor.name(), document.resource());
            if extractor.extract(document, &mut self.found).is_err() {
                self.found.multiplied(document.root.site().file.path());
            }
        }
        self.found.read_archive(None);
    }
}

impl Results<'_> {
    fn place(&self, document: usize, source: usize) -> Place {
        Place { unit: self.unit, is_base: self.is_base, document, source }
    }
}

/// A document that names a chart of a kustomization, as the second build finds it.
fn as_named(document: &Document) -> Document {
    let mut document = document.clone();
    document.beside.images_over.clear();
    document.beside.patches_over.clear();
    document
}

/// The indexes of the sources of a document that use charts. The charts of a kustomization are a part of its
/// root.
fn sources(document: &Document) -> BTreeSet<usize> {
    if document.role == Role::Kustomization {
        return BTreeSet::new();
    }
    taken(document).iter().map(|chart| chart.at).collect()
}

/// The files of the values that a document contains or names.
fn files_of_values(document: &Document) -> BTreeSet<RepoPath> {
    let layers = document.beside.layers.iter().flat_map(|(_, layers)| layers);
    let roots = layers.map(|layer| &**layer).chain([&*document.root]);
    roots.map(|root| root.site().file.path().clone()).collect()
}

fn release_name(document: &Document, rendered: &Rendered) -> ReleaseName {
    let chart = rendered.chart.split(' ').next().unwrap_or_default();
    (document.resource().and_then(|resource| resource.name.clone()), chart.to_owned())
}
