//! The second phase: from the units of a plan to the references that count.

use std::collections::{BTreeSet, HashSet};

use model::{FileProblem, Reference, Rule, UnitId};
use source::change::Change;
use source::{RepoPath, Span};

use crate::ecosystem::EXTRACTORS;
use crate::engine::account::account;
use crate::engine::compare::{introduced, merged};
use crate::engine::each;
use crate::engine::part::Part;
use crate::engine::plugins;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Pair, Unit};
use crate::engine::unread_keys;
use crate::engine::unread_keys::{Covered, cover};
use crate::plan::Plan;
use crate::reference::found::{Found, UnitResult};

/// The references of a run, in the order of path and place.
#[derive(Debug, Default)]
pub struct Extraction {
    /// The references.
    pub references: Vec<Reference>,
    /// Files, or parts of them, that could not be read or are not understood.
    pub problems: Vec<FileProblem>,
    /// References of affected units at base that are neither there at head nor replaced by another.
    pub removed: Vec<Reference>,
    /// Changed files that no unit reads, outside of charts and deployed folders.
    pub unread: Vec<RepoPath>,
}

/// The result of one unit.
#[derive(Default)]
struct Evaluated {
    found: UnitResult,
    /// The files that the unit reads at head.
    read: BTreeSet<RepoPath>,
    /// The places of all its references at head, in the files that differ.
    covered: Covered,
}

impl Plan<'_> {
    /// Evaluates the units, on all cores.
    pub fn build(self) -> Extraction {
        let mut all = UnitResult::default();
        let mut read = self.read.clone();
        let mut covered = Covered::new();
        let changed: HashSet<&RepoPath> =
            self.changes.unwrap_or_default().iter().filter_map(|change| change.head.as_ref()).collect();
        for evaluated in each::map(&self.pairs, |pair| self.evaluate(pair, &changed)) {
            read.extend(evaluated.read);
            for (path, spans) in evaluated.covered {
                covered.entry(path).or_default().extend(spans);
            }
            all.references.extend(evaluated.found.references);
            all.problems.extend(evaluated.found.problems);
            all.removed.extend(evaluated.found.removed);
        }
        let mut unread = Vec::new();
        if let Some(changes) = self.changes {
            let account = account(&self.head, changes, &read);
            all.problems.extend(account.problems);
            all.problems.extend(plugins::changed(&self.head, changes));
            all.problems.extend(unread_keys::notices(&self.head, self.base.as_ref(), changes, &covered));
            unread = account.unread;
            retain_added_ignores(&mut all.problems, changes);
        }
        retain_first(&mut all.problems);
        Extraction {
            references: merged(all.references),
            problems: all.problems,
            removed: merged(all.removed),
            unread,
        }
    }

    /// The references and problems of a unit at head that it does not have at base.
    fn evaluate(&self, pair: &Pair, changed: &HashSet<&RepoPath>) -> Evaluated {
        let mut head = match &pair.assembled {
            Some(assembled) => references_in(pair.head.id(), assembled),
            None => references_of(&*pair.head, &self.head),
        };
        for reference in &head.found.references {
            cover(&mut head.covered, reference, changed);
        }
        let Some(base) = &self.base else { return head };
        let before = match &pair.base {
            Some(unit) => references_of(&**unit, base).found,
            None => UnitResult::default(),
        };
        Evaluated { found: introduced(head.found, &before, self.ignores), ..head }
    }
}

/// The references and problems of a unit, whose documents are read one by one.
fn references_of(unit: &dyn Unit, side: &Side<'_>) -> Evaluated {
    let tree = Tree::new(side);
    let mut found = Found::new(unit.id());
    unit.assemble(&tree, &mut |part| read(&part, &mut found));
    Evaluated {
        found: found.into_result(),
        read: tree.into_reads().files.into_keys().collect(),
        covered: Covered::new(),
    }
}

/// The references and problems of a unit that was evaluated before.
fn references_in(id: UnitId, assembled: &Assembled) -> Evaluated {
    let mut found = Found::new(id);
    for part in &assembled.parts {
        read(part, &mut found);
    }
    Evaluated {
        found: found.into_result(),
        read: assembled.reads.files.keys().cloned().collect(),
        covered: Covered::new(),
    }
}

/// Reads a part of a unit with the extractors of all ecosystems.
fn read(part: &Part, found: &mut Found) {
    let document = match part {
        Part::Document(document) => document,
        Part::Problem(problem) => return found.problem(problem.clone()),
    };
    for extractor in EXTRACTORS {
        found.begin(extractor.name(), document.resource());
        if extractor.extract(document, found).is_err() {
            found.multiplied(document.root.site().file.path());
        }
    }
}

/// A notice is about a file, however often it holds there. A file that several units cannot read is one problem.
fn retain_first(problems: &mut Vec<FileProblem>) {
    let mut seen: HashSet<(Rule, RepoPath, String, Option<Span>)> = HashSet::new();
    problems.retain(|problem| {
        let span = match problem.rule {
            Rule::NotChecked => None,
            Rule::UnreadableFile | Rule::UnparseableFile => problem.site.as_ref().map(|site| site.span),
            _ => return true,
        };
        seen.insert((problem.rule, problem.path.clone(), problem.message.clone(), span))
    });
}

/// A new unit reads files that are as they were: no ignore is added to these.
fn retain_added_ignores(problems: &mut Vec<FileProblem>, changes: &[Change]) {
    let at_head: HashSet<&RepoPath> = changes.iter().filter_map(|change| change.head.as_ref()).collect();
    problems.retain(|problem| problem.rule != Rule::IgnoreAdded || at_head.contains(&problem.path));
}
