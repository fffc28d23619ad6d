//! One side of a comparison: a set of files, the index of them, the graph of their roots, and results that several
//! units share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::document::Document;
use super::graph::Graph;
use super::index::{Index, Says};
use super::kustomize::Built;
use super::links::Followed;
use super::reads::Reads;
use super::root::Deployers;
use source::RepoPath;

/// A result with the reads that it depends on.
pub(super) type Recorded<T> = Arc<(T, Reads)>;

/// Resources by the kinds that their files mention, and by name.
type Named = HashMap<(Says, String), Arc<Vec<Document>>>;

/// The deployers of the root of a number, computed once.
type Known = Mutex<HashMap<usize, Arc<OnceLock<Recorded<Deployers>>>>>;

/// A set of files and what is known of it.
pub struct Side<'a> {
    pub(super) files: Followed<'a>,
    /// Largest file that is read, in bytes.
    pub(super) limit: u64,
    /// Whether these are all files that exist.
    pub(super) is_whole: bool,
    pub(super) index: Index,
    graph: OnceLock<Graph>,
    /// Kustomizations that several others include are built once.
    pub(super) built: Mutex<HashMap<RepoPath, Recorded<Built>>>,
    /// Resources that others name.
    pub(super) named: Mutex<Named>,
    pub(super) deployers: Known,
    none: Graph,
}

impl<'a> Side<'a> {
    /// A side whose graph is still to be surveyed.
    pub(super) fn new(files: Followed<'a>, limit: u64, is_whole: bool, index: Index) -> Self {
        Self {
            files,
            limit,
            is_whole,
            index,
            graph: OnceLock::new(),
            built: Mutex::default(),
            named: Mutex::default(),
            deployers: Mutex::default(),
            none: Graph::default(),
        }
    }

    /// The files without the further paths that links give them.
    pub(super) fn regular_files(&self) -> impl Iterator<Item = &RepoPath> {
        self.index.files().filter(|path| self.files.real(path).is_none())
    }

    /// The graph of the roots; empty while it is surveyed.
    pub(super) fn graph(&self) -> &Graph {
        self.graph.get().unwrap_or(&self.none)
    }

    /// Sets the graph, once.
    pub(super) fn set_graph(&self, graph: Graph) {
        // A second graph would be the same.
        let _ = self.graph.set(graph);
    }
}
