//! One side of a comparison: a set of files, the index of them, the graph of their roots, and results that several
//! units share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use crate::document::Document;
use crate::ecosystem::kustomize::Built;
use crate::engine::chart_object::ChartObject;
use crate::engine::git_repository::{GitRepository, by_name};
use crate::engine::graph::Graph;
use crate::engine::index::Index;
use crate::engine::links::Followed;
use crate::engine::made::{Above, Made, Steering, Ways};
use crate::engine::named_kind::NamedKind;
use crate::engine::reads::Reads;
use crate::engine::root::Deployers;
use crate::repositories::Repositories;
use model::FileProblem;
use source::{RepoPath, SourceFile};

/// A result with the reads that it depends on.
pub(crate) type Recorded<T> = Arc<(T, Arc<Reads>)>;

/// The files that may contain a resource of a kind.
type Possible = HashMap<NamedKind, Arc<Vec<Arc<SourceFile>>>>;

/// Resources by kind and name.
type Named = HashMap<(NamedKind, String), Arc<Vec<Document>>>;

/// A result that is computed once.
type Once<T> = Arc<OnceLock<Arc<T>>>;

/// The deployers of roots, by the index of the root.
type Known = Mutex<HashMap<usize, Once<(Deployers, Arc<Reads>)>>>;

/// The effect on deployers of a kustomization, or of a root of its folder by the index of the root.
type Steered = HashMap<(RepoPath, Option<usize>), Recorded<Steering>>;

/// A set of files and the results that are known for it.
pub struct Side<'a> {
    pub(crate) files: Followed<'a>,
    /// Maximum size of a file, in bytes.
    pub(crate) limit: u64,
    /// True if these are all files that exist.
    pub(crate) is_whole: bool,
    /// True if the charts in the tree are rendered.
    pub(crate) renders: bool,
    /// The name of the archive that contains the files, if they are not those of the repository.
    pub(crate) origin: Option<Arc<str>>,
    /// The Git repositories that are known to be in this tree.
    pub(crate) repositories: Arc<Repositories>,
    /// The objects that charts generate and that deploy other resources.
    pub(crate) objects: Vec<ChartObject>,
    /// The hashes of their contents.
    pub(crate) known_objects: HashSet<u64>,
    /// The `GitRepository` objects by their names.
    git_repositories: OnceLock<HashMap<String, Vec<GitRepository>>>,
    pub(crate) index: Index,
    graph: OnceLock<Graph>,
    /// Kustomizations that several others include are built once.
    pub(crate) built: Mutex<HashMap<RepoPath, Recorded<Built>>>,
    /// Resources that others name.
    pub(crate) named: Mutex<Named>,
    /// The files in which they are searched.
    pub(crate) possible: Mutex<Possible>,
    pub(crate) deployers: Known,
    /// The deployers of roots, by the index of the root and the flags `is_made` and `is_whole`.
    pub(crate) made: Mutex<HashMap<(usize, bool, bool), Once<Made>>>,
    /// The roots above a file.
    pub(crate) above: Mutex<HashMap<RepoPath, Recorded<Above>>>,
    /// The effect of kustomizations and roots on deployers.
    pub(crate) steering: Mutex<Steered>,
    pub(crate) ways: OnceLock<Ways>,
    /// Parts of the tree that deployers may read and that are not read here, as far as they are known.
    hidden: Mutex<Vec<FileProblem>>,
    none: Graph,
}

impl<'a> Side<'a> {
    /// A side whose graph is not surveyed yet.
    pub(crate) fn new(files: Followed<'a>, limit: u64, is_whole: bool, index: Index) -> Self {
        let hidden = Mutex::new(files.problem().into_iter().collect());
        Self {
            files,
            limit,
            is_whole,
            renders: false,
            origin: None,
            repositories: Arc::default(),
            objects: Vec::new(),
            known_objects: HashSet::new(),
            git_repositories: OnceLock::new(),
            index,
            graph: OnceLock::new(),
            built: Mutex::default(),
            named: Mutex::default(),
            possible: Mutex::default(),
            deployers: Mutex::default(),
            made: Mutex::default(),
            above: Mutex::default(),
            steering: Mutex::default(),
            ways: OnceLock::new(),
            hidden,
            none: Graph::default(),
        }
    }

    /// Frees its memory in a separate thread: this takes a tenth of the time of a run.
    pub(crate) fn discard(self) {
        let Self { index, graph, built, named, possible, deployers, made, above, .. } = self;
        let rest = (index, graph, built, named, possible, deployers, made, above);
        // Without a thread it is freed here.
        _ = thread::Builder::new().spawn(move || drop(rest));
    }

    /// The files without the additional paths of links.
    pub(crate) fn regular_files(&self) -> impl Iterator<Item = &RepoPath> {
        self.index.files().filter(|path| self.files.real(path).is_none())
    }

    /// The `GitRepository` objects of a name, in the order of their files.
    pub(crate) fn git_repositories(&self, name: &str) -> &[GitRepository] {
        let all = self.git_repositories.get_or_init(|| by_name(&self.index));
        all.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Records a part of the tree that deployers may read and that is not read here.
    pub(crate) fn hides(&self, problem: FileProblem) {
        if let Ok(mut hidden) = self.hidden.lock() {
            hidden.push(problem);
        }
    }

    /// The parts of the tree that were recorded, in the order of their files.
    pub(crate) fn hidden(&self) -> Vec<FileProblem> {
        let mut hidden = self.hidden.lock().map(|hidden| hidden.clone()).unwrap_or_default();
        hidden.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
        hidden
    }

    /// The graph of the roots; empty during the survey.
    pub(crate) fn graph(&self) -> &Graph {
        self.graph.get().unwrap_or(&self.none)
    }

    /// Drops the graph and all results that depend on it. Returns the reads of each kustomization by itself.
    pub(crate) fn forget_graph(&mut self) -> BTreeMap<RepoPath, Arc<Reads>> {
        let graph = self.graph.take().unwrap_or_default();
        self.deployers = Mutex::default();
        self.made = Mutex::default();
        self.above = Mutex::default();
        self.steering = Mutex::default();
        self.ways = OnceLock::new();
        graph.kustomizations.clone()
    }

    /// Sets the graph, once.
    pub(crate) fn set_graph(&self, graph: Graph) {
        // A second graph would be the same.
        let _ = self.graph.set(graph);
    }
}
