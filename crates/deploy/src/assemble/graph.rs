//! Which files take part in which roots: the way up from a file that changed to all that it is deployed
//! with. Built of the index alone, so that it costs what there are kustomizations, not what they hold.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::application_set::{self, Expanded};
use super::argo_cd;
use super::document::{Document, is_kustomization_file};
use super::index::Index;
use super::root::Root;

/// Fields of a kustomization that name files and folders; whether these change the resources of others.
const NAMES: &[(&str, bool)] = &[
    ("resources", false),
    ("bases", false),
    ("components", true),
    ("patchesStrategicMerge", true),
    ("configurations", true),
    ("transformers", true),
    ("generators", false),
    ("crds", false),
];
/// Fields of a kustomization whose items name a file as their `path`.
const PATHS: &[&str] = &["patches", "patchesJson6902", "replacements"];

/// Who uses whom.
#[derive(Debug, Default)]
pub(super) struct Graph {
    kustomizations: BTreeMap<RepoPath, Arc<Node>>,
    /// From a file or a folder to the folders of the kustomizations that name it.
    users: HashMap<RepoPath, Vec<RepoPath>>,
    /// Of these the kustomizations that change resources with it.
    pub(super) shapers: HashMap<RepoPath, Vec<RepoPath>>,
    /// From a file to the folders of the kustomizations that generate config maps of it.
    fed: HashMap<RepoPath, Vec<RepoPath>>,
    /// From the name of a generated config map to the folders and entries that generate it.
    generators: HashMap<String, Vec<(RepoPath, Node)>>,
    roots: Vec<Root>,
    /// From the file of an ApplicationSet to the files and folders that its generators found.
    found: BTreeMap<RepoPath, BTreeSet<RepoPath>>,
    /// Repositories that are clearly not this one.
    elsewhere: HashSet<String>,
    /// From a folder to its roots.
    by_folder: HashMap<RepoPath, Vec<usize>>,
    /// From a file that defines roots to them.
    defined_in: HashMap<RepoPath, Vec<usize>>,
    /// Folders of roots without a kustomization, which deploy every manifest below.
    generated: BTreeSet<RepoPath>,
}

impl Graph {
    /// `expand`: what an ApplicationSet comes to.
    pub(super) fn new(index: &Index, expand: &dyn Fn(&Document) -> Expanded) -> Self {
        let mut graph = Self::default();
        for (path, facts) in index.facts() {
            let Some(node) = &facts.kustomization else { continue };
            graph.kustomizations.entry(path.parent()).or_insert_with(|| Arc::clone(node));
        }
        for (folder, node) in &graph.kustomizations {
            for (used, shapes) in names(node) {
                let path = folder.join(used);
                let shapers = shapes.then(|| graph.shapers.entry(path.clone()).or_default());
                let users = graph.users.entry(path).or_default();
                for users in std::iter::once(users).chain(shapers) {
                    if users.last() != Some(folder) {
                        users.push(folder.clone());
                    }
                }
            }
        }
        graph.find_generators();
        graph.find_deployed(index, expand);
        graph.generated = graph.by_folder.keys().cloned().collect();
        graph.generated.retain(|folder| !graph.kustomizations.contains_key(folder));
        let deployed = |folder: &RepoPath| graph.by_folder.contains_key(folder);
        let included =
            |folder: &RepoPath| !graph.users(folder).is_empty() || graph.generator_of(folder).is_some();
        let free: Vec<RepoPath> = graph
            .kustomizations
            .keys()
            .filter(|folder| !deployed(folder) && !included(folder))
            .cloned()
            .collect();
        for folder in free {
            graph.add(Root::bare(folder));
        }
        for folder in graph.cycles() {
            graph.add(Root::bare(folder));
        }
        graph.name_roots();
        graph
    }

    /// The folders that Flux and Argo CD deploy.
    fn find_deployed(&mut self, index: &Index, expand: &dyn Fn(&Document) -> Expanded) {
        let mut roots: Vec<Root> = Vec::new();
        for (path, facts) in index.facts() {
            let (sets, others): (Vec<_>, Vec<_>) =
                facts.deployers.iter().partition(|document| application_set::is_set(document));
            roots.extend(others.into_iter().flat_map(Root::of));
            for expanded in sets.into_iter().map(expand) {
                roots.extend(expanded.applications.iter().flat_map(Root::of));
                self.found.entry(path.clone()).or_default().extend(expanded.found);
            }
        }
        let mut named: HashMap<String, HashSet<RepoPath>> = HashMap::new();
        for root in &roots {
            let repository = root.deployer.as_ref().and_then(|deployer| deployer.repository.clone());
            _ = repository.map(|url| named.entry(url).or_default().insert(root.folder.clone()));
        }
        let is_here = |folder: &RepoPath| index.files_below(folder).next().is_some();
        self.elsewhere = argo_cd::others(&named, is_here);
        roots.retain(|root| self.is_here(root) && is_here(&root.folder));
        for root in roots {
            let components = root.deployer.iter().filter_map(|deployer| deployer.layer.get("components"));
            for component in components.flat_map(Node::items).filter_map(Node::text) {
                self.users.entry(root.folder.join(component)).or_default().push(root.folder.clone());
            }
            self.add(root);
        }
    }

