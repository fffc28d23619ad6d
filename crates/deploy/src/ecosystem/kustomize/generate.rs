//! Config maps and secrets that a kustomization generates: replacements read values from them, and patches
//! name them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use model::Resource;
use source::RepoPath;
use yaml::Node;

use super::built::{Built, MAX_ITEMS};
use super::check::Sources;
use super::item::{Extent, Id, Item};
use super::model::{Generated, GeneratedKind};
use super::problem::broken;
use crate::engine::file;
use crate::engine::generated::keyed;
use crate::engine::tree::Tree;

/// Maximum size of a file from which a value is read, in bytes: dashboards and configuration are larger,
/// versions are not.
const LONGEST: u64 = 1 << 16;
/// Length of a line of an encoded value.
const LINE: usize = 70;

/// Adds the resource that an entry generates, or changes the one that it names.
pub(super) fn generate(
    tree: &Tree<'_>,
    folder: &RepoPath,
    kind: GeneratedKind,
    entry: &Generated,
    built: &mut Built,
) {
    let sources = Sources::read(tree, folder, entry);
    built.problems.extend(sources.problems);
    built.outside.extend(sources.outside);
    let Some(name) = &entry.name else {
        return built.problems.push(broken(&entry.node, "kustomize requires a name here".to_owned()));
    };
    let mut data = tree.generated_data(folder, &entry.node, LONGEST);
    if kind == GeneratedKind::Secret {
        for (_, value) in &mut data {
            *value = encoded(value);
        }
    }
    let changes = matches!(entry.behavior.as_deref(), Some("merge" | "replace"));
    let extent = extent(tree, folder, entry);
    let has_room = built.items.len() < MAX_ITEMS;
    let mut there = built.items.iter_mut().filter(|item| is_called(item, kind, entry, name));
    let (first, others) = (there.next(), there.count());
    let called = format!("{} {}", kind.name(), name.scalar().unwrap_or_default());
    match first {
        Some(item) if changes && others == 0 => change(item, entry, data, extent),
        Some(_) if changes => {
            refuse(entry, format!("several resources match {called}, which this entry changes"), built);
        }
        Some(item) if !item.is_partial() => {
            let message =
                format!("this root has another {called}; kustomize requires the behavior merge or replace");
            refuse(entry, message, built);
        }
        None if changes && !built.is_open && !built.is_altered => {
            refuse(entry, format!("there is no {called} to change"), built);
        }
        _ if has_room => {
            let extent = if changes { extent.with(Extent::Incomplete) } else { extent };
            built.items.push(resource(kind, entry, name, data, extent));
        }
        _ => built.full(&entry.node),
    }
}

/// The known extent of the data of an entry. kustomize has no limit, accepts what is not text, and reads a variable
/// without a value from its environment.
fn extent(tree: &Tree<'_>, folder: &RepoPath, entry: &Generated) -> Extent {
    let mut extent = Extent::Whole;
    let files = entry.files.iter().filter_map(Node::scalar).map(|named| (keyed(named).1, false));
    let variables = entry.envs.iter().filter_map(Node::scalar).map(|path| (path, true));
    for (path, has_variables) in files.chain(variables) {
        extent = extent.with(match file::read_within(tree, &folder.join(path), LONGEST) {
            Ok(Some(file)) if has_variables && !file.text().lines().all(has_value) => Extent::Unread,
            Ok(Some(_)) => Extent::Whole,
            Ok(None) => Extent::Incomplete,
            Err(_) => Extent::Unread,
        });
    }
    extent
}

/// True for a line without a variable, or with the value of one.
fn has_value(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.contains('=')
}

/// A value of a secret, in the lines of kustomize.
fn encoded(value: &Node) -> Node {
    let text = STANDARD.encode(value.scalar().unwrap_or_default());
    if text.len() < LINE {
        return value.with_text(&text);
    }
    let mut lines = String::new();
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines.push('\n');
    value.with_text(&lines)
}

fn refuse(entry: &Generated, why: String, built: &mut Built) {
    let at = entry.name.as_ref().unwrap_or(&entry.node);
    built.problems.push(broken(at, why));
}

fn is_called(item: &Item, kind: GeneratedKind, entry: &Generated, name: &Node) -> bool {
    let namespace = entry.namespace.as_ref().and_then(Node::scalar).unwrap_or("default");
    let is_named = |id: &Id| Some(id.name.as_str()) == name.scalar() && id.effective_namespace() == namespace;
    let resource = item.resource();
    resource.kind == kind.name() && resource.api_version == "v1" && item.ids().any(|id| is_named(&id))
}

fn change(item: &mut Item, entry: &Generated, data: Vec<(String, Node)>, extent: Extent) {
    let replaces = entry.behavior.as_deref() == Some("replace");
    item.known(extent);
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

fn resource(
    kind: GeneratedKind,
    entry: &Generated,
    name: &Node,
    data: Vec<(String, Node)>,
    extent: Extent,
) -> Item {
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
    item.known(extent);
    for (field, pairs) in [("labels", &entry.labels), ("annotations", &entry.annotations)] {
        if let Some(pairs) = pairs {
            item.set(field, pairs);
        }
    }
    item
}
