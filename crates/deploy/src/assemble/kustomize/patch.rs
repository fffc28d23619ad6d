//! Patches: read from a kustomization or from the files that it names, and laid over its resources.

use std::sync::Arc;

use yaml::Node;

use super::Budget;
use super::item::Item;
use super::json_patch;
use super::merge::merge;
use super::selector::Selector;

/// A patch.
#[derive(Debug, Default)]
pub(super) struct Patch {
    /// What it says: mappings are laid over resources, a list is a JSON patch.
    pub(super) documents: Vec<Arc<Node>>,
    /// Which resources it speaks of, where it does not say so itself.
    pub(super) target: Option<Selector>,
    /// What it patches is called by its names of before too.
    pub(super) remembers: bool,
    /// It may give another name to what it patches.
    pub(super) renames: bool,
    /// It may make another kind of what it patches.
    pub(super) retypes: bool,
}

/// What is to be said of a patch, and where.
pub(super) struct Complaint {
    pub(super) at: Node,
    pub(super) message: String,
}

impl Patch {
    /// Applies it. `open`: there may be resources that are not known here.
    pub(super) fn apply(
        &self,
        items: &mut Vec<Item>,
        open: bool,
        budget: &mut Budget,
        complain: &mut dyn FnMut(Complaint),
    ) {
        for document in &self.documents {
            if document.is_mapping() {
                self.strategic(items, document, open, complain);
            } else {
                self.operations(items, document, budget, complain);
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
        let meant = Meant::new(patch);
        let mut found = false;
        items.retain_mut(|item| {
            let is = self.target.as_ref().map_or_else(|| meant.is(item), |target| target.is_patched(item));
            found |= is;
            !is || self.merged(item, patch)
        });
        // Schemas deploy nothing and are not read everywhere.
        if !found && !open && self.target.is_none() && meant.kind != "CustomResourceDefinition" {
            let message =
                format!("no resource is the {} {} that this patch speaks of", meant.kind, meant.name);
            complain(Complaint { at: patch.clone(), message });
        }
    }

    /// False where the patch deletes the resource.
    fn merged(&self, item: &mut Item, patch: &Node) -> bool {
        let keyed = item.is_builtin();
        if self.renames || self.retypes {
            item.remember();
        }
        item.change(|root| {
            let kept = merge(root, patch, keyed);
            if let Some(name) = patch.at(&["metadata", "name"]).filter(|_| self.renames)
                && let Some(old) = root.entry_mut("metadata").and_then(|metadata| metadata.entry_mut("name"))
            {
                *old = name.clone();
            }
            if let Some(kind) = patch.get("kind").filter(|_| self.retypes)
                && let Some(old) = root.entry_mut("kind")
            {
                *old = kind.clone();
            }
            kept
        })
    }

    fn operations(
        &self,
        items: &mut [Item],
        operations: &Node,
        budget: &mut Budget,
        complain: &mut dyn FnMut(Complaint),
    ) {
        let Some(target) = &self.target else {
            let message = "a JSON patch needs a target".to_owned();
            return complain(Complaint { at: operations.clone(), message });
        };
        for item in items.iter_mut().filter(|item| target.is_patched(item)) {
            if self.remembers {
                item.remember();
            }
            let (kind, name) = (item.resource().kind.clone(), item.resource().name.clone());
            let refused = item.change(|root| {
                operations.items().iter().find_map(|operation| {
                    let refused = json_patch::apply(root, operation, budget).err()?;
                    Some((operation.clone(), refused.0))
                })
            });
            if let Some((at, why)) = refused {
                let name = name.unwrap_or_else(|| "?".to_owned());
                complain(Complaint {
                    at,
                    message: format!("this does not apply to the {kind} {name}: {why}"),
                });
            }
        }
    }
}

/// Which resource a patch says of itself that it means.
struct Meant<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    namespace: &'a str,
}

impl<'a> Meant<'a> {
    fn new(patch: &'a Node) -> Self {
        let text = |path: &[&str]| patch.at(path).and_then(Node::scalar).filter(|text| !text.is_empty());
        Self {
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            kind: text(&["kind"]).unwrap_or("?"),
            name: text(&["metadata", "name"]).unwrap_or("?"),
            namespace: text(&["metadata", "namespace"]).unwrap_or("default"),
        }
    }

    fn is(&self, item: &Item) -> bool {
        let anywhere = item.is_cluster_wide();
        self.api_version == item.resource().api_version
            && item.ids().any(|id| {
                self.kind == id.kind
                    && self.name == id.name
                    && (anywhere || self.namespace == id.effective_namespace())
            })
    }
}
