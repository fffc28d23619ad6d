//! The graph of a side: which kustomizations include which files and folders, and the roots above them. It is
//! built from the recorded reads of each kustomization, so that its cost is proportional to the number of
//! kustomizations.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::is_kustomization_file;
use crate::ecosystem::kustomize::model::GeneratedKind;
use crate::engine::generated::{generated_files, written};
use crate::engine::index::Index;
use crate::engine::reads::{Difference, Lookup, Reads, Use};
use crate::engine::root::Root;

/// The graph of a side.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// From the name of a generated config map or secret to the folders and entries that generate it.
    generators: HashMap<(GeneratedKind, String), Vec<(RepoPath, Node)>>,
    structure: Arc<Structure>,
}

/// The part of a graph that both sides of a comparison share if only contents differ.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    /// The reads of each kustomization by itself, by folder.
    pub(crate) kustomizations: BTreeMap<RepoPath, Arc<Reads>>,
    /// From a file or a folder to the folders of the kustomizations that include it.
    users: HashMap<RepoPath, Vec<RepoPath>>,
    /// The reads by which the deployers of each file were found.
    origins: Vec<Arc<Reads>>,
    roots: Vec<Root>,
    /// The URLs of repositories that are clearly not this one.
    elsewhere: HashSet<String>,
    /// From a folder to its roots.
    by_folder: HashMap<RepoPath, Vec<usize>>,
    /// Folders that Flux deploys without a kustomization: every manifest below is deployed.
    generated: BTreeSet<RepoPath>,
}

impl Graph {
    /// `deployed`: the roots that Flux and Argo CD name; `is_linked`: returns true for a folder below a
    /// symbolic link.
    pub(crate) fn new(
        index: &Index,
        reads: BTreeMap<RepoPath, Arc<Reads>>,
        deployed: Deployed,
        is_linked: &dyn Fn(&RepoPath) -> bool,
    ) -> Self {
        let Deployed { roots, pathless, origins, elsewhere } = deployed;
        let mut structure = Structure { kustomizations: reads, origins, elsewhere, ..Structure::default() };
        structure.find_users(index);
        for root in roots {
            structure.add_deployed(index, root);
        }
        structure.add_pathless(index, pathless);
        // A folder below a link is a root by its own path.
        for folder in structure.free_kustomizations().into_iter().filter(|folder| !is_linked(folder)) {
            structure.add(Root::bare(folder));
        }
        for folder in structure.cycles().into_iter().filter(|folder| !is_linked(folder)) {
            structure.add(Root::bare(folder));
        }
        structure.name_roots();
        Self { generators: generators(index), structure: Arc::new(structure) }
    }

    /// The graph of an index with the same structure.
    pub(crate) fn again(&self, index: &Index) -> Self {
        Self { generators: generators(index), structure: Arc::clone(&self.structure) }
    }

