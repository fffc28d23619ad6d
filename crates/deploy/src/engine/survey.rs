//! The survey of a side: the reads of every kustomization by itself, the Applications of every
//! ApplicationSet, and the resulting graph.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use source::change::Change;
use source::{Files, ReadError, RepoPath};

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::model::is_set;
use crate::ecosystem::argo_cd::overrides;
use crate::ecosystem::flux::model::Kustomization;
use crate::ecosystem::kustomize;
use crate::ecosystem::kustomize::Layer;
use crate::engine::graph::{Deployed, Graph};
use crate::engine::index::Index;
use crate::engine::links;
use crate::engine::links::{Followed, Held};
use crate::engine::parallel;
use crate::engine::reads::{Difference, Reads};
use crate::engine::root::Root;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::repositories::Repositories;

/// Surveys all files. Files larger than `limit` bytes are not read. `is_whole`: true if no other files exist.
/// `renders`: true if the charts in the tree are rendered. `repositories`: the repositories that are known to be in
/// this tree.
///
/// # Errors
/// [`ReadError`] if the files cannot be listed.
pub fn whole<'a>(
    files: impl Into<Held<'a>>,
    limit: u64,
    is_whole: bool,
    renders: bool,
    repositories: &Repositories,
) -> Result<Side<'a>, ReadError> {
    let files = Followed::new(files.into())?;
    let index = Index::new(&files, limit)?;
    let mut side = Side::new(files, limit, is_whole, index);
    // A kustomization reads all files of the charts that it renders.
    side.renders = renders;
    side.repositories = Arc::new(repositories.clone());
    let reads = kustomizations(&side, &BTreeMap::new(), &Difference::default());
    finish(&side, reads);
    Ok(side)
}

/// Surveys the files of a chart. `name`: its name in reports.
///
/// # Errors
/// [`ReadError`] if the files cannot be listed.
pub fn archive<'a>(files: &'a dyn Files, limit: u64, name: &Arc<str>) -> Result<Side<'a>, ReadError> {
    let files = Followed::new(files.into())?;
    let index = Index::new(&files, limit)?;
    let mut side = Side::new(files, limit, true, index);
    side.origin = Some(Arc::clone(name));
    Ok(side)
}

/// Surveys the other side of a comparison; only the part that differs is read.
///
/// # Errors
/// [`ReadError`] if the links cannot be listed.
pub fn base_of<'a>(
    head: &Side<'_>,
    files: impl Into<Held<'a>>,
    changes: &[Change],
) -> Result<Side<'a>, ReadError> {
    let files = Followed::new(files.into())?;
    let changes = links::all_changes(changes, &head.files, Some(&files));
    let index = head.index.before(&files, head.limit, &changes);
    let mut side = Side::new(files, head.limit, head.is_whole, index);
    side.renders = head.renders;
    side.repositories = Arc::clone(&head.repositories);
    let difference = Difference::new(&changes);
    let reads = kustomizations(&side, &head.graph().kustomizations, &difference);
    if is_built_alike(head, &side, &difference) && head.graph().is_kept_by(&difference, &reads) {
        side.set_graph(head.graph().again(&side.index));
    } else {
        finish(&side, reads);
    }
    Ok(side)
}

/// Surveys the roots of a side once more, with the objects that charts make.
pub(crate) fn again(side: &mut Side<'_>) {
    let reads = side.forget_graph();
    finish(side, reads);
}

/// The reads of each kustomization by itself: the `known` ones if they do not differ, new ones otherwise.
fn kustomizations(
    side: &Side<'_>,
    known: &BTreeMap<RepoPath, Arc<Reads>>,
    difference: &Difference,
) -> BTreeMap<RepoPath, Arc<Reads>> {
    let (mut reads, mut differing) = (BTreeMap::new(), Vec::new());
    for (folder, _) in side.index.kustomizations() {
        match known.get(folder).filter(|reads| !reads.differ(difference)) {
            Some(same) => _ = reads.insert(folder.clone(), Arc::clone(same)),
            None => differing.push(folder.clone()),
        }
    }
    let traced = parallel::map(&differing, |folder| Arc::new(by_itself(side, folder)));
    reads.extend(differing.into_iter().zip(traced));
    reads
}

fn by_itself(side: &Side<'_>, folder: &RepoPath) -> Reads {
    let tree = Tree::tracing(side);
    let sources = tree.kustomization(folder).into_iter().collect();
    kustomize::build(&tree, &Layer { folder: folder.clone(), sources }, None);
    tree.into_reads()
}

