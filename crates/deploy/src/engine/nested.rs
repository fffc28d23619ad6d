//! Deployers that are deployed themselves: a Flux Kustomization or an Application is used in the form in
//! which its roots deploy it, with their patches and variables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use source::RepoPath;

use crate::engine::made::{Above, Made, Steering, Ways};
use crate::engine::making;
use crate::engine::reads::Lookup;
use crate::engine::root::{Deployer, Deployers, Root};
use crate::engine::side::{Recorded, Side};
use crate::engine::steering;
use crate::engine::steering::changes;
use crate::engine::tree::Tree;

/// Maximum number of roots above one: with more, its deployers are used as they are written, which is not verified.
const MAX_ABOVE: usize = 200;
/// Maximum number of versions of one deployer: a base with deployers may be included by many roots.
const MAX_VERSIONS: usize = 64;

const TOO_MANY: &str = "it is itself deployed in too many versions";
const TOO_MANY_ABOVE: &str = "it is itself deployed by too many others";
const TANGLED: &str = "it and what deploys it deploy each other, with changes";

/// The roots and kustomizations that deploy a file, found once.
fn above(tree: &Tree<'_>, file: &RepoPath) -> Recorded<Above> {
    let side = tree.side();
    let known = side.above.lock().ok().and_then(|above| above.get(file).cloned());
    let found = known.unwrap_or_else(|| {
        let (found, reads) = tree.apart(|| find_above(tree, file));
        let found = Arc::new((found, Arc::new(reads)));
        if let Ok(mut above) = side.above.lock() {
            above.insert(file.clone(), Arc::clone(&found));
        }
        found
    });
    tree.shares(&found.1);
    found
}

fn find_above(tree: &Tree<'_>, file: &RepoPath) -> Above {
    tree.looked_up(Lookup::Deployers(file.clone()));
    let graph = tree.side().graph();
    let mut above = Above { folders: graph.above(file), ..Above::default() };
    for folder in &above.folders {
        if let Some(node) = tree.kustomization(folder) {
            above.changes |= changes(&node);
            above.replaces |= node.get("replacements").is_some() || node.get("vars").is_some();
        }
    }
    for root in graph.on(&above.folders) {
        above.roots.push(root.at);
    }
    above
}

/// The files and folders on the path to the deployers of each root, without roots that need all of their
/// files.
fn ways(side: &Side<'_>) -> Ways {
    let mut all: HashMap<usize, HashSet<RepoPath>> = HashMap::new();
    for file in side.graph().roots().filter_map(Root::file) {
        let above = &above(&Tree::new(side), &file).0;
        for root in above.roots.iter().filter(|_| !above.replaces) {
            all.entry(*root).or_default().extend(above.folders.iter().cloned());
        }
    }
    let mut ways = Ways::new();
    for (root, way) in all {
        ways.insert(root, Arc::new(way));
    }
    ways
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
    /// The deployers of a root, in the form in which their roots deploy them. If roots deploy each other's
    /// deployers, each is used as it is written, which is not verified if one of them may change what the others
    /// deploy. A root that deploys its own deployer builds it once.
    pub(crate) fn deployers(&self, root: &Root) -> Recorded<Deployers> {
        let known =
            self.side().deployers.lock().map(|mut known| Arc::clone(known.entry(root.at).or_default()));
        let known = known.unwrap_or_default();
        let done = known.get_or_init(|| {
            let tree = Tree::new(self.side());
            let deployers = made(&tree, root);
            Arc::new((deployers, Arc::new(tree.into_reads())))
        });
        self.shares(&done.1);
        Arc::clone(done)
    }
}

fn as_written(root: &Root) -> Deployers {
    Deployers { all: vec![root.deployer.clone()], missing: None }
}

fn made(tree: &Tree<'_>, root: &Root) -> Deployers {
    let Some(written) = &root.deployer else { return as_written(root) };
    let outer = above(tree, &written.file());
    if outer.0.roots.is_empty() {
        return as_written(root);
    }
    match tangle(tree, root, &outer.0) {
        Tangle::None => {}
        Tangle::Plain => return as_written(root),
        Tangle::Changed(why) => return Deployers { missing: Some(why), ..as_written(root) },
    }
    let is_cut = outer.0.roots.len() > MAX_VERSIONS;
    let mut found = Deployers { all: Vec::new(), missing: is_cut.then_some(TOO_MANY) };
    let mut is_kept = false;
    for maker in makers(tree, &outer.0).take(MAX_VERSIONS) {
        is_kept |= !add_versions(tree, root, written, maker, &outer.0, &mut found);
    }
    if is_kept || found.all.is_empty() {
        found.all.push(root.deployer.clone());
    }
    if found.all.len() > MAX_VERSIONS {
        found.missing = Some(TOO_MANY);
    }
    found.all.truncate(MAX_VERSIONS);
    found
}

