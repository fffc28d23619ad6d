//! References and files that may deploy an image too, but are not known: charts outside of Git, templates,
//! guesses, and unread files.

use std::collections::{BTreeMap, BTreeSet};

use model::located::{Unknown, UnknownReason};
use model::{Finding, Kind, Reference, Target};

/// Maximum number of examples of each reason.
const MOST_EXAMPLES: usize = 5;

/// The unknown references and files, by reason. `charts`: the names of the charts whose files were read.
pub(super) fn unknown(
    others: &[&Reference],
    findings: &[Finding],
    charts: &BTreeSet<String>,
) -> Vec<Unknown> {
    let mut found: BTreeMap<UnknownReason, BTreeSet<String>> = BTreeMap::new();
    for reference in others {
        if reference.kind == Kind::Chart && charts.contains(&reference.image_or_text()) {
            continue;
        }
        if let Some(reason) = reason(reference) {
            found.entry(reason).or_default().insert(reference.image_or_text());
        }
    }
    for finding in findings.iter().filter(|finding| finding.rule.hides_content()) {
        found.entry(UnknownReason::NotRead).or_default().insert(finding.shown_path().to_owned());
    }
    let mut all = Vec::new();
    for (reason, things) in found {
        let count = things.len();
        all.push(Unknown { reason, count, examples: things.into_iter().take(MOST_EXAMPLES).collect() });
    }
    all
}

/// The reason why a reference may be another image than it seems, or contain others.
fn reason(reference: &Reference) -> Option<UnknownReason> {
    match (&reference.target, reference.kind) {
        (Target::Unknown(_), _) => Some(UnknownReason::Unresolved),
        (Target::Chart(_), _) | (Target::Known(_), Kind::Chart | Kind::Artifact) => {
            Some(UnknownReason::NotInGit)
        }
        (Target::Known(_), _) if reference.registry_unknown => Some(UnknownReason::GuessedRegistry),
        (Target::Known(_) | Target::Malformed(_), _) => None,
    }
}
