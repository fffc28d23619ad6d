//! The comparison: each workload of the cluster with what Git deploys in its place, then what Git deploys and the cluster
//! does not have.

use std::collections::{BTreeSet, HashMap, HashSet};

use cluster::{Identity, Workload};

use crate::absent;
use crate::declared::{Declared, Tree, Way, tree};
use crate::exclusions::{Exclusions, Reason};
use crate::git::Git;
use crate::live::{Observed, containers, count};
use crate::pairs::{Item, Place, State};
use crate::run::{Run, item};
use crate::tracked;

/// The result of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Every container that was compared, in the order of their places.
    pub items: Vec<Item>,
    /// Everything else.
    pub exclusions: Exclusions,
    /// The containers that Git deploys, with the references that are no container.
    pub in_git: usize,
    /// The containers of workloads in the cluster.
    pub in_cluster: usize,
}

/// Compares workloads with Git. `absent`: the kinds that the dump does not have, by their names in manifests.
pub fn compare(git: &Git<'_>, workloads: &[Workload], absent: &[&str]) -> Compared {
    let mut exclusions = Exclusions::default();
    let tree = tree(git, &mut exclusions);
    let mut run = Run {
        git,
        tree,
        workloads,
        items: Vec::new(),
        exclusions,
        found: BTreeSet::new(),
        used: HashSet::new(),
        present: HashSet::new(),
        namesakes: HashMap::new(),
    };
    for Workload { identity, .. } in workloads {
        *run.namesakes.entry((identity.kind.clone(), identity.name.clone())).or_default() += 1;
    }
    for workload in workloads {
        run.workload(workload);
    }
    absent::add(&mut run, absent);
    let Run { mut items, exclusions, tree, .. } = run;
    items.sort_by(|a, b| a.place.cmp(&b.place));
    let in_cluster = workloads.iter().map(count).sum();
    Compared { in_git: tree.total, in_cluster, items, exclusions }
}