fn makers<'a>(tree: &Tree<'a>, above: &Above) -> impl Iterator<Item = &'a Root> {
    let graph = tree.side().graph();
    above.roots.iter().filter_map(|at| graph.root(*at))
}

/// The roots above a root, as far as its deployers are used as they are written.
enum Tangle {
    /// They are not.
    None,
    /// Roots deploy each other's deployers, without changes of what these deploy.
    Plain,
    /// Roots may change deployers that are used as they are written, for this reason.
    Changed(&'static str),
}

fn tangle(tree: &Tree<'_>, root: &Root, outer: &Above) -> Tangle {
    let Some(mut all) = roots_above(tree, root) else { return Tangle::Changed(TOO_MANY_ABOVE) };
    let mut is_tangled = false;
    for maker in makers(tree, outer) {
        let Some(above) = roots_above(tree, maker) else { return Tangle::Changed(TOO_MANY_ABOVE) };
        is_tangled |= maker.at != root.at && above.contains(&root.at);
        all.extend(above);
    }
    if !is_tangled {
        return Tangle::None;
    }
    let graph = tree.side().graph();
    let roots: Vec<&Root> = all.iter().filter_map(|at| graph.root(*at)).collect();
    let mut steering = steering::by_folders(tree, &outer.folders);
    for root in &roots {
        steering = steering.max(steers(tree, root));
    }
    let is_plain = match steering {
        Steering::Nothing => true,
        Steering::Names => !roots.iter().any(|root| steering::depends_on_name(tree, root)),
        Steering::Everything => false,
    };
    if is_plain { Tangle::Plain } else { Tangle::Changed(TANGLED) }
}

/// The effect of a root, and of the kustomizations above it, on deployers.
fn steers(tree: &Tree<'_>, root: &Root) -> Steering {
    let own = steering::by_root(tree, root);
    match root.file() {
        Some(file) => own.max(steering::by_folders(tree, &above(tree, &file).0.folders)),
        None => own,
    }
}

/// Adds the versions of a deployer that one root builds; `false` if the root does not change it.
fn add_versions(
    tree: &Tree<'_>,
    root: &Root,
    written: &Deployer,
    maker: &Root,
    outer: &Above,
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
    let made = all_made(tree.side(), maker, makers, known.is_some(), outer.replaces);
    tree.depends_on(&written.file());
    for reads in making::reads_on(&made, &outer.folders, &tree.side().graph().kustomizations) {
        tree.shares(reads);
    }
    for document in made.documents.get(&making::key(&written.document)).into_iter().flatten() {
        found.all.extend(tree.again(written, document).map(Some));
    }
    true
}

/// All deployers of a root, built once. `is_made`: the root is used in the form in which others deploy it,
/// not as it is written; `is_whole`: all its files are read.
fn all_made(side: &Side<'_>, maker: &Root, makers: &Deployers, is_made: bool, is_whole: bool) -> Arc<Made> {
    let number = (maker.at, is_made, is_whole);
    let known = side.made.lock().map(|mut known| Arc::clone(known.entry(number).or_default()));
    let known = known.unwrap_or_default();
    let made = known.get_or_init(|| {
        let ways = side.ways.get_or_init(|| ways(side));
        let only = ways.get(&maker.at).filter(|_| !is_whole);
        Arc::new(making::make(side, maker, makers, only.map(|only| &**only)))
    });
    Arc::clone(made)
}

/// The roots that deploy the deployer of a root, transitively. The root itself is included only if another
/// root leads to it. `None` if there are too many.
fn roots_above(tree: &Tree<'_>, root: &Root) -> Option<BTreeSet<usize>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(next) = open.pop() {
        let Some(file) = next.file() else { continue };
        for maker in makers(tree, &above(tree, &file).0) {
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
