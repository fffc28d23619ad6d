//! The second phase: reads references from the documents of the units of a plan. A unit whose releases name
//! charts of chart repositories waits for these; all others are finished.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::chart::Request;
use model::{Reference, UnitId};
use source::RepoPath;
use source::change::Change;

use crate::document::Document;
use crate::ecosystem::helm::charts_of::{dependencies, fetched, folders};
use crate::ecosystem::helm::fetched::Surveyed;
use crate::engine::compare::introduced;
use crate::engine::content;
use crate::engine::parallel;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Pair};
use crate::engine::unread_keys::{Covered, cover};
use crate::plan::Plan;
use crate::reading::{Failed, Reading, Results};
use crate::reference::found::UnitResult;
use crate::render::{Place, Rendering, Renderings, not_rendered, renderings};

/// The units of a plan, evaluated.
pub struct Evaluation<'a> {
    pub(crate) plan: Plan<'a>,
    pairs: Vec<Pair>,
    units: Vec<State>,
}

/// The result of one unit.
#[derive(Default)]
pub(crate) struct Evaluated {
    pub(crate) found: UnitResult,
    /// The files that the unit reads at head.
    pub(crate) read: BTreeSet<RepoPath>,
    /// The folders of charts in the repository that were rendered or are reported as not rendered, and the files of the
    /// values of releases that were rendered.
    pub(crate) rendered: BTreeSet<RepoPath>,
    /// The places of all its references at head, in the files that differ.
    pub(crate) covered: Covered,
}

/// A unit that waits for charts.
struct Waiting {
    head: Reading,
    /// `None` if nothing is compared.
    base: Option<Reading>,
}

/// A unit on both sides.
enum State {
    Done(Evaluated),
    Waiting(Box<Waiting>),
}

impl<'a> Plan<'a> {
    /// Evaluates the units, on all cores.
    pub fn evaluate(mut self) -> Evaluation<'a> {
        let mut pairs = std::mem::take(&mut self.pairs);
        let changed = self.changed();
        let units = parallel::map(&pairs, |pair| self.evaluate_pair(pair, &changed));
        for pair in &mut pairs {
            pair.assembled = None;
        }
        Evaluation { plan: self, pairs, units }
    }

    /// True if charts are rendered.
    fn renders(&self) -> bool {
        self.head.renders
    }

    /// The changed files at head.
    pub(crate) fn changed(&self) -> HashSet<RepoPath> {
        let mut changed = HashSet::new();
        for change in self.changes.unwrap_or_default() {
            changed.extend(change.head.clone());
        }
        changed
    }

    fn evaluate_pair(&self, pair: &Pair, changed: &HashSet<RepoPath>) -> State {
        let head = match &pair.assembled {
            Some(assembled) => Reading::of_assembled(pair.head.id(), assembled, self.renders()),
            None => Reading::of(&*pair.head, &self.head),
        };
        let base = self.base.as_ref().map(|side| match &pair.base {
            Some(unit) => Reading::of(&**unit, side),
            None => Reading::none(pair.head.id()),
        });
        let mut unit = Waiting { head, base };
        unit.read_what_is_the_same(self);
        if unit.is_waiting() {
            State::Waiting(Box::new(unit))
        } else {
            State::Done(self.finished(unit, changed))
        }
    }

    /// The references of the units of base that head does not have, without those of charts elsewhere.
    pub(crate) fn references_gone(&self) -> Vec<Box<Reference>> {
        let mut gone = Vec::new();
        for (unit, side) in self.gone.iter().flat_map(|unit| self.base.iter().map(move |side| (unit, side))) {
            let mut reading = Reading::of(&**unit, side);
            for document in std::mem::take(&mut reading.waiting) {
                reading.read(&document);
            }
            gone.extend(reading.found.into_result().references);
        }
        gone
    }

    /// The references and problems of a unit at head that it does not have at base.
    fn finished(&self, unit: Waiting, changed: &HashSet<RepoPath>) -> Evaluated {
        let Waiting { head: Reading { found, read, rendered, failed, .. }, base } = unit;
        let found = found.into_result();
        let mut covered = Covered::new();
        for reference in &found.references {
            cover(&mut covered, reference, changed);
        }
        let found = match base {
            Some(base) => {
                let differs = read.iter().any(|path| changed.contains(path));
                introduced(found, &base.found.into_result(), self.ignores, differs)
            }
            None => found,
        };
        let mut rendered = rendered;
        for Failed { folders, rendered: release, why, .. } in failed {
            let message = not_rendered(&release, &why, false).message;
            if found.problems.iter().any(|problem| problem.message == message) {
                rendered.extend(folders);
            }
        }
        Evaluated { found, read, rendered, covered }
    }
}

