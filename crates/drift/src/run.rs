//! A run of the comparison, and the judgement on one container.

use std::collections::{BTreeSet, HashMap, HashSet};

use cluster::Workload;
use image::Image;
use model::{Target, UnitId};

use crate::declared::Tree;
use crate::exclusions::Exclusions;
use crate::git::Git;
use crate::images::{Relation, relation};
use crate::live::Observed;
use crate::pairs::{Failing, InCluster, InTree, Item, Place, State};

/// A run of the comparison.
pub(crate) struct Run<'r> {
    pub(crate) git: &'r Git<'r>,
    pub(crate) tree: Tree,
    pub(crate) workloads: &'r [Workload],
    pub(crate) items: Vec<Item>,
    pub(crate) exclusions: Exclusions,
    /// The containers of Git that were found in the cluster.
    pub(crate) found: BTreeSet<Place>,
    /// The fields of Git that a container of the cluster was compared with.
    pub(crate) used: HashSet<usize>,
    /// The units of which the cluster has something.
    pub(crate) present: HashSet<UnitId>,
    /// The number of workloads of a kind and a name, in all namespaces.
    pub(crate) namesakes: HashMap<(String, String), usize>,
}

impl Run<'_> {
    /// The effective image of Git without mirrors.
    pub(crate) fn image(&self, tree: &InTree) -> Option<Image> {
        match &self.git.references.get(tree.reference)?.target {
            Target::Known(image) => Some(self.git.mirrors.original(image)),
            _ => None,
        }
    }

    /// The state of a container by the image of Git, and the image of the cluster that decides it: of the template and
    /// the pods, the first that differs.
    pub(crate) fn judged(&self, container: &Observed, tree: &InTree) -> (State, Option<InCluster>) {
        let first = container.images.first().cloned();
        let Some(git) = self.image(tree) else {
            let text =
                self.git.references.get(tree.reference).map(|one| one.image_or_text()).unwrap_or_default();
            return (State::Unknown(format!("the image in Git is not known here: {text}")), first);
        };
        let is_same = |live: &&InCluster| {
            live.image.as_ref().is_some_and(|image| relation(&git, image) == Relation::Same)
        };
        if let Some(live) = container.images.iter().find(is_same).filter(|_| container.is_open) {
            return (State::Same, Some(live.clone()));
        }
        for live in &container.images {
            let state = match live.image.as_ref().map(|image| relation(&git, image)) {
                Some(Relation::Same) => continue,
                Some(Relation::TagAndDigest(digest)) => {
                    let mut live = live.clone();
                    live.digests = BTreeSet::from([digest]);
                    return (State::Same, Some(live));
                }
                Some(Relation::Digests { git, live }) => State::Digests { git, live },
                Some(Relation::DigestAndTag(digest)) if live.digests.contains(&digest) => continue,
                Some(Relation::DigestAndTag(digest)) => match live.digests.first() {
                    Some(running) => State::Digests { git: digest, live: running.clone() },
                    None => State::Unknown("Git names a digest, and the cluster reports none".to_owned()),
                },
                Some(Relation::Different) | None => State::Differs,
            };
            return (state, Some(live.clone()));
        }
        match &container.failing {
            Some(reason) => (State::NotLive(Failing::Pull(reason.clone())), first),
            None => (State::Same, first),
        }
    }

    pub(crate) fn push(&mut self, container: Observed, tree: Option<InTree>, state: State) {
        self.items.push(item(container, tree, state));
    }
}

/// A container with the image of its template.
pub(crate) fn item(container: Observed, git: Option<InTree>, state: State) -> Item {
    let live = container.images.into_iter().next();
    Item { place: container.place, git, live, state }
}
