//! The fields that hold images to kustomize: containers wherever they stand, image volumes of pods, and
//! what a `configurations` file adds for custom resources.

use std::collections::BTreeMap;

use yaml::Node;

use super::images::Entry;
use super::item::Item;

/// Most nodes that are looked at in one resource: aliases of aliases multiply.
const MAX_NODES: usize = 2_000_000;
/// Deepest nesting: the parser ends at 255, aliases may add up.
const MAX_DEPTH: usize = 512;

/// A field that `configurations` name, or a transformer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldSpec {
    path: String,
    group: Option<String>,
    version: Option<String>,
    kind: Option<String>,
}

impl FieldSpec {
    /// Those of every kustomization.
    pub(super) fn defaults() -> Vec<Self> {
        let paths = ["spec", "spec/template/spec"].into_iter().flat_map(|pod| {
            ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"]
                .map(|field| format!("{pod}/{field}"))
        });
        paths.map(|path| Self { path, group: None, version: None, kind: None }).collect()
    }

    /// Those that a list names.
    pub(super) fn of(list: Option<&Node>) -> Vec<Self> {
        let text = |spec: &Node, key: &str| {
            spec.get(key).and_then(Node::scalar).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let read = |spec: &Node| {
            let (group, version, kind) = (text(spec, "group"), text(spec, "version"), text(spec, "kind"));
            Some(Self { path: text(spec, "path")?, group, version, kind })
        };
        list.map(Node::items).unwrap_or_default().iter().filter_map(read).collect()
    }

    /// Adds fields to others as kustomize does: where one that says more of its kind is there, one that says
    /// less is not added.
    pub(super) fn merge(fields: &mut Vec<Self>, mut new: Vec<Self>) {
        let less = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        // What is left out sorts behind every name.
        new.sort_by_key(|spec| {
            let [group, version, kind] =
                [&spec.group, &spec.version, &spec.kind].map(|name| (name.is_none(), name.clone()));
            (group, version, kind)
        });
        for spec in new {
            let says_less = |other: &Self| {
                spec.path == other.path
                    && less(&spec.group, &other.group)
                    && less(&spec.version, &other.version)
                    && less(&spec.kind, &other.kind)
            };
            if !fields.iter().any(says_less) {
                fields.push(spec);
            }
        }
    }

    fn matches(&self, item: &Item) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.kind, &item.resource().kind)
            && is(&self.group, item.group())
            && is(&self.version, item.version())
    }
}

/// A step into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// Applies entries, one after the other, to the images of a resource. As in kustomize an entry comes once to
/// each container wherever it stands, and once more for each of `specs` that names the field.
pub(super) fn apply(item: &mut Item, entries: &mut [Entry], specs: &[FieldSpec]) {
    if entries.is_empty() || item.resource().kind == "CustomResourceDefinition" {
        return;
    }
    let mut search = Search { fuel: MAX_NODES, at: Vec::new(), found: BTreeMap::new() };
    search.containers(item.body(), 0);
    for spec in specs.iter().filter(|spec| spec.matches(item)) {
        search.path(item.body(), &spec.path);
    }
    let mut changes = Vec::new();
    for (path, (mut image, times)) in search.found {
        let mut is_new = false;
        for entry in entries.iter_mut() {
            for _ in 0..times {
                if let Some(new) = entry.applied(&image) {
                    (image, is_new) = (new, true);
                }
            }
        }
        if is_new {
            changes.push((path, image));
        }
    }
    if !changes.is_empty() {
        item.change(|root| changes.into_iter().for_each(|(path, image)| set(root, &path, image)));
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
    /// The images by place, with how often each was found.
    found: BTreeMap<Vec<Step>, (Node, usize)>,
}

impl Search {
    fn take(&mut self, node: &Node) {
        if node.scalar().is_some_and(|text| !text.is_empty()) {
            self.found.entry(self.at.clone()).or_insert_with(|| (node.clone(), 0)).1 += 1;
        }
    }

    /// Counts a node; false where there have been too many.
    fn burn(&mut self) -> bool {
        let left = self.fuel.checked_sub(1);
        self.fuel = left.unwrap_or_default();
        left.is_some()
    }

    fn within(&mut self, step: Step, go: impl FnOnce(&mut Self)) {
        self.at.push(step);
        go(self);
        self.at.pop();
    }

    /// The images of the items of every list of containers.
    fn containers(&mut self, node: &Node, depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        for (index, item) in node.items().iter().enumerate() {
            if !self.burn() {
                return;
            }
            self.within(Step::Index(index), |search| search.containers(item, depth + 1));
        }
        node.each_entry(|key, value| {
            let Some(key) = key.scalar() else { return };
            if !self.burn() || value.scalar().is_some() {
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
            if !self.burn() {
                return;
            }
            self.within(Step::Index(index), |search| search.path(item, rest));
        }
    }

    /// The field at a path of kustomize's: keys between slashes; lists on the way are looked through,
    /// whether the path says `[]` or not.
    fn path(&mut self, node: &Node, path: &str) {
        let (first, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let key = first.strip_suffix("[]").unwrap_or(first);
        let Some(below) = node.get(key) else { return };
        self.within(Step::Key(key.to_owned()), |search| {
            if rest.is_empty() {
                search.take(below);
            } else if below.is_sequence() {
                search.items(below, rest);
            } else {
                search.path(below, rest);
            }
        });
    }
}