impl Run<'_> {
    fn workload(&mut self, workload: &Workload) {
        let name = name(&workload.identity);
        if !self.git.takes(Some(&workload.identity.namespace)) {
            return self.exclusions.add_several(Reason::OtherNamespace, count(workload), &name);
        }
        self.exclusions.add_several(Reason::EndedPod, workload.ended_pods, &name);
        self.exclusions.add_several(Reason::OldReplicaSet, workload.old_replica_sets, &name);
        self.exclusions.add_several(Reason::ScheduledJob, workload.jobs, &name);
        let observed = containers(workload, &self.git.mirrors, &mut self.exclusions);
        let whole = if workload.is_static {
            Some(Reason::StaticPod)
        } else if workload.is_hook {
            Some(Reason::Hook)
        } else {
            workload.is_finished.then_some(Reason::Finished)
        };
        for container in observed {
            match whole {
                Some(reason) => self.leave_out(workload, &container, reason),
                None => self.container(workload, container),
            }
        }
    }

    /// Excludes a container, and what Git has in its place.
    fn leave_out(&mut self, workload: &Workload, container: &Observed, reason: Reason) {
        self.exclusions.add(reason, container.place.to_string());
        if let Some(declared) = self.declared(workload, &container.place).cloned() {
            self.present.extend(declared.ways.iter().map(|way| way.tree.unit.clone()));
            let in_git = if reason == Reason::Hook { Reason::HookInGit } else { Reason::FinishedInGit };
            self.exclusions.add(in_git, declared.place.to_string());
            self.tree.remove(&declared.place);
        }
    }

    fn container(&mut self, workload: &Workload, container: Observed) {
        if let Some(declared) = self.declared(workload, &container.place).cloned() {
            self.present.extend(declared.ways.iter().map(|way| way.tree.unit.clone()));
            self.found.insert(declared.place.clone());
            let item = self.pair(workload, container, &declared);
            self.items.push(item);
        } else if self.knows(workload) {
            if container.may_be_injected {
                self.exclusions.add(Reason::Injected, container.place.to_string());
            } else if workload.template.is_none() {
                self.exclusions.add(Reason::Operated, container.place.to_string());
            } else {
                let by = name(&workload.identity);
                self.push(container, None, State::NotInGit(by));
            }
        } else if is_operated(workload) {
            tracked::operated(self, workload, container);
        } else {
            tracked::by_labels(self, workload, container);
        }
    }

    /// The container of Git in the same place. One whose namespace Git does not tell is in that of the only workload of its
    /// name, or of one that names the deployer.
    fn declared(&self, workload: &Workload, place: &Place) -> Option<&Declared> {
        let name = (place.kind.clone(), place.name.clone());
        let all = self.tree.by_name.get(&name)?;
        let is_same = |known: &&Declared| {
            known.place.container == place.container
                && known.group == workload.identity.group
                && self.is_of(workload, known)
        };
        let exact = all.iter().filter(is_same).find(|known| known.place.namespace == place.namespace);
        exact.or_else(|| {
            let is_alone = self.namesakes.get(&name) == Some(&1);
            let mut open = all.iter().filter(is_same).filter(|known| known.place.namespace.is_none());
            open.find(|known| is_alone || known.ways.iter().any(|way| self.is_named(workload, way)))
        })
    }

    /// True if Git has the workload, whatever its containers.
    fn knows(&self, workload: &Workload) -> bool {
        let identity = &workload.identity;
        let name = (identity.kind.clone(), identity.name.clone());
        let is_alone = self.namesakes.get(&name) == Some(&1);
        let is_here = |known: &Declared| {
            known.group == identity.group
                && self.is_of(workload, known)
                && known
                    .place
                    .namespace
                    .as_ref()
                    .map_or(is_alone, |namespace| *namespace == identity.namespace)
        };
        self.tree.by_name.get(&name).is_some_and(|all| all.iter().any(is_here))
    }

    /// True if a workload may be one of Git. A workload that names a deployer of Git is none that nothing known deploys.
    fn is_of(&self, workload: &Workload, known: &Declared) -> bool {
        let mut deployers = self.git.deployments.iter().map(|deployment| &deployment.by);
        known.left_out().is_none() || !deployers.any(|by| tracked::names(&workload.tracking, by))
    }

    /// True if the workload names the deployer of a unit.
    fn is_named(&self, workload: &Workload, way: &Way) -> bool {
        let by = way.deployment.and_then(|at| self.git.deployments.get(at)).map(|deployment| &deployment.by);
        by.is_some_and(|by| tracked::names(&workload.tracking, by))
    }

    fn pair(&self, workload: &Workload, container: Observed, declared: &Declared) -> Item {
        let ways = self.ways(workload, declared);
        let first = ways.first().map(|way| way.tree.clone());
        let images: BTreeSet<String> =
            ways.iter().filter_map(|way| self.image(&way.tree)).map(|image| image.to_string()).collect();
        let units: BTreeSet<String> = ways.iter().map(|way| way.tree.unit.to_string()).collect();
        if images.len() > 1 && units.len() > 1 {
            let units: Vec<String> = units.into_iter().collect();
            let why = format!(
                "several units deploy it with different images ({}): select the units of this cluster with \
                 --root",
                units.join(", ")
            );
            return item(container, first, State::Unknown(why));
        }
        // Several images of one unit are those that a chart may make: the one that runs counts.
        let runs = ways.iter().find(|way| self.judged(&container, &way.tree).0 == State::Same);
        let tree = runs.map(|way| way.tree.clone()).or(first);
        let Some(tree) = tree else {
            return item(container, None, State::Unknown("nothing in Git decides it".to_owned()));
        };
        let (state, live) = self.judged(&container, &tree);
        Item { place: container.place, git: Some(tree), live, state }
    }

    /// The ways in which Git deploys a container, those of the deployer that the workload names if there are any.
    fn ways(&self, workload: &Workload, declared: &Declared) -> Vec<Way> {
        let is_named = |way: &&Way| self.is_named(workload, way);
        let named: Vec<Way> = declared.ways.iter().filter(is_named).cloned().collect();
        if named.is_empty() { declared.ways.clone() } else { named }
    }
}

impl Tree {
    /// Removes a container.
    fn remove(&mut self, place: &Place) {
        if let Some(all) = self.by_name.get_mut(&(place.kind.clone(), place.name.clone())) {
            all.retain(|known| known.place != *place);
        }
    }
}

/// True if the owner at the top is no kind of Kubernetes itself: an operator made the pods.
fn is_operated(workload: &Workload) -> bool {
    workload.template.is_none() && !matches!(workload.identity.group.as_str(), "" | "apps" | "batch")
}

fn name(identity: &Identity) -> String {
    format!("{} {}/{}", identity.kind, identity.namespace, identity.name)
}
