//! `pullable drift` on generated repositories and dumps: every container of both sides is in exactly one place of the result,
//! whatever a cluster has and lacks.

use std::collections::{BTreeMap, BTreeSet};

use cluster::KINDS;
use deploy::{Input, Repositories, Selection};
use drift::{Compared, Git, Renamed, State};
use proptest::prelude::*;
use serde_json::{Value, json};
use source::{Files, Memory};

const LIMIT: u64 = 1 << 20;
const GROUPS: [(&str, &str); 6] = [
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("Job", "batch/v1"),
    ("CronJob", "batch/v1"),
    ("Pod", "v1"),
];

/// A workload, by indexes into small sets: so that the two sides meet often.
#[derive(Clone, Debug)]
struct Generated {
    kind: usize,
    /// 0 for none.
    namespace: usize,
    name: usize,
    /// The image of each container.
    images: Vec<usize>,
    /// In Git: the folder. In the cluster: the labels.
    by: usize,
    /// In the cluster: it has ended, or is a part of a rollout.
    has_ended: bool,
    /// In the cluster: the number of pods; the second one has another container.
    pods: usize,
}

fn generated() -> impl Strategy<Value = Generated> {
    let images = proptest::collection::vec(0usize..4, 1..3);
    (0..GROUPS.len(), 0usize..3, 0usize..3, images, 0usize..3, any::<bool>(), 0usize..3).prop_map(
        |(kind, namespace, name, images, by, has_ended, pods)| Generated {
            kind,
            namespace,
            name,
            images,
            by,
            has_ended,
            pods,
        },
    )
}

impl Generated {
    fn kind(&self) -> &'static str {
        GROUPS[self.kind].0
    }

    fn name(&self) -> String {
        format!("w{}", self.name)
    }

    fn namespace(&self) -> Option<String> {
        (self.namespace > 0).then(|| format!("n{}", self.namespace))
    }

    fn containers(&self) -> Vec<Value> {
        let one = |(at, image): (usize, &usize)| {
            let image = ["nginx:1", "nginx:2", "ghcr.io/acme/web:1", "busybox"][*image];
            json!({"name": format!("c{at}"), "image": image})
        };
        self.images.iter().enumerate().map(one).collect()
    }

    /// The object as Git has it.
    fn object(&self) -> Value {
        let spec = json!({"containers": self.containers()});
        let spec = match self.kind() {
            "Pod" => spec,
            "CronJob" => json!({"jobTemplate": {"spec": {"template": {"spec": spec}}}}),
            _ => json!({"replicas": 1, "template": {"spec": spec}}),
        };
        let mut metadata = json!({"name": self.name()});
        if let Some(namespace) = self.namespace() {
            metadata["namespace"] = json!(namespace);
        }
        json!({"apiVersion": GROUPS[self.kind].1, "kind": self.kind(), "metadata": metadata, "spec": spec})
    }

    /// The objects as the cluster has them.
    fn live(&self) -> Vec<Value> {
        let namespace = self.namespace().unwrap_or_else(|| "default".to_owned());
        let mut object = self.object();
        object["metadata"]["namespace"] = json!(namespace);
        object["metadata"]["labels"] = match self.by {
            0 => json!({}),
            1 => {
                json!({"kustomize.toolkit.fluxcd.io/name": "two", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"})
            }
            _ => json!({"helm.toolkit.fluxcd.io/name": "x", "helm.toolkit.fluxcd.io/namespace": "y"}),
        };
        object["status"] = match (self.kind(), self.has_ended) {
            ("Pod", true) => json!({"phase": "Succeeded"}),
            ("Job", true) => json!({"conditions": [{"type": "Complete", "status": "True"}]}),
            (_, true) => json!({"updatedReplicas": 0, "desiredNumberScheduled": 1}),
            (_, false) => json!({"updatedReplicas": 1}),
        };
        let mut all = vec![object];
        let pods = if self.kind() == "Pod" { 0 } else { self.pods };
        for number in 0..pods {
            let mut containers = self.containers();
            if number > 0 {
                containers.push(json!({"name": "mesh", "image": "istio/proxyv2:1"}));
            }
            all.push(json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"namespace": namespace, "name": format!("{}-{}-{number}", self.kind().to_lowercase(), self.name()),
                    "ownerReferences": [{"apiVersion": GROUPS[self.kind].1, "kind": self.kind(), "name": self.name(), "controller": true}]},
                "spec": {"containers": containers}, "status": {"phase": "Running"},
            }));
        }
        all
    }
}

