//! How the fields of a kustomization may steer deployers: change what a Flux Kustomization or an Application
//! deploys, or the repository that it deploys from.

use std::collections::HashSet;
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::built::Built;
use super::entry::is_inline;
use super::model::has_fields_beside;
use super::work::{Work, documents_within};
use crate::engine::made::Steering;
use crate::engine::tree::Tree;

/// The fields that change only the metadata of deployers. kustomize writes images, replicas and labels also into the
/// fields of other kinds, which it knows by their kinds unless `configurations` or `crds` add some.
const HARMLESS: &[&str] = &[
    "images",
    "imageTags",
    "replicas",
    "commonLabels",
    "commonAnnotations",
    "sortOptions",
    "buildMetadata",
    // Fields of Flux and of Argo CD.
    "commonMetadata",
    "forceCommonLabels",
    "forceCommonAnnotations",
    "commonAnnotationsEnvsubst",
    "labelWithoutSelector",
    "labelIncludeTemplates",
];

/// The fields that change names.
const NAMES: [&str; 2] = ["namePrefix", "nameSuffix"];

/// The lists whose entries decide: labels that are written into further fields, and patches.
const LISTS: [&str; 4] = ["labels", "patches", "patchesJson6902", MERGES];
const MERGES: &str = "patchesStrategicMerge";

/// The kinds of deployers and of the objects that they deploy from.
const DEPLOYERS: [&str; 9] = [
    "Kustomization",
    "Application",
    "ApplicationSet",
    "AppProject",
    "GitRepository",
    "OCIRepository",
    "Bucket",
    "ArtifactGenerator",
    "ExternalArtifact",
];

/// The effect on deployers of the kustomization of a folder, or of the fields that a deployer adds to it. Fields and
/// entries in an unusual form may change everything.
pub(crate) fn steering(tree: &Tree<'_>, folder: &RepoPath, fields: &Node) -> Steering {
    let mut others = HARMLESS.to_vec();
    others.extend(LISTS);
    let has_names = has_fields_beside(fields, &others);
    others.extend(NAMES);
    if has_fields_beside(fields, &others) || lists_may_steer(tree, folder, fields) {
        return Steering::Everything;
    }
    if has_names { Steering::Names } else { Steering::Nothing }
}

fn lists_may_steer(tree: &Tree<'_>, folder: &RepoPath, fields: &Node) -> bool {
    let work = Work::new(tree);
    LISTS.iter().filter_map(|key| Some((*key, fields.get(key)?))).any(|(key, list)| {
        let is_list = list.is_null() || list.is_sequence();
        !is_list
            || list.items().iter().any(|entry| match key {
                "labels" => !has_only(entry, &["pairs", "includeSelectors", "includeTemplates"]),
                MERGES => merge_may_steer(&work, folder, entry),
                _ => patch_may_steer(&work, folder, entry),
            })
    })
}

/// True if kustomizations that include this one may write labels, names or images into further fields.
pub(crate) fn adds_fields(kustomization: &Node) -> bool {
    let mut found = false;
    kustomization.each_entry(|key, _| {
        let is = |name: &str| key.scalar().is_none_or(|key| key.eq_ignore_ascii_case(name));
        found |= is("configurations") || is("crds");
    });
    found
}

fn patch_may_steer(work: &Work<'_, '_>, folder: &RepoPath, entry: &Node) -> bool {
    if !has_only(entry, &["patch", "path", "target"]) {
        return true;
    }
    if let Some(target) = entry.get("target").filter(|target| !target.is_null()) {
        let parts = ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];
        return !has_only(target, &parts) || target.get("kind").is_none_or(may_be_deployer);
    }
    match (entry.get("patch"), entry.get("path")) {
        (Some(patch), None) if patch.scalar().is_some() => {
            documents_may_steer(|built| documents_within(patch, built))
        }
        (None, Some(path)) => file_may_steer(work, folder, path),
        _ => true,
    }
}

fn merge_may_steer(work: &Work<'_, '_>, folder: &RepoPath, entry: &Node) -> bool {
    match entry.text() {
        Some(text) if is_inline(text) => documents_may_steer(|built| documents_within(entry, built)),
        _ => file_may_steer(work, folder, entry),
    }
}

fn file_may_steer(work: &Work<'_, '_>, folder: &RepoPath, path: &Node) -> bool {
    path.text().is_none_or(|named| documents_may_steer(|built| work.documents(folder, path, named, built)))
}

/// True if one of the patches may be meant for a deployer, or if they cannot be read.
fn documents_may_steer(read: impl FnOnce(&mut Built) -> Vec<Arc<Node>>) -> bool {
    let mut built = Built::default();
    let documents = read(&mut built);
    !built.problems.is_empty()
        || built.is_open
        || built.is_altered
        || documents.iter().any(|document| document.get("kind").is_none_or(may_be_deployer))
}

/// True if a kind, or a pattern of kinds, may be that of a deployer or of a list of them.
fn may_be_deployer(kind: &Node) -> bool {
    let Some(kind) = kind.text() else { return true };
    let is_literal = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    !is_literal
        || kind.ends_with("List")
        || DEPLOYERS.iter().any(|deployer| deployer.eq_ignore_ascii_case(kind))
}

/// True for a mapping that has each of these keys at most once, and no other key.
fn has_only(node: &Node, keys: &[&str]) -> bool {
    let (mut seen, mut is_known) = (HashSet::new(), node.is_mapping());
    node.each_entry(|key, _| {
        is_known &= key.scalar().is_some_and(|key| keys.contains(&key) && seen.insert(key.to_owned()));
    });
    is_known
}