impl Evaluation<'_> {
    /// True if no reference was found, and no chart is waited for.
    pub fn is_empty(&self) -> bool {
        self.units.iter().all(|state| match state {
            State::Done(evaluated) => evaluated.found.references.is_empty(),
            State::Waiting(_) => false,
        })
    }

    /// The charts of chart repositories that releases use, each with the places where it is named.
    pub fn charts(&self) -> BTreeMap<Request, BTreeSet<RepoPath>> {
        let mut charts: BTreeMap<Request, BTreeSet<RepoPath>> = BTreeMap::new();
        for (_, side, document) in self.waiting() {
            for (_, named) in fetched(document) {
                if let Some(request) = named.request() {
                    let path = named.deciding().site().file.path().clone();
                    charts.entry(request).or_default().insert(path);
                }
            }
            for request in dependencies(document, side) {
                charts.entry(request).or_default().insert(document.root.site().file.path().clone());
            }
        }
        charts
    }

    /// The releases that are rendered, with the charts that were fetched.
    pub fn renderings(&self, charts: &Surveyed<'_>) -> Vec<Rendering> {
        let mut all = Vec::new();
        if self.plan.renders() {
            for (place, side, document) in self.waiting() {
                all.extend(renderings(document, place, side, charts));
            }
        }
        all
    }

    /// True if a unit waits for charts. If only deployed charts count, a chart without a release waits for
    /// none.
    fn takes_charts(&self, unit: usize) -> bool {
        let is_chart =
            self.pairs.get(unit).is_some_and(|pair| matches!(pair.head.id(), UnitId::Chart { .. }));
        !(is_chart && self.plan.is_of_deployed)
    }

    /// The documents that wait for charts, on both sides.
    fn waiting(&self) -> Vec<(Place, &Side<'_>, &Document)> {
        let mut all = Vec::new();
        for (unit, state) in self.units.iter().enumerate() {
            let State::Waiting(waiting) = state else { continue };
            if !self.takes_charts(unit) {
                continue;
            }
            for (document, it) in waiting.head.waiting.iter().enumerate() {
                all.push((Place { unit, is_base: false, document, source: 0 }, &self.plan.head, it));
            }
            let Some((base, side)) = waiting.base.as_ref().zip(self.plan.base.as_ref()) else { continue };
            for (document, it) in base.waiting.iter().enumerate() {
                all.push((Place { unit, is_base: true, document, source: 0 }, side, it));
            }
        }
        all
    }

    /// Reads the documents that wait, with the charts that were fetched.
    pub(crate) fn finish(&mut self, charts: &Surveyed<'_>, renderings: &Renderings) -> Vec<Evaluated> {
        let changed = self.plan.changed();
        let mut all = Vec::new();
        let states = std::mem::take(&mut self.units).into_iter();
        for (unit, (state, pair)) in states.zip(&self.pairs).enumerate() {
            all.push(match state {
                State::Done(evaluated) => evaluated,
                State::Waiting(waiting) => {
                    let results = Results { unit, is_base: false, charts, renderings };
                    self.plan.finished(waiting.read_all(&self.plan, pair, results), &changed)
                }
            });
        }
        all
    }
}

impl Waiting {
    /// Reads the documents that wait. A release that is rendered at base but not at head is not verified, nor is one that
    /// only a deployer may render.
    fn read_all(mut self, plan: &Plan<'_>, pair: &Pair, results: Results<'_>) -> Self {
        self.head.read_all(&*pair.head, &plan.head, results);
        let mut was_rendered = BTreeSet::new();
        if let Some(base) = &mut self.base {
            if let (Some(unit), Some(side)) = (&pair.base, &plan.base) {
                base.read_all(&**unit, side, Results { is_base: true, ..results });
            }
            was_rendered = std::mem::take(&mut base.succeeded);
            // A release that differs is not verified, even if that of base was not either.
            for failed in base.failed.iter().filter(|failed| !failed.may_render) {
                base.found.problem(not_rendered(&failed.rendered, &failed.why, false));
            }
        }
        for failed in &self.head.failed {
            let may_render = failed.may_render || was_rendered.contains(&failed.name);
            self.head.found.problem(not_rendered(&failed.rendered, &failed.why, may_render));
        }
        self
    }

    fn is_waiting(&self) -> bool {
        !self.head.waiting.is_empty() || self.base.as_ref().is_some_and(|base| !base.waiting.is_empty())
    }

    /// Reads the documents that are the same on both sides: with their charts they would make the same
    /// references.
    fn read_what_is_the_same(&mut self, plan: &Plan<'_>) {
        let Some(base) = &mut self.base else { return };
        let mut at_base: HashMap<u64, usize> = HashMap::new();
        for document in &base.waiting {
            *at_base.entry(content::hash(document)).or_default() += 1;
        }
        let mut same: HashMap<u64, usize> = HashMap::new();
        for document in std::mem::take(&mut self.head.waiting) {
            let hash = content::hash(&document);
            let is_unchanged = || !charts_differ(&document, &plan.head, &plan.all_changes);
            match at_base.get_mut(&hash).filter(|left| **left > 0 && is_unchanged()) {
                Some(left) => {
                    *left -= 1;
                    *same.entry(hash).or_default() += 1;
                    self.head.read(&document);
                }
                None => self.head.waiting.push(document),
            }
        }
        for document in std::mem::take(&mut base.waiting) {
            match same.get_mut(&content::hash(&document)).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    base.read(&document);
                }
                None => base.waiting.push(document),
            }
        }
    }
}

/// The references of a unit that was evaluated before, without charts of chart repositories.
pub(crate) fn references_in(id: UnitId, assembled: &Assembled) -> Vec<Box<Reference>> {
    let mut reading = Reading::of_assembled(id, assembled, false);
    for document in std::mem::take(&mut reading.waiting) {
        reading.read(&document);
    }
    reading.found.into_result().references
}

/// True if a file of a chart of the repository that a document of head uses differs between base and head.
/// `changes`: those of paths that symbolic links add, too.
pub(crate) fn charts_differ(document: &Document, head: &Side<'_>, changes: &[Change]) -> bool {
    !document.beside.local.is_empty()
        && folders(document, &Tree::new(head))
            .iter()
            .any(|folder| changes.iter().any(|change| change.is_below(folder)))
}
