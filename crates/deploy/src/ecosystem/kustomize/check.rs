//! Checks for faults that `kustomize build` refuses before it changes a resource. The kustomization is
//! evaluated nevertheless.

mod fields;
mod generated;
mod options;
mod written;

use std::collections::HashSet;

use model::FileProblem;
use source::RepoPath;
use yaml::Node;

pub(super) use generated::Sources;
pub(super) use written::{configured, labelled, other_pair_fields, transformer};

use super::built::Built;
use super::entry::is_remote;
use super::layer::Layer;
use super::model::schema::{CONFIGURATION, KUSTOMIZATION};
use super::model::{Kustomization, Replicas};
use super::problem::{broken, not_checked, unverified};
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
            format!("kustomize refuses this folder, because it has another kustomization file: {other}");
        built.problems.push(broken(first_key(own), message));
    }
    if !own.is_mapping() {
        built.is_open = true;
        unreadable(tree, own, built);
    } else if !tree.is_tracing() {
        built.problems.extend(fields::refused(own, &KUSTOMIZATION));
        built.problems.extend(options::refused(own, kustomization));
    }
}

/// Reports the reason why a kustomization cannot be read.
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
        let what = if is_empty { "an empty kustomization" } else { "a kustomization that is not a mapping" };
        problems.push(broken(&Node::null_at(own), format!("kustomize refuses {what}")));
    }
    built.problems.extend(problems);
}

/// True if a file is outside of a folder, also by a link that leads out of it.
pub(super) fn is_outside(tree: &Tree<'_>, folder: &RepoPath, path: &RepoPath) -> bool {
    !tree.real(path).ancestors().any(|above| above == *folder)
}

/// Reports the files outside of the folders of their kustomizations, which Flux allows and `kustomize build` does not.
pub(super) fn restrictions(layer: &Layer, built: &mut Built) {
    if layer.is_flux() {
        return;
    }
    for entry in std::mem::take(&mut built.outside) {
        let message = "kustomize refuses a file outside of the folder of the kustomization, unless its load restrictions are off";
        let help = "kustomize build --load-restrictor LoadRestrictionsNone";
        built.problems.push(not_checked(
            &entry,
            "load-restrictions".to_owned(),
            message.to_owned(),
            Some(help),
        ));
    }
}

/// Checks that a kustomization does not include itself, or a folder above one that is being built. False if
/// the build would not terminate.
pub(super) fn circles(stack: &[RepoPath], folder: &RepoPath, entry: &Node, built: &mut Built) -> bool {
    if stack.contains(folder) {
        let message = format!("{folder} includes itself through this entry; the rest is checked");
        built.problems.push(broken(entry, message));
        return false;
    }
    if stack.iter().any(|open| open.ancestors().any(|above| above == *folder)) {
        let message =
            "kustomize refuses a folder above this kustomization, or above one that includes it".to_owned();
        built.problems.push(broken(entry, message));
    }
    true
}

/// Checks the existence of files whose content is not needed here.
pub(super) fn other_files(
    tree: &Tree<'_>,
    folder: &RepoPath,
    kustomization: &Kustomization,
    built: &mut Built,
) {
    let schema = kustomization.openapi.as_ref().and_then(|openapi| openapi.get("path"));
    for entry in kustomization.crds.iter().chain(schema) {
        let named = entry.scalar().unwrap_or_default();
        let path = folder.join(named);
        if !is_remote(named) && !tree.has_file(&path) && tree.is_whole() {
            let message = format!("there is no file {path}, and kustomize needs it; the rest is checked");
            built.problems.push(broken(entry, message));
        }
    }
}

/// The faults for which kustomize refuses a file of `configurations`.
pub(super) fn configuration(root: &Node) -> Vec<FileProblem> {
    fields::refused(root, &CONFIGURATION)
}

/// kustomize's own plug-ins that configurations may name.
const BUILTIN: &[&str] = &[
    "AnnotationsTransformer",
    "ConfigMapGenerator",
    "HashTransformer",
    "HelmChartInflationGenerator",
    "IAMPolicyGenerator",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SecretGenerator",
    "SuffixTransformer",
    "ValueAddTransformer",
];

/// Checks that kustomize has a plug-in of this kind.
pub(super) fn builtin(kind: &str, ending: &str, entry: &Node) -> Option<FileProblem> {
    if BUILTIN.contains(&kind) && kind.ends_with(ending) {
        return None;
    }
    let sort = ending.to_lowercase();
    Some(broken(entry, format!("kustomize has no built-in {sort} {kind}")))
}

/// Checks that a document of a resource file has the fields that identify a resource.
pub(super) fn resource(root: &Node) -> Option<FileProblem> {
    let is_written =
        |path: &[&str]| root.at(path).and_then(Node::scalar).is_some_and(|text| !text.is_empty());
    let is_list = || root.get("kind").and_then(Node::scalar).is_some_and(|kind| kind.ends_with("List"));
    let is_empty = root.is_null() || root.is_mapping() && root.entries().is_empty();
    if is_empty || is_written(&["kind"]) && (is_list() || is_written(&["metadata", "name"])) {
        return None;
    }
    let message = "kustomize refuses a resource without a kind or a name".to_owned();
    Some(broken(first_key(root), message))
}

/// Checks that each entry of `replicas` names a resource.
pub(super) fn replicas(kustomization: &Kustomization, built: &mut Built) {
    if built.is_open || built.is_altered {
        return;
    }
    let mut problems = Vec::new();
    for Replicas { name, .. } in &kustomization.replicas {
        let text = name.scalar().unwrap_or_default();
        if !built.items.iter().any(|item| item.ids().any(|id| id.name == text)) {
            problems.push(broken(name, format!("no resource matches {text}, which this entry names")));
        }
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
        (true, false) => format!("{folder} is not a component; kustomize requires it under resources"),
        (false, true) => format!("{folder} is a component; kustomize requires it under components"),
        _ => return,
    };
    built.problems.push(broken(entry, message));
}

/// Checks that no resource has the identity of another one. `given`: the number of resources that were
/// checked before.
pub(super) fn identities(built: &mut Built, given: usize) {
    let mut seen = HashSet::with_capacity(built.items.len());
    let mut problems = Vec::new();
    for (at, item) in built.items.iter().enumerate() {
        let id = item.id();
        if item.is_remote() || id.name.is_empty() {
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
        // A checked base is part of each kustomization that includes it.
        if !built.problems.iter().any(|other| is_same(other, &problem)) {
            built.problems.push(problem);
        }
    }
}

/// Reports each schema that becomes another object: its own fields, which may have images, are not parsed.
pub(super) fn changed_schemas(built: &mut Built) {
    for item in built.items.iter().filter(|item| item.is_changed_schema()) {
        let message = format!("a schema becomes the {}, and its own fields are not read", item.called());
        built.problems.push(unverified(item.identity(), "changed-schema", message));
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