    /// Whether a root that a deployer names is in this tree: not in a repository that is clearly another, nor
    /// a folder of plain manifests, each of which Argo CD deploys as it is.
    pub(super) fn is_here(&self, root: &Root) -> bool {
        let repository = root.deployer.as_ref().and_then(|deployer| deployer.repository.as_ref());
        repository.is_none_or(|url| !self.elsewhere.contains(url))
            && (root.is_flux() || self.kustomizations.contains_key(&root.folder))
    }

    fn find_generators(&mut self) {
        for (folder, node) in &self.kustomizations {
            for entry in node.get("configMapGenerator").map(Node::items).unwrap_or_default() {
                for file in entry.get("files").map(Node::items).unwrap_or_default() {
                    let Some(text) = file.scalar() else { continue };
                    let path = text.split_once('=').map_or(text, |(_, path)| path);
                    self.fed.entry(folder.join(path)).or_default().push(folder.clone());
                }
                if let Some(name) = entry.get("name").and_then(Node::scalar) {
                    self.generators.entry(name.to_owned()).or_default().push((folder.clone(), entry.clone()));
                }
            }
        }
    }

    /// The kustomizations that generate a config map, each with its entry.
    pub(super) fn generators(&self, name: &str) -> impl Iterator<Item = (&RepoPath, &Node)> {
        self.generators.get(name).into_iter().flatten().map(|(folder, entry)| (folder, entry))
    }

    /// The names of the config maps that are generated of a file, or by it.
    pub(super) fn generated_by(&self, path: &RepoPath) -> Vec<String> {
        let mut folders: Vec<&RepoPath> = self.fed.get(path).into_iter().flatten().collect();
        let own = path.parent();
        if is_kustomization_file(path) {
            folders.push(&own);
        }
        if folders.is_empty() {
            return Vec::new();
        }
        let here =
            |entries: &Vec<(RepoPath, Node)>| entries.iter().any(|(folder, _)| folders.contains(&folder));
        self.generators.iter().filter(|(_, entries)| here(entries)).map(|(name, _)| name.clone()).collect()
    }

    /// The roots that substitute variables of one of these config maps.
    pub(super) fn substituting(&self, config_maps: &[String]) -> Vec<usize> {
        let uses =
            |root: &Root| root.substitutes_from().any(|name| config_maps.iter().any(|map| map == name));
        self.roots.iter().enumerate().filter(|(_, root)| uses(root)).map(|(at, _)| at).collect()
    }

    fn add(&mut self, mut root: Root) {
        let at = self.roots.len();
        root.at = at;
        self.by_folder.entry(root.folder.clone()).or_default().push(at);
        if let Some(path) = root.file() {
            self.defined_in.entry(path).or_default().push(at);
        }
        self.roots.push(root);
    }

