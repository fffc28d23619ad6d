//! The deployers that one root deploys, made once for all roots that they deploy. Data only: `making` makes them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use source::{RepoPath, Span};

use crate::document::Document;
use crate::engine::reads::Reads;

/// The part of a deployer that stays the same whatever is put into it: its file and place, and its name.
pub(crate) type Key = (RepoPath, Span, Option<String>);

/// The deployers that a root makes.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) documents: HashMap<Key, Vec<Document>>,
    /// The reads that all of them depend on.
    pub(crate) common: Arc<Reads>,
    /// The reads of each kustomization below, which the deployers in it depend on.
    pub(crate) by_folder: BTreeMap<RepoPath, Arc<Reads>>,
    /// Every deployer may depend on every file: values of other resources are put in.
    pub(crate) is_whole: bool,
}

/// The roots and kustomizations that deploy a file.
#[derive(Debug, Default)]
pub(crate) struct Above {
    /// The numbers of the roots.
    pub(crate) roots: Vec<usize>,
    /// The file, and the kustomizations on the way up.
    pub(crate) folders: HashSet<RepoPath>,
    /// One of them may change the resources of others.
    pub(crate) changes: bool,
    /// One of them puts values of other resources in.
    pub(crate) replaces: bool,
}

/// The files and folders that have to be built for the deployers that a root makes, by the number of the root.
pub(crate) type Ways = HashMap<usize, Arc<HashSet<RepoPath>>>;
