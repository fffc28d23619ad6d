//! Resources: those that hold references, and the releases that make them.

use std::sync::Arc;

use crate::unit::UnitId;

/// The identity of a Kubernetes resource in its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`, or `metadata.generateName`.
    pub name: Option<String>,
}

/// A resource that holds a reference: in a container of a workload, or in another field.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The unit that deploys it.
    pub unit: UnitId,
    /// The resource; `None` for values and kustomizations.
    pub resource: Option<Arc<Resource>>,
    /// The name of the container.
    pub container: Option<Box<str>>,
    /// The release whose chart makes the resource, if it was rendered.
    pub release: Option<Arc<Release>>,
    /// True for a hook of Helm or Argo CD, which runs at certain times and is removed afterwards.
    pub is_hook: bool,
}

/// A release of a chart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// The resource that makes it: a `HelmRelease`, an Application; `None` for a chart without a release.
    pub by: Option<Resource>,
    /// The name of the release.
    pub name: String,
    /// The namespace of the release, which is that of resources without one.
    pub namespace: String,
}
