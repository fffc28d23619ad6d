//! The changes of a kustomization to its resources, in kustomize's order.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::built::Built;
use super::charts;
use super::check;
use super::entry::is_inline;
use super::fields::{self, FieldSpec};
use super::images::Entry;
use super::item::Item;
use super::model::{Kustomization, PatchEntry, Replacement, Replicas, Transformer};
use super::patch::Patch;
use super::problem::{broken, exceeded, is_certain};
use super::replacement;
use super::selector::Selector;
use super::work::{Work, documents_within};

/// Applies all fields of a kustomization that change resources. Returns its entries of `images`, marked if
/// they were applied.
pub(super) fn transform(
    work: &mut Work<'_, '_>,
    folder: &RepoPath,
    kustomization: &Kustomization,
    built: &mut Built,
) -> Vec<Entry> {
    let mut fields = FieldSpec::defaults();
    fields.extend(built.image_fields.clone());
    apply(work, folder, kustomization, &fields, built)
}

/// Applies one of kustomize's own transformers.
pub(super) fn run(work: &mut Work<'_, '_>, folder: &RepoPath, transformer: &Transformer, built: &mut Built) {
    let fields = FieldSpec::read(transformer.image_fields.as_deref().unwrap_or_default());
    apply(work, folder, &transformer.fields, &fields, built);
    FieldSpec::merge(&mut built.transformed_fields, fields);
}

fn apply(
    work: &mut Work<'_, '_>,
    folder: &RepoPath,
    kustomization: &Kustomization,
    image_fields: &[FieldSpec],
    built: &mut Built,
) -> Vec<Entry> {
    if work.tree.is_tracing() {
        trace(work, folder, kustomization);
        return Vec::new();
    }
    strategic_merges(work, folder, &kustomization.patches_strategic_merge, built);
    for entry in &kustomization.patches {
        patch(work, folder, entry, true, built);
    }
    metadata(kustomization, &mut built.items);
    built.problems.extend(check::labelled(kustomization, !built.pair_fields.is_empty()));
    if kustomization.namespace.is_some() {
        check::identities(built, 0);
    }
    for entry in &kustomization.patches_json6902 {
        patch(work, folder, entry, false, built);
    }
    check::replicas(kustomization, built);
    replicas(kustomization, &mut built.items);
    let entries = images(work, kustomization, image_fields, built);
    replacements(work, folder, kustomization, built);
    entries
}

/// Records the files that the fields of a kustomization name, without reading them.
fn trace(work: &Work<'_, '_>, folder: &RepoPath, kustomization: &Kustomization) {
    let merges =
        kustomization.patches_strategic_merge.iter().filter(|entry| !entry.text().is_some_and(is_inline));
    let patches = kustomization.patches.iter().chain(&kustomization.patches_json6902);
    let paths = merges.chain(patches.filter_map(|entry| entry.path.as_ref()));
    for named in paths.filter_map(Node::text) {
        work.tree.patch(&folder.join(named));
    }
    let replacements = kustomization.replacements.iter().filter_map(|entry| entry.path.as_ref());
    for named in replacements.filter_map(Node::text) {
        work.tree.part(&folder.join(named));
    }
}

fn strategic_merges(work: &mut Work<'_, '_>, folder: &RepoPath, entries: &[Node], built: &mut Built) {
    let (mut is_empty, given) = (true, built.problems.len());
    for entry in entries {
        let documents = match entry.text() {
            None => vec![Arc::new(entry.clone())],
            Some(text) if is_inline(text) => documents_within(entry, built),
            Some(named) => work.documents(folder, entry, named, built),
        };
        is_empty &= documents.is_empty();
        apply_patch(work, &Patch { documents, ..Patch::default() }, entry, built);
    }
    if let Some(first) = entries.first().filter(|_| is_empty && built.problems.len() == given) {
        built.problems.push(broken(first, "kustomize refuses an empty patch here".to_owned()));
    }
}

/// `remembers`: true if resources keep their names from before the patch.
fn patch(work: &mut Work<'_, '_>, folder: &RepoPath, entry: &PatchEntry, remembers: bool, built: &mut Built) {
    let given = built.problems.len();
    let documents = match (&entry.inline, &entry.path) {
        (Some(_), Some(path)) => {
            built.problems.push(broken(path, "kustomize refuses a path beside a patch".to_owned()));
            return;
        }
        (Some(inline), None) if inline.scalar().is_some() => documents_within(inline, built),
        (Some(tree), None) => vec![Arc::new(tree.clone())],
        (None, Some(path)) => match path.text() {
            Some(named) => work.documents(folder, path, named, built),
            None => return,
        },
        (None, None) if !entry.node.is_mapping() => return,
        (None, None) => {
            let message = "kustomize requires a patch or a path here".to_owned();
            return built.problems.push(broken(&entry.node, message));
        }
    };
    if !remembers && built.problems.len() == given {
        operations_only(entry, &documents, built);
    }
    let patch = Patch {
        documents: resources(documents),
        target: entry.target.as_ref().map(Selector::new),
        remembers,
        renames: entry.renames,
        changes_kind: entry.changes_kind,
    };
    apply_patch(work, &patch, &entry.node, built);
}

