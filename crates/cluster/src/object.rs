//! The necessary fields of Kubernetes' objects, with the names of Kubernetes. A snapshot is written in the
//! same form. Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/>.

use serde::{Deserialize, Serialize};

use crate::absent::{is_default, or_default};
use crate::kept::Kept;
use crate::workload::Container;

/// Declares structs whose fields may be absent or null; such fields are not written.
macro_rules! fields {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {
        $($(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(crate) struct $name {
            $($(#[$attribute])*
            #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
            pub(crate) $field: $type,)*
        })*
    };
}

fields! {
    /// An object of one of the kinds that run images.
    struct Object {
        api_version: String,
        kind: String,
        metadata: Metadata,
        spec: Spec,
        status: Status,
    }

    struct Metadata {
        namespace: String,
        name: String,
        generation: i64,
        labels: Kept,
        annotations: Kept,
        owner_references: Vec<OwnerReference>,
    }

    struct OwnerReference {
        api_version: String,
        kind: String,
        name: String,
        controller: bool,
    }

    /// The spec of a pod, or of a controller.
    struct Spec {
        template: Template,
        job_template: JobTemplate,
        containers: Vec<Container>,
        init_containers: Vec<Container>,
        ephemeral_containers: Vec<Container>,
        replicas: Option<i64>,
        paused: bool,
        suspend: bool,
        update_strategy: Strategy,
    }

    struct Strategy {
        r#type: String,
    }

    struct JobTemplate {
        spec: JobSpec,
    }

    struct JobSpec {
        template: Template,
    }

    struct Template {
        spec: PodSpec,
    }

    struct PodSpec {
        containers: Vec<Container>,
        init_containers: Vec<Container>,
    }

    struct Status {
        phase: String,
        container_statuses: Vec<ContainerStatus>,
        init_container_statuses: Vec<ContainerStatus>,
        conditions: Vec<Condition>,
        observed_generation: i64,
        updated_replicas: i64,
        desired_number_scheduled: i64,
        updated_number_scheduled: i64,
    }

    struct ContainerStatus {
        name: String,
        #[serde(rename = "imageID")]
        image_id: String,
        state: State,
    }

    struct State {
        waiting: Waiting,
    }

    struct Waiting {
        reason: String,
    }

    struct Condition {
        r#type: String,
        status: String,
        reason: String,
    }
}

impl Object {
    /// Frees the spare capacity of lists: a cluster has many pods.
    pub(crate) fn shrink(&mut self) {
        self.metadata.owner_references.shrink_to_fit();
        for list in
            [&mut self.spec.containers, &mut self.spec.init_containers, &mut self.spec.ephemeral_containers]
        {
            list.shrink_to_fit();
        }
        self.status.container_statuses.shrink_to_fit();
        self.status.init_container_statuses.shrink_to_fit();
        self.status.conditions.retain(|condition| CONDITIONS.contains(&condition.r#type.as_str()));
        self.status.conditions.shrink_to_fit();
    }
}

/// The conditions that show if a job has ended, and if a rollout is in progress.
const CONDITIONS: [&str; 3] = ["Complete", "Failed", "Progressing"];
