//! A resource on its way through the layers of a kustomization.

use std::sync::Arc;

use crate::finding::Resource;
use crate::yaml::Node;

/// A resource, with the names that it has had: patches may call it by any of them.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// As it is now. Shared between the roots that include it until one of them changes it.
    pub(super) root: Arc<Node>,
    /// What it is now.
    pub(super) resource: Resource,
    earlier: Vec<(Option<String>, Option<String>)>,
}

impl Item {
    pub(super) fn new(root: Arc<Node>, resource: Resource) -> Self {
        Self { root, resource, earlier: Vec::new() }
    }

    /// The API group; empty for the core group.
    pub(super) fn group(&self) -> &str {
        self.resource.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn version(&self) -> &str {
        let version = &self.resource.api_version;
        version.split_once('/').map_or(version.as_str(), |(_, version)| version)
    }

    /// The names that it has and has had.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let earlier = self.earlier.iter().filter_map(|(name, _)| name.as_deref());
        self.resource.name.as_deref().into_iter().chain(earlier)
    }

    /// The namespaces that it has and has had; without one it is in `default`.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        let earlier = self.earlier.iter().map(|(_, namespace)| namespace.as_deref());
        std::iter::once(self.resource.namespace.as_deref())
            .chain(earlier)
            .map(|namespace| namespace.filter(|namespace| !namespace.is_empty()).unwrap_or("default"))
    }

    /// Whether it is one of Kubernetes' own kinds, whose lists have merge keys.
    pub(super) fn is_builtin(&self) -> bool {
        let group = self.group();
        !group.contains('.') || group.ends_with(".k8s.io") && group != "gateway.networking.k8s.io"
    }

    /// Gives it another name, another namespace.
    pub(super) fn rename(&mut self, prefix: &str, suffix: &str, namespace: Option<&str>) {
        let before = (self.resource.name.clone(), self.resource.namespace.clone());
        if let Some(name) = &mut self.resource.name
            && !matches!(self.resource.kind.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService")
        {
            *name = format!("{prefix}{name}{suffix}");
        }
        if let Some(namespace) = namespace.filter(|_| !is_cluster_wide(&self.resource.kind)) {
            self.resource.namespace = Some(namespace.to_owned());
        }
        if before != (self.resource.name.clone(), self.resource.namespace.clone()) {
            self.earlier.push(before);
        }
    }
}

/// Kinds that have no namespace and hold images or stand beside those that do.
fn is_cluster_wide(kind: &str) -> bool {
    kind.starts_with("Cluster")
        || matches!(
            kind,
            "Namespace"
                | "Node"
                | "PersistentVolume"
                | "CustomResourceDefinition"
                | "APIService"
                | "StorageClass"
        )
}
