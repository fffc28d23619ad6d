//! Strategic merge patches: what a patch says is laid over what is there, and the lists that Kubernetes
//! keeps by a key are merged item by item.
//! Source: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>.

use std::collections::{HashMap, HashSet};

use yaml::Node;

/// Deepest merge: the parser ends at 255, aliases may add up.
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

/// What a patch calls the scalars that it replaces.
pub(super) fn label(old: &Node) -> &'static str {
    if old.history().is_empty() { "written here in the base" } else { "changed here on the way" }
}

/// `new` where it takes the place of `old`: a scalar remembers the other.
pub(super) fn replaced(old: &Node, new: &Node) -> Node {
    if old.is_null() { new.clone() } else { new.instead_of(old, label(old)) }
}

/// Lays the patch of a resource over it; what the patch says of which resource it means stays out. `keyed`:
/// the kind is one of Kubernetes' own, whose lists have keys; those of others are replaced as a whole. False
/// where the patch deletes the resource.
pub(super) fn merge(target: &mut Node, patch: &Node, keyed: bool) -> bool {
    let mut patch = patch.clone();
    patch.remove("apiVersion");
    patch.remove("kind");
    if let Some(metadata) = patch.get_mut("metadata") {
        metadata.remove("name");
        metadata.remove("namespace");
    }
    match directive(&patch) {
        Some("delete") => return false,
        Some("replace") => {
            retain(target, &["apiVersion", "kind", "metadata"]);
            if let Some(metadata) = target.get_mut("metadata") {
                retain(metadata, &["name", "namespace"]);
            }
        }
        _ => {}
    }
    mapping(target, &patch, keyed, 0);
    true
}

fn retain(mapping: &mut Node, keys: &[&str]) {
    let kept = |(key, _): &(Node, Node)| key.scalar().is_some_and(|key| keys.contains(&key));
    mapping.entries_mut().into_iter().for_each(|entries| entries.retain(kept));
}

fn mapping(target: &mut Node, patch: &Node, keyed: bool, depth: usize) {
    patch.each_entry(|key, value| {
        let Some(name) = key.scalar().filter(|name| *name != "$patch") else { return };
        if value.is_null() {
            target.remove(name);
            return;
        }
        let old = target.get_mut(name).filter(|old| !old.is_null());
        let merged = match old {
            Some(old) => merged(old, value, name, keyed, depth),
            None => match fresh(value, name, keyed, depth) {
                Some(value) => {
                    target.insert(key.clone(), value);
                    true
                }
                None => false,
            },
        };
        if !merged {
            target.remove(name);
        }
    });
}

/// Lays a value over another; false where the value deletes it.
fn merged(old: &mut Node, new: &Node, name: &str, keyed: bool, depth: usize) -> bool {
    if old.is_mapping() && new.is_mapping() && depth < MAX_DEPTH {
        match directive(new) {
            Some("delete") => return false,
            Some("replace") => *old = old.emptied(),
            _ => {}
        }
        mapping(old, new, keyed, depth + 1);
        return true;
    }
    let key = key_of(name, old).or_else(|| key_of(name, new)).filter(|_| keyed && depth < MAX_DEPTH);
    let Some(key) = key.filter(|_| old.is_sequence() && new.is_sequence()) else {
        *old = replaced(old, new);
        return true;
    };
    match of_list(new) {
        Some("delete") => return false,
        Some("replace") => *old = Node::sequence_at(Vec::new(), new),
        _ => {}
    }
    list(old, new, key, depth);
    true
}

/// What an item that says nothing else says of the list that it is in. Behind an item with a directive of its
/// own it replaces the list, whatever it says: so kustomize does.
fn of_list(list: &Node) -> Option<&str> {
    let is_of_list = |item: &&Node| item.entries().len() == 1;
    let mut directives = list.items().iter().filter(|item| directive(item).is_some());
    match directives.next() {
        Some(first) if is_of_list(&first) => directive(first),
        Some(_) => directives.any(|item| is_of_list(&item)).then_some("replace"),
        None => None,
    }
}

/// A value where there was none: what it says of merging stays out.
fn fresh(new: &Node, name: &str, keyed: bool, depth: usize) -> Option<Node> {
    if new.is_mapping() && depth < MAX_DEPTH {
        if directive(new) == Some("delete") {
            return None;
        }
        let mut made = new.emptied();
        mapping(&mut made, new, keyed, depth + 1);
        return Some(made);
    }
    let Some(key) = key_of(name, new).filter(|_| keyed && depth < MAX_DEPTH) else {
        return Some(new.clone());
    };
    let mut made = Node::sequence_at(Vec::new(), new);
    list(&mut made, new, key, depth);
    Some(made)
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

/// Merges a list by a key. What the patch names comes first and in its order, as in kustomize, which also
/// leaves an item as it is that a patch would replace, and keeps the last of several by one name as it is.
fn list(old: &mut Node, new: &Node, key: &str, depth: usize) {
    let Some(items) = old.items_mut() else { return };
    let id = |item: &Node| item.get(key).and_then(Node::scalar).map(str::to_owned);
    let mut left: Vec<Option<Node>> = Vec::with_capacity(items.len());
    let mut places: HashMap<String, (usize, bool)> = HashMap::new();
    for item in items.drain(..) {
        let place = id(&item)
            .map(|id| places.entry(id).and_modify(|place| place.1 = true).or_insert((left.len(), false)));
        match place.filter(|place| place.1).and_then(|place| left.get_mut(place.0)) {
            Some(earlier) => *earlier = Some(item),
            None => left.push(Some(item)),
        }
    }
    let mut seen = HashSet::new();
    for patch in new.items() {
        let Some(id) = id(patch) else {
            items.extend(Some(patch).filter(|patch| directive(patch).is_none()).cloned());
            continue;
        };
        let place = places.get(&id).copied();
        if !seen.insert(id) {
            continue;
        }
        let found = place.and_then(|(at, _)| left.get_mut(at)?.take());
        let is_last_of_several = place.is_some_and(|(_, several)| several);
        match (found, directive(patch)) {
            (_, Some("delete")) => {}
            (Some(item), Some("replace")) => items.push(item),
            (Some(item), _) if is_last_of_several => items.push(item),
            (Some(mut item), _) => {
                mapping(&mut item, patch, true, depth + 1);
                items.push(item);
            }
            (None, _) => items.extend(fresh(patch, "", true, depth + 1)),
        }
    }
    items.extend(left.into_iter().flatten());
}
