//! Roots that may steer the deployers that they deploy: with their patches and fields, these deploy something else.

use std::collections::HashSet;
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::is_kustomization_file;
use crate::ecosystem::argo_cd::overrides;
use crate::ecosystem::flux::model::PLAIN_FIELDS;
use crate::ecosystem::kustomize;
use crate::ecosystem::kustomize::model::has_fields_beside;
use crate::engine::made::Steering;
use crate::engine::root::Root;
use crate::engine::tree::Tree;

/// True if a kustomization, or the resource that deploys it, may change the resources of others.
pub(crate) fn changes(layer: &Node) -> bool {
    has_fields_beside(layer, PLAIN_FIELDS)
}

/// The effect of the kustomizations of these folders on deployers.
pub(crate) fn by_folders(tree: &Tree<'_>, folders: &HashSet<RepoPath>) -> Steering {
    let mut all = Steering::Nothing;
    for folder in folders {
        all = all.max(known(tree, folder, None, |tree| match tree.kustomization(folder) {
            Some(own) => steering(tree, folder, &own),
            None => Steering::Nothing,
        }));
    }
    all
}

/// The effect of the fields that the deployer of a root adds on deployers.
pub(crate) fn by_root(tree: &Tree<'_>, root: &Root) -> Steering {
    let Some(deployer) = &root.deployer else { return Steering::Nothing };
    known(tree, &root.folder, Some(root.at), |tree| steering(tree, &root.folder, &deployer.layer))
}

/// True if a root that is called otherwise may deploy something else.
pub(crate) fn depends_on_name(tree: &Tree<'_>, root: &Root) -> bool {
    let Some(deployer) = &root.deployer else { return false };
    // Flux finds repositories and variables by name.
    root.is_flux() || overrides::depend_on_name(tree, &root.folder, &deployer.layer)
}

/// The answer for a kustomization or for a root, found once.
fn known(
    tree: &Tree<'_>,
    folder: &RepoPath,
    root: Option<usize>,
    find: impl FnOnce(&Tree<'_>) -> Steering,
) -> Steering {
    let side = tree.side();
    let key = (folder.clone(), root);
    let known = side.steering.lock().ok().and_then(|steering| steering.get(&key).cloned());
    let found = known.unwrap_or_else(|| {
        let (found, reads) = tree.apart(|| find(tree));
        let found = Arc::new((found, Arc::new(reads)));
        if let Ok(mut steering) = side.steering.lock() {
            steering.insert(key, Arc::clone(&found));
        }
        found
    });
    tree.shares(&found.1);
    found.0
}

fn steering(tree: &Tree<'_>, folder: &RepoPath, fields: &Node) -> Steering {
    if !changes(fields) {
        Steering::Nothing
    } else if adds_fields(tree, folder) {
        Steering::Everything
    } else {
        kustomize::steering(tree, folder, fields)
    }
}

/// True if a kustomization in a folder, or one that it includes, adds fields into which labels, names or images are
/// written: kustomize uses them for everything that includes it.
fn adds_fields(tree: &Tree<'_>, folder: &RepoPath) -> bool {
    let graph = tree.side().graph();
    let (mut open, mut seen) = (vec![folder.clone()], HashSet::new());
    while let Some(next) = open.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        match tree.kustomization(&next) {
            Some(own) if kustomize::adds_fields(&own) => return true,
            Some(_) => {
                open.extend(graph.kustomizations.get(&next).into_iter().flat_map(|own| own.included.clone()));
            }
            // Flux includes every kustomization below.
            None => {
                let below = tree.files_below(&next).filter(|path| is_kustomization_file(path));
                open.extend(below.map(RepoPath::parent));
            }
        }
    }
    false
}
