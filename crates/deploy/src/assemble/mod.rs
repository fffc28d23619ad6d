//! From files to what is deployed: units put documents together from the files that take part in them, with
//! the place of every value. Which units there are, and which of them a change reaches, the index knows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use model::FileProblem;
use source::change::Change;
use source::{Files, ReadError, RepoPath};
use yaml::Node;

mod application_set;
mod argo_cd;
pub(crate) mod broken;
mod chart;
mod document;
mod file;
mod graph;
mod index;
mod kustomize;
mod linked;
mod lookup;
mod nested;
mod release;
mod root;
mod substitute;

pub use document::{Beside, Document, Role, is_kustomization_file};
pub use file::{FileUnit, MULTIPLIED};

use chart::ChartUnit;
use graph::Graph;
pub(crate) use index::each;
use index::{Index, Says};
use kustomize::Built;

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
    path.is_yaml()
}

/// Resources by what their files speak of, and by name.
type LookedUp = HashMap<(Says, String), Arc<Vec<Document>>>;

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
    /// Resources that others name are looked up once.
    looked_up: Mutex<LookedUp>,
    /// What deploys a root is made once by what deploys that.
    deployers: nested::Known,
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
        let looked_at = application_set::Tree { files, limit, index: &index };
        let graph = Graph::new(&index, &|set| application_set::expand(looked_at, set));
        Self {
            files,
            limit,
            is_whole,
            index,
            graph,
            built: Mutex::default(),
            looked_up: Mutex::default(),
            deployers: Mutex::default(),
        }
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

    /// Whether a file is a template of a chart in the repository: below `templates/` beside a `Chart.yaml`.
    fn is_chart_template(&self, path: &RepoPath) -> bool {
        path.ancestors()
            .filter(|folder| folder.file_name() == "templates")
            .any(|folder| self.has_file(&folder.parent().join("Chart.yaml")))
    }

    /// Whether a file is a unit of its own.
    fn stands_alone(&self, path: &RepoPath) -> bool {
        !self.graph.takes_part(path) && !self.is_values_of_chart(path)
    }

    /// All units; of files on their own those that are `wanted`.
    pub fn units(&self, wanted: fn(&RepoPath) -> bool) -> Vec<Pair> {
        let roots = self.graph.roots().map(|root| Box::new(root.clone()) as Box<dyn Unit>);
        let charts = self.charts().flat_map(|folder| ChartUnit::all(self, &folder));
        let charts = charts.map(|chart| Box::new(chart) as Box<dyn Unit>);
        let files = self.index.files().filter(|path| wanted(path) && self.stands_alone(path));
        let files = files.map(|path| Box::new(FileUnit::new(path.clone())) as Box<dyn Unit>);
        roots.chain(charts).chain(files).map(|head| Pair { base: None, head }).collect()
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
    let mut sides: BTreeSet<RepoPath> =
        changes.iter().flat_map(|change| change.head.iter().chain(&change.base)).cloned().collect();
    let (mut reached, mut shaped) = (BTreeSet::new(), HashSet::new());
    for tree in std::iter::once(head).chain(base) {
        let named = tree.dependents(changes);
        sides.extend(named.files);
        reached.extend(head.graph.substituting(&named.config_maps));
        let (folders, roots) = head.naming(&named.config_maps);
        shaped.extend(folders);
        reached.extend(roots);
    }
    sides.extend(head.graph.sets_of(base.map(|base| &base.graph), &sides));
    for tree in std::iter::once(head).chain(base) {
        shaped.extend(tree.shaped(sides.iter()));
    }
    let files: BTreeSet<&RepoPath> = changes.iter().filter_map(|change| change.head.as_ref()).collect();
    let roots = head.graph.reached(sides.iter(), reached, &shaped).into_iter().map(|root| {
        let before = base.and_then(|base| base.graph.before(root, &moved));
        let base = before.map(|root| Box::new(root) as Box<dyn Unit>);
        Pair { base, head: Box::new(root.clone()) }
    });
    // What did not change itself, and is deployed with what did.
    let others = sides.iter().filter(|path| !files.contains(path) && head.has_file(path));
    let others: Vec<Change> =
        others.map(|path| Change { base: Some(path.clone()), head: Some(path.clone()) }).collect();
    let files = changes.iter().chain(&others).filter_map(|change| {
        let path = change.head.clone().filter(|path| is_candidate(path) && head.stands_alone(path))?;
        let before = change.base.clone().filter(is_candidate);
        let base = before.map(|path| Box::new(FileUnit::new(path)) as Box<dyn Unit>);
        Some(Pair { base, head: Box::new(FileUnit::new(path)) })
    });
    let charts = changed_charts(head, base, &sides, changes);
    roots.chain(charts).chain(files).collect()
}

/// The charts that a change reaches.
fn changed_charts(
    head: &Tree<'_>,
    base: Option<&Tree<'_>>,
    sides: &BTreeSet<RepoPath>,
    changes: &[Change],
) -> Vec<Pair> {
    let before = |path: &RepoPath| {
        let change = changes.iter().find(|change| change.head.as_ref() == Some(path));
        change.map_or_else(|| Some(path.clone()), |change| change.base.clone())
    };
    let units = head.reached_charts(sides).into_iter().map(|unit| {
        let same = base.and_then(|base| unit.before(base, &before));
        Pair { base: same.map(|unit| Box::new(unit) as Box<dyn Unit>), head: Box::new(unit) }
    });
    units.collect()
}

/// What names resources that a change is about.
struct Dependents {
    config_maps: Vec<String>,
    files: Vec<RepoPath>,
}

impl Tree<'_> {
    /// What of this tree names the resources of the changed files.
    fn dependents(&self, changes: &[Change]) -> Dependents {
        let mut found = Dependents { config_maps: Vec::new(), files: Vec::new() };
        let paths: BTreeSet<&RepoPath> =
            changes.iter().flat_map(|change| change.head.iter().chain(&change.base)).collect();
        let charts: BTreeSet<RepoPath> = paths.iter().filter_map(|path| self.chart_of(path)).collect();
        let wanted = |path: &RepoPath| charts.contains(path) || paths.contains(path);
        for (path, facts) in self.index.facts() {
            if facts.deployers.iter().any(|document| release::takes(document, &wanted)) {
                found.files.push(path.clone());
            }
        }
        let mut names = Vec::new();
        for path in &paths {
            let says = self.index.says(path);
            if says.holds(Says::CONFIG_MAP) {
                found.config_maps.extend(self.names_in(path, &["ConfigMap"]));
            }
            if says.holds(Says::HELM_REPOSITORY) {
                names.extend(self.names_in(path, &["HelmRepository"]));
            }
            found.config_maps.extend(self.graph.generated_by(path));
        }
        names.extend(found.config_maps.iter().cloned());
        names.extend(charts.iter().map(|folder| folder.file_name().to_owned()));
        // A values file that a release of Flux names.
        let values = paths.iter().filter(|path| path.is_yaml() && path.file_name().contains("values"));
        names.extend(values.map(|path| path.as_str().to_owned()));
        if !names.is_empty() {
            for path in self.index.saying(Says::HELM_RELEASE) {
                let Ok(Some(file)) = file::read(self, path) else { continue };
                if names.iter().any(|name| file.text().contains(name.as_str())) {
                    found.files.push(path.clone());
                }
            }
        }
        found
    }
}
