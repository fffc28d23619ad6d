//! What a kustomization does to its resources, in kustomize's order.

use std::sync::Arc;

use crate::assemble::document::{Document, Role};
use crate::assemble::file;
use crate::finding::FileProblem;
use crate::rule::Rule;
use crate::yaml::{self, Node};

use super::fields::{self, FieldSpec};
use super::images::Entry;
use super::item::Item;
use super::patch::{Complaint, Patch};
use super::selector::Selector;
use super::{Builder, Built, Layer, is_inline, is_remote, problem, replacement};

impl Builder<'_, '_> {
    pub(super) fn transform(&mut self, layer: &Layer, built: &mut Built) {
        self.strategic_merges(layer, built);
        self.patches(layer, "patches", built);
        let (prefix, suffix) = (layer.text(&["namePrefix"]), layer.text(&["nameSuffix"]));
        let namespace = layer.text(&["namespace", "targetNamespace"]);
        if prefix.or(suffix).or(namespace).is_some() {
            let (prefix, suffix) = (prefix.unwrap_or_default(), suffix.unwrap_or_default());
            built.items.iter_mut().for_each(|item| item.rename(prefix, suffix, namespace));
        }
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
            apply(&Patch { documents, target: None }, built);
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
            apply(&Patch { documents, target }, built);
        }
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

    fn images(&self, layer: &Layer, built: &mut Built) {
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
        let mut specs = Vec::new();
        for entry in layer.items("configurations") {
            let Some(named) = entry.text() else { continue };
            let documents = self.named(layer, entry, named, built);
            specs.extend(documents.iter().flat_map(|document| FieldSpec::of(document)));
        }
        built.items.iter_mut().for_each(|item| fields::apply(item, &mut entries, &specs));
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

    fn replacements(&self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("replacements") {
            let Some(path) = entry.get("path") else {
                replacement::apply(&mut built.items, entry);
                continue;
            };
            let Some(named) = path.text() else { continue };
            for document in self.named(layer, path, named, built) {
                match document.items() {
                    [] => replacement::apply(&mut built.items, &document),
                    list => list.iter().for_each(|entry| replacement::apply(&mut built.items, entry)),
                }
            }
        }
    }

    /// Transformers that are configured as resources: kustomize's own are run, programs are not.
    fn transformers(&mut self, layer: &Layer, built: &mut Built) {
        for entry in layer.items("transformers") {
            let mut configured = Built::default();
            self.resource(&layer.folder, entry, &mut configured);
            built.problems.append(&mut configured.problems);
            for Item { root, resource, .. } in configured.items {
                match (resource.api_version.as_str(), resource.kind.as_str()) {
                    ("builtin", "ImageTagTransformer") => {
                        let mut entries: Vec<Entry> =
                            root.get("imageTag").map(Entry::new).into_iter().collect();
                        built.items.iter_mut().for_each(|item| fields::apply(item, &mut entries, &[]));
                    }
                    ("builtin", "PatchTransformer") => {
                        let list = Node::sequence_at(vec![(*root).clone()], &root);
                        let patches = Node::mapping_at(vec![(Node::text_at("patches", &root), list)], &root);
                        let layer = Layer { folder: layer.folder.clone(), sources: vec![Arc::new(patches)] };
                        self.patches(&layer, "patches", built);
                    }
                    ("builtin", _) => {}
                    (_, kind) => built.problems.push(FileProblem {
                        rule: Rule::NotChecked,
                        message: format!("the transformer {kind} is not run, so what it changes is not seen"),
                        ..problem(entry, String::new())
                    }),
                }
            }
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

fn apply(patch: &Patch, built: &mut Built) {
    let problems = &mut built.problems;
    patch.apply(&mut built.items, built.open, &mut |Complaint { at, message }| {
        problems.push(problem(&at, message));
    });
}
