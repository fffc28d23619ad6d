//! A resource on its way through the layers of a kustomization.

use std::sync::Arc;

use model::Resource;
use yaml::Node;

/// A resource, with the names that it has had: patches may call it by any of them.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Shared between the roots that include it until one of them changes it.
    root: Arc<Node>,
    /// What it is now.
    resource: Resource,
    /// What it was before each change of its name, the oldest first.
    earlier: Vec<Id>,
    /// Metadata that layers have set and that is not in the tree yet: most of it is never looked at.
    set: Vec<(&'static str, Node)>,
}

/// What tells a resource of one API version from the others.
#[derive(Clone, Debug)]
pub(super) struct Id {
    pub(super) kind: String,
    pub(super) name: String,
    /// As it is written, or empty.
    pub(super) namespace: String,
}

impl Id {
    fn of(resource: &Resource) -> Self {
        let (name, namespace) = (resource.name.clone(), resource.namespace.clone());
        let (name, namespace) = (name.unwrap_or_default(), namespace.unwrap_or_default());
        Self { kind: resource.kind.clone(), name, namespace }
    }

    /// Without one it is in `default`.
    pub(super) fn effective_namespace(&self) -> &str {
        if self.namespace.is_empty() { "default" } else { &self.namespace }
    }
}

impl Item {
    pub(super) fn new(root: Arc<Node>, resource: Resource) -> Self {
        Self { root, resource, earlier: Vec::new(), set: Vec::new() }
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The tree without what layers have set in its metadata.
    pub(super) fn body(&self) -> &Node {
        &self.root
    }

    pub(super) fn into_parts(self) -> (Arc<Node>, Resource) {
        (self.root, self.resource)
    }

    /// The API group; empty for the core group.
    pub(super) fn group(&self) -> &str {
        self.resource.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn version(&self) -> &str {
        let version = &self.resource.api_version;
        version.split_once('/').map_or(version.as_str(), |(_, version)| version)
    }

    /// What it is and what it was, the oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.earlier.iter().cloned().chain(std::iter::once(Id::of(&self.resource)))
    }

    /// What it was at first, and what it is.
    pub(super) fn first_and_last(&self) -> [Id; 2] {
        let last = Id::of(&self.resource);
        [self.earlier.first().cloned().unwrap_or_else(|| last.clone()), last]
    }

    /// A label or an annotation.
    pub(super) fn metadata(&self, field: &str, name: &str) -> Option<&str> {
        let set = self.set.iter().rev().filter(|(of, _)| *of == field);
        set.filter_map(|(_, pairs)| pairs.get(name))
            .chain(self.root.at(&["metadata", field, name]))
            .next()?
            .scalar()
    }

    /// Whether it is of those of Kubernetes' own kinds that hold pods, whose lists kustomize merges by keys.
    pub(super) fn is_builtin(&self) -> bool {
        matches!(self.resource.api_version.as_str(), "v1" | "apps/v1" | "batch/v1" | "batch/v1beta1")
    }

    /// Whether kustomize knows that its kind has no namespace.
    pub(super) fn is_cluster_wide(&self) -> bool {
        let group = self.group();
        (group.is_empty() || group.ends_with(".k8s.io"))
            && CLUSTER_WIDE.contains(&self.resource.kind.as_str())
    }

    /// The tree, to be changed by `change`; whatever that makes of the name is the name then.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        self.settle();
        let done = change(Arc::make_mut(&mut self.root));
        let text = |path: &[&str]| self.root.at(path).and_then(Node::scalar).map(str::to_owned);
        let (api_version, kind) = (text(&["apiVersion"]), text(&["kind"]));
        let (name, namespace) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]));
        let now = &mut self.resource;
        now.api_version = api_version.unwrap_or_else(|| std::mem::take(&mut now.api_version));
        now.kind = kind.unwrap_or_else(|| std::mem::take(&mut now.kind));
        now.name = name.or_else(|| now.name.take());
        now.namespace = namespace.filter(|namespace| !namespace.is_empty());
        done
    }

    /// The tree with all that layers have set.
    pub(super) fn settled(&mut self) -> &Node {
        self.settle();
        &self.root
    }

    fn settle(&mut self) {
        if self.set.is_empty() {
            return;
        }
        let root = Arc::make_mut(&mut self.root);
        for (field, value) in self.set.drain(..) {
            let Some(metadata) = root.entry_mut("metadata") else { continue };
            let Some(old) = metadata.entry_mut(field) else { continue };
            if !value.is_mapping() {
                *old = value;
                continue;
            }
            value.each_entry(|key, value| {
                let place = key.scalar().and_then(|key| old.entry_mut(key));
                if let Some(place) = place {
                    *place = value.clone();
                }
            });
        }
    }

    /// Remembers what it is, for patches that call it so later.
    pub(super) fn remember(&mut self) {
        self.earlier.push(Id::of(&self.resource));
    }

    /// Moves it to a namespace.
    pub(super) fn move_to(&mut self, namespace: &Node) {
        self.remember();
        if !self.is_cluster_wide() {
            self.resource.namespace = namespace.scalar().map(str::to_owned);
            self.set.push(("namespace", namespace.clone()));
        }
    }

    /// Puts something before its name, or behind it.
    pub(super) fn rename(&mut self, prefix: &str, suffix: &str, like: &Node) {
        let first = self.earlier.first().map_or(&self.resource.kind, |id| &id.kind);
        if matches!(first.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            return;
        }
        self.remember();
        if let Some(name) = &mut self.resource.name {
            *name = format!("{prefix}{name}{suffix}");
            self.set.push(("name", Node::text_at(name, like)));
        }
    }

    /// Sets labels or annotations: the entries of a mapping.
    pub(super) fn set(&mut self, field: &'static str, pairs: &Node) {
        if pairs.is_mapping() {
            self.set.push((field, pairs.clone()));
        }
    }
}

/// The kinds that kustomize knows to have no namespace.
const CLUSTER_WIDE: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ComponentStatus",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];
