//! A resource that passes through the layers of a kustomization.

use std::sync::Arc;

use model::Resource;
use yaml::Node;

use crate::reference::archive::Archive;

/// A resource with all names that it has had: patches may use any of them.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Shared between the roots that include it until one of them changes it.
    root: Arc<Node>,
    /// Its identity now.
    resource: Resource,
    /// Its identity before each change of its name, the oldest first.
    earlier: Vec<Id>,
    /// Metadata that layers have set and that is not written into the tree yet: most of it is never read.
    set: Vec<(&'static str, Node)>,
    extent: Extent,
    /// The chart that it is rendered from.
    archive: Option<Archive>,
    has_pod_labels: bool,
    has_pod_annotations: bool,
}

/// The known extent of a resource, the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    Whole,
    /// All fields except some of its generated data, whose files do not exist.
    Incomplete,
    /// All fields except some of its generated data, which kustomize reads.
    Unread,
    /// Only the fields that patches write, because the resource is remote.
    Partial,
    /// Version, kind and metadata, and the fields that patches write: the rest of a schema is not parsed.
    Head,
}

impl Extent {
    /// The lesser one of two.
    pub(super) fn with(self, other: Self) -> Self {
        self.max(other)
    }
}

/// The identity of a resource of one API version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

    /// A resource without a namespace is in `default`.
    pub(super) fn effective_namespace(&self) -> &str {
        if self.namespace.is_empty() { "default" } else { &self.namespace }
    }
}

impl Item {
    pub(super) fn new(root: Arc<Node>, resource: Resource) -> Self {
        Self {
            root,
            resource,
            earlier: Vec::new(),
            set: Vec::new(),
            extent: Extent::Whole,
            archive: None,
            has_pod_labels: false,
            has_pod_annotations: false,
        }
    }

    /// A resource that may be rendered from a chart.
    pub(super) fn of_chart(root: Arc<Node>, resource: Resource, archive: Option<Archive>) -> Self {
        Self { archive, ..Self::new(root, resource) }
    }

    /// The chart that it is rendered from.
    pub(super) fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// A remote resource, with only the fields that patches write.
    pub(super) fn partial(root: Arc<Node>, resource: Resource) -> Self {
        Self { extent: Extent::Partial, ..Self::new(root, resource) }
    }

    pub(super) fn is_partial(&self) -> bool {
        self.extent >= Extent::Partial
    }

    /// True for a schema that is not a schema any longer, because a part of the build gives it another kind.
    pub(super) fn is_changed_schema(&self) -> bool {
        let Resource { api_version, kind, .. } = &self.resource;
        let is_schema =
            api_version.starts_with("apiextensions.k8s.io/") && kind == "CustomResourceDefinition";
        self.extent == Extent::Head && !is_schema
    }

    pub(super) fn is_remote(&self) -> bool {
        self.extent == Extent::Partial
    }

    /// Notes the known extent of its data.
    pub(super) fn known(&mut self, extent: Extent) {
        self.extent = self.extent.with(extent);
    }

