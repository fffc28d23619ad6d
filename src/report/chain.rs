//! The steps that lead to a value, from the first scalar to the deciding one, and the units that deploy it.

use model::{Reference, UnitId};
use source::{RepoPath, Site};

use super::safe::cut;

/// Maximum number of units that are named.
const UNITS: usize = 3;
/// Maximum length of text of a step, in characters.
const TEXT: usize = 60;
/// The label of the last step.
const DECIDES: &str = "decides";

/// The steps in the order in which they apply: place, text and label; the deciding one last. None if the
/// value is literal.
pub(super) fn steps(reference: &Reference) -> Vec<String> {
    let mut steps = Vec::new();
    if reference.related.is_empty() {
        return steps;
    }
    for (site, label) in &reference.related {
        steps.push(step(site, label));
    }
    steps.push(step(&reference.site, DECIDES));
    steps
}

/// The steps in files other than that of the finding.
pub(super) fn elsewhere(reference: &Reference, shown: &RepoPath) -> Vec<String> {
    let mut steps = Vec::new();
    for (site, label) in &reference.related {
        if site.file.path() != shown {
            steps.push(step(site, label));
        }
    }
    if reference.site.file.path() != shown {
        steps.push(step(&reference.site, DECIDES));
    }
    steps
}

fn step(site: &Site, label: &str) -> String {
    let at = site.location();
    let text = cut(site.text(), TEXT);
    format!("{}:{}:{} {text} ({label})", site.file.path(), at.line, at.column)
}

/// The units that deploy a reference, unless that is only its own file or folder.
pub(super) fn units(reference: &Reference) -> Option<String> {
    let path = reference.site.file.path();
    let unit = reference.unit.to_string();
    let own = path.as_str() == unit || path.parent().as_str() == unit;
    if own && reference.also_in.is_empty() {
        return None;
    }
    let mut named = vec![name(&reference.unit)];
    for unit in reference.also_in.iter().take(UNITS - 1) {
        named.push(name(unit));
    }
    let more = (reference.also_in.len() + 1).saturating_sub(UNITS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("deployed by {}{rest}", named.join(", ")))
}

/// The name of a unit; a dot for the whole repository.
pub(super) fn name(unit: &UnitId) -> String {
    let name = unit.to_string();
    if name.is_empty() { ".".to_owned() } else { name }
}
