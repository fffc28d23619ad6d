//! Everything that is known of Git.

use std::collections::{BTreeSet, HashMap, HashSet};

use deploy::Deployment;
use model::{LeftOut, Reference, Resource, UnitId};
use source::RepoPath;

use crate::images::Renamed;

/// Everything that is known of Git.
pub struct Git<'g> {
    /// The references of all units.
    pub references: &'g [Box<Reference>],
    /// The units that resources of Git deploy.
    pub deployments: &'g [Deployment],
    /// The objects that are suspended in Git.
    pub suspended: &'g [Resource],
    /// The folders of `--root`; `None` for all units.
    pub roots: Option<Vec<RepoPath>>,
    /// The units that are deployed from these folders.
    pub chosen: HashSet<UnitId>,
    /// The units that may deploy more than is known: something that they read could not be read, or is not evaluated.
    pub unread: HashSet<UnitId>,
    /// The files on their own that nothing known deploys.
    pub left_out: HashMap<UnitId, LeftOut>,
    /// The namespaces that are compared, on both sides; none for all.
    pub namespaces: BTreeSet<String>,
    /// The mirrors.
    pub mirrors: Renamed,
}

impl Git<'_> {
    /// True if a namespace is compared. A namespace that Git does not name is compared where all are.
    pub(crate) fn takes(&self, namespace: Option<&str>) -> bool {
        self.namespaces.is_empty() || namespace.is_some_and(|namespace| self.namespaces.contains(namespace))
    }
}
