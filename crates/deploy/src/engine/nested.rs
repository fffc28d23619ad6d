//! Deployers that are deployed themselves: a Flux Kustomization or an Application is used as the roots make it that
//! deploy it, with their patches and variables.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use source::{RepoPath, Span};
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::model::is_set;
use crate::ecosystem::flux::model as flux;
use crate::ecosystem::kustomize::{Only, model as kustomize};
use crate::engine::graph::Graph;
use crate::engine::part::Part;
use crate::engine::reads::Lookup;
use crate::engine::root::{Deployer, Deployers, Root};
use crate::engine::root_parts;
use crate::engine::side::{Recorded, Side};
use crate::engine::tree::Tree;

/// Most roots above one: with more, its deployers are used as they are written.
const MAX_ABOVE: usize = 200;
/// Most versions of one deployer: a base with deployers that this many roots include.
const MAX_VERSIONS: usize = 16;

/// True if a kustomization, or the resource that deploys it, may change the resources of others.
fn changes(layer: &Node) -> bool {
    let mut found = false;
    layer.each_entry(|key, _| {
        found |= key
            .scalar()
            .is_none_or(|key| !kustomize::PLAIN_FIELDS.contains(&key) && !flux::PLAIN_FIELDS.contains(&key));
    });
    found
}

/// The roots and kustomizations that deploy a file.
struct Above<'g> {
    roots: Vec<&'g Root>,
    /// The file, and the kustomizations on the way up.
    folders: HashSet<RepoPath>,
    /// One of them may change the resources of others.
    changes: bool,
    /// One of them puts values of other resources in.
    replaces: bool,
}

impl Above<'_> {
    /// The files and folders that have to be built for the file.
    fn only(&self) -> Only<'_> {
        Some(&self.folders).filter(|_| !self.replaces)
    }
}

fn above<'g>(tree: &Tree<'_>, graph: &'g Graph, file: &RepoPath) -> Above<'g> {
    tree.looked_up(Lookup::Deployers(file.clone()));
    let folders = graph.above(file);
    let (mut may_change, mut replaces) = (false, false);
    for folder in &folders {
        if let Some(node) = tree.kustomization(folder) {
            may_change |= changes(&node);
            replaces |= node.get("replacements").is_some() || node.get("vars").is_some();
        }
    }
    Above { roots: graph.on(&folders), folders, changes: may_change, replaces }
}

/// The names of the roots and of the kustomizations that deploy a file, to compare the two sides.
pub(crate) fn deploying(side: &Side<'_>, file: &RepoPath) -> BTreeSet<String> {
    let folders = side.graph().above(file);
    let mut names: BTreeSet<String> =
        side.graph().on(&folders).iter().map(|root| format!("{} of {:?}", root.id, root.name())).collect();
    names.extend(folders.iter().map(|folder| folder.as_str().to_owned()));
    names
}

impl Tree<'_> {
    /// The deployers of a root, as the roots make them that deploy the deployer. Where roots deploy each other's
    /// deployers each is used as it is written; a root that deploys its own makes it once.
    pub(crate) fn deployers(&self, root: &Root) -> Recorded<Deployers> {
        let known =
            self.side().deployers.lock().map(|mut known| Arc::clone(known.entry(root.at).or_default()));
        let known = known.unwrap_or_default();
        let done = known.get_or_init(|| {
            let tree = Tree::new(self.side());
            let deployers = made(&tree, root);
            Arc::new((deployers, tree.into_reads()))
        });
        self.took(&done.1);
        Arc::clone(done)
    }
}

fn as_written(root: &Root) -> Deployers {
    Deployers { all: vec![root.deployer.clone()], more: false }
}

fn made(tree: &Tree<'_>, root: &Root) -> Deployers {
    let Some(written) = &root.deployer else { return as_written(root) };
    let graph = tree.side().graph();
    let outer = above(tree, graph, &written.file());
    if outer.roots.is_empty() || is_tangled(tree, root, &outer) {
        return as_written(root);
    }
    let mut found = Deployers { all: Vec::new(), more: outer.roots.len() > MAX_VERSIONS };
    let mut is_kept = false;
    for maker in outer.roots.iter().take(MAX_VERSIONS) {
        is_kept |= !add_versions(tree, root, written, maker, &outer, &mut found);
    }
    if is_kept || found.all.is_empty() {
        found.all.push(root.deployer.clone());
    }
    found.more |= found.all.len() > MAX_VERSIONS;
    found.all.truncate(MAX_VERSIONS);
    found
}

/// True if roots deploy each other's deployers.
fn is_tangled(tree: &Tree<'_>, root: &Root, outer: &Above<'_>) -> bool {
    let graph = tree.side().graph();
    if roots_above(tree, graph, root).is_none() {
        return true;
    }
    for maker in &outer.roots {
        let is_tangled = match roots_above(tree, graph, maker) {
            Some(above) => above.contains(&root.at),
            None => true,
        };
        if maker.at != root.at && is_tangled {
            return true;
        }
    }
    false
}

/// Adds the versions of a deployer that one root makes; `false` if it deploys it as it is written.
fn add_versions(
    tree: &Tree<'_>,
    root: &Root,
    written: &Deployer,
    maker: &Root,
    outer: &Above<'_>,
    found: &mut Deployers,
) -> bool {
    tree.took(&maker.origin);
    if let Some(file) = maker.file() {
        tree.depends_on(&file);
    }
    let known = (maker.at != root.at).then(|| tree.deployers(maker));
    let itself = as_written(root);
    let makers = known.as_ref().map_or(&itself, |known| &known.0);
    if !outer.changes && !makers.all.iter().flatten().any(|deployer| changes(&deployer.layer)) {
        return false;
    }
    for deployer in &makers.all {
        root_parts::each(tree, maker, deployer.as_ref(), outer.only(), &mut |part| match part {
            Part::Document(set) if is_set(&set) => {
                for application in application_set::expand(tree, &set).applications {
                    add_version(written, &application, found);
                }
            }
            Part::Document(document) => add_version(written, &document, found),
            Part::Problem(_) => {}
        });
    }
    true
}

fn add_version(written: &Deployer, document: &Document, found: &mut Deployers) {
    if key(document) == key(&written.document) {
        found.all.extend(written.again(document).map(Some));
    }
}

/// The roots that deploy the deployer of a root, those that deploy theirs, and so on; itself only if another one leads
/// to it. `None`: too many.
fn roots_above(tree: &Tree<'_>, graph: &Graph, root: &Root) -> Option<BTreeSet<usize>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(next) = open.pop() {
        let Some(file) = next.file() else { continue };
        for maker in above(tree, graph, &file).roots {
            if maker.at != next.at && found.insert(maker.at) {
                open.push(maker);
            }
        }
        if found.len() > MAX_ABOVE {
            return None;
        }
    }
    Some(found)
}

/// The part of a deployer that stays the same whatever is put into it.
fn key(document: &Document) -> (RepoPath, Span, Option<String>) {
    let site = document.root.site();
    let name = document.root.at(&["metadata", "name"]).and_then(Node::scalar);
    (site.file.path().clone(), site.span, name.map(str::to_owned))
}
