//! The second phase: the documents of the units of a plan, read into references. A unit whose releases name charts of
//! chart repositories waits for these; all others are done.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::UnitId;
use model::chart::Request;
use source::RepoPath;

use crate::document::Document;
use crate::ecosystem::EXTRACTORS;
use crate::ecosystem::helm::fetched::Surveyed;
use crate::ecosystem::helm::sources::released;
use crate::engine::compare::introduced;
use crate::engine::content;
use crate::engine::each;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Pair, Unit};
use crate::engine::unread_keys::{Covered, cover};
use crate::plan::Plan;
use crate::reference::found::{Found, UnitResult};

/// The units of a plan, evaluated.
pub struct Evaluation<'a> {
    pub(crate) plan: Plan<'a>,
    units: Vec<State>,
}

/// The result of one unit.
#[derive(Default)]
pub(crate) struct Evaluated {
    pub(crate) found: UnitResult,
    /// The files that the unit reads at head.
    pub(crate) read: BTreeSet<RepoPath>,
    /// The places of all its references at head, in the files that differ.
    pub(crate) covered: Covered,
}

/// A unit that waits for charts.
struct Waiting {
    head: Reading,
    /// `None` if nothing is compared.
    base: Option<Reading>,
}

/// A unit on one side: what was found in its documents so far, and those that wait for charts.
struct Reading {
    found: Found,
    read: BTreeSet<RepoPath>,
    waiting: Vec<Document>,
}

/// A unit on both sides.
enum State {
    Done(Evaluated),
    Waiting(Box<Waiting>),
}

impl<'a> Plan<'a> {
    /// Evaluates the units, on all cores.
    pub fn evaluate(mut self) -> Evaluation<'a> {
        let pairs = std::mem::take(&mut self.pairs);
        let changed = self.changed();
        let units = each::map(&pairs, |pair| self.evaluate_pair(pair, &changed));
        Evaluation { plan: self, units }
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
            Some(assembled) => Reading::of_assembled(pair.head.id(), assembled),
            None => Reading::of(&*pair.head, &self.head),
        };
        let base = self.base.as_ref().map(|side| match &pair.base {
            Some(unit) => Reading::of(&**unit, side),
            None => Reading::none(pair.head.id()),
        });
        let mut unit = Waiting { head, base };
        unit.read_what_is_the_same();
        if unit.is_waiting() {
            State::Waiting(Box::new(unit))
        } else {
            State::Done(self.finished(unit, changed))
        }
    }

    /// The references and problems of a unit at head that it does not have at base.
    fn finished(&self, unit: Waiting, changed: &HashSet<RepoPath>) -> Evaluated {
        let Waiting { head: Reading { found, read, .. }, base } = unit;
        let found = found.into_result();
        let mut covered = Covered::new();
        for reference in &found.references {
            cover(&mut covered, reference, changed);
        }
        let Some(base) = base else { return Evaluated { found, read, covered } };
        let before = base.found.into_result();
        Evaluated { found: introduced(found, &before, self.ignores), read, covered }
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

    /// The charts of chart repositories that releases take, each with the places where it is named.
    pub fn charts(&self) -> BTreeMap<Request, BTreeSet<RepoPath>> {
        let mut charts: BTreeMap<Request, BTreeSet<RepoPath>> = BTreeMap::new();
        for state in &self.units {
            let State::Waiting(unit) = state else { continue };
            for document in unit.head.waiting.iter().chain(unit.base.iter().flat_map(|base| &base.waiting)) {
                for (_, named) in released(document) {
                    if let Some(request) = named.request() {
                        let path = named.deciding().site().file.path().clone();
                        charts.entry(request).or_default().insert(path);
                    }
                }
            }
        }
        charts
    }

    /// Reads the documents that wait, with the charts that were fetched.
    pub(crate) fn finish(&mut self, charts: &Surveyed<'_>) -> Vec<Evaluated> {
        let changed = self.plan.changed();
        let mut all = Vec::new();
        for state in std::mem::take(&mut self.units) {
            all.push(match state {
                State::Done(evaluated) => evaluated,
                State::Waiting(unit) => self.plan.finished(unit.read_all(charts), &changed),
            });
        }
        all
    }
}

impl Waiting {
    /// Reads the documents that wait.
    fn read_all(mut self, charts: &Surveyed<'_>) -> Self {
        self.head.read_all(charts);
        if let Some(base) = &mut self.base {
            base.read_all(charts);
        }
        self
    }

    fn is_waiting(&self) -> bool {
        !self.head.waiting.is_empty() || self.base.as_ref().is_some_and(|base| !base.waiting.is_empty())
    }

    /// Reads the documents that both sides have alike: with their charts they would make the same references.
    fn read_what_is_the_same(&mut self) {
        let Some(base) = &mut self.base else { return };
        let mut at_base: HashMap<u64, usize> = HashMap::new();
        for document in &base.waiting {
            *at_base.entry(content::hash(document)).or_default() += 1;
        }
        let mut same: HashMap<u64, usize> = HashMap::new();
        for document in std::mem::take(&mut self.head.waiting) {
            let hash = content::hash(&document);
            match at_base.get_mut(&hash).filter(|left| **left > 0) {
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

impl Reading {
    /// A unit that does not exist on this side.
    fn none(id: UnitId) -> Self {
        Self { found: Found::new(id), read: BTreeSet::new(), waiting: Vec::new() }
    }

    /// Reads the documents of a unit one by one.
    fn of(unit: &dyn Unit, side: &Side<'_>) -> Self {
        let tree = Tree::new(side);
        let mut reading = Self::none(unit.id());
        unit.assemble(&tree, &mut |part| match part {
            Part::Document(document) => reading.take(document),
            Part::Problem(problem) => reading.found.problem(problem),
        });
        reading.read = tree.into_reads().files.into_keys().collect();
        reading
    }

    /// Reads the documents of a unit that was evaluated before.
    fn of_assembled(id: UnitId, assembled: &Assembled) -> Self {
        let mut reading = Self::none(id);
        for part in &assembled.parts {
            match part {
                Part::Document(document) => reading.take(document.clone()),
                Part::Problem(problem) => reading.found.problem(problem.clone()),
            }
        }
        reading.read = assembled.reads.files.keys().cloned().collect();
        reading
    }

    /// Reads a document, or keeps it until the charts are there that it names.
    fn take(&mut self, document: Document) {
        if released(&document).iter().any(|(_, named)| named.request().is_some()) {
            self.waiting.push(document);
        } else {
            self.read(&document);
        }
    }

    fn read_all(&mut self, charts: &Surveyed<'_>) {
        for mut document in std::mem::take(&mut self.waiting) {
            charts.complete(&mut document);
            self.read(&document);
        }
    }

    /// Reads a document with the extractors of all ecosystems.
    fn read(&mut self, document: &Document) {
        for extractor in EXTRACTORS {
            self.found.begin(extractor.name(), document.resource());
            if extractor.extract(document, &mut self.found).is_err() {
                self.found.multiplied(document.root.site().file.path());
            }
        }
    }
}
