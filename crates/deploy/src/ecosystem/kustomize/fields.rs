//! The fields in which kustomize finds images: containers in any place, image volumes of pods, and the fields
//! that a `configurations` file adds for custom resources. Fields with `vars` are found in the same way.

use std::collections::BTreeMap;

use yaml::Node;

use super::images::Entry;
use super::item::Item;

/// Maximum number of nodes that are read in one resource: aliases of aliases multiply.
const MAX_NODES: usize = 2_000_000;
/// Maximum nesting: the parser ends at 255, but aliases may exceed this.
const MAX_DEPTH: usize = 512;

/// The image fields of every pod.
const POD_FIELDS: [&str; 6] = [
    "spec/containers[]/image",
    "spec/initContainers[]/image",
    "spec/volumes[]/image/reference",
    "spec/template/spec/containers[]/image",
    "spec/template/spec/initContainers[]/image",
    "spec/template/spec/volumes[]/image/reference",
];

/// A field that `configurations` or a separate transformer name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldSpec {
    path: String,
    group: Option<String>,
    version: Option<String>,
    kind: Option<String>,
}

impl FieldSpec {
    /// The image fields of every kustomization.
    pub(super) fn defaults() -> Vec<Self> {
        let mut fields = Vec::new();
        for path in POD_FIELDS {
            fields.push(Self { path: path.to_owned(), group: None, version: None, kind: None });
        }
        fields
    }

    /// Reads a list of fields.
    pub(super) fn read(list: &[Node]) -> Vec<Self> {
        let mut fields = Vec::new();
        for node in list {
            let Some(path) = text(node, "path") else { continue };
            let (group, version, kind) = (text(node, "group"), text(node, "version"), text(node, "kind"));
            fields.push(Self { path, group, version, kind });
        }
        fields
    }

    /// Adds fields to others as kustomize does: a new field is left out if an existing one with the same path
    /// matches the same or fewer resources.
    pub(super) fn merge(fields: &mut Vec<Self>, mut new: Vec<Self>) {
        new.sort_by_cached_key(Self::order);
        for spec in new {
            if !fields.iter().any(|other| spec.includes(other)) {
                fields.push(spec);
            }
        }
    }

    /// An omitted name sorts after every other.
    fn order(&self) -> [(bool, Option<String>); 3] {
        let mut order = [&self.group, &self.version, &self.kind].into_iter().cloned();
        [(); 3].map(|()| order.next().flatten()).map(|name| (name.is_none(), name))
    }

    /// True if it matches every resource that another field of the same path matches.
    fn includes(&self, other: &Self) -> bool {
        self.path == other.path
            && is_wider(self.group.as_deref(), other.group.as_deref())
            && is_wider(self.version.as_deref(), other.version.as_deref())
            && is_wider(self.kind.as_deref(), other.kind.as_deref())
    }

    fn matches(&self, item: &Item) -> bool {
        is_wider(self.kind.as_deref(), Some(item.resource().kind.as_str()))
            && is_wider(self.group.as_deref(), Some(item.group()))
            && is_wider(self.version.as_deref(), Some(item.version()))
    }

