//! Decisions about ignores across the two sides of a change: a reference that the base ignored counts as
//! introduced, and an inline ignore that the change adds is reported.

use std::collections::{BTreeSet, HashMap, HashSet};

use source::{RepoPath, Span};

use crate::finding::{Ignore, Reference};
use crate::policy;
use crate::problem::FileProblem;
use crate::rule::Rule;

/// The rules that are ignored for a reference, by its inline ignores and by the configuration's ignores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemption(BTreeSet<Rule>);

impl Exemption {
    /// The exemption of a reference. `ignores` are those of the configuration, which is read from the base
    /// for both sides.
    pub fn of(reference: &Reference, ignores: &[policy::Ignore]) -> Self {
        let mut rules = BTreeSet::new();
        for ignore in reference.ignores.iter().filter(|ignore| ignore.is_for(reference)) {
            rules.extend(ignore.rules.iter().filter_map(|id| Rule::from_id(id)));
        }
        if !ignores.is_empty() {
            let (paths, names) = ([reference.site.file.path()], reference.names());
            for ignore in ignores.iter().filter(|ignore| ignore.covers_some(&paths, &names)) {
                rules.extend(ignore.rules_covered());
            }
        }
        Self(rules)
    }

    /// True if a reference with this exemption at the base counts as existing for the same reference with the
    /// exemption `head`. It does not if the head lost an ignore: then the reference has to be verified.
    pub fn is_kept_by(&self, head: &Self) -> bool {
        self.0.is_subset(&head.0)
    }
}

/// The inline ignores of a unit at head that the unit at base lacks, as problems of the rule `ignore-added`,
/// and a notice about those that cover a value which the base lacks. Two ignores are the same if their rules
/// and the name of the image are the same, even with a new tag, on a new line or in a renamed file. If the
/// base has one of them and the head has two, one is added.
pub fn added_ignores(head: &[Box<Reference>], base: &[Box<Reference>]) -> Vec<FileProblem> {
    let mut left: HashMap<Key, usize> = HashMap::new();
    let mut covered: HashSet<(Key, Vec<String>)> = HashSet::new();
    for (reference, _, key) in distinct(base) {
        covered.insert((key.clone(), reference.names()));
        *left.entry(key).or_default() += 1;
    }
    let mut problems = Vec::new();
    for (reference, ignore, key) in distinct(head) {
        match left.get_mut(&key) {
            Some(count) if *count > 0 => *count -= 1,
            _ => {
                problems.push(added(reference, ignore));
                continue;
            }
        }
        if ignore.is_about(&reference.site) && !covered.contains(&(key, reference.names())) {
            problems.push(new_value(ignore));
        }
    }
    problems
}

/// Rules, and the name of the image.
type Key = (Vec<String>, String);

/// The ignores that cover a part of their reference, each comment once for each image.
fn distinct(references: &[Box<Reference>]) -> Vec<(&Reference, &Ignore, Key)> {
    let mut seen: HashSet<(RepoPath, Span, Key)> = HashSet::new();
    let mut found = Vec::new();
    for reference in references {
        for ignore in reference.ignores.iter().filter(|ignore| ignore.is_for(reference)) {
            let mut rules = ignore.rules.clone();
            rules.sort();
            let key = (rules, name(reference));
            let path = ignore.comment.file.path().clone();
            if seen.insert((path, ignore.comment.span, key.clone())) {
                found.push((&**reference, ignore, key));
            }
        }
    }
    found
}

fn name(reference: &Reference) -> String {
    reference.names().into_iter().next().unwrap_or_default()
}

fn new_value(ignore: &Ignore) -> FileProblem {
    FileProblem {
        rule: Rule::NotChecked,
        path: ignore.comment.file.path().clone(),
        cause: "ignored-value".to_owned(),
        message: "an inline ignore covers a new value, which was not verified".to_owned(),
        help: Some("delete the ignore once its reason is gone; review the value until then".to_owned()),
        site: Some(ignore.comment.clone()),
        about: 0,
    }
}

fn added(reference: &Reference, ignore: &Ignore) -> FileProblem {
    let (rules, name, reason) = (ignore.rules.join(", "), name(reference), &ignore.reason);
    FileProblem {
        rule: Rule::IgnoreAdded,
        path: ignore.comment.file.path().clone(),
        cause: format!("{rules} {name}"),
        message: format!("this change adds an ignore of {rules} for {name}: {reason}"),
        help: Some("the ignore is in effect; review it as carefully as the image".to_owned()),
        site: Some(ignore.comment.clone()),
        about: 0,
    }
}
