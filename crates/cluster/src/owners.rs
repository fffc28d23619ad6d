//! Groups objects into workloads: each pod and each controller belongs to the topmost owner.

use std::collections::BTreeMap;

use crate::dump::Dump;
use crate::image_id::digest_of;
use crate::object::{ContainerStatus, Object};
use crate::workload::{Container, Identity, Pod, Running, Tracking, Workload};

/// Maximum number of owners above an object: owner references may be cyclic.
const MOST_OWNERS: usize = 8;
/// Namespaces of Kubernetes and its providers; the second list has prefixes of names.
const SYSTEM: &[&str] = &[
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "gke-system",
    "gmp-system",
    "gmp-public",
    "amazon-cloudwatch",
    "amazon-guardduty",
    "calico-system",
    "tigera-operator",
];
const SYSTEM_STARTS: &[&str] = &["gke-managed-", "aks-", "azure-", "openshift-"];
/// Labels of add-ons that a provider installs.
const ADD_ONS: &[&str] =
    &["addonmanager.kubernetes.io/mode", "eks.amazonaws.com/component", "kubernetes.azure.com/managedby"];

/// The workloads of a dump, in the order of their identities. Each object is consumed when its owner is
/// known, so that the dump of a large cluster is not in memory twice.
pub fn workloads(dump: Dump) -> Vec<Workload> {
    let mut objects: BTreeMap<Identity, Box<Object>> = BTreeMap::new();
    for object in dump.objects {
        objects.insert(identity(&object), object);
    }
    let mut found: BTreeMap<Identity, Workload> = BTreeMap::new();
    let mut tops: Vec<Option<Identity>> = Vec::new();
    for (own, object) in &objects {
        let top = top_of(own, object, &objects);
        if !found.contains_key(&top) {
            found.insert(top.clone(), begun(&top, objects.get(&top).map(|object| &**object)));
        }
        tops.push((top != *own).then_some(top));
    }
    for ((own, object), top) in objects.into_iter().zip(tops) {
        let is_top = top.is_none();
        if let Some(workload) = found.get_mut(&top.unwrap_or(own))
            && (!is_top || object.kind == "Pod")
        {
            add(workload, *object);
        }
    }
    found.into_values().collect()
}

fn identity(object: &Object) -> Identity {
    Identity {
        group: group_of(&object.api_version),
        kind: object.kind.clone(),
        namespace: object.metadata.namespace.clone(),
        name: object.metadata.name.clone(),
    }
}

fn group_of(api_version: &str) -> String {
    api_version.split_once('/').map_or("", |(group, _)| group).to_owned()
}

/// The topmost owner of an object; the dump may lack it.
fn top_of(own: &Identity, object: &Object, known: &BTreeMap<Identity, Box<Object>>) -> Identity {
    let (mut top, mut object) = (own.clone(), object);
    for _ in 0..MOST_OWNERS {
        let Some(owner) = owner_of(object) else { break };
        let owner = known
            .get_key_value(&owner)
            .map(|(owner, _)| owner.clone())
            .or_else(|| deployment_of(object, &owner, known))
            .unwrap_or(owner);
        if owner.kind == "Node" {
            break;
        }
        top = owner;
        match known.get(&top) {
            Some(next) => object = next,
            None => break,
        }
    }
    top
}

/// The owner that controls an object.
fn owner_of(object: &Object) -> Option<Identity> {
    let owner = object.metadata.owner_references.iter().find(|owner| owner.controller)?;
    let (kind, name) = (owner.kind.clone(), owner.name.clone());
    Some(Identity {
        group: group_of(&owner.api_version),
        kind,
        namespace: object.metadata.namespace.clone(),
        name,
    })
}

/// The Deployment of a pod whose ReplicaSet is not in the dump: the name of a ReplicaSet is that of its
/// Deployment with the hash of the template.
fn deployment_of(
    pod: &Object,
    owner: &Identity,
    known: &BTreeMap<Identity, Box<Object>>,
) -> Option<Identity> {
    let hash = pod.metadata.labels.get("pod-template-hash")?;
    let name = owner.name.strip_suffix(hash)?.strip_suffix('-')?;
    let deployment = Identity { kind: "Deployment".to_owned(), name: name.to_owned(), ..owner.clone() };
    (owner.kind == "ReplicaSet" && known.contains_key(&deployment)).then_some(deployment)
}

/// A workload without its pods. `object`: the topmost owner, if the dump has it.
fn begun(identity: &Identity, object: Option<&Object>) -> Workload {
    let mut workload = Workload { identity: identity.clone(), ..Workload::default() };
    workload.is_system = SYSTEM.contains(&identity.namespace.as_str())
        || SYSTEM_STARTS.iter().any(|start| identity.namespace.starts_with(start));
    workload.is_batch = matches!(identity.kind.as_str(), "Job" | "CronJob");
    let Some(object) = object else { return workload };
    workload.template = Some(template(object));
    workload.tracking = tracking(object);
    workload.is_rolling = is_rolling(object);
    workload.is_paused = object.spec.paused || object.spec.suspend;
    workload.is_finished = is_finished(object);
    workload.is_hook = is_hook(object);
    workload.is_static = is_static(object);
    workload.is_system |= ADD_ONS.iter().any(|label| object.metadata.labels.get(label).is_some());
    workload
}

