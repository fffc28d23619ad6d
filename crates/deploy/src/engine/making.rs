//! Builds the deployers that a root deploys: the root is built once, with the files and folders on the path
//! to any of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set;
use crate::ecosystem::argo_cd::model::is_set;
use crate::engine::made::{Key, Made};
use crate::engine::part::Part;
use crate::engine::reads::Reads;
use crate::engine::root::{Deployers, Root};
use crate::engine::root_parts;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// Builds the deployers that a root deploys, for the deployers `makers` of the root. `only`: the files and
/// folders on the path to them.
pub(crate) fn make(
    side: &Side<'_>,
    root: &Root,
    makers: &Deployers,
    only: Option<&HashSet<RepoPath>>,
) -> Made {
    let tree = Tree::making(side);
    let mut documents: HashMap<Key, Vec<Document>> = HashMap::new();
    for deployer in &makers.all {
        root_parts::each(&tree, root, deployer.as_ref(), only, &mut |part| match part {
            Part::Document(set) if is_set(&set) => {
                for application in application_set::expand(&tree, &set).applications {
                    documents.entry(key(&application)).or_default().push(application);
                }
            }
            Part::Document(document) => documents.entry(key(&document)).or_default().push(document),
            Part::Problem(_) => {}
        });
    }
    let by_folder = tree.by_folder();
    Made { documents, by_folder, common: Arc::new(tree.into_reads()), is_whole: only.is_none() }
}

/// The part of a deployer that substitutions do not change.
pub(crate) fn key(document: &Document) -> Key {
    let site = document.root.site();
    let name = document.root.at(&["metadata", "name"]).and_then(Node::scalar);
    (site.file.path().clone(), site.span, name.map(str::to_owned))
}

/// The reads on which a deployer depends: the common ones, and those of the kustomizations on the path to it.
pub(crate) fn reads_on<'m>(
    made: &'m Made,
    way: &HashSet<RepoPath>,
    kustomizations: &BTreeMap<RepoPath, Arc<Reads>>,
) -> Vec<&'m Arc<Reads>> {
    let mut reads = vec![&made.common];
    if made.is_whole {
        reads.extend(made.by_folder.values());
        return reads;
    }
    let (mut open, mut seen): (Vec<&RepoPath>, HashSet<&RepoPath>) = (way.iter().collect(), HashSet::new());
    while let Some(folder) = open.pop() {
        if seen.insert(folder) {
            reads.extend(made.by_folder.get(folder));
            // An included kustomization may be a component, which changes the given resources.
            open.extend(kustomizations.get(folder).into_iter().flat_map(|below| &below.included));
        }
    }
    reads
}
