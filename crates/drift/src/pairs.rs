//! The items of a comparison: a container in Git, in the cluster, or in both, and what is known of it without registries
//! and history.

use std::collections::BTreeSet;

use image::Image;
use model::UnitId;

/// A container of a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The kind of the workload.
    pub kind: String,
    /// Its namespace, as far as it is known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The container.
    pub container: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let namespace = self.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
        write!(f, "{} {namespace}{} {}", self.kind, self.name, self.container)
    }
}

/// A container in Git.
#[derive(Clone, Debug)]
pub struct InTree {
    /// The index of the reference.
    pub reference: usize,
    /// The unit that deploys it.
    pub unit: UnitId,
    /// The object that is suspended in Git.
    pub suspended: Option<String>,
}

/// A container in the cluster.
#[derive(Clone, Debug)]
pub struct InCluster {
    /// The image, as the workload or its pods have it.
    pub written: String,
    /// The image without mirrors; `None` if it is no reference.
    pub image: Option<Image>,
    /// The digests of the manifests that run.
    pub digests: BTreeSet<String>,
    /// True if it is paused or suspended in the cluster.
    pub is_paused: bool,
}

/// The knowledge about a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The cluster has the reference of Git. The registry decides if it still has the image, and if the tag has moved.
    Same,
    /// It has another reference. The history decides if Git had it before.
    Differs,
    /// Both name a digest, and these differ. The registry decides if one is an index that names the other.
    Digests {
        /// In Git.
        git: String,
        /// In the cluster.
        live: String,
    },
    /// Git deploys it, and it does not run.
    NotLive(Failing),
    /// Its labels name a deployer of Git, and Git does not have it: the deployer.
    NotInGit(String),
    /// Nothing certain is known, for this reason.
    Unknown(String),
}

/// Why a container of Git does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failing {
    /// The workload is not in the dump.
    NoWorkload,
    /// The workload has no such container.
    NoContainer,
    /// Its image cannot be pulled: the reason that Kubernetes gives.
    Pull(String),
}

/// A container that was compared.
#[derive(Clone, Debug)]
pub struct Item {
    /// The container.
    pub place: Place,
    /// In Git.
    pub git: Option<InTree>,
    /// In the cluster.
    pub live: Option<InCluster>,
    /// The knowledge about it.
    pub state: State,
}