    /// True if both graphs share one structure.
    pub(crate) fn is_built_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.structure, &other.structure)
    }

    /// The kustomizations that generate a config map or a secret of a name, each with its entry.
    pub(crate) fn generators(&self, kind: GeneratedKind, name: &str) -> &[(RepoPath, Node)] {
        self.generators.get(&(kind, name.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// The names of the config maps and secrets whose generator entries differ from those of another graph,
    /// or that are generated from files that differ.
    pub(crate) fn differing_generators(
        &self,
        other: Option<&Self>,
        difference: &Difference,
    ) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for ((kind, name), entries) in &self.generators {
            let is_same = other.is_none_or(|other| same_entries(entries, other.generators(*kind, name)));
            if !is_same || entries.iter().any(|(folder, entry)| reads_any(folder, entry, difference)) {
                names.insert(name.as_str());
            }
        }
        names
    }
}

impl Deref for Graph {
    type Target = Structure;

    fn deref(&self) -> &Structure {
        &self.structure
    }
}

/// The roots that Flux and Argo CD name.
#[derive(Debug, Default)]
pub(crate) struct Deployed {
    pub(crate) roots: Vec<Root>,
    /// The roots of Flux Kustomizations without a path, each with the file of its deployer.
    pub(crate) pathless: Vec<(RepoPath, Root)>,
    /// The reads by which the deployers of each file were found.
    pub(crate) origins: Vec<Arc<Reads>>,
    /// The URLs of repositories that are clearly not this one.
    pub(crate) elsewhere: HashSet<String>,
}

fn generators(index: &Index) -> HashMap<(GeneratedKind, String), Vec<(RepoPath, Node)>> {
    let mut generators: HashMap<_, Vec<_>> = HashMap::new();
    for (folder, node) in index.kustomizations() {
        for kind in GeneratedKind::ALL {
            for (name, entry) in kind.named_entries(node) {
                let known = generators.entry((kind, name.to_owned())).or_default();
                known.push((folder.clone(), entry.clone()));
            }
        }
    }
    generators
}

impl Structure {
    /// True if a change does not affect the structure, according to the reads of the deployers and
    /// kustomizations.
    pub(crate) fn is_kept_by(
        &self,
        difference: &Difference,
        kustomizations: &BTreeMap<RepoPath, Arc<Reads>>,
    ) -> bool {
        !self.origins.iter().any(|reads| reads.differ(difference) || reads.lookups().any(is_open))
            && self.kustomizations.len() == kustomizations.len()
            && self
                .kustomizations
                .iter()
                .zip(kustomizations)
                .all(|(one, other)| one.0 == other.0 && (Arc::ptr_eq(one.1, other.1) || one.1.are(other.1)))
    }

    fn find_users(&mut self, index: &Index) {
        for (folder, reads) in &self.kustomizations {
            let files =
                reads.files.iter().filter(|(path, made)| **made != Use::Beside && index.has_file(path));
            for used in files.map(|(path, _)| path).chain(&reads.included) {
                self.users.entry(used.clone()).or_default().push(folder.clone());
            }
        }
    }

    fn add_deployed(&mut self, index: &Index, root: Root) {
        let Some(deployer) = &root.deployer else { return };
        if self.kustomizations.contains_key(&root.folder) {
            let components = deployer.layer.get("components").map(Node::items).unwrap_or_default();
            for component in components.iter().filter_map(Node::text) {
                self.users.entry(root.folder.join(component)).or_default().push(root.folder.clone());
            }
        } else if root.is_flux() {
            self.generated.insert(root.folder.clone());
        } else {
            for path in index.files_below(&root.folder) {
                if deployer.directory.takes(&root.folder, path) {
                    self.users.entry(path.clone()).or_default().push(root.folder.clone());
                }
            }
        }
        self.add(root);
    }

    /// Adds the roots whose deployers name no path. If each of them is only a patch, none is deployed: the patches
    /// are meant for other Kustomizations, which have the path.
    fn add_pathless(&mut self, index: &Index, roots: Vec<(RepoPath, Root)>) {
        if roots.iter().any(|(file, _)| !self.is_only_patch(index, file)) {
            for (_, root) in roots {
                self.add_deployed(index, root);
            }
        }
    }

    /// True if kustomizations use a file, all of them as a patch, and nothing else is known to deploy it.
    fn is_only_patch(&self, index: &Index, file: &RepoPath) -> bool {
        let is_patch = |user: &RepoPath| {
            self.kustomizations.get(user).is_some_and(|reads| reads.files.get(file) == Some(&Use::Patch))
        };
        let users = self.users(file);
        let is_in_chart = || file.ancestors().any(|folder| index.has_file(&folder.join("Chart.yaml")));
        let is_used = |reads: &Arc<Reads>| reads.files.get(file).is_some_and(|made| *made != Use::Patch);
        !users.is_empty()
            && users.iter().all(is_patch)
            && !self.kustomizations.values().any(is_used)
            && self.generated_above(file).is_none()
            && !is_in_chart()
    }

    fn add(&mut self, mut root: Root) {
        let at = self.roots.len();
        root.at = at;
        self.by_folder.entry(root.folder.clone()).or_default().push(at);
        self.roots.push(root);
    }

    /// The kustomizations that no other file includes or deploys.
    fn free_kustomizations(&self) -> Vec<RepoPath> {
        let mut free = Vec::new();
        for folder in self.kustomizations.keys() {
            let is_included = !self.users(folder).is_empty() || self.generated_above(folder).is_some();
            if !is_included && !self.by_folder.contains_key(folder) {
                free.push(folder.clone());
            }
        }
        free
    }

    /// Kustomizations that include each other in a cycle have no root above them: the first of each cycle
    /// becomes a root.
    fn cycles(&self) -> Vec<RepoPath> {
        let mut below: HashMap<&RepoPath, Vec<&RepoPath>> = HashMap::new();
        for (used, users) in &self.users {
            for user in users {
                below.entry(user).or_default().push(used);
            }
        }
        let mut reachable: HashSet<&RepoPath> = HashSet::new();
        let mut stack: Vec<&RepoPath> = self.by_folder.keys().collect();
        let mut folders = self.kustomizations.keys();
        let mut first = Vec::new();
        loop {
            while let Some(folder) = stack.pop() {
                if reachable.insert(folder) {
                    stack.extend(below.get(folder).into_iter().flatten());
                }
            }
            match folders.find(|folder| !reachable.contains(folder) && self.generated_above(folder).is_none())
            {
                Some(folder) => {
                    first.push(folder.clone());
                    stack.push(folder);
                }
                None => return first,
            }
        }
    }

    /// The name of a root is its folder. If a folder has several roots, the name of the deployer is added.
    fn name_roots(&mut self) {
        for roots in self.by_folder.values().filter(|roots| roots.len() > 1) {
            let mut names: HashMap<String, usize> = HashMap::new();
            for name in roots.iter().filter_map(|at| self.roots.get(*at)?.name()) {
                *names.entry(name.to_owned()).or_default() += 1;
            }
            for at in roots {
                let Some(root) = self.roots.get_mut(*at) else { continue };
                let is_alone = root.name().is_none_or(|name| names.get(name) == Some(&1));
                root.name_in_full(is_alone);
            }
        }
    }

    /// True if both graphs treat the same repositories as other ones.
    pub(crate) fn is_elsewhere_as(&self, other: &Self) -> bool {
        self.elsewhere == other.elsewhere
    }

    /// True if a repository is clearly not this one.
    pub(crate) fn is_elsewhere(&self, url: &str) -> bool {
        self.elsewhere.contains(url)
    }

    /// All roots.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.roots.iter()
    }

    /// The root of a number.
    pub(crate) fn root(&self, at: usize) -> Option<&Root> {
        self.roots.get(at)
    }

    /// The roots on a folder.
    pub(crate) fn roots_on(&self, folder: &RepoPath) -> impl Iterator<Item = &Root> {
        let at = self.by_folder.get(folder).into_iter().flatten();
        at.filter_map(|at| self.roots.get(*at))
    }

    /// The folders of the kustomizations that include a file or a folder.
    pub(crate) fn users(&self, path: &RepoPath) -> &[RepoPath] {
        self.users.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Some kustomizations, and all that include one of them.
    pub(crate) fn with_users(&self, folders: Vec<RepoPath>) -> HashSet<RepoPath> {
        let (mut open, mut found) = (folders, HashSet::new());
        while let Some(folder) = open.pop() {
            if !found.contains(&folder) {
                open.extend_from_slice(self.users(&folder));
                found.insert(folder);
            }
        }
        found
    }

    /// True if a file is deployed with others, so that it is not a separate unit.
    pub(crate) fn takes_part(&self, path: &RepoPath) -> bool {
        is_kustomization_file(path) || self.users.contains_key(path) || self.generated_above(path).is_some()
    }

    /// The folder that Flux deploys without a kustomization, and that contains a file or a folder with a
    /// kustomization.
    fn generated_above(&self, path: &RepoPath) -> Option<RepoPath> {
        for folder in path.ancestors() {
            if self.generated.contains(&folder) {
                return Some(folder);
            }
            if self.kustomizations.contains_key(&folder) {
                return None;
            }
        }
        None
    }

    /// A file and the folders of all kustomizations above it.
    pub(crate) fn above(&self, file: &RepoPath) -> HashSet<RepoPath> {
        let mut seen: HashSet<RepoPath> = HashSet::new();
        let mut open = vec![if is_kustomization_file(file) { file.parent() } else { file.clone() }];
        while let Some(path) = open.pop() {
            if !seen.contains(&path) {
                open.extend_from_slice(self.users(&path));
                open.extend(self.generated_above(&path));
                seen.insert(path);
            }
        }
        seen
    }

    /// The roots that deploy one of these folders.
    pub(crate) fn on(&self, folders: &HashSet<RepoPath>) -> Vec<&Root> {
        let at: BTreeSet<usize> =
            folders.iter().filter_map(|folder| self.by_folder.get(folder)).flatten().copied().collect();
        at.into_iter().filter_map(|at| self.roots.get(at)).collect()
    }
}

/// True if the answer to a look-up may differ although no changed file contains a deployer or a
/// `GitRepository`.
fn is_open(lookup: &Lookup) -> bool {
    !matches!(lookup, Lookup::GitRepository(_))
}

/// True if a file that an entry of a generator names differs.
fn reads_any(folder: &RepoPath, entry: &Node, difference: &Difference) -> bool {
    generated_files(folder, entry).iter().any(|path| difference.holds(path))
}

/// True if entries of kustomizations are written the same, in the same folders.
fn same_entries(one: &[(RepoPath, Node)], other: &[(RepoPath, Node)]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((a, one), (b, other))| a == b && written(one) == written(other))
}
