//! Strategic merge patches: a patch is merged into a resource, and the lists that Kubernetes keeps by a key are
//! merged item by item.
//! Source: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>.

use std::collections::{HashMap, HashSet};

use yaml::Node;

/// Maximum depth of a merge: the parser ends at 255, but aliases may exceed this.
const MAX_DEPTH: usize = 512;

/// Lists that Kubernetes' own kinds keep by a key.
const KEYED: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("imagePullSecrets", "name"),
    ("secrets", "name"),
    ("env", "name"),
    ("resourceClaims", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
];

/// The label of a scalar that another one replaces.
pub(super) fn label(old: &Node) -> &'static str {
    if old.history().is_empty() { "written here in the base" } else { "changed here on the way" }
}

/// `new` in place of `old`; a scalar remembers the replaced one.
pub(super) fn replaced(old: &Node, new: &Node) -> Node {
    if old.is_null() { new.clone() } else { new.instead_of(old, label(old)) }
}

/// A place of a patch, and the reason why kustomize refuses it.
pub(super) type Refused = (Node, String);

/// One merge.
#[derive(Debug)]
struct Merge {
    /// True for a built-in kind of Kubernetes, whose lists have keys; lists of other kinds are replaced
    /// completely.
    keyed: bool,
    /// The first fault for which kustomize refuses the patch.
    refused: Option<Refused>,
    /// True if a value is nested too deep to be merged.
    is_too_deep: bool,
}

/// The result of a merge.
#[derive(Debug)]
pub(super) struct Merged {
    /// False if the patch deletes the resource.
    pub(super) is_kept: bool,
    /// The first fault for which kustomize refuses the patch; the affected part is unchanged.
    pub(super) refused: Option<Refused>,
    /// True if a value is nested too deep to be merged.
    pub(super) is_too_deep: bool,
}

/// Merges the patch of a resource into it; the identity of the resource does not change. `keyed`: true for a
/// built-in kind of Kubernetes.
pub(super) fn merge(target: &mut Node, patch: &Node, keyed: bool) -> Merged {
    let mut patch = patch.clone();
    patch.remove("apiVersion");
    patch.remove("kind");
    if let Some(metadata) = patch.get_mut("metadata") {
        metadata.remove("name");
        metadata.remove("namespace");
    }
    let mut merge = Merge { keyed, refused: None, is_too_deep: false };
    match merge.directive(&patch) {
        Some("delete") => return Merged { is_kept: false, refused: None, is_too_deep: false },
        Some("replace") => {
            retain(target, &["apiVersion", "kind", "metadata"]);
            if let Some(metadata) = target.get_mut("metadata") {
                retain(metadata, &["name", "namespace"]);
            }
        }
        _ => {}
    }
    merge.mapping(target, &patch, 0);
    Merged { is_kept: true, refused: merge.refused, is_too_deep: merge.is_too_deep }
}

/// A patch as a separate resource, without its merge directives. `None` if it deletes its resource. The flag is true if a
/// value is nested too deep.
pub(super) fn without_directives(patch: &Node) -> (Option<Node>, bool) {
    let mut merge = Merge { keyed: true, refused: None, is_too_deep: false };
    (merge.fresh(patch, "", 0), merge.is_too_deep)
}

fn retain(mapping: &mut Node, keys: &[&str]) {
    if let Some(entries) = mapping.entries_mut() {
        entries.retain(|(key, _)| key.scalar().is_some_and(|key| keys.contains(&key)));
    }
}

impl Merge {
    fn refuse(&mut self, at: &Node, why: String) {
        self.refused.get_or_insert_with(|| (at.clone(), why));
    }

    /// True if a value may be merged at this depth, and is not taken over as a whole.
    fn fits(&mut self, value: &Node, depth: usize) -> bool {
        self.is_too_deep |= depth >= MAX_DEPTH && value.scalar().is_none();
        depth < MAX_DEPTH
    }

