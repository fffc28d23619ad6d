//! The reading of one unit on one side: its documents become references, and those wait whose charts are still to be
//! fetched or rendered.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::UnitId;
use source::RepoPath;

use crate::document::{Document, Role};
use crate::ecosystem::EXTRACTORS;
use crate::ecosystem::helm::charts_of::taken;
use crate::ecosystem::helm::fetched::Surveyed;
use crate::ecosystem::helm::releases::images_over;
use crate::ecosystem::helm::sources::released;
use crate::ecosystem::kustomize::changed_resource;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Unit};
use crate::reference::archive::Archive;
use crate::reference::found::Found;
use crate::render::{Outcome, Place, Rendered, Renderings};

/// A unit on one side: what was found in its documents so far, and those that wait for charts.
pub(crate) struct Reading {
    pub(crate) found: Found,
    pub(crate) read: BTreeSet<RepoPath>,
    pub(crate) waiting: Vec<Document>,
    /// The folders of charts in the repository that were rendered.
    pub(crate) rendered: BTreeSet<RepoPath>,
    /// The releases that were rendered.
    pub(crate) succeeded: BTreeSet<ReleaseName>,
    /// Those that could not be rendered, each with the reason.
    pub(crate) failed: Vec<(ReleaseName, Rendered, String)>,
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
            succeeded: BTreeSet::new(),
            failed: Vec::new(),
        }
    }

    /// Reads the documents of a unit one by one.
    pub(crate) fn of(unit: &dyn Unit, side: &Side<'_>) -> Self {
        let tree = Tree::new(side);
        let mut reading = Self::none(unit.id());
        unit.assemble(&tree, &mut |part| match part {
            Part::Document(document) => reading.take(document, side.renders),
            Part::Problem(problem) => reading.found.problem(problem),
        });
        reading.read = tree.into_reads().paths().cloned().collect();
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
        reading.read = assembled.reads.paths().cloned().collect();
        reading
    }

    /// Reads a document, or keeps it until the charts are there that it names.
    fn take(&mut self, document: Document, renders: bool) {
        let is_local = renders && !document.beside.local.is_empty();
        if is_local || released(&document).iter().any(|(_, named)| named.request().is_some()) {
            self.waiting.push(document);
        } else {
            self.read(&document);
        }
    }

    pub(crate) fn read_all(&mut self, results: Results<'_>) {
        let Results { unit, is_base, charts, renderings } = results;
        for (index, mut document) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            for source in sources(&document) {
                let place = Place { unit, is_base, document: index, source };
                if let Some(rendered) = renderings.get(&place) {
                    self.read_rendered(&mut document, source, rendered);
                }
            }
            charts.complete(&mut document);
            let is_replaced = document.role == Role::Values && !document.beside.rendered.is_empty();
            if !is_replaced {
                self.read(&document);
            }
        }
    }

    /// Reads the rendered result of a release, which takes the place of its values.
    fn read_rendered(&mut self, document: &mut Document, source: usize, rendered: &Rendered) {
        let (documents, is_open) = match &rendered.outcome {
            Outcome::Documents { documents, is_open } => (documents, *is_open),
            Outcome::Failed(why) => {
                return self.failed.push((release_name(document, rendered), rendered.clone(), why.clone()));
            }
        };
        self.succeeded.insert(release_name(document, rendered));
        let images = images_over(document);
        self.found.read_archive(Some(Archive { place: rendered.named_at.clone(), is_rendered: true }));
        for (template, root) in documents {
            let (made, _) = Document::classify(root.clone(), template);
            for mut resource in made {
                if let Role::Manifest(identity) | Role::Policy(identity) = &resource.role {
                    resource.root = changed_resource(Arc::clone(&resource.root), identity, &images);
                    self.read(&resource);
                }
            }
        }
        self.found.read_archive(None);
        for chart in document.beside.local.iter().filter(|chart| chart.at == source) {
            self.rendered.insert(chart.folder.clone());
        }
        if is_open {
            document.beside.open.push(source);
        } else {
            document.beside.rendered.push(source);
        }
    }

    /// Reads a document with the extractors of all ecosystems.
    pub(crate) fn read(&mut self, document: &Document) {
        for extractor in EXTRACTORS {
            self.found.begin(extractor.name(), document.resource());
            if extractor.extract(document, &mut self.found).is_err() {
                self.found.multiplied(document.root.site().file.path());
            }
        }
    }
}

/// The indexes of the sources of a document that take charts.
fn sources(document: &Document) -> BTreeSet<usize> {
    taken(document).iter().map(|chart| chart.at).collect()
}

fn release_name(document: &Document, rendered: &Rendered) -> ReleaseName {
    let chart = rendered.chart.split(' ').next().unwrap_or_default();
    (document.resource().and_then(|resource| resource.name.clone()), chart.to_owned())
}
