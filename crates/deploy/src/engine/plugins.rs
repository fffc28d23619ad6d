//! Folders that a plug-in of Argo CD renders: its result is not known, so a change of such a folder is not checked.

use model::{FileProblem, Rule};
use source::change::Change;
use source::{RepoPath, Site};

use crate::document::Document;
use crate::ecosystem::argo_cd::model::application_sources;
use crate::engine::broken::hash;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// A notice for each source with a plug-in if a file below its folder differs.
pub(crate) fn changed(head: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for (folder, site) in folders(head) {
        if differs(&folder, changes) {
            problems.push(problem(&folder, site));
        }
    }
    problems
}

/// The folders that a plug-in renders, each with the place that names it.
pub(crate) fn folders(side: &Side<'_>) -> Vec<(RepoPath, Site)> {
    let (tree, mut folders) = (Tree::new(side), Vec::new());
    for (_, facts) in side.index.facts() {
        for document in &facts.deployers {
            add(&tree, document, &mut folders);
        }
    }
    // Applications that an ApplicationSet makes.
    for root in side.graph().roots() {
        if let Some(deployer) = &root.deployer {
            add(&tree, &deployer.document, &mut folders);
        }
    }
    folders
}

fn add(tree: &Tree<'_>, document: &Document, folders: &mut Vec<(RepoPath, Site)>) {
    for source in application_sources(document) {
        if let (Some(plugin), Some(folder)) = (source.plugin, tree.folder_of(&source)) {
            folders.push((folder, plugin.site()));
        }
    }
}

fn problem(folder: &RepoPath, site: Site) -> FileProblem {
    FileProblem {
        rule: Rule::NotChecked,
        path: site.file.path().clone(),
        cause: format!("plug-in {folder}"),
        message: format!("a plug-in of Argo CD renders {folder}, and its result is not checked"),
        help: Some("render the folder and check the result: … | pullable check -".to_owned()),
        about: hash(folder.as_str()),
        site: Some(site),
    }
}

/// True if a file below a folder differs.
fn differs(folder: &RepoPath, changes: &[Change]) -> bool {
    for change in changes {
        for path in change.head.iter().chain(&change.base) {
            if path.ancestors().any(|above| above == *folder) {
                return true;
            }
        }
    }
    false
}