/// Adds an object that belongs to a workload.
fn add(workload: &mut Workload, object: Object) {
    if workload.tracking.is_none() && workload.template.is_none() {
        workload.tracking = tracking(&object);
    }
    match object.kind.as_str() {
        "Pod" if is_finished(&object) => workload.ended_pods += 1,
        "Pod" => workload.pods.push(pod(object)),
        "ReplicaSet" if object.spec.replicas == Some(0) => workload.old_replica_sets += 1,
        "Job" => workload.jobs += 1,
        _ => {}
    }
}

fn template(object: &Object) -> Vec<Container> {
    let spec = &object.spec;
    let own = match object.kind.as_str() {
        "Pod" => [&spec.init_containers, &spec.containers],
        "CronJob" => {
            let pod = &spec.job_template.spec.template.spec;
            [&pod.init_containers, &pod.containers]
        }
        _ => [&spec.template.spec.init_containers, &spec.template.spec.containers],
    };
    containers(own)
}

fn containers(lists: [&Vec<Container>; 2]) -> Vec<Container> {
    lists.into_iter().flatten().cloned().collect()
}

fn pod(object: Object) -> Pod {
    let (spec, status) = (object.spec, object.status);
    let state = |status: ContainerStatus| Running {
        name: status.name,
        digest: digest_of(&status.image_id),
        waiting: status.state.waiting.reason,
    };
    let mut containers = spec.init_containers;
    containers.extend(spec.containers);
    let statuses = status.init_container_statuses.into_iter().chain(status.container_statuses);
    Pod {
        name: object.metadata.name,
        containers,
        ephemeral: spec.ephemeral_containers.into_iter().map(|container| container.name).collect(),
        running: statuses.map(state).collect(),
    }
}

/// True while pods of the previous template are being replaced. A rollout that has exceeded its deadline is
/// over. A strategy that replaces no pods by itself has no rollout.
fn is_rolling(object: &Object) -> bool {
    let (spec, status) = (&object.spec, &object.status);
    if status.observed_generation < object.metadata.generation {
        return true;
    }
    if spec.update_strategy.r#type == "OnDelete" || spec.paused {
        return false;
    }
    let is_overdue = status.conditions.iter().any(|condition| condition.reason == "ProgressDeadlineExceeded");
    match object.kind.as_str() {
        "Deployment" => !is_overdue && status.updated_replicas < spec.replicas.unwrap_or(1),
        "StatefulSet" => status.updated_replicas < spec.replicas.unwrap_or(1),
        "DaemonSet" => status.updated_number_scheduled < status.desired_number_scheduled,
        _ => false,
    }
}

fn is_finished(object: &Object) -> bool {
    let has_ended = |condition: &crate::object::Condition| {
        matches!(condition.r#type.as_str(), "Complete" | "Failed") && condition.status == "True"
    };
    match object.kind.as_str() {
        "Pod" => matches!(object.status.phase.as_str(), "Succeeded" | "Failed"),
        "Job" => object.status.conditions.iter().any(has_ended),
        _ => false,
    }
}

fn is_hook(object: &Object) -> bool {
    ["helm.sh/hook", "argocd.argoproj.io/hook"]
        .iter()
        .any(|name| object.metadata.annotations.get(name).is_some())
}

fn is_static(object: &Object) -> bool {
    let is_of_node = object.metadata.owner_references.iter().any(|owner| owner.kind == "Node");
    object.kind == "Pod"
        && (is_of_node || object.metadata.annotations.get("kubernetes.io/config.mirror").is_some())
}

/// The deployers that labels and annotations name.
/// Sources: <https://fluxcd.io/flux/components/kustomize/kustomizations/>,
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>.
fn tracking(object: &Object) -> Tracking {
    let (labels, annotations) = (&object.metadata.labels, &object.metadata.annotations);
    let pair = |group: &str| {
        let text = |part: &str| labels.get(&format!("{group}/{part}")).map(str::to_owned);
        Some((text("namespace")?, text("name")?))
    };
    let annotation = |name: &str| annotations.get(name).map(str::to_owned);
    let release = annotation("meta.helm.sh/release-namespace").zip(annotation("meta.helm.sh/release-name"));
    let id = annotations.get("argocd.argoproj.io/tracking-id");
    let by_id = id.and_then(|id| id.split_once(':')).map(|(application, _)| application.to_owned());
    Tracking {
        kustomization: pair("kustomize.toolkit.fluxcd.io"),
        helm_release: pair("helm.toolkit.fluxcd.io"),
        application: by_id.or_else(|| labels.get("app.kubernetes.io/instance").map(str::to_owned)),
        release,
    }
}