    /// True if kustomize reads data that are not known.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self.extent, Extent::Unread | Extent::Head)
    }

    /// True if all its fields are known.
    pub(super) fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// Its kind and its name.
    pub(super) fn called(&self) -> String {
        format!("{} {}", self.resource.kind, self.resource.name.as_deref().unwrap_or("?"))
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its identity now; namespaces that mean the same are equal.
    pub(super) fn id(&self) -> Id {
        let mut id = Id::of(&self.resource);
        id.namespace =
            if self.is_cluster_wide() { String::new() } else { id.effective_namespace().to_owned() };
        id
    }

    /// The place of its name, or of the resource if it has none.
    pub(super) fn identity(&self) -> &Node {
        self.root.at(&["metadata", "name"]).unwrap_or(&self.root)
    }

    /// The tree without the metadata that layers have set.
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

    /// Its identity now and before, the oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.earlier.iter().cloned().chain(std::iter::once(Id::of(&self.resource)))
    }

    /// Its first identity, and the one now.
    pub(super) fn first_and_last(&self) -> [Id; 2] {
        let last = Id::of(&self.resource);
        [self.earlier.first().cloned().unwrap_or_else(|| last.clone()), last]
    }

    /// A label or an annotation.
    pub(super) fn metadata(&self, field: &str, name: &str) -> Option<&str> {
        for (of, pairs) in self.set.iter().rev() {
            if *of == field
                && let Some(value) = pairs.get(name)
            {
                return value.scalar();
            }
        }
        self.root.at(&["metadata", field, name])?.scalar()
    }

    /// True if it is one of Kubernetes' own kinds that hold pods, whose lists kustomize merges by keys.
    pub(super) fn is_builtin(&self) -> bool {
        matches!(self.resource.api_version.as_str(), "v1" | "apps/v1" | "batch/v1" | "batch/v1beta1")
    }

    /// True if kustomize knows that its kind has no namespace.
    pub(super) fn is_cluster_wide(&self) -> bool {
        let group = self.group();
        (group.is_empty() || group.ends_with(".k8s.io"))
            && CLUSTER_WIDE.contains(&self.resource.kind.as_str())
    }

    /// The tree, to be changed by `change`; its identity is read again afterwards.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        self.settle();
        let done = change(Arc::make_mut(&mut self.root));
        if let Some(api_version) = text(&self.root, &["apiVersion"]) {
            self.resource.api_version = api_version;
        }
        if let Some(kind) = text(&self.root, &["kind"]) {
            self.resource.kind = kind;
        }
        if let Some(name) = text(&self.root, &["metadata", "name"]) {
            self.resource.name = Some(name);
        }
        let namespace = text(&self.root, &["metadata", "namespace"]);
        self.resource.namespace = namespace.filter(|namespace| !namespace.is_empty());
        done
    }

    /// The tree with the metadata that layers have set.
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
            if value.is_mapping() {
                set_all(old, &value);
            } else {
                *old = value;
            }
        }
    }

    /// Remembers its identity, for patches that use it later.
    pub(super) fn remember(&mut self) {
        self.earlier.push(Id::of(&self.resource));
    }

    /// Moves it to a namespace; a namespace gets its name.
    pub(super) fn move_to(&mut self, namespace: &Node) {
        self.remember();
        let name = namespace.scalar().map(str::to_owned);
        if self.resource.kind == "Namespace" && self.resource.api_version == "v1" {
            self.resource.name = name;
            self.set.push(("name", namespace.clone()));
        } else if !self.is_cluster_wide() {
            self.resource.namespace = name;
            self.set.push(("namespace", namespace.clone()));
        }
    }

    /// Adds a prefix and a suffix to its name.
    pub(super) fn rename(&mut self, prefix: &str, suffix: &str, like: &Node) {
        let first = self.earlier.first().map_or(&self.resource.kind, |id| &id.kind);
        let is_fixed = matches!(first.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService");
        if is_fixed {
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

    /// Notes that labels were written into its selector and its pod template too.
    pub(super) fn label_pods(&mut self) {
        self.has_pod_labels = true;
    }

    /// Notes that annotations were written into its pod template too.
    pub(super) fn annotate_pods(&mut self) {
        self.has_pod_annotations = true;
    }

    /// True if `replicas` apply to its kind.
    pub(super) fn is_scaled(&self) -> bool {
        let kind = self.resource.kind.as_str();
        let is_known = matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController");
        is_known && !self.is_partial()
    }

    /// True if labels or annotations of its pods create its `spec`.
    fn has_spec(&self) -> bool {
        let kind = self.resource.kind.as_str();
        let is_workload =
            matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "CronJob");
        is_workload || kind == "ReplicationController"
    }

    /// The paths of mappings that kustomize has added for its own annotations and for labels.
    pub(super) fn implied(&self) -> Vec<&'static [&'static str]> {
        let mut paths: Vec<&[&str]> = Vec::new();
        if !self.earlier.is_empty() {
            paths.push(&["metadata", "annotations"]);
        }
        if (self.has_pod_labels || self.has_pod_annotations) && self.has_spec() {
            paths.push(&["spec"]);
        }
        if self.has_pod_labels {
            paths.push(&["spec", "selector"]);
            paths.push(&["spec", "selector", "matchLabels"]);
            paths.push(&["spec", "template", "metadata", "labels"]);
        }
        if self.has_pod_annotations {
            paths.push(&["spec", "template", "metadata", "annotations"]);
        }
        paths
    }
}

fn text(root: &Node, path: &[&str]) -> Option<String> {
    root.at(path)?.scalar().map(str::to_owned)
}

/// Sets the entries of a mapping in another one.
fn set_all(target: &mut Node, pairs: &Node) {
    pairs.each_entry(|key, value| {
        if let Some(key) = key.scalar()
            && let Some(place) = target.entry_mut(key)
        {
            *place = value.clone();
        }
    });
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