    /// The directive of a patch of an existing value.
    fn directive<'a>(&mut self, patch: &'a Node) -> Option<&'a str> {
        let found = directive(patch)?;
        if !matches!(found, "delete" | "replace" | "merge") {
            self.refuse(patch, format!("kustomize has no $patch: {found}"));
        }
        Some(found)
    }

    /// Merges the entries of a mapping into another one.
    fn mapping(&mut self, target: &mut Node, patch: &Node, depth: usize) {
        patch.each_entry(|key, value| {
            let Some(name) = key.scalar().filter(|name| *name != "$patch") else { return };
            if !self.entry(target, key, value, name, depth) {
                target.remove(name);
            }
        });
    }

    /// Merges one entry; false if the patch deletes it.
    fn entry(&mut self, target: &mut Node, key: &Node, value: &Node, name: &str, depth: usize) -> bool {
        if value.is_null() {
            return false;
        }
        if let Some(old) = target.get_mut(name)
            && !old.is_null()
        {
            return self.merged(old, value, name, depth);
        }
        let Some(value) = self.fresh(value, name, depth) else { return false };
        target.insert(key.clone(), value);
        true
    }

    /// Merges a value into another one; false if the value deletes it.
    fn merged(&mut self, old: &mut Node, new: &Node, name: &str, depth: usize) -> bool {
        if sort(old) != sort(new) {
            let (old, is) = (sort(old), sort(new));
            self.refuse(new, format!("{name} is {old} in the resource, and {is} in this patch"));
            return true;
        }
        let fits = self.fits(old, depth);
        if old.is_mapping() && fits {
            match self.directive(new) {
                Some("delete") => return false,
                Some("replace") => *old = old.emptied(),
                _ => {}
            }
            self.mapping(old, new, depth + 1);
            return true;
        }
        let is_keyed = self.keyed && fits && old.is_sequence();
        let key = key_of(name, old).or_else(|| key_of(name, new));
        let Some(key) = key.filter(|_| is_keyed) else {
            *old = replaced(old, new);
            return true;
        };
        match directive_of_list(new) {
            Some("delete") => return false,
            Some("replace") => *old = Node::sequence_at(Vec::new(), new),
            _ => {}
        }
        self.list(old, new.items(), key, depth);
        true
    }

    /// A new value, without its merge directives; `None` if it deletes.
    fn fresh(&mut self, new: &Node, name: &str, depth: usize) -> Option<Node> {
        let fits = self.fits(new, depth);
        if new.is_mapping() && fits {
            if directive(new) == Some("delete") {
                return None;
            }
            let mut made = new.emptied();
            self.mapping(&mut made, new, depth + 1);
            return Some(made);
        }
        let Some(key) = key_of(name, new).filter(|_| self.keyed && fits) else {
            return Some(new.clone());
        };
        // As in kustomize, an item without a name removes those after it, which are not merged yet.
        let end =
            new.items().iter().position(|item| name_of(item, key).is_none() && !is_list_directive(item));
        let (first, rest) = new.items().split_at(end.unwrap_or(new.items().len()));
        let mut made = Node::sequence_at(Vec::new(), new);
        self.list(&mut made, first, key, depth);
        if let Some(items) = made.items_mut() {
            let is_kept = |item: &&Node| item.is_mapping() && name_of(item, key).is_none();
            items.extend(rest.iter().filter(is_kept).cloned());
        }
        Some(made)
    }

    /// Merges a list by a key. As in kustomize, the items of the patch come first and in its order, an item
    /// that the patch would replace is not changed, and the last of several items with the same name is not
    /// changed either. An item of the patch without a name removes all items that are not merged yet.
    fn list(&mut self, old: &mut Node, new: &[Node], key: &str, depth: usize) {
        let Some(items) = old.items_mut() else { return };
        let mut there = ByName::new(std::mem::take(items), key);
        let mut seen = HashSet::new();
        for patch in new {
            let Some(name) = name_of(patch, key) else {
                if !is_list_directive(patch) {
                    there.remove_named();
                }
                continue;
            };
            if !seen.insert(name) {
                continue;
            }
            let found = there.take(name);
            let wanted = if found.is_some() { self.directive(patch) } else { directive(patch) };
            match (found, wanted) {
                (_, Some("delete")) => {}
                (Some((item, _)), Some("replace")) | (Some((item, true)), _) => items.push(item),
                (Some((mut item, false)), _) => {
                    self.mapping(&mut item, patch, depth + 1);
                    items.push(item);
                }
                (None, _) => items.extend(self.fresh(patch, "", depth + 1)),
            }
        }
        items.extend(there.items.into_iter().flatten());
    }
}

/// The type of a value, in words.
fn sort(node: &Node) -> &'static str {
    if node.is_mapping() {
        "a mapping"
    } else if node.is_sequence() {
        "a list"
    } else {
        "a scalar"
    }
}

/// The directive of an item without other keys, which applies to the whole list. As in kustomize, any such
/// directive replaces the list if an item with its own directive precedes it.
fn directive_of_list(list: &Node) -> Option<&str> {
    let mut is_first = true;
    for item in list.items() {
        let Some(found) = directive(item) else { continue };
        if is_list_directive(item) {
            return Some(if is_first { found } else { "replace" });
        }
        is_first = false;
    }
    None
}

/// True for an item that has only a directive, which applies to the list.
fn is_list_directive(item: &Node) -> bool {
    directive(item).is_some() && item.entries().len() == 1
}

fn directive(patch: &Node) -> Option<&str> {
    patch.get("$patch").and_then(Node::scalar)
}

/// The key by which a list is merged; `None` for one that is replaced.
fn key_of(name: &str, list: &Node) -> Option<&'static str> {
    if !list.items().iter().any(Node::is_mapping) {
        return None;
    }
    if name == "ports" {
        let of_containers = list.items().iter().any(|item| item.get("containerPort").is_some());
        return Some(if of_containers { "containerPort" } else { "port" });
    }
    KEYED.iter().find(|(list, _)| *list == name).map(|(_, key)| *key)
}

fn name_of<'a>(item: &'a Node, key: &str) -> Option<&'a str> {
    item.get(key).filter(|name| !name.is_null())?.scalar().filter(|name| !name.is_empty())
}

/// The items of a list by their names.
struct ByName {
    /// The items that were not taken.
    items: Vec<Option<Node>>,
    /// From a name to the index, and true if several items have the name.
    places: HashMap<String, (usize, bool)>,
}

impl ByName {
    fn new(list: Vec<Node>, key: &str) -> Self {
        let mut all = Self { items: Vec::with_capacity(list.len()), places: HashMap::new() };
        for item in list {
            all.add(item, key);
        }
        all
    }

    fn add(&mut self, item: Node, key: &str) {
        if let Some(name) = name_of(&item, key).map(str::to_owned) {
            if let Some((at, is_several)) = self.places.get_mut(&name)
                && let Some(earlier) = self.items.get_mut(*at)
            {
                *is_several = true;
                *earlier = Some(item);
                return;
            }
            self.places.insert(name, (self.items.len(), false));
        }
        self.items.push(Some(item));
    }

    /// Removes all items that have a name.
    fn remove_named(&mut self) {
        for (_, (at, _)) in self.places.drain() {
            if let Some(item) = self.items.get_mut(at) {
                *item = None;
            }
        }
    }

    /// Takes the item of a name. The flag is true for the last of several items.
    fn take(&mut self, name: &str) -> Option<(Node, bool)> {
        let (at, is_several) = self.places.get(name).copied()?;
        Some((self.items.get_mut(at)?.take()?, is_several))
    }
}
