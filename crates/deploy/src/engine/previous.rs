//! The comparison by resource identity, which finds the reference of the base that an introduced reference
//! replaces. The comparison by key (`compare`) decides which references are introduced; this one only finds
//! the previous one.

use std::collections::{BTreeMap, HashSet};

use model::{Kind, Previous, Reference, Target};

use crate::reference::key::key;

/// The criteria by which a reference of the base is found. The first one that finds a reference counts.
const WAYS: [fn(&Reference, &Reference) -> bool; 3] = [is_same_place_and_name, is_same_name, is_same_place];

/// Sets `previous` of the introduced references of a unit. `at_head`: the keys of all references of the unit at head.
/// Returns the references of the base that are neither there at head nor replaced.
pub(crate) fn set_previous(
    introduced: &mut [Box<Reference>],
    at_head: &HashSet<(String, Kind)>,
    base: &[Box<Reference>],
) -> Vec<Box<Reference>> {
    let mut gone: BTreeMap<String, Vec<&Box<Reference>>> = BTreeMap::new();
    for reference in base.iter().filter(|reference| !at_head.contains(&key(reference))) {
        gone.entry(resource(reference)).or_default().push(reference);
    }
    for is_replaced_by in WAYS {
        for reference in introduced.iter_mut().filter(|reference| reference.previous.is_none()) {
            let Some(candidates) = gone.get_mut(&resource(reference)) else { continue };
            let found = candidates.iter().position(|candidate| is_replaced_by(candidate, reference));
            if let Some(at) = found {
                let replaced = candidates.remove(at);
                let (image, site) = (replaced.image_or_text(), replaced.site.clone());
                reference.previous = Some(Box::new(Previous { image, site }));
            }
        }
    }
    gone.into_values().flatten().cloned().collect()
}

/// The counterpart of a reference among others: in the same resource, at the same place, or with the same
/// name.
pub fn counterpart<'r>(reference: &Reference, among: &'r [Box<Reference>]) -> Option<&'r Reference> {
    let owner = resource(reference);
    let same: Vec<&Reference> = among
        .iter()
        .map(Box::as_ref)
        .filter(|other| other.kind == reference.kind && resource(other) == owner)
        .collect();
    let mut ways = WAYS.iter();
    ways.find_map(|is_same| same.iter().find(|other| is_same(other, reference)).copied())
}

/// The resource that contains a reference, without its API version; empty for values.
fn resource(reference: &Reference) -> String {
    let Some(resource) = &reference.resource else { return String::new() };
    let group = resource.api_version.split_once('/').map_or("", |(group, _)| group);
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    format!("{group}/{}/{}/{}", resource.kind, text(&resource.namespace), text(&resource.name))
}

/// The field, with the name of the container in place of its index.
fn place(reference: &Reference) -> String {
    match (&reference.container, reference.field.rsplit_once('[')) {
        (Some(name), Some((list, _))) => format!("{list}[{name}]"),
        _ => reference.field.to_string(),
    }
}

fn is_same_place(base: &Reference, head: &Reference) -> bool {
    place(base) == place(head)
}

fn is_same_name(base: &Reference, head: &Reference) -> bool {
    match (&base.target, &head.target) {
        (Target::Known(before), Target::Known(after)) => before.name() == after.name(),
        (Target::Chart(before), Target::Chart(after)) => before.name() == after.name(),
        _ => false,
    }
}

fn is_same_place_and_name(base: &Reference, head: &Reference) -> bool {
    is_same_place(base, head) && is_same_name(base, head)
}
