//! Deployers that are deployed themselves: a Flux Kustomization or an Application is used as the roots make it
//! that deploy it, with the patches and variables that they put in.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use source::{RepoPath, Span};
use yaml::Node;

use super::application_set;
use super::document::{Document, is_kustomization_file};
use super::graph::Graph;
use super::kustomize::Only;
use super::root::{Deployer, Root};
use super::{Part, Tree, file};

/// Most roots above one: more is a tangle, and its deployers are used as they are written.
const MAX_ABOVE: usize = 200;
/// Most versions of one deployer: a base with deployers that this many roots include.
const MAX_VERSIONS: usize = 16;

/// Fields of a kustomization, and of what deploys it, that make other resources of those that are written.
const CHANGING: &[&str] = &[
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "components",
    "replacements",
    "transformers",
    "postBuild",
];

/// Whether a kustomization, or what deploys it, makes other resources of those that are written.
fn changes(layer: &Node) -> bool {
    CHANGING.iter().any(|key| layer.get(key).is_some())
}

/// What deploys a file.
struct Above<'g> {
    roots: Vec<&'g Root>,
    /// The kustomizations on the way up.
    folders: HashSet<RepoPath>,
    /// Whether one of them makes something else of what is written.
    changes: bool,
    /// Whether one of them puts in what others say.
    replaces: bool,
}

impl Above<'_> {
    /// What has to be built for the file.
    fn only(&self) -> Only<'_> {
        Some(&self.folders).filter(|_| !self.replaces)
    }
}

impl Graph {
    fn above(&self, file: &RepoPath) -> Above<'_> {
        let folders = self.walk(std::iter::once(file));
        let any = |is: &dyn Fn(&Node) -> bool| {
            folders.iter().any(|folder| self.kustomization(folder).is_some_and(|node| is(node)))
        };
        let (changes, replaces) = (any(&changes), any(&|node| node.get("replacements").is_some()));
        Above { roots: self.on(&folders), folders, changes, replaces }
    }

    /// These roots and all whose deployers they may make others of; and those whose deployers stand below
    /// kustomizations that do.
    pub(super) fn deployed_by(
        &self,
        mut roots: BTreeSet<usize>,
        shaped: &HashSet<RepoPath>,
    ) -> BTreeSet<usize> {
        if roots.is_empty() && shaped.is_empty() {
            return roots;
        }
        let deployed = self.roots().filter_map(|root| Some((root.at, self.above(&root.file()?))));
        let mut others: Vec<(usize, Above<'_>)> = deployed.collect();
        loop {
            let before = others.len();
            others.retain(|(at, above)| {
                let reached = above.roots.iter().any(|root| roots.contains(&root.at))
                    || above.folders.iter().any(|folder| shaped.contains(folder));
                if reached {
                    roots.insert(*at);
                }
                !reached
            });
            if others.len() == before {
                return roots;
            }
        }
    }
}

impl Tree<'_> {
    /// The kustomizations of which a change makes that they make something else of what is below them.
    pub(super) fn shaped<'p>(&self, paths: impl Iterator<Item = &'p RepoPath> + Clone) -> HashSet<RepoPath> {
        let graph = &self.graph;
        let own = paths.clone().filter(|path| is_kustomization_file(path)).map(RepoPath::parent);
        let own = own.filter(|folder| graph.kustomization(folder).is_some_and(|it| changes(it)));
        let mut shaped: HashSet<RepoPath> = own.collect();
        for path in graph.walk(paths) {
            shaped.extend(graph.shapers.get(&path).into_iter().flatten().cloned());
        }
        shaped
    }

    /// The kustomizations and the roots that may make a resource of one of these names known to deployers.
    pub(super) fn naming(&self, names: &[String]) -> (HashSet<RepoPath>, BTreeSet<usize>) {
        if names.is_empty() {
            return Default::default();
        }
        let graph = &self.graph;
        let says = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
        let own = graph.kustomizations().filter(|(_, node)| changes(node) && says(node.site().file.text()));
        let mut folders: HashSet<RepoPath> = own.map(|(folder, _)| folder.clone()).collect();
        for (path, users) in &graph.shapers {
            if matches!(file::read(self, path), Ok(Some(file)) if says(file.text())) {
                folders.extend(users.iter().cloned());
            }
        }
        let root = |root: &Root| {
            let deployer = root.deployer.as_ref()?;
            (deployer.changes() && says(deployer.document.root.site().file.text())).then_some(root.at)
        };
        (folders, graph.roots().filter_map(root).collect())
    }
}

