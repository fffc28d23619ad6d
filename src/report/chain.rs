//! How a value came about, from where it was written first to what decides, and what deploys it.

use model::Reference;
use source::{RepoPath, Site};

/// Most units that are named.
const UNITS: usize = 3;
/// Longest text of a step, in characters.
const TEXT: usize = 60;

/// The steps in the order in which they act: place, text, and what each is; the one that decides last.
/// Nothing where the value is as it is written.
pub(super) fn steps(reference: &Reference) -> Vec<String> {
    if reference.related.is_empty() {
        return Vec::new();
    }
    let related = reference.related.iter().map(|(site, label)| step(site, label));
    related.chain(std::iter::once(step(&reference.site, "decides"))).collect()
}

/// The steps that stand in other files than the one that a finding points into.
pub(super) fn elsewhere(reference: &Reference, shown: &RepoPath) -> Vec<String> {
    let own = (&reference.site, "decides");
    let all = reference.related.iter().map(|(site, label)| (site, *label)).chain(std::iter::once(own));
    all.filter(|(site, _)| site.file.path() != shown).map(|(site, label)| step(site, label)).collect()
}

fn step(site: &Site, label: &str) -> String {
    let at = site.location();
    let text: String = site.text().chars().take(TEXT).collect();
    format!("{}:{}:{} {text} ({label})", site.file.path(), at.line, at.column)
}

/// What deploys a reference, where that is not just the file or the folder that it stands in.
pub(super) fn units(reference: &Reference) -> Option<String> {
    let path = reference.site.file.path();
    let unit = reference.unit.to_string();
    let own = path.as_str() == unit || path.parent().as_str() == unit;
    if own && reference.also_in.is_empty() {
        return None;
    }
    let all = std::iter::once(&reference.unit).chain(&reference.also_in);
    let mut named = Vec::new();
    for id in all.take(UNITS) {
        let name = id.to_string();
        named.push(if name.is_empty() { ".".to_owned() } else { name });
    }
    let more = (reference.also_in.len() + 1).saturating_sub(UNITS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("deployed by {}{rest}", named.join(", ")))
}