/// Checks an entry of `patchesJson6902`, which is stricter than one of `patches`.
fn operations_only(entry: &PatchEntry, documents: &[Arc<Node>], built: &mut Built) {
    let target = entry.target.as_ref().and_then(|target| target.get("name")).and_then(Node::scalar);
    if target.is_none_or(str::is_empty) {
        let message = "kustomize requires a target with a name here".to_owned();
        built.problems.push(broken(&entry.node, message));
    }
    if documents.first().is_none_or(|first| first.is_sequence() && first.items().is_empty()) {
        built.problems.push(broken(&entry.node, "kustomize refuses an empty patch here".to_owned()));
    }
}

/// The patches: a list of resources is replaced by its items.
fn resources(documents: Vec<Arc<Node>>) -> Vec<Arc<Node>> {
    let mut all = Vec::new();
    for document in documents {
        let is_list = document.get("kind").and_then(Node::scalar).is_some_and(|kind| kind.ends_with("List"));
        match document.get("items").filter(|_| is_list) {
            Some(items) => all.extend(items.items().iter().cloned().map(Arc::new)),
            None => all.push(document),
        }
    }
    all
}

fn apply_patch(work: &mut Work<'_, '_>, patch: &Patch, entry: &Node, built: &mut Built) {
    charts::note_patches(built, &patch.documents);
    if work.spend(patch.documents.len().max(1), entry, built) {
        patch.apply(built, &mut work.budget);
    }
}

/// Sets namespaces, names, labels and annotations.
fn metadata(kustomization: &Kustomization, items: &mut [Item]) {
    for item in items {
        if let Some(namespace) = &kustomization.namespace {
            item.move_to(namespace);
        }
        if let Some(prefix) = &kustomization.name_prefix {
            item.rename(prefix.scalar().unwrap_or_default(), "", prefix);
        }
        if let Some(suffix) = &kustomization.name_suffix {
            item.rename("", suffix.scalar().unwrap_or_default(), suffix);
        }
        for labels in &kustomization.labels {
            item.set("labels", &labels.pairs);
            if labels.reaches_pods {
                item.label_pods();
            }
        }
        for pairs in &kustomization.annotations {
            item.set("annotations", pairs);
            item.annotate_pods();
        }
    }
}

/// Sets the numbers of replicas.
fn replicas(kustomization: &Kustomization, items: &mut [Item]) {
    for Replicas { name, count } in &kustomization.replicas {
        let (Some(name), Some(count)) = (name.scalar(), count) else { continue };
        for item in items.iter_mut().filter(|item| item.is_scaled() && item.ids().any(|id| id.name == name)) {
            item.change(|root| {
                let place = root.entry_mut("spec").and_then(|spec| spec.entry_mut("replicas"));
                if let Some(place) = place {
                    *place = count.clone();
                }
            });
        }
    }
}

fn images(
    work: &mut Work<'_, '_>,
    kustomization: &Kustomization,
    fields: &[FieldSpec],
    built: &mut Built,
) -> Vec<Entry> {
    let mut entries = Entry::all(kustomization);
    let first = entries.first().map(|entry| entry.node.clone());
    if let Some(first) = first
        && work.spend(entries.len(), &first, built)
    {
        for item in &mut built.items {
            if !fields::apply(item, &mut entries, fields) {
                let message = format!("the {} is too large to search it for images", item.called());
                built.problems.push(exceeded(&first, message));
            }
        }
        for entry in &entries {
            built.problems.extend(entry.unreadable());
            if entry.exceeded {
                let message = "an image is too long to change it".to_owned();
                built.problems.push(exceeded(&entry.node, message));
            }
        }
        charts::apply_images(built, &mut entries);
    }
    entries
}

fn replacements(
    work: &mut Work<'_, '_>,
    folder: &RepoPath,
    kustomization: &Kustomization,
    built: &mut Built,
) {
    for entry in &kustomization.replacements {
        let Some(document) = replacements_of(work, folder, entry, built) else { continue };
        let list = if document.is_sequence() { document.items() } else { std::slice::from_ref(&*document) };
        for replacement in list {
            if work.spend(1, &entry.node, built) {
                replace(work, replacement, built);
            }
        }
    }
}

/// The replacements of an entry: itself, or those of the first document of its file.
fn replacements_of(
    work: &Work<'_, '_>,
    folder: &RepoPath,
    entry: &Replacement,
    built: &mut Built,
) -> Option<Arc<Node>> {
    let Some(path) = &entry.path else { return Some(Arc::new(entry.node.clone())) };
    if entry.is_inline {
        let message = "kustomize refuses a path beside a replacement".to_owned();
        built.problems.push(broken(path, message));
    }
    let given = built.problems.len();
    let documents = work.documents(folder, path, path.text()?, built);
    let first = documents.into_iter().next().filter(|document| document.scalar().is_none());
    if first.is_none() && built.problems.len() == given {
        built.problems.push(broken(path, "kustomize requires a replacement in this file".to_owned()));
    }
    first
}

fn replace(work: &mut Work<'_, '_>, replacement: &Node, built: &mut Built) {
    let Err(refused) = replacement::apply(&mut built.items, replacement, &mut work.budget) else { return };
    // An unknown transformer or resource may provide the missing field.
    let is_known = !built.is_altered && (!refused.is_open || !built.is_open);
    if is_known || is_certain(&refused.problem) {
        built.problems.push(*refused.problem);
    }
}
