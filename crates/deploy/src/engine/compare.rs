//! The comparison of a unit at head with the same unit at base.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use model::policy::Ignore;
use model::{Exemption, FileProblem, Kind, Reference, Rule};
use source::{RepoPath, Span};

use crate::engine::file::UNREADABLE;
use crate::engine::previous::set_previous;
use crate::engine::root_unit::VERSIONS;
use crate::reference::found::UnitResult;
use crate::reference::key::key;

/// The references and problems of a unit at head that it does not have at base. `differs`: a file of the unit differs, so a
/// part that is not verified may make another image, even if its problem is the same.
pub(crate) fn introduced(
    mut head: UnitResult,
    base: &UnitResult,
    ignores: &[Ignore],
    differs: bool,
) -> UnitResult {
    let added = model::added_ignores(&head.references, &base.references);
    let at_head: HashSet<(String, Kind)> = head.references.iter().map(|reference| key(reference)).collect();
    let mut old: HashMap<(String, Kind), Vec<Exemption>> = HashMap::new();
    for reference in &base.references {
        old.entry(key(reference)).or_default().push(Exemption::of(reference, ignores));
    }
    head.references.retain(|reference| {
        let exemption = Exemption::of(reference, ignores);
        let same = old.get(&key(reference)).map(Vec::as_slice).unwrap_or_default();
        !same.iter().any(|at_base| at_base.is_kept_by(&exemption))
    });
    head.removed = set_previous(&mut head.references, &at_head, &base.references);
    let what = |problem: &FileProblem| (problem.rule, problem.message.clone(), problem.about);
    let old: HashSet<(Rule, String, u64)> = base.problems.iter().map(what).collect();
    let is_kept = |problem: &FileProblem| {
        let is_open = differs && problem.rule == Rule::UnreadableFile && problem.about == 0;
        is_open || is_of_machine(problem) || problem.cause == VERSIONS
    };
    head.problems.retain(|problem| is_kept(problem) || !old.contains(&what(problem)));
    head.problems.extend(added);
    head
}

/// True for a file that exists and that this machine cannot read: an object that git lacks, a damaged one, no permission. No
/// change introduces it, and what the unit deploys is not known on either side.
fn is_of_machine(problem: &FileProblem) -> bool {
    problem.rule == Rule::UnreadableFile && problem.cause == UNREADABLE
}

/// A base that several roots deploy without changes gives the same reference in each: it is merged into one
/// reference with all the units that deploy it.
pub(crate) fn merged(references: Vec<Box<Reference>>) -> Vec<Box<Reference>> {
    type Same = (RepoPath, Span, (String, Kind));
    let mut at: HashMap<Same, usize> = HashMap::new();
    let mut kept: Vec<Box<Reference>> = Vec::new();
    for reference in references {
        let site = &reference.site;
        let same = (site.file.path().clone(), site.span, key(&reference));
        match at.entry(same) {
            Entry::Occupied(first) => {
                let Some(first) = kept.get_mut(*first.get()) else { continue };
                first.also_held.extend(reference.holders());
                // The references of a unit are adjacent.
                if first.also_in.last().unwrap_or(&first.unit) != &reference.unit {
                    first.also_in.push(reference.unit);
                }
            }
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(reference);
            }
        }
    }
    kept
}
