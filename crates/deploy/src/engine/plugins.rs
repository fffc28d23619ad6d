//! Folders that a plug-in of Argo CD renders: its result is not known, so a change of such a folder is not checked.

use model::{FileProblem, Rule};
use source::RepoPath;
use source::change::Change;

use crate::document::Document;
use crate::ecosystem::argo_cd::model::application_sources;
use crate::engine::broken::hash;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// A notice for each source with a plug-in if a file below its folder differs.
pub(crate) fn changed(head: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let (tree, mut problems) = (Tree::new(head), Vec::new());
    for (_, facts) in head.index.facts() {
        for document in &facts.deployers {
            problems.extend(of_application(&tree, document, changes));
        }
    }
    // Applications that an ApplicationSet makes.
    for root in head.graph().roots() {
        if let Some(deployer) = &root.deployer {
            problems.extend(of_application(&tree, &deployer.document, changes));
        }
    }
    problems
}

fn of_application(tree: &Tree<'_>, document: &Document, changes: &[Change]) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for source in application_sources(document) {
        let (Some(plugin), Some(folder)) = (source.plugin, tree.folder_of(&source)) else { continue };
        if !differs(&folder, changes) {
            continue;
        }
        let site = plugin.site();
        problems.push(FileProblem {
            rule: Rule::NotChecked,
            path: site.file.path().clone(),
            cause: format!("plug-in {folder}"),
            message: format!("a plug-in of Argo CD renders {folder}, and its result is not checked"),
            help: Some("render the folder and check the result: … | pullable check -".to_owned()),
            about: hash(folder.as_str()),
            site: Some(site),
        });
    }
    problems
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
