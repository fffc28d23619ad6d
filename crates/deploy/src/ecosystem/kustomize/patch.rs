//! Patches: read from a kustomization or from the files that it names, and applied to its resources.

use std::sync::Arc;

use model::{FileProblem, Resource};
use yaml::Node;

use super::budget::Budget;
use super::built::Built;
use super::item::Item;
use super::json_patch::{self, Refused};
use super::merge::{merge, without_directives};
use super::problem::{broken, exceeded, is_certain};
use super::selector::Selector;

/// A patch.
#[derive(Debug, Default)]
pub(super) struct Patch {
    /// The documents of the patch: a mapping is merged into resources, a list is a JSON patch.
    pub(super) documents: Vec<Arc<Node>>,
    /// The resources that are patched, if the patch does not name one itself.
    pub(super) target: Option<Selector>,
    /// True if the resources keep their earlier names for later patches.
    pub(super) remembers: bool,
    /// True if it may change the name of a resource.
    pub(super) renames: bool,
    /// True if it may change the kind of a resource.
    pub(super) changes_kind: bool,
}

impl Patch {
    /// Applies it to all resources that it names, and reports the faults for which kustomize refuses it.
    pub(super) fn apply(&self, built: &mut Built, budget: &mut Budget) {
        let mut merges = 0;
        built.problems.extend(self.target.as_ref().and_then(Selector::unreadable));
        for document in &self.documents {
            if is_empty(document) {
                continue;
            }
            if document.is_sequence() {
                // kustomize reads the operations of the first document only.
                if merges == 0 {
                    self.operations(document, built, budget);
                }
                return;
            }
            if !document.is_mapping() {
                let message = "this is not a patch: kustomize expects a resource or a list of operations";
                built.problems.push(broken(document, message.to_owned()));
                continue;
            }
            merges += 1;
            if merges == 2 && self.target.is_some() {
                let message = "kustomize refuses several patches in one entry that has a target";
                built.problems.push(broken(document, message.to_owned()));
            }
            self.merge(document, built);
        }
    }

    fn merge(&self, patch: &Node, built: &mut Built) {
        let named = Named::new(patch);
        if named.lacks_identity() {
            let message = "this patch has no kind or no name, and kustomize refuses it".to_owned();
            built.problems.push(broken(patch, message));
            if self.target.is_none() {
                return;
            }
        }
        let (mut matches, mut problems) = (0, Vec::new());
        built.items.retain_mut(|item| {
            let is_meant = match &self.target {
                Some(target) => target.is_patched(item),
                None => named.is(item),
            };
            matches += usize::from(is_meant);
            !is_meant || self.merge_into(item, patch, &mut problems)
        });
        built.problems.extend(problems.into_iter().filter(|it| !built.is_altered || is_certain(it)));
        if matches == 0 {
            self.unmatched(patch, &named, built);
        } else if matches > 1 && self.target.is_none() && !built.is_altered {
            let (kind, name) = (named.kind, named.name);
            let message = format!("{matches} resources match {kind} {name}, which this patch names");
            built.problems.push(broken(patch, message));
        }
    }

    /// Keeps the patch of a remote resource: the images in it are deployed.
    fn unmatched(&self, patch: &Node, named: &Named<'_>, built: &mut Built) {
        if built.is_open {
            let (root, is_too_deep) = without_directives(patch);
            if is_too_deep {
                built.problems.push(exceeded(patch, "this patch exceeds the limit of nesting".to_owned()));
            }
            let Some(root) = root else { return };
            let item = Item::partial(Arc::new(root), named.resource());
            return built.items.push(item);
        }
        // Schemas deploy nothing and are not read everywhere.
        let is_schema = named.kind == "CustomResourceDefinition";
        if self.target.is_none() && !built.is_altered && !is_schema {
            let message =
                format!("no resource matches {} {}, which this patch names", named.kind, named.name);
            built.problems.push(broken(patch, message));
        }
    }

    /// False if the patch deletes the resource.
    fn merge_into(&self, item: &mut Item, patch: &Node, problems: &mut Vec<FileProblem>) -> bool {
        let has_keys = item.is_builtin();
        if self.renames || self.changes_kind {
            item.remember();
        }
        let merged = item.change(|root| {
            let merged = merge(root, patch, has_keys);
            if self.renames {
                copy(root, patch, &["metadata", "name"]);
            }
            if self.changes_kind {
                copy(root, patch, &["kind"]);
            }
            merged
        });
        let does_not = format!("this does not apply to the {}", item.called());
        if let Some((at, why)) = merged.refused.filter(|_| !item.is_partial()) {
            problems.push(broken(&at, format!("{does_not}: {why}")));
        }
        if merged.is_too_deep {
            problems.push(exceeded(patch, format!("{does_not}: it exceeds the limit of nesting")));
        }
        merged.is_kept
    }

