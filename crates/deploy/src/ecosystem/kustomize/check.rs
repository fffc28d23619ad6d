//! What `kustomize build` refuses before it changes anything, and what is evaluated here all the same.

mod fields;
mod options;

use std::collections::HashSet;

use model::FileProblem;
use yaml::Node;

use super::built::Built;
use super::layer::Layer;
use super::model::Kustomization;
use super::problem::broken;
use crate::engine::index::KUSTOMIZATION_FILES;
use crate::engine::tree::Tree;
use crate::engine::{broken as unparseable, file};

/// Checks the file of a kustomization: it can be read, is not empty, has the fields that kustomize knows, and is the
/// only one of its folder.
pub(super) fn files(tree: &Tree<'_>, layer: &Layer, kustomization: &Kustomization, built: &mut Built) {
    let Some(own) = layer.written() else { return };
    let mut others = Vec::new();
    for name in KUSTOMIZATION_FILES {
        let path = layer.folder.join(name);
        if path != *own.site().file.path() && tree.has_file(&path) {
            others.push(name);
        }
    }
    if let Some(other) = others.first() {
        let message =
            format!("kustomize refuses this folder, for it has another kustomization file: {other}");
        built.problems.push(broken(first_key(own), message));
    }
    if !own.is_mapping() {
        built.is_open = true;
        unreadable(tree, own, built);
    } else if !tree.is_tracing() {
        built.problems.extend(fields::refused(own));
        built.problems.extend(options::refused(own, kustomization));
    }
}

/// Reports why a kustomization cannot be read.
fn unreadable(tree: &Tree<'_>, own: &Node, built: &mut Built) {
    let path = own.site().file.path().clone();
    let file = match file::read(tree, &path) {
        Ok(Some(file)) => file,
        Ok(None) => return,
        Err(problem) => return built.problems.push(problem),
    };
    let (mut is_empty, mut problems) = (true, Vec::new());
    yaml::each_document(&file, |document| match document {
        Ok(root) => is_empty &= root.is_null(),
        Err(error) => {
            let mut problem = unparseable::document(&file, &error);
            problem.help = Some("kustomize stops here, and nothing that it deploys was verified".to_owned());
            problems.push(problem);
        }
    });
    if problems.is_empty() {
        let what = if is_empty { "an empty kustomization" } else { "a kustomization that is no mapping" };
        problems.push(broken(&Node::null_at(own), format!("kustomize refuses {what}")));
    }
    built.problems.extend(problems);
}

/// Checks that a component is listed as one, and a kustomization as a resource.
pub(super) fn kind(layer: &Layer, entry: &Node, wants_component: bool, built: &mut Built) {
    let folder = &layer.folder;
    if !layer.written().is_some_and(|own| own.is_mapping()) {
        return;
    }
    let is_component = layer.kustomization().is_component();
    let message = match (wants_component, is_component) {
        (true, false) => format!("{folder} is no component; kustomize wants it under resources"),
        (false, true) => format!("{folder} is a component; kustomize wants it under components"),
        _ => return,
    };
    built.problems.push(broken(entry, message));
}

/// Checks that no resource has the identity of another one. `given`: so many resources were checked before.
pub(super) fn identities(built: &mut Built, given: usize) {
    let mut seen = HashSet::with_capacity(built.items.len());
    let mut problems = Vec::new();
    for (at, item) in built.items.iter().enumerate() {
        let id = item.id();
        if item.is_partial() || id.name.is_empty() {
            continue;
        }
        let resource = item.resource();
        if !seen.insert((&resource.api_version, id)) && at >= given {
            let (kind, name) = (&resource.kind, resource.name.as_deref().unwrap_or_default());
            let message = format!("this root has another {kind} {name}, and kustomize refuses to build both");
            problems.push(broken(item.identity(), message));
        }
    }
    for problem in problems {
        // A base that has been checked is part of what its users build.
        if !built.problems.iter().any(|other| is_same(other, &problem)) {
            built.problems.push(problem);
        }
    }
}

fn is_same(one: &FileProblem, other: &FileProblem) -> bool {
    let (a, b) = (one.site.as_ref(), other.site.as_ref());
    one.path == other.path
        && one.message == other.message
        && a.map(|site| site.span) == b.map(|site| site.span)
}

/// A key that its mapping has twice.
pub(super) fn repeated_key(key: &Node) -> FileProblem {
    let name = key.scalar().unwrap_or_default();
    broken(key, format!("this mapping has the key {name} twice, which kustomize refuses"))
}

/// The first key of a mapping, or the node itself.
fn first_key(node: &Node) -> &Node {
    node.entries().first().map_or(node, |(key, _)| key)
}
