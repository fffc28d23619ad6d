//! Patches: read from a kustomization or from the files that it names, and laid over its resources.

use std::sync::Arc;

use crate::yaml::Node;

use super::item::Item;
use super::json_patch;
use super::merge::merge;
use super::selector::Selector;

/// A patch.
#[derive(Debug)]
pub(super) struct Patch {
    /// What it says: mappings are laid over resources, a list is a JSON patch.
    pub(super) documents: Vec<Arc<Node>>,
    /// Which resources it speaks of, where it does not say so itself.
    pub(super) target: Option<Selector>,
}

/// What is to be said of a patch, and where.
pub(super) struct Complaint {
    pub(super) at: Node,
    pub(super) message: String,
}

impl Patch {
    /// Applies it. `open`: there may be resources that are not known here.
    pub(super) fn apply(&self, items: &mut Vec<Item>, open: bool, complain: &mut dyn FnMut(Complaint)) {
        for document in &self.documents {
            if document.is_mapping() {
                self.strategic(items, document, open, complain);
            } else {
                self.operations(items, document, complain);
            }
        }
    }

    fn strategic(
        &self,
        items: &mut Vec<Item>,
        patch: &Node,
        open: bool,
        complain: &mut dyn FnMut(Complaint),
    ) {
        let mut found = false;
        items.retain_mut(|item| {
            let meant =
                self.target.as_ref().map_or_else(|| is_meant(item, patch), |target| target.matches(item));
            found |= meant;
            let keyed = item.is_builtin();
            !meant || merge(Arc::make_mut(&mut item.root), patch, keyed)
        });
        if !found && !open && self.target.is_none() {
            let text = |path: &[&str]| patch.at(path).and_then(Node::scalar).unwrap_or("?");
            let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
            let message = format!("no resource is the {kind} {name} that this patch speaks of");
            complain(Complaint { at: patch.clone(), message });
        }
    }

    fn operations(&self, items: &mut [Item], operations: &Node, complain: &mut dyn FnMut(Complaint)) {
        let Some(target) = &self.target else {
            let message = "a JSON patch needs a target".to_owned();
            return complain(Complaint { at: operations.clone(), message });
        };
        for item in items.iter_mut().filter(|item| target.matches(item)) {
            for operation in operations.items() {
                if let Err(refused) = json_patch::apply(Arc::make_mut(&mut item.root), operation) {
                    let name = item.resource.name.as_deref().unwrap_or("?");
                    let message =
                        format!("this does not apply to the {} {name}: {}", item.resource.kind, refused.0);
                    complain(Complaint { at: operation.clone(), message });
                    break;
                }
            }
        }
    }
}

/// Whether a patch says of itself that it means this resource.
fn is_meant(item: &Item, patch: &Node) -> bool {
    let text = |path: &[&str]| patch.at(path).and_then(Node::scalar);
    let group = text(&["apiVersion"]).unwrap_or_default().split_once('/').map_or("", |(group, _)| group);
    let namespace = text(&["metadata", "namespace"]);
    text(&["kind"]) == Some(&item.resource.kind)
        && group == item.group()
        && text(&["metadata", "name"]).is_some_and(|name| item.names().any(|has| has == name))
        && namespace.is_none_or(|name| item.namespaces().any(|has| has == name))
}