/// The files of a repository: plain files, a kustomization, and one that a Kustomization of Flux deploys.
fn repository(all: &[Generated]) -> Memory {
    let mut files = Memory::default();
    let mut listed: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (at, one) in all.iter().enumerate() {
        // kustomize takes an object once.
        if known.insert((one.by, one.kind, one.name)) {
            let folder = ["plain", "one", "two"][one.by];
            files = files.with(&format!("{folder}/{at}.yaml"), one.object().to_string());
            listed.entry(one.by).or_default().push(format!("{at}.yaml"));
        }
    }
    for (folder, names) in listed {
        let namespace = ["", "namespace: n1\n", "namespace: n2\n"][folder];
        if !namespace.is_empty() {
            let folder = ["plain", "one", "two"][folder];
            let text = format!("{namespace}resources: [{}]\n", names.join(", "));
            files = files.with(&format!("{folder}/kustomization.yaml"), text);
        }
    }
    files.with("clusters/two.yaml", crate::drift::flux("two", "./two"))
}

fn compared(files: &Memory, objects: &[Value]) -> Compared {
    let repositories = Repositories::default();
    let input = Input {
        head: files,
        base: None,
        selection: Selection::Candidates,
        max_file_size: LIMIT,
        renders: false,
        repositories: repositories.clone(),
        ignores: &[],
        excluded: None,
    };
    let references = deploy::extract(&input).unwrap().references;
    let deployments = deploy::Survey::new(files as &dyn Files, LIMIT, &repositories).unwrap().deployments();
    let git = Git {
        references: &references,
        deployments: &deployments,
        suspended: &[],
        roots: None,
        chosen: std::collections::HashSet::new(),
        unread: std::collections::HashSet::new(),
        left_out: std::collections::HashMap::new(),
        namespaces: BTreeSet::new(),
        mirrors: Renamed::default(),
    };
    let text = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let dump = cluster::read(text.as_bytes()).unwrap();
    let names = dump.absent_kinds();
    let absent: Vec<&str> =
        KINDS.iter().filter(|(_, name)| names.contains(name)).map(|(kind, _)| *kind).collect();
    drift::compare(&git, &cluster::workloads(dump), &absent)
}

/// `kind namespace/name container` of all containers of the cluster.
fn in_cluster(all: &[Generated]) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for one in all {
        let namespace = one.namespace().unwrap_or_else(|| "default".to_owned());
        let workload = format!("{} {namespace}/{}", one.kind(), one.name());
        for at in 0..one.images.len() {
            places.insert(format!("{workload} c{at}"));
        }
        if one.pods > 1 && one.kind() != "Pod" {
            places.insert(format!("{workload} mesh"));
        }
    }
    places
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_container_is_in_one_place(
        git in proptest::collection::vec(generated(), 0..8),
        live in proptest::collection::vec(generated(), 1..8),
    ) {
        let mut known = BTreeSet::new();
        let live: Vec<Generated> =
            live.into_iter().filter(|one| known.insert((one.kind, one.namespace, one.name))).collect();
        let objects: Vec<Value> = live.iter().flat_map(Generated::live).collect();
        let files = repository(&git);
        let found = compared(&files, &objects);
        let of_cluster = found.items.iter().filter(|item| item.live.is_some());
        let mut places: Vec<String> = of_cluster.map(|item| item.place.to_string()).collect();
        let of_git = found.items.iter().filter(|item| item.git.is_some()).count();
        let states: Vec<State> = found.items.iter().map(|item| item.state.clone()).collect();
        let (total_git, total_cluster) = (found.in_git, found.in_cluster);
        let (mut excluded_git, mut excluded_cluster) = (0, 0);
        for one in found.exclusions.into_entries() {
            match (one.side.as_str(), one.what.as_str()) {
                ("git", _) => excluded_git += one.count,
                ("cluster", "container") => {
                    excluded_cluster += one.count;
                    places.extend(one.names);
                }
                _ => {}
            }
        }
        prop_assert_eq!(total_git, of_git + excluded_git, "of Git");
        prop_assert_eq!(total_cluster, places.len(), "of the cluster");
        prop_assert_eq!(excluded_cluster + states.len() >= total_cluster, true);
        let unique: BTreeSet<String> = places.iter().cloned().collect();
        prop_assert_eq!(unique.len(), places.len(), "each once: {:?}", places);
        prop_assert_eq!(unique, in_cluster(&live));
        // The order of a dump changes nothing.
        let reversed: Vec<Value> = objects.iter().rev().cloned().collect();
        let again = compared(&files, &reversed);
        prop_assert_eq!(states, again.items.iter().map(|item| item.state.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn a_cluster_that_runs_git_does_not_differ(git in proptest::collection::vec(generated(), 1..8)) {
        let mut known = BTreeSet::new();
        let deployed: Vec<Generated> = git
            .into_iter()
            .filter(|one| known.insert((one.kind, one.name)))
            .map(|one| Generated { has_ended: false, namespace: [one.namespace.max(1), 1, 2][one.by], ..one })
            .collect();
        let objects: Vec<Value> = deployed.iter().flat_map(Generated::live).collect();
        for item in compared(&repository(&deployed), &objects).items {
            prop_assert_eq!(&item.state, &State::Same, "{}", item.place);
        }
    }
}