    /// The paths of those fields that a resource has.
    pub(super) fn paths_in(fields: &[Self], item: &Item) -> Vec<String> {
        let mut paths = Vec::new();
        for spec in fields.iter().filter(|spec| spec.matches(item)) {
            let mut search = Search::new();
            search.path(item.body(), &spec.path);
            if !search.found.is_empty() {
                paths.push(spec.path.clone());
            }
        }
        paths
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.scalar().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// True if a name is left out, or the same as another.
fn is_wider(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

/// A step into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// A scalar that was found, and how often.
type Found = BTreeMap<Vec<Step>, (Node, usize)>;

/// Applies entries, one after the other, to the images of a resource. As in kustomize, an entry is applied
/// once to each container in any place, and once more for each of `specs` that names the field. False if the resource
/// exceeds a limit, so that a part of it was not searched.
pub(super) fn apply(item: &mut Item, entries: &mut [Entry], specs: &[FieldSpec]) -> bool {
    if entries.is_empty() || item.resource().kind == "CustomResourceDefinition" {
        return true;
    }
    let mut search = Search::new();
    search.containers(item.body(), 0);
    search.fields(item, specs);
    let mut changes = Vec::new();
    for (path, (image, times)) in search.found {
        if let Some(new) = applied(&image, times, entries) {
            changes.push((path, new));
        }
    }
    set_all(item, changes);
    !search.is_cut
}

/// The result of entries that are applied to an image, each `times` times; `None` if the image does not
/// change.
fn applied(image: &Node, times: usize, entries: &mut [Entry]) -> Option<Node> {
    let mut new = None;
    for entry in entries {
        for _ in 0..times {
            if let Some(image) = entry.applied(new.as_ref().unwrap_or(image)) {
                new = Some(image);
            }
        }
    }
    new
}

/// Replaces the scalars of the fields `specs` of a resource, for which `other` has a replacement. False if the resource
/// exceeds a limit, so that a part of it was not searched.
pub(super) fn replace(item: &mut Item, specs: &[FieldSpec], other: &dyn Fn(&Node) -> Option<Node>) -> bool {
    let mut search = Search::new();
    search.fields(item, specs);
    let mut changes = Vec::new();
    for (path, (node, _)) in search.found {
        changes.extend(other(&node).map(|node| (path, node)));
    }
    set_all(item, changes);
    !search.is_cut
}

fn set_all(item: &mut Item, changes: Vec<(Vec<Step>, Node)>) {
    if changes.is_empty() {
        return;
    }
    item.change(|root| {
        for (path, value) in changes {
            set(root, &path, value);
        }
    });
}

fn set(root: &mut Node, path: &[Step], value: Node) {
    let mut node = root;
    for step in path {
        let below = match step {
            Step::Key(key) => node.get_mut(key),
            Step::Index(index) => node.items_mut().and_then(|items| items.get_mut(*index)),
        };
        let Some(below) = below else { return };
        node = below;
    }
    *node = value;
}

struct Search {
    fuel: usize,
    /// True if a limit was exceeded.
    is_cut: bool,
    at: Vec<Step>,
    found: Found,
}

impl Search {
    fn new() -> Self {
        Self { fuel: MAX_NODES, is_cut: false, at: Vec::new(), found: Found::new() }
    }

    /// The fields of a resource that match it.
    fn fields(&mut self, item: &Item, specs: &[FieldSpec]) {
        for spec in specs {
            if spec.matches(item) {
                self.path(item.body(), &spec.path);
            }
        }
    }

    fn take(&mut self, node: &Node) {
        if node.scalar().is_some_and(|text| !text.is_empty()) {
            self.found.entry(self.at.clone()).or_insert_with(|| (node.clone(), 0)).1 += 1;
        }
    }

    /// Counts a node; false if the limit is exceeded.
    fn burn(&mut self) -> bool {
        let left = self.fuel.checked_sub(1);
        self.fuel = left.unwrap_or_default();
        self.is_cut |= left.is_none();
        left.is_some()
    }

    /// The images of the items of every list of containers.
    fn containers(&mut self, node: &Node, depth: usize) {
        if depth >= MAX_DEPTH {
            self.is_cut |= node.scalar().is_none();
            return;
        }
        for (index, item) in node.items().iter().enumerate() {
            if !self.burn() {
                return;
            }
            self.at.push(Step::Index(index));
            self.containers(item, depth + 1);
            self.at.pop();
        }
        node.each_entry(|key, value| {
            let Some(key) = key.scalar() else { return };
            if !self.burn() || value.scalar().is_some() {
                return;
            }
            self.at.push(Step::Key(key.to_owned()));
            self.containers(value, depth + 1);
            if matches!(key, "containers" | "initContainers") {
                self.items(value, "image");
            }
            self.at.pop();
        });
    }

    fn items(&mut self, list: &Node, rest: &str) {
        for (index, item) in list.items().iter().enumerate() {
            if !self.burn() {
                return;
            }
            self.at.push(Step::Index(index));
            self.path(item, rest);
            self.at.pop();
        }
    }

    /// The field at a path of kustomize's: keys between slashes. Lists on the path are searched, with or
    /// without `[]` in the path.
    fn path(&mut self, node: &Node, path: &str) {
        let (first, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let key = first.strip_suffix("[]").unwrap_or(first);
        let Some(below) = node.get(key) else { return };
        self.at.push(Step::Key(key.to_owned()));
        if below.is_sequence() && !rest.is_empty() {
            self.items(below, rest);
        } else if rest.is_empty() {
            self.take(below);
        } else {
            self.path(below, rest);
        }
        self.at.pop();
    }
}