    /// Kustomizations that include each other in a circle have no root above them: the first of each becomes
    /// one.
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
            match folders.find(|folder| !reachable.contains(folder) && self.generator_of(folder).is_none()) {
                Some(folder) => {
                    first.push(folder.clone());
                    stack.push(folder);
                }
                None => return first,
            }
        }
    }

    /// A root is called by its folder; of several on one folder each by its own name too.
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

    pub(super) fn kustomizations(&self) -> impl Iterator<Item = (&RepoPath, &Arc<Node>)> {
        self.kustomizations.iter()
    }

    pub(super) fn kustomization(&self, folder: &RepoPath) -> Option<&Arc<Node>> {
        self.kustomizations.get(folder)
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.roots.iter()
    }

    /// The folders of the kustomizations that name a file or a folder.
    pub(super) fn users(&self, path: &RepoPath) -> &[RepoPath] {
        self.users.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a file is deployed with others, so that it is not a unit of its own.
    pub(super) fn takes_part(&self, path: &RepoPath) -> bool {
        is_kustomization_file(path) || self.users.contains_key(path) || self.generator_of(path).is_some()
    }

    /// The root without a kustomization that deploys a file, or a folder with one.
    fn generator_of(&self, path: &RepoPath) -> Option<RepoPath> {
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

    /// The roots that paths take part in. `roots`: those that are reached already; `shaped`: kustomizations
    /// that make something else of what is below them.
    pub(super) fn reached<'p>(
        &self,
        paths: impl Iterator<Item = &'p RepoPath>,
        mut roots: BTreeSet<usize>,
        shaped: &HashSet<RepoPath>,
    ) -> Vec<&Root> {
        let paths: Vec<&RepoPath> = paths.collect();
        roots.extend(paths.iter().filter_map(|path| self.defined_in.get(path)).flatten());
        let mut all = self.deployed_by(roots, shaped);
        for path in self.walk(paths.into_iter()) {
            all.extend(self.by_folder.get(&path).into_iter().flatten());
        }
        all.into_iter().filter_map(|at| self.roots.get(at)).collect()
    }

    /// Paths, and the folders of all kustomizations above them.
    pub(super) fn walk<'p>(&self, paths: impl Iterator<Item = &'p RepoPath>) -> HashSet<RepoPath> {
        let mut seen: HashSet<RepoPath> = HashSet::new();
        let folder = |path: &RepoPath| if is_kustomization_file(path) { path.parent() } else { path.clone() };
        let mut open: Vec<RepoPath> = paths.map(folder).collect();
        while let Some(path) = open.pop() {
            if !seen.contains(&path) {
                open.extend_from_slice(self.users(&path));
                open.extend(self.fed.get(&path).into_iter().flatten().cloned());
                open.extend(self.generator_of(&path));
                seen.insert(path);
            }
        }
        seen
    }

    /// The roots that deploy one of these folders.
    pub(super) fn on(&self, folders: &HashSet<RepoPath>) -> Vec<&Root> {
        let at = folders.iter().filter_map(|folder| self.by_folder.get(folder)).flatten();
        let at: BTreeSet<usize> = at.copied().collect();
        at.into_iter().filter_map(|at| self.roots.get(at)).collect()
    }

    /// The files of the ApplicationSets that a change reaches by way of their generators: one finds a file that
    /// changed, or another file or folder than before.
    pub(super) fn sets_of(&self, base: Option<&Self>, changed: &BTreeSet<RepoPath>) -> Vec<RepoPath> {
        let reached = |(path, found): &(&RepoPath, &BTreeSet<RepoPath>)| {
            let before = base.and_then(|base| base.found.get(*path));
            before.is_some_and(|before| before != *found) || found.iter().any(|it| changed.contains(it))
        };
        self.found.iter().filter(reached).map(|(path, _)| path.clone()).collect()
    }

    /// What another root was before; `moved`: from the folders of today to those of then.
    pub(super) fn before(&self, root: &Root, moved: &HashMap<RepoPath, RepoPath>) -> Option<Root> {
        let same = self.same(root, moved).cloned();
        // What nothing includes any longer was deployed before, though not on its own.
        same.or_else(|| {
            let folders = [Some(&root.folder), moved.get(&root.folder)];
            let mut folders = folders.into_iter().flatten().filter(|_| root.name().is_none());
            folders.find(|folder| self.kustomizations.contains_key(folder)).cloned().map(Root::bare)
        })
    }

    fn same(&self, root: &Root, moved: &HashMap<RepoPath, RepoPath>) -> Option<&Root> {
        let on = |folder: &RepoPath| {
            let roots = self.by_folder.get(folder)?.iter().filter_map(|at| self.roots.get(*at));
            let roots: Vec<&Root> = roots.collect();
            let mut named = roots.iter().filter(|other| other.name() == root.name()).peekable();
            let first = named.peek().copied();
            let named = named.find(|other| other.file() == root.file()).or(first);
            // Of a folder that one root deploys, another name makes no other unit.
            named.or(roots.first().filter(|_| roots.len() == 1)).copied()
        };
        on(&root.folder).or_else(|| on(moved.get(&root.folder)?))
    }
}

/// The files and folders that a kustomization names, and whether they change the resources of others.
fn names(root: &Node) -> impl Iterator<Item = (&str, bool)> {
    let lists = NAMES.iter().filter_map(|(key, shapes)| Some((root.get(key)?, *shapes)));
    let lists = lists.flat_map(|(list, shapes)| list.items().iter().map(move |item| (item, shapes)));
    let lists = lists.filter_map(|(item, shapes)| Some((item.text()?, shapes)));
    let paths = PATHS.iter().filter_map(|key| root.get(key)).flat_map(Node::items);
    let paths = paths.filter_map(|item| Some((item.get("path")?.text()?, true)));
    lists.chain(paths).filter(|(name, _)| !name.contains('\n'))
}
