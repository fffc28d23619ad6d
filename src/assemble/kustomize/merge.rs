//! Strategic merge patches: what a patch says is laid over what is there, and the lists that Kubernetes
//! keeps by a key are merged item by item.
//! Source: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>.

use crate::yaml::Node;

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
    new.instead_of(old, label(old))
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
    match patch.remove("$patch").as_ref().and_then(Node::scalar) {
        Some("delete") => return false,
        Some("replace") => {
            let identity =
                |(key, _): &(Node, Node)| matches!(key.scalar(), Some("apiVersion" | "kind" | "metadata"));
            target.entries_mut().into_iter().for_each(|entries| entries.retain(identity));
        }
        _ => {}
    }
    mapping(target, &patch, keyed, 0);
    true
}

fn mapping(target: &mut Node, patch: &Node, keyed: bool, depth: usize) {
    patch.each_entry(|key, value| {
        let Some(name) = key.scalar().filter(|name| !name.starts_with('$')) else { return };
        if value.is_null() || directive(value) == Some("delete") {
            target.remove(name);
        } else if let Some(old) = target.get_mut(name) {
            merged(old, value, name, keyed, depth);
        } else {
            target.insert(key.clone(), value.clone());
        }
    });
}

/// Lays a value over another.
fn merged(old: &mut Node, new: &Node, name: &str, keyed: bool, depth: usize) {
    let replaces = directive(new) == Some("replace");
    if old.is_mapping() && new.is_mapping() && depth < MAX_DEPTH && !replaces {
        return mapping(old, new, keyed, depth + 1);
    }
    match key_of(name, new).filter(|_| keyed && depth < MAX_DEPTH && !old.items().is_empty()) {
        Some(key) => list(old, new, key, depth),
        None => *old = replaced(old, new),
    }
}

fn directive(patch: &Node) -> Option<&str> {
    patch.get("$patch").and_then(Node::scalar)
}

/// The key by which a list is merged; `None` for one that is replaced.
fn key_of(name: &str, new: &Node) -> Option<&'static str> {
    let items = new.items();
    if items.is_empty() || items.iter().any(|item| !item.is_mapping()) {
        return None;
    }
    if items.iter().any(|item| directive(item) == Some("replace")) {
        return None;
    }
    if name == "ports" {
        let of_containers = items.iter().any(|item| item.get("containerPort").is_some());
        return Some(if of_containers { "containerPort" } else { "port" });
    }
    KEYED.iter().find(|(list, _)| *list == name).map(|(_, key)| *key)
}

/// Merges a list by a key. What the patch names comes first and in its order, as in kustomize.
fn list(old: &mut Node, new: &Node, key: &str, depth: usize) {
    let Some(items) = old.items_mut() else { return };
    let mut named = Vec::new();
    for patch in new.items() {
        let id = patch.get(key).and_then(Node::scalar);
        let at = items.iter().position(|item| id.is_some() && item.get(key).and_then(Node::scalar) == id);
        let found = at.map(|at| items.remove(at));
        match (found, directive(patch)) {
            (_, Some("delete")) => {}
            (Some(mut item), _) => {
                mapping(&mut item, patch, true, depth + 1);
                named.push(item);
            }
            (None, _) => named.push(patch.clone()),
        }
    }
    items.splice(0..0, named);
}