/// True if every file that differs exists on both sides and deploys no folder.
fn is_built_alike(head: &Side<'_>, base: &Side<'_>, difference: &Difference) -> bool {
    let mut deployers =
        difference.files().filter(|path| head.index.deploys(path) || base.index.deploys(path));
    !difference.has_listings() && deployers.next().is_none()
}

fn finish(side: &Side<'_>, reads: BTreeMap<RepoPath, Arc<Reads>>) {
    let mut deployed = named_roots(side);
    deployed.elsewhere = elsewhere(side, &deployed.roots);
    deployed.roots.retain(|root| exists(side, root, &deployed.elsewhere));
    deployed.pathless.retain(|(_, root)| exists(side, root, &deployed.elsewhere));
    let is_linked = |folder: &RepoPath| side.files.is_below_link(folder);
    side.set_graph(Graph::new(&side.index, reads, deployed, &is_linked));
}

/// The roots that the deployers of the side name.
fn named_roots(side: &Side<'_>) -> Deployed {
    let mut deployed = Deployed::default();
    // The templates of rendered charts do not name roots by their text.
    let mut rendered: HashSet<RepoPath> = HashSet::new();
    rendered.extend(side.objects.iter().map(|object| object.folder.join("templates")));
    let mut documents = Vec::new();
    for (path, facts) in side.index.facts() {
        let is_rendered = !rendered.is_empty() && path.ancestors().any(|folder| rendered.contains(&folder));
        if !is_rendered {
            documents.extend(facts.deployers.iter().map(|document| (path, document)));
        }
    }
    let found = parallel::map(&documents, |(_, document)| roots_of(Tree::new(side), document));
    for ((path, document), (roots, origin)) in documents.into_iter().zip(found) {
        if Kustomization::lacks_path(document) {
            deployed.pathless.extend(roots.into_iter().map(|root| (path.clone(), root)));
        } else {
            deployed.roots.extend(roots);
        }
        deployed.origins.push(origin);
    }
    for object in &side.objects {
        let tree = Tree::new(side);
        tree.shares(&object.reads);
        let (roots, origin) = roots_of(tree, &object.document);
        deployed.roots.extend(roots);
        deployed.origins.push(origin);
    }
    deployed
}

/// The roots that a deployer names, and the reads by which they were found.
fn roots_of(tree: Tree<'_>, document: &Document) -> (Vec<Root>, Arc<Reads>) {
    let mut deployers = Vec::new();
    if is_set(document) {
        for application in application_set::expand(&tree, document).applications {
            deployers.push(overrides::applied(&tree, application, &mut |_| {}));
        }
    } else {
        deployers.push(overrides::applied(&tree, document.clone(), &mut |_| {}));
    }
    let mut roots: Vec<Root> = deployers.iter().flat_map(|deployer| tree.roots_of(deployer)).collect();
    let origin = Arc::new(tree.into_reads());
    for root in &mut roots {
        root.origin = Arc::clone(&origin);
    }
    (roots, origin)
}

/// The repositories that are clearly not this one: of the folders that are deployed from them, more are
/// absent here than present.
fn elsewhere(side: &Side<'_>, roots: &[Root]) -> HashSet<String> {
    let mut named: HashMap<String, HashSet<&RepoPath>> = HashMap::new();
    for root in roots {
        if let Some(url) = root.deployer.as_ref().and_then(|deployer| deployer.unknown_repository.clone()) {
            named.entry(url).or_default().insert(&root.folder);
        }
    }
    let mut elsewhere = HashSet::new();
    for (url, folders) in named {
        let here = folders.iter().filter(|folder| side.index.has_folder(folder)).count();
        if folders.len() - here > here {
            elsewhere.insert(url);
        }
    }
    elsewhere
}

/// True if the folder of a root is in this tree and is deployed as a folder, not as a chart.
fn exists(side: &Side<'_>, root: &Root, elsewhere: &HashSet<String>) -> bool {
    let repository = root.deployer.as_ref().and_then(|deployer| deployer.unknown_repository.as_ref());
    let is_chart = side.index.has_file(&root.folder.join("Chart.yaml"));
    repository.is_none_or(|url| !elsewhere.contains(url))
        && side.index.has_folder(&root.folder)
        && (root.is_flux() || !is_chart || side.index.kustomization(&root.folder).is_some())
}
