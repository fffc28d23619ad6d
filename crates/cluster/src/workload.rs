//! Workloads: the topmost owners, with their pods.

use serde::{Deserialize, Serialize};

use crate::absent::{is_default, or_default};

/// The identity of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// A workload: the topmost object of a chain of owners.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may hold with any")]
pub struct Workload {
    /// Its identity.
    pub identity: Identity,
    /// The containers of its pod template; `None` if the dump lacks the object, for example a custom
    /// resource.
    pub template: Option<Vec<Container>>,
    /// Its pods, without those that have ended.
    pub pods: Vec<Pod>,
    /// The deployer that the object names, or that its pods name if the dump lacks the object.
    pub tracking: Tracking,
    /// True if a rollout is in progress, so that pods of the previous template still exist.
    pub is_rolling: bool,
    /// True for jobs: their pods run only at times, and keep the image with which they were started.
    pub is_batch: bool,
    /// True if it has ended.
    pub is_finished: bool,
    /// True if it is paused or suspended in the cluster.
    pub is_paused: bool,
    /// True if a hook of Helm or Argo CD made it.
    pub is_hook: bool,
    /// True for a pod that a node runs from a file.
    pub is_static: bool,
    /// True for a part of the system: in a namespace of Kubernetes or of its provider, or labelled as an add-on.
    pub is_system: bool,
    /// The ReplicaSets before the current one, which run nothing.
    pub old_replica_sets: usize,
    /// The pods that have ended.
    pub ended_pods: usize,
    /// The jobs that its schedule has started.
    pub jobs: usize,
}

/// The name and the image of a container of a pod or of a pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub name: String,
    /// Its image, as it is written in the pod or template.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub image: String,
}

/// A pod that runs or is scheduled to run.
#[derive(Clone, Debug, Default)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Its containers and init containers.
    pub containers: Vec<Container>,
    /// The names of its ephemeral containers, which people add to debug a pod.
    pub ephemeral: Vec<String>,
    /// The state of its containers.
    pub running: Vec<Running>,
}

/// The state of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// The name of the container.
    pub name: String,
    /// The digest of the manifest that runs, as far as the runtime reports it.
    pub digest: Option<String>,
    /// The reason why it waits: `ImagePullBackOff`; empty if it does not wait.
    pub waiting: String,
}

/// The names by which deployers recognise their objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// Namespace and name of the Flux Kustomization.
    pub kustomization: Option<(String, String)>,
    /// Namespace and name of the HelmRelease.
    pub helm_release: Option<(String, String)>,
    /// The name of the Argo CD Application.
    pub application: Option<String>,
    /// Namespace and name of the release of Helm.
    pub release: Option<(String, String)>,
}

impl Tracking {
    /// True if no deployer is named.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
