//! Pod specs in any resource: in the workloads of Kubernetes itself, and in every custom resource that embeds
//! containers by the names that pod specs use.

use yaml::Node;

use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::found::Found;
use crate::reference::text::Reader;
use crate::reference::walk::{TooMuch, mappings};

/// A container's image; custom resources may write it in parts.
fn container(field: String, image: &Node) -> Claim {
    let part = |key: &str| image.get(key).cloned();
    match part("repository").or_else(|| part("name")) {
        Some(repository) => {
            let (registry, tag, digest) = (part("registry"), part("tag"), part("digest"));
            let map = Map { registry, repository: Some(repository), tag, digest, ..Map::default() };
            Claim::new(field, Shape::Map(map), Reader::Helm)
        }
        None => Claim::strict(field, Shape::Text(image.clone())),
    }
}

/// Lists whose items are containers, in Kubernetes and in the custom resources that follow it.
pub(crate) const CONTAINER_LISTS: &[&str] = &[
    "containers",
    "initContainers",
    "ephemeralContainers",
    "sidecars",
    "sidecarContainers",
    "extraContainers",
    "additionalContainers",
];

/// Claims the containers and image volumes below a node. `start`: the path of the node; `skips`: returns true
/// for a path that is left out.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub(crate) fn pod_specs(
    root: &Node,
    start: &str,
    skips: &mut dyn FnMut(&str) -> bool,
    found: &mut Found,
) -> Result<(), TooMuch> {
    mappings(root, start, |visit| {
        if skips(visit.path.as_str()) {
            return false;
        }
        visit.node.each_entry(|name, value| {
            let Some(name) = name.scalar() else { return };
            if CONTAINER_LISTS.contains(&name) {
                containers(&visit.path.key(name), value, found);
            } else if name == "volumes" {
                volumes(&visit.path.key(name), value, found);
            }
        });
        true
    })
}

/// Claims the images of a list of containers.
pub(crate) fn containers(path: &str, list: &Node, found: &mut Found) {
    for (index, item) in list.items().iter().enumerate() {
        if let Some(image) = item.get("image") {
            let mut claim = container(format!("{path}[{index}].image"), image);
            claim.container = item.get("name").and_then(Node::scalar).map(str::to_owned);
            found.claim(claim);
        }
    }
}

/// Image volumes: `volumes[].image.reference`. A Ceph volume's `rbd.image` is not an image.
fn volumes(path: &str, list: &Node, found: &mut Found) {
    for (index, volume) in list.items().iter().enumerate() {
        if let Some(reference) = volume.at(&["image", "reference"]) {
            let field = format!("{path}[{index}].image.reference");
            let shape = Shape::Text(reference.clone());
            found.claim(Claim::strict(field, shape));
        }
    }
}
