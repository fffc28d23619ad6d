//! The containers of a workload in the cluster: those that count, what runs in them, and why others do not count.

use std::collections::{BTreeMap, BTreeSet};

use cluster::{Container, Workload};

use crate::exclusions::{Exclusions, Reason};
use crate::images::Renamed;
use crate::pairs::{InCluster, Place};

/// Reasons of Kubernetes for which an image is not pulled.
const PULL_FAILURES: &[&str] =
    &["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"];
/// Containers that webhooks add to workloads themselves.
const INJECTED: &[&str] = &[
    "istio-proxy",
    "istio-init",
    "istio-validation",
    "linkerd-proxy",
    "linkerd-init",
    "linkerd-network-validator",
    "vault-agent",
    "vault-agent-init",
    "datadog-agent-injected",
    "opentelemetry-auto-instrumentation",
    "dapr",
    "daprd",
    "envoy-sidecar",
    "consul-dataplane",
    "kuma-sidecar",
    "kuma-init",
];

/// A container of a workload, with every image that the cluster has for it.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) place: Place,
    /// The image of the template first, then those of pods that differ from it.
    pub(crate) images: Vec<InCluster>,
    /// The reason for which its image is not pulled, if no pod runs it.
    pub(crate) failing: Option<String>,
    /// True if webhooks are known to add containers of this name.
    pub(crate) may_be_injected: bool,
    /// True if the dump does not hold the template, so that pods of an earlier one cannot be told from others.
    pub(crate) is_open: bool,
}

/// The containers of a workload that count. Noise within its pods is excluded.
pub(crate) fn containers(
    workload: &Workload,
    mirrors: &Renamed,
    exclusions: &mut Exclusions,
) -> Vec<Observed> {
    let id = &workload.identity;
    let place = |container: &str| Place {
        kind: id.kind.clone(),
        namespace: Some(id.namespace.clone()),
        name: id.name.clone(),
        container: container.to_owned(),
    };
    let own = own_containers(workload);
    let names: BTreeSet<&str> = own.iter().map(|container| container.name.as_str()).collect();
    let (mut injected, mut ephemeral) = (BTreeSet::new(), BTreeSet::new());
    for pod in &workload.pods {
        let others = pod.containers.iter().filter(|container| !names.contains(container.name.as_str()));
        injected.extend(others.map(|container| container.name.clone()));
        ephemeral.extend(pod.ephemeral.iter().cloned());
    }
    for name in injected {
        exclusions.add(Reason::Injected, place(&name).to_string());
    }
    for name in ephemeral {
        exclusions.add(Reason::Ephemeral, place(&name).to_string());
    }
    let mut found = Vec::new();
    for container in &own {
        found.push(observed(workload, container, place(&container.name), mirrors, exclusions));
    }
    found
}

/// The number of containers of a workload, with those that its pods alone have.
pub(crate) fn count(workload: &Workload) -> usize {
    let of_pods = workload.pods.iter().flat_map(|pod| &pod.containers);
    let named = workload.template.iter().flatten().chain(of_pods).map(|container| &container.name);
    let ephemeral: BTreeSet<&String> = workload.pods.iter().flat_map(|pod| &pod.ephemeral).collect();
    named.collect::<BTreeSet<_>>().len() + ephemeral.len()
}

/// The containers of the template; of an object that the dump does not hold, those of its pods.
fn own_containers(workload: &Workload) -> Vec<Container> {
    let mut by_name: BTreeMap<&str, &Container> = BTreeMap::new();
    let of_pods = workload.pods.iter().flat_map(|pod| &pod.containers);
    let all: Vec<&Container> = match &workload.template {
        Some(template) => template.iter().collect(),
        None => of_pods.collect(),
    };
    for container in all {
        by_name.entry(&container.name).or_insert(container);
    }
    by_name.into_values().cloned().collect()
}

fn observed(
    workload: &Workload,
    own: &Container,
    place: Place,
    mirrors: &Renamed,
    exclusions: &mut Exclusions,
) -> Observed {
    let mut images = vec![in_cluster(&own.image, mirrors, workload.is_paused)];
    let (mut failing, mut runs) = (None, false);
    for pod in &workload.pods {
        let Some(container) = pod.containers.iter().find(|container| container.name == own.name) else {
            continue;
        };
        let image = in_cluster(&container.image, mirrors, workload.is_paused);
        let is_own = image.image.is_some()
            && image.image == images.first().and_then(|first| first.image.clone())
            || container.image == own.image;
        if !is_own && (workload.is_rolling || workload.is_batch) {
            exclusions.add(Reason::Rolling, format!("{place} in {}", pod.name));
            continue;
        }
        let at = images.iter().position(|known| {
            known.image == image.image && (known.image.is_some() || known.written == image.written)
        });
        let at = at.unwrap_or(images.len());
        if at == images.len() {
            images.push(image);
        }
        let state = pod.running.iter().find(|running| running.name == own.name);
        if let (Some(state), Some(known)) = (state, images.get_mut(at)) {
            known.digests.extend(state.digest.clone().filter(|_| state.waiting.is_empty()));
            if is_own && PULL_FAILURES.contains(&state.waiting.as_str()) {
                failing.get_or_insert_with(|| state.waiting.clone());
            } else if is_own && state.digest.is_some() {
                runs = true;
            }
        }
    }
    let may_be_injected = INJECTED.contains(&own.name.as_str());
    let is_open = workload.template.is_none();
    Observed { place, images, failing: failing.filter(|_| !runs), may_be_injected, is_open }
}

fn in_cluster(written: &str, mirrors: &Renamed, is_paused: bool) -> InCluster {
    let image = image::parse(written).ok().map(|(image, _)| mirrors.original(&image));
    InCluster { written: written.to_owned(), image, digests: BTreeSet::new(), is_paused }
}