impl Deployer {
    fn changes(&self) -> bool {
        changes(&self.layer)
    }
}

/// What a root is deployed by: none of several is more true than another, for each makes its own resources.
#[derive(Debug, Default)]
pub(super) struct Deployers {
    pub(super) all: Vec<Option<Deployer>>,
    /// There are more.
    pub(super) more: bool,
}

/// What deploys the root of a number, computed once.
pub(super) type Known = Mutex<HashMap<usize, Arc<OnceLock<Arc<Deployers>>>>>;

impl Tree<'_> {
    /// What deploys a root, as those make it that deploy the deployer. Of roots that deploy each other's
    /// deployers each is used as it is written; one that deploys its own makes it once.
    pub(super) fn deployers(&self, root: &Root) -> Arc<Deployers> {
        let as_written = || Arc::new(Deployers { all: vec![root.deployer.clone()], more: false });
        let Some(written) = &root.deployer else { return as_written() };
        let outer = self.graph.above(&written.file());
        let tangled = |maker: &&Root| {
            maker.at != root.at && self.roots_above(maker).is_none_or(|above| above.contains(&root.at))
        };
        if outer.roots.is_empty() || self.roots_above(root).is_none() || outer.roots.iter().any(tangled) {
            return as_written();
        }
        let make = || {
            let mut found = Deployers { all: Vec::new(), more: outer.roots.len() > MAX_VERSIONS };
            let mut is_kept = false;
            for maker in outer.roots.iter().take(MAX_VERSIONS) {
                let itself = maker.at == root.at;
                let makers = if itself { as_written() } else { self.deployers(maker) };
                if !outer.changes && !makers.all.iter().flatten().any(Deployer::changes) {
                    is_kept = true;
                    continue;
                }
                let built = makers.all.iter();
                let built = built.flat_map(|deployer| maker.parts(self, deployer.as_ref(), outer.only()));
                let mut here = |document: &Document| {
                    if key(document) == key(&written.document) {
                        found.all.extend(written.again(document).map(Some));
                    }
                };
                for part in built {
                    match part {
                        Part::Document(set) if application_set::is_set(&set) => {
                            self.expanded(&set).applications.iter().for_each(&mut here);
                        }
                        Part::Document(document) => here(&document),
                        Part::Problem(_) => {}
                    }
                }
            }
            if is_kept || found.all.is_empty() {
                found.all.push(root.deployer.clone());
            }
            found.more |= found.all.len() > MAX_VERSIONS;
            found.all.truncate(MAX_VERSIONS);
            Arc::new(found)
        };
        let known = self.deployers.lock().map(|mut known| Arc::clone(known.entry(root.at).or_default()));
        Arc::clone(known.unwrap_or_default().get_or_init(make))
    }

    /// The roots that deploy the deployer of a root, those that deploy theirs, and so on; itself only where it
    /// comes by way of others. `None`: too many.
    fn roots_above(&self, root: &Root) -> Option<BTreeSet<usize>> {
        let (mut found, mut open) = (BTreeSet::new(), vec![root]);
        while let Some(next) = open.pop() {
            let Some(file) = next.file() else { continue };
            for above in self.graph.above(&file).roots {
                if above.at != next.at && found.insert(above.at) {
                    open.push(above);
                }
            }
            if found.len() > MAX_ABOVE {
                return None;
            }
        }
        Some(found)
    }
}

/// What stays the same of a deployer whatever is put into it.
fn key(document: &Document) -> (RepoPath, Span, Option<String>) {
    let site = document.root.site();
    let name = document.root.at(&["metadata", "name"]).and_then(Node::scalar);
    (site.file.path().clone(), site.span, name.map(str::to_owned))
}
