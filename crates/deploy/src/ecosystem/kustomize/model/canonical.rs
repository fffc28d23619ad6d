//! A kustomization as kustomize reads it: fields have the names that kustomize declares, and if a key is
//! written several times, the last one counts.

use std::borrow::Cow;
use std::collections::HashMap;

use yaml::Node;

use super::schema::{Field, Type, field};

/// The tree with each field under its declared name, once.
pub(crate) fn canonical<'a>(node: &'a Node, kind: &Type) -> Cow<'a, Node> {
    match kind {
        Type::List(kind) => list(node, kind),
        Type::Fields(fields) => mapping(node, fields),
        _ => Cow::Borrowed(node),
    }
}

fn list<'a>(node: &'a Node, kind: &Type) -> Cow<'a, Node> {
    let mut changed = Vec::new();
    for (at, item) in node.items().iter().enumerate() {
        if let Cow::Owned(item) = canonical(item, kind) {
            changed.push((at, item));
        }
    }
    if changed.is_empty() {
        return Cow::Borrowed(node);
    }
    let mut items = node.items().to_vec();
    for (at, item) in changed {
        if let Some(place) = items.get_mut(at) {
            *place = item;
        }
    }
    Cow::Owned(Node::sequence_at(items, node))
}

fn mapping<'a>(node: &'a Node, fields: &[&[Field]]) -> Cow<'a, Node> {
    let mut entries: Vec<(Node, Node)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut is_changed = false;
    node.each_entry(|key, value| {
        let Some((name, kind)) = key.scalar().and_then(|name| field(fields, name)) else { return };
        let value = canonical(value, &kind);
        let is_named = key.scalar() == Some(name);
        let key = if is_named { key.clone() } else { Node::text_at(name, key) };
        is_changed |= !is_named || places.contains_key(name) || matches!(value, Cow::Owned(_));
        let entry = (key, value.into_owned());
        if let Some(earlier) = places.get(name).and_then(|at| entries.get_mut(*at)) {
            *earlier = entry;
        } else {
            places.insert(name, entries.len());
            entries.push(entry);
        }
    });
    if is_changed { Cow::Owned(Node::mapping_at(entries, node)) } else { Cow::Borrowed(node) }
}
