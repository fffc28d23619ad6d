//! What a kustomization does to its resources, in kustomize's order.

use std::sync::Arc;

use crate::assemble::document::{Document, Role};
use crate::assemble::file;
use model::FileProblem;
use model::Rule;
use yaml::{self, Node};

use super::fields::{self, FieldSpec};
use super::images::Entry;
use super::patch::{Complaint, Patch};
use super::selector::Selector;
use super::{Builder, Built, Layer, is_inline, is_remote, problem, replacement};

/// Transformers of metadata: kind, where the value stands, and the field of a kustomization that is the same.
const OF_METADATA: &[(&str, &[&str], &str)] = &[
    ("NamespaceTransformer", &["metadata", "namespace"], "namespace"),
    ("PrefixTransformer", &["prefix"], "namePrefix"),
    ("SuffixTransformer", &["suffix"], "nameSuffix"),
    ("LabelTransformer", &["labels"], "commonLabels"),
    ("AnnotationsTransformer", &["annotations"], "commonAnnotations"),
];

impl Builder<'_, '_> {
    /// All that a kustomization does to its resources.
    pub(super) fn transform(&mut self, layer: &Layer, built: &mut Built) {
        self.strategic_merges(layer, built);
        self.patches(layer, "patches", built);
        metadata(layer, built);
        self.patches(layer, "patchesJson6902", built);
        self.images(layer, built);
        self.replacements(layer, built);
        self.transformers(layer, built);
    }

    fn strategic_merges(&mut self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("patchesStrategicMerge") {
            let documents = match entry.text() {
                None => vec![Arc::new(entry.clone())],
                Some(text) if is_inline(text) => within(entry, built),
                Some(named) => self.named(layer, entry, named, built),
            };
            self.apply(&Patch { documents, ..Patch::default() }, entry, built);
        }
    }

    fn patches(&mut self, layer: &Layer, key: &str, built: &mut Built) {
        for entry in layer.items(key) {
            let documents = match (entry.get("patch"), entry.get("path")) {
                (Some(inline), _) if inline.scalar().is_some() => within(inline, built),
                (Some(tree), _) => vec![Arc::new(tree.clone())],
                (None, Some(path)) => match path.text() {
                    Some(named) => self.named(layer, path, named, built),
                    None => continue,
                },
                (None, None) => continue,
            };
            let target = entry.get("target").filter(|target| target.is_mapping()).map(Selector::new);
            let option = |key: &str| entry.at(&["options", key]).and_then(Node::scalar) == Some("true");
            let (renames, retypes) = (option("allowNameChange"), option("allowKindChange"));
            let remembers = key == "patches";
            self.apply(&Patch { documents, target, remembers, renames, retypes }, entry, built);
        }
    }

    fn apply(&mut self, patch: &Patch, entry: &Node, built: &mut Built) {
        if !self.spend(patch.documents.len().max(1), entry, built) {
            return;
        }
        let problems = &mut built.problems;
        patch.apply(&mut built.items, built.open, &mut self.budget, &mut |Complaint { at, message }| {
            problems.push(problem(&at, message));
        });
    }

    /// Does something so often with each resource; false where too much is done for one root, which is said
    /// once.
    fn spend(&mut self, times: usize, entry: &Node, built: &mut Built) -> bool {
        let names =
            built.items.iter().map(|item| 1 + item.resource().name.as_ref().map_or(0, String::len) / 64);
        if self.budget.spend(names.sum::<usize>().saturating_mul(times)) {
            return true;
        }
        if !std::mem::replace(&mut self.is_spent, true) {
            let message =
                "from here on there is more to work on than any root needs; the rest is not applied";
            built.problems.push(problem(entry, message.to_owned()));
        }
        false
    }

    /// The documents of a file that an entry names.
    fn named(&self, layer: &Layer, entry: &Node, named: &str, built: &mut Built) -> Vec<Arc<Node>> {
        let path = layer.folder.join(named);
        let mut found = Vec::new();
        match file::read(self.tree, &path) {
            Ok(Some(file)) => yaml::each_document(&file, |document| match document {
                Ok(root) => found.push(Arc::new(root)),
                Err(broken) => built.problems.push(problem(entry, format!("{path}: {}", broken.message))),
            }),
            Ok(None) if is_remote(named) => built.remote(entry),
            Ok(None) => self.absent(entry, &path, built),
            Err(problem) => built.problems.push(problem),
        }
        found
    }

    /// Notes the fields that `configurations` add.
    pub(super) fn configurations(&self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("configurations") {
            let Some(named) = entry.text() else { continue };
            for document in self.named(layer, entry, named, built) {
                FieldSpec::merge(&mut built.fields, FieldSpec::of(document.get("images")));
            }
        }
    }

    fn images(&mut self, layer: &Layer, built: &mut Built) {
        let mut entries = entries_of(layer);
        if let Some(first) = layer.items("images").next()
            && self.spend(entries.len(), first, built)
        {
            let fields: Vec<FieldSpec> =
                FieldSpec::defaults().into_iter().chain(built.fields.clone()).collect();
            built.items.iter_mut().for_each(|item| fields::apply(item, &mut entries, &fields));
        }
        // Where more is deployed than is known here, what an entry sets outright is deployed by it.
        entries.retain(|entry| entry.refused || built.open && !entry.used && entry.is_complete());
        let entries: Vec<Node> = entries.into_iter().map(|entry| entry.node).collect();
        for source in &layer.sources {
            let mut root = Arc::clone(source);
            let of_this = |entry: &&Node| entry.site().file.path() == source.site().file.path();
            if source.get("images").is_some() {
                let kept = entries.iter().filter(of_this).cloned().collect();
                let root = Arc::make_mut(&mut root);
                let list = Node::sequence_at(kept, root);
                root.insert(Node::text_at("images", &list), list);
            }
            built.kustomizations.push(Document::new(root, Role::Kustomization));
        }
    }

