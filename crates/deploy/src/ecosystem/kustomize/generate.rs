//! Config maps and secrets that a kustomization generates: replacements take values from them, and patches name them.

use std::sync::Arc;

use model::Resource;
use source::RepoPath;
use yaml::Node;

use super::built::{Built, MAX_ITEMS};
use super::item::Item;
use super::model::Generated;
use crate::engine::tree::Tree;

/// Largest file that a value is taken from, in bytes: dashboards and configuration are larger, versions are not.
const LONGEST: u64 = 1 << 16;

/// A kind of resource that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ConfigMap,
    Secret,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

/// Adds the resource that an entry generates, or changes the one that it names.
pub(super) fn generate(tree: &Tree<'_>, folder: &RepoPath, kind: Kind, entry: &Generated, built: &mut Built) {
    let Some(name) = &entry.name else { return };
    // The values of a secret are encoded: no value can be taken from them.
    let data = match kind {
        Kind::Secret => Vec::new(),
        Kind::ConfigMap => tree.generated_data(folder, &entry.node, LONGEST),
    };
    if matches!(entry.behavior.as_deref(), Some("merge" | "replace")) {
        for item in &mut built.items {
            if is_called(item, kind, name) {
                return change(item, entry, data);
            }
        }
        return;
    }
    if built.items.len() < MAX_ITEMS {
        built.items.push(resource(kind, entry, name, data));
    }
}

fn is_called(item: &Item, kind: Kind, name: &Node) -> bool {
    item.resource().kind == kind.name() && item.ids().any(|id| Some(id.name.as_str()) == name.scalar())
}

fn change(item: &mut Item, entry: &Generated, data: Vec<(String, Node)>) {
    let replaces = entry.behavior.as_deref() == Some("replace");
    item.change(|root| {
        let Some(old) = root.entry_mut("data") else { return };
        if replaces || !old.is_mapping() {
            *old = old.emptied();
        }
        for (key, value) in data {
            old.insert(Node::text_at(&key, &entry.node), value);
        }
    });
}

fn resource(kind: Kind, entry: &Generated, name: &Node, data: Vec<(String, Node)>) -> Item {
    let place = &entry.node;
    let key = |name: &str| Node::text_at(name, place);
    let mut metadata = vec![(key("name"), name.clone())];
    metadata.extend(entry.namespace.clone().map(|namespace| (key("namespace"), namespace)));
    let mut values = Vec::new();
    for (name, value) in data {
        values.push((key(&name), value));
    }
    let root = vec![
        (key("apiVersion"), key("v1")),
        (key("kind"), key(kind.name())),
        (key("metadata"), Node::mapping_at(metadata, place)),
        (key("data"), Node::mapping_at(values, place)),
    ];
    let resource = Resource {
        api_version: "v1".to_owned(),
        kind: kind.name().to_owned(),
        namespace: entry.namespace.as_ref().and_then(Node::scalar).map(str::to_owned),
        name: name.scalar().map(str::to_owned),
    };
    let mut item = Item::new(Arc::new(Node::mapping_at(root, place)), resource);
    for (field, pairs) in [("labels", &entry.labels), ("annotations", &entry.annotations)] {
        if let Some(pairs) = pairs {
            item.set(field, pairs);
        }
    }
    item
}
