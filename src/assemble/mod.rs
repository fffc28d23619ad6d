//! From files to what is deployed: units put documents together from the files that take part in them, with
//! the place of every value. Which units there are, and which of them a change reaches, the index knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::change::Change;
use crate::finding::FileProblem;
use crate::text::{Files, ReadError, RepoPath};
use crate::yaml::Node;

pub(crate) mod broken;
mod document;
mod file;
mod graph;
mod index;
mod kustomize;
mod root;

pub use document::{Document, Role, is_kustomization_file};
pub use file::{FileUnit, MULTIPLIED};

use graph::Graph;
use index::Index;
pub(crate) use index::each;
use kustomize::Built;
use root::Root;

/// Something that gets deployed as one.
pub trait Unit: Send + Sync {
    /// Its name in reports.
    fn id(&self) -> &RepoPath;

    /// Reads its documents one by one; what cannot be read is a problem.
    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part));
}

/// What a unit is assembled of.
#[derive(Debug)]
pub enum Part {
    /// A document.
    Document(Document),
    /// Something that could not be read.
    Problem(FileProblem),
}

/// A unit at head, and the same at base where it was there.
pub struct Pair {
    /// At base.
    pub base: Option<Box<dyn Unit>>,
    /// At head.
    pub head: Box<dyn Unit>,
}

/// Whether a file's name says that it may hold references.
pub fn is_candidate(path: &RepoPath) -> bool {
    path.is_yaml() || is_kustomization_file(path)
}

/// One side of a comparison: a set of files, and what is known of how they hang together.
pub struct Tree<'a> {
    files: &'a dyn Files,
    /// Largest file that is read, in bytes.
    limit: u64,
    /// Whether these are all files that there are.
    is_whole: bool,
    index: Index,
    graph: Graph,
    /// Kustomizations that several others include are built once.
    built: Mutex<HashMap<RepoPath, Arc<Built>>>,
}

impl<'a> Tree<'a> {
    /// Looks through all files for what puts others together. Files larger than `limit` bytes are not read.
    /// `is_whole`: there are no others that these may speak of.
    ///
    /// # Errors
    /// [`ReadError`] where the files cannot be listed.
    pub fn new(files: &'a dyn Files, limit: u64, is_whole: bool) -> Result<Self, ReadError> {
        Ok(Self::with(files, limit, is_whole, Index::new(files, limit)?))
    }

    /// The other side of a comparison, of which only what differs is looked through.
    pub fn base_of(head: &Tree<'_>, files: &'a dyn Files, changes: &[Change]) -> Self {
        Self::with(files, head.limit, head.is_whole, head.index.before(files, head.limit, changes))
    }

    fn with(files: &'a dyn Files, limit: u64, is_whole: bool, index: Index) -> Self {
        let graph = Graph::new(&index);
        Self { files, limit, is_whole, index, graph, built: Mutex::default() }
    }

    fn has_file(&self, path: &RepoPath) -> bool {
        self.index.has_file(path)
    }

    fn has_folder(&self, path: &RepoPath) -> bool {
        self.index.files_below(path).next().is_some()
    }

    /// The kustomization of a folder.
    fn kustomization(&self, folder: &RepoPath) -> Option<Arc<Node>> {
        self.graph.kustomization(folder).cloned()
    }

    /// Whether several kustomizations include the one of this folder.
    fn is_shared(&self, folder: &RepoPath) -> bool {
        self.graph.users(folder).len() > 1
    }

    /// What the kustomization of a folder comes to, built the first time that it is asked for.
    fn built(&self, folder: &RepoPath, build: impl FnOnce() -> Built) -> Arc<Built> {
        if let Some(done) = self.built.lock().ok().and_then(|built| built.get(folder).cloned()) {
            return done;
        }
        let done = Arc::new(build());
        if let Ok(mut built) = self.built.lock() {
            built.insert(folder.clone(), Arc::clone(&done));
        }
        done
    }

    /// A document as it is read: what a root of this tree does with the `images` of its deployer is read there.
    fn as_read(&self, mut document: Document) -> Document {
        if Root::of(&document).iter().any(|root| self.has_folder(&root.folder))
            && let Some(spec) = Arc::make_mut(&mut document.root).get_mut("spec")
        {
            spec.remove("images");
        }
        document
    }

    /// Whether a file is a template of a chart in the repository: below `templates/` beside a `Chart.yaml`.
    fn is_chart_template(&self, path: &RepoPath) -> bool {
        path.ancestors()
            .filter(|folder| folder.file_name() == "templates")
            .any(|folder| self.has_file(&folder.parent().join("Chart.yaml")))
    }

    /// All units; of files on their own those that are `wanted`.
    pub fn units(&self, wanted: fn(&RepoPath) -> bool) -> Vec<Pair> {
        let roots = self.graph.roots().map(|root| Box::new(root.clone()) as Box<dyn Unit>);
        let files = self.index.files().filter(|path| wanted(path) && !self.graph.takes_part(path));
        let files = files.map(|path| Box::new(FileUnit::new(path.clone())) as Box<dyn Unit>);
        roots.chain(files).map(|head| Pair { base: None, head }).collect()
    }
}

/// The units that a change reaches, each with what it was before.
pub fn affected(head: &Tree<'_>, base: Option<&Tree<'_>>, changes: &[Change]) -> Vec<Pair> {
    let moved: HashMap<RepoPath, RepoPath> = changes
        .iter()
        .filter_map(|change| Some((change.base.as_ref()?.parent(), change.head.as_ref()?)))
        .filter(|(_, head)| is_kustomization_file(head))
        .map(|(base, head)| (head.parent(), base))
        .collect();
    let sides = changes.iter().flat_map(|change| change.head.iter().chain(&change.base));
    let roots = head.graph.reached(sides).into_iter().map(|root| {
        let before = base.and_then(|base| base.graph.same(root, &moved));
        let base = before.map(|root| Box::new(root.clone()) as Box<dyn Unit>);
        Pair { base, head: Box::new(root.clone()) }
    });
    let files = changes.iter().filter_map(|change| {
        let path = change.head.clone().filter(|path| is_candidate(path) && !head.graph.takes_part(path))?;
        let before = change.base.clone().filter(is_candidate);
        let base = before.map(|path| Box::new(FileUnit::new(path)) as Box<dyn Unit>);
        Some(Pair { base, head: Box::new(FileUnit::new(path)) })
    });
    roots.chain(files).collect()
}