    fn replacements(&mut self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("replacements") {
            let documents = match entry.get("path") {
                None => vec![Arc::new(entry.clone())],
                Some(path) => match path.text() {
                    Some(named) => self.named(layer, path, named, built),
                    None => continue,
                },
            };
            let lists = documents.iter().map(|document| match document.items() {
                [] => std::slice::from_ref(&**document),
                list => list,
            });
            for replacement in lists.flatten() {
                if self.spend(1, entry, built) {
                    replacement::apply(&mut built.items, replacement, &mut self.budget);
                }
            }
        }
    }

    /// Transformers that are configured as resources: kustomize's own are run, programs are not.
    fn transformers(&mut self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("transformers") {
            let mut configured = Built::default();
            match entry.text() {
                Some(text) if is_inline(text) => configured.add_inline(entry),
                _ => self.resource(&layer.folder, entry, &mut configured),
            }
            built.problems.append(&mut configured.problems);
            for item in configured.items {
                let (root, resource) = item.into_parts();
                if resource.api_version == "builtin" {
                    self.transformer(layer, &resource.kind, &root, built);
                    continue;
                }
                let kind = resource.kind;
                built.problems.push(FileProblem {
                    rule: Rule::NotChecked,
                    message: format!("the transformer {kind} is not run, so what it changes is not seen"),
                    ..problem(entry, String::new())
                });
            }
        }
    }

    /// Runs one of kustomize's own transformers: most are fields of a kustomization in another form.
    fn transformer(&mut self, layer: &Layer, kind: &str, root: &Arc<Node>, built: &mut Built) {
        let list = |items: Vec<Node>| Node::sequence_at(items, root);
        let one = |key: &str, value: Node| Node::mapping_at(vec![(Node::text_at(key, root), value)], root);
        let layer = |fields: Node| Layer { folder: layer.folder.clone(), sources: vec![Arc::new(fields)] };
        match kind {
            "PatchTransformer" => {
                self.patches(&layer(one("patches", list(vec![(**root).clone()]))), "patches", built);
            }
            "PatchJson6902Transformer" => {
                let mut patch = (**root).clone();
                if let Some(operations) = patch.remove("jsonOp") {
                    patch.insert(Node::text_at("patch", root), operations);
                }
                self.patches(&layer(one("patchesJson6902", list(vec![patch]))), "patchesJson6902", built);
            }
            "PatchStrategicMergeTransformer" => {
                let paths = root.get("paths").map(Node::items).unwrap_or_default().iter();
                let patches = paths.chain(root.get("patches")).cloned().collect();
                self.strategic_merges(&layer(one("patchesStrategicMerge", list(patches))), built);
            }
            "ImageTagTransformer" => {
                let mut entries: Vec<Entry> = root.get("imageTag").map(Entry::new).into_iter().collect();
                let fields = FieldSpec::of(root.get("fieldSpecs"));
                built.items.iter_mut().for_each(|item| fields::apply(item, &mut entries, &fields));
            }
            "ReplacementTransformer" => self.replacements(&layer((**root).clone()), built),
            _ => {
                let Some((_, path, key)) = OF_METADATA.iter().find(|(name, ..)| *name == kind) else {
                    return;
                };
                if let Some(value) = root.at(path) {
                    metadata(&layer(one(key, value.clone())), built);
                }
            }
        }
    }
}

/// Sets namespaces, names, labels and annotations.
fn metadata(layer: &Layer, built: &mut Built) {
    let items = &mut built.items;
    if let Some(namespace) = layer.text(&["namespace", "targetNamespace"]) {
        for item in items.iter_mut() {
            item.move_to(namespace);
        }
    }
    for (key, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
        let Some(node) = layer.text(&[key]) else { continue };
        let text = node.text().unwrap_or_default();
        let (prefix, suffix) = if is_prefix { (text, "") } else { ("", text) };
        for item in items.iter_mut() {
            item.rename(prefix, suffix, node);
        }
    }
    let labels = layer.items("labels").filter_map(|entry| entry.get("pairs"));
    for pairs in layer.nodes("commonLabels").chain(labels) {
        for item in items.iter_mut() {
            item.set("labels", pairs);
        }
    }
    for pairs in layer.nodes("commonAnnotations") {
        for item in items.iter_mut() {
            item.set("annotations", pairs);
        }
    }
}

/// The documents within a string.
fn within(text: &Node, built: &mut Built) -> Vec<Arc<Node>> {
    let mut found = Vec::new();
    yaml::within(text, |document| match document {
        Ok(root) => found.push(Arc::new(root)),
        Err(broken) => built.problems.push(problem(text, format!("this is no YAML: {}", broken.message))),
    });
    found
}

/// The entries of `images`. One that is added takes the place of another of its name.
fn entries_of(layer: &Layer) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (at, source) in layer.sources.iter().enumerate() {
        for entry in source.get("images").map(Node::items).unwrap_or_default().iter().map(Entry::new) {
            if at == 0 { entries.push(entry) } else { entry.put_in(&mut entries) }
        }
    }
    // `kustomize edit set image`, which Argo CD runs, sorts them.
    if entries.iter().any(|entry| entry.node.scalar().is_some()) {
        entries.sort_by(|one, other| one.of.cmp(&other.of));
    }
    entries
}
