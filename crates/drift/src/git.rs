//! Everything that is known of Git.

use std::collections::HashSet;

use deploy::Deployment;
use model::{Reference, Resource, UnitId};
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
    /// The files on their own that a kustomization beside or above them does not include: nothing known deploys them.
    pub left_out: HashSet<UnitId>,
    /// The mirrors.
    pub mirrors: Renamed,
}