    fn operations(&self, operations: &Node, built: &mut Built, budget: &mut Budget) {
        let Some(target) = &self.target else {
            let message = "a JSON patch needs a target".to_owned();
            return built.problems.push(broken(operations, message));
        };
        let (mut is_matched, mut problems) = (false, Vec::new());
        for item in &mut built.items {
            if !target.is_patched(item) {
                continue;
            }
            is_matched = true;
            if self.remembers {
                item.remember();
            }
            problems.extend(apply_all(item, operations, budget));
        }
        // An unknown transformer may have created the value that an operation needs.
        built.problems.extend(problems.into_iter().filter(|it| !built.is_altered || is_certain(it)));
        if !is_matched && built.is_open {
            let root = operations.emptied();
            let mut item = Item::partial(Arc::new(root), target.resource());
            built.problems.extend(apply_all(&mut item, operations, budget));
            built.items.push(item);
        }
    }
}

/// True if a document is an empty collection, which kustomize leaves out.
fn is_empty(document: &Node) -> bool {
    let is_collection = document.is_mapping() || document.is_sequence();
    is_collection && document.entries().is_empty() && document.items().is_empty()
}

/// Applies the operations that can be applied. Returns the problem of the first one that cannot, and that of the first
/// one that exceeds a limit.
fn apply_all(item: &mut Item, operations: &Node, budget: &mut Budget) -> Vec<FileProblem> {
    let (implied, is_partial) = (item.implied(), item.is_partial());
    let does_not = format!("this does not apply to the {}", item.called());
    item.change(|root| {
        let (mut refused, mut excess) = (None, None);
        for operation in operations.items() {
            let done = if is_partial {
                json_patch::write(root, operation)
            } else {
                json_patch::apply(root, operation, &implied, budget)
            };
            match done {
                Ok(()) => {}
                Err(Refused::Exceeded(why)) => _ = excess.get_or_insert((operation, why)),
                Err(Refused::Broken(why)) => _ = refused.get_or_insert((operation, why)),
            }
        }
        let refused = refused.map(|(at, why)| broken(at, format!("{does_not}: {why}")));
        let excess = excess.map(|(at, why)| exceeded(at, format!("{does_not}: {why}")));
        refused.into_iter().chain(excess).collect()
    })
}

/// Sets a field to its value in a patch.
fn copy(root: &mut Node, patch: &Node, keys: &[&str]) {
    let Some(value) = patch.at(keys) else { return };
    let mut holder = root;
    for key in keys {
        let Some(below) = holder.entry_mut(key) else { return };
        holder = below;
    }
    *holder = value.clone();
}

/// The resource that a patch names.
struct Named<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    namespace: &'a str,
}

impl<'a> Named<'a> {
    fn new(patch: &'a Node) -> Self {
        Self {
            api_version: text(patch, &["apiVersion"]).unwrap_or_default(),
            kind: text(patch, &["kind"]).unwrap_or("?"),
            name: text(patch, &["metadata", "name"]).unwrap_or("?"),
            namespace: text(patch, &["metadata", "namespace"]).unwrap_or("default"),
        }
    }

    fn lacks_identity(&self) -> bool {
        self.kind == "?" || self.name == "?"
    }

    fn is(&self, item: &Item) -> bool {
        if self.api_version != item.resource().api_version {
            return false;
        }
        let is_cluster_wide = item.is_cluster_wide();
        item.ids().any(|id| {
            let is_there = is_cluster_wide || self.namespace == id.effective_namespace();
            self.kind == id.kind && self.name == id.name && is_there
        })
    }

    fn resource(&self) -> Resource {
        Resource {
            api_version: self.api_version.to_owned(),
            kind: self.kind.to_owned(),
            namespace: (self.namespace != "default").then(|| self.namespace.to_owned()),
            name: (self.name != "?").then(|| self.name.to_owned()),
        }
    }
}

fn text<'a>(patch: &'a Node, keys: &[&str]) -> Option<&'a str> {
    patch.at(keys)?.scalar().filter(|text| !text.is_empty())
}
