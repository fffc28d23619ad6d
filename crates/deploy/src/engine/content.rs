//! The content of documents, independent of their files.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use yaml::Node;

use crate::document::Document;

/// Maximum number of nodes that are hashed: aliases multiply them.
const MAX_NODES: usize = 200_000;

/// A hash of the content of a document and of the objects that it names, except the charts that are fetched
/// for it.
pub(crate) fn hash(document: &Document) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut fuel = MAX_NODES;
    add(document, &mut hasher, &mut fuel);
    hasher.finish()
}

fn add(document: &Document, hasher: &mut DefaultHasher, fuel: &mut usize) {
    let beside = &document.beside;
    add_node(&document.root, hasher, fuel);
    if let Some(node) = &beside.repository {
        add_node(node, hasher, fuel);
    }
    for (at, layers) in &beside.layers {
        at.hash(hasher);
        for layer in layers {
            add_node(layer, hasher, fuel);
        }
    }
    for (at, values) in &beside.values {
        at.hash(hasher);
        add_node(values, hasher, fuel);
    }
    for (at, name, value) in &beside.set {
        (at, name).hash(hasher);
        add_node(value, hasher, fuel);
    }
    for entry in &beside.images_over {
        add_node(entry, hasher, fuel);
    }
    for patch in &beside.patches_over {
        add_node(patch, hasher, fuel);
    }
    for local in &beside.local {
        (local.at, &local.folder).hash(hasher);
    }
    beside.images.hash(hasher);
    if let Some(chart) = &beside.chart {
        add(chart, hasher, fuel);
    }
}

/// Adds a tree. A tree that is too large is identified by its place.
fn add_node(node: &Node, hasher: &mut DefaultHasher, fuel: &mut usize) {
    let Some(left) = fuel.checked_sub(1) else {
        let site = node.site();
        return (site.file.path(), site.span, std::ptr::from_ref(&*site.file) as usize).hash(hasher);
    };
    *fuel = left;
    if let Some(text) = node.scalar() {
        return (0_u8, text, node.text().is_some()).hash(hasher);
    }
    if node.is_sequence() {
        (1_u8, node.items().len()).hash(hasher);
        for item in node.items() {
            add_node(item, hasher, fuel);
        }
        return;
    }
    (2_u8, node.entries().len()).hash(hasher);
    for (key, value) in node.entries() {
        add_node(key, hasher, fuel);
        add_node(value, hasher, fuel);
    }
}
