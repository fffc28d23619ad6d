//! The fields that hold images to kustomize: containers wherever they stand, image volumes of pods, and
//! what a `configurations` file adds for custom resources.

use std::sync::Arc;

use crate::yaml::Node;

use super::images::Entry;
use super::item::Item;

/// Most nodes that are looked at in one resource: aliases of aliases multiply.
const MAX_NODES: usize = 2_000_000;
/// Deepest nesting: the parser ends at 255, aliases may add up.
const MAX_DEPTH: usize = 512;

/// Where image volumes stand.
const VOLUMES: &[&str] = &["spec/volumes[]/image/reference", "spec/template/spec/volumes[]/image/reference"];

/// A field of a custom resource, as `configurations` name it.
#[derive(Clone, Debug)]
pub(super) struct FieldSpec {
    path: String,
    group: Option<String>,
    kind: Option<String>,
}

impl FieldSpec {
    /// Those that the document of a `configurations` file names for images.
    pub(super) fn of(configuration: &Node) -> Vec<Self> {
        let specs = configuration.get("images").map(Node::items).unwrap_or_default();
        let text = |spec: &Node, key: &str| spec.get(key).and_then(Node::scalar).map(str::to_owned);
        let read = |spec: &Node| {
            Some(Self { path: text(spec, "path")?, group: text(spec, "group"), kind: text(spec, "kind") })
        };
        specs.iter().filter_map(read).collect()
    }

    fn matches(&self, item: &Item) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.kind, &item.resource.kind) && is(&self.group, item.group())
    }
}

/// A step into a tree.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// Applies entries, one after the other, to the images of a resource.
pub(super) fn apply(item: &mut Item, entries: &mut [Entry], specs: &[FieldSpec]) {
    if entries.is_empty() || item.resource.kind == "CustomResourceDefinition" {
        return;
    }
    let mut search = Search { fuel: MAX_NODES, at: Vec::new(), found: Vec::new() };
    search.containers(&item.root, 0);
    for path in VOLUMES {
        search.path(&item.root, path);
    }
    for spec in specs.iter().filter(|spec| spec.matches(item)) {
        search.path(&item.root, &spec.path);
    }
    for (path, mut image) in search.found {
        let mut changed = false;
        for entry in entries.iter_mut() {
            if let Some(new) = entry.applied(&image) {
                (image, changed) = (new, true);
            }
        }
        if changed {
            set(Arc::make_mut(&mut item.root), &path, image);
        }
    }
}

fn set(root: &mut Node, path: &[Step], value: Node) {
    let found = path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.items_mut()?.get_mut(*index),
    });
    if let Some(found) = found {
        *found = value;
    }
}

struct Search {
    fuel: usize,
    at: Vec<Step>,
    found: Vec<(Vec<Step>, Node)>,
}

impl Search {
    fn take(&mut self, node: &Node) {
        if node.scalar().is_some_and(|text| !text.is_empty()) {
            self.found.push((self.at.clone(), node.clone()));
        }
    }

    fn within(&mut self, step: Step, go: impl FnOnce(&mut Self)) {
        self.at.push(step);
        go(self);
        self.at.pop();
    }

    /// The images of the items of every list of containers.
    fn containers(&mut self, node: &Node, depth: usize) {
        let Some(fuel) = self.fuel.checked_sub(1).filter(|_| depth < MAX_DEPTH) else { return };
        self.fuel = fuel;
        for (index, item) in node.items().iter().enumerate() {
            self.within(Step::Index(index), |search| search.containers(item, depth + 1));
        }
        node.each_entry(|key, value| {
            let Some(key) = key.scalar() else { return };
            if value.scalar().is_some() {
                return;
            }
            self.within(Step::Key(key.to_owned()), |search| {
                search.containers(value, depth + 1);
                if matches!(key, "containers" | "initContainers") {
                    search.items(value, "image");
                }
            });
        });
    }

    fn items(&mut self, list: &Node, rest: &str) {
        for (index, item) in list.items().iter().enumerate() {
            self.within(Step::Index(index), |search| search.path(item, rest));
        }
    }

    /// The field at a path of kustomize's: keys between slashes, `[]` behind that of a list.
    fn path(&mut self, node: &Node, path: &str) {
        let (first, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let (key, list) = first.strip_suffix("[]").map_or((first, false), |key| (key, true));
        let Some(below) = node.get(key) else { return };
        self.within(Step::Key(key.to_owned()), |search| {
            if list || !below.items().is_empty() {
                search.items(below, rest);
            } else if rest.is_empty() {
                search.take(below);
            } else {
                search.path(below, rest);
            }
        });
    }
}
