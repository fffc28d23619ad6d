//! The deployers that one root deploys, built once for all roots that they deploy. Data only: `making` builds
//! them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use source::{RepoPath, Span};

use crate::document::Document;
use crate::engine::reads::Reads;

/// The part of a deployer that substitutions do not change: its file, its place and its name.
pub(crate) type Key = (RepoPath, Span, Option<String>);

/// The deployers that a root makes.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) documents: HashMap<Key, Vec<Document>>,
    /// The reads that all of them depend on.
    pub(crate) common: Arc<Reads>,
    /// The reads of each kustomization below, which the deployers in it depend on.
    pub(crate) by_folder: BTreeMap<RepoPath, Arc<Reads>>,
    /// True if every deployer may depend on every file, because values of other resources are copied.
    pub(crate) is_whole: bool,
}

/// The roots and kustomizations that deploy a file.
#[derive(Debug, Default)]
pub(crate) struct Above {
    /// The numbers of the roots.
    pub(crate) roots: Vec<usize>,
    /// The file, and the kustomizations on the way up.
    pub(crate) folders: HashSet<RepoPath>,
    /// True if one of them may change the resources of others.
    pub(crate) changes: bool,
    /// True if one of them copies values of other resources.
    pub(crate) replaces: bool,
}

/// The files and folders that have to be built for the deployers of a root, by the index of the root.
pub(crate) type Ways = HashMap<usize, Arc<HashSet<RepoPath>>>;

/// The effect of fields on deployers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Steering {
    /// Nothing that changes what they deploy.
    Nothing,
    /// They change names, and nothing else that matters: objects may be found by name.
    Names,
    /// They may change everything.
    Everything,
}
