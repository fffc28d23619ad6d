//! Folders that Argo CD renders by a plug-in or by jsonnet: the result is not known, so a change of such a folder, or of the
//! settings that it is rendered with, is not checked.

use std::collections::HashSet;

use model::{FileProblem, Rule};
use source::change::Change;
use source::{RepoPath, Site};

use crate::document::Document;
use crate::ecosystem::argo_cd::model::{Source, application_sources};
use crate::engine::broken::hash;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// The renderer of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    PlugIn,
    Jsonnet,
}

/// A folder that is rendered in a way that is not known.
struct Opaque {
    by: By,
    folder: RepoPath,
    /// The text of the settings.
    settings: String,
    site: Site,
}

/// A notice for each source with a plug-in if a file below its folder differs, and for each source whose settings differ, or
/// that is new.
pub(crate) fn changed(head: &Side<'_>, base: Option<&Side<'_>>, changes: &[Change]) -> Vec<FileProblem> {
    let known = base.map(opaque);
    let known: Option<HashSet<_>> = known.as_ref().map(|all| all.iter().map(Opaque::key).collect());
    let mut problems = Vec::new();
    for one in opaque(head) {
        let is_new = known.as_ref().is_some_and(|known| !known.contains(&one.key()));
        // A changed file of jsonnet has a notice of its own.
        if is_new || one.by == By::PlugIn && changes.iter().any(|change| change.is_below(&one.folder)) {
            problems.push(one.problem());
        }
    }
    problems
}

/// The folders that a plug-in renders, each with the place that names it.
pub(crate) fn folders(side: &Side<'_>) -> Vec<(RepoPath, Site)> {
    let plugged = opaque(side).into_iter().filter(|one| one.by == By::PlugIn);
    plugged.map(|one| (one.folder, one.site)).collect()
}

fn opaque(side: &Side<'_>) -> Vec<Opaque> {
    let (tree, mut all) = (Tree::new(side), Vec::new());
    for (_, facts) in side.index.facts() {
        for document in &facts.deployers {
            add(&tree, document, &mut all);
        }
    }
    // Applications that an ApplicationSet makes.
    for root in side.graph().roots() {
        if let Some(deployer) = &root.deployer {
            add(&tree, &deployer.document, &mut all);
        }
    }
    all
}

fn add(tree: &Tree<'_>, document: &Document, all: &mut Vec<Opaque>) {
    for source in application_sources(document) {
        let Some(folder) = tree.folder_of(&source) else { continue };
        if let Some(plugin) = source.plugin {
            let (site, settings) = (plugin.site(), plugin.site().text().to_owned());
            all.push(Opaque { by: By::PlugIn, folder, settings, site });
        } else if let Some(path) = source.path.filter(|_| has_jsonnet(tree, &source, &folder)) {
            let settings = source.node.get("directory").map(|node| node.site().text().to_owned());
            let settings = settings.unwrap_or_default();
            all.push(Opaque { by: By::Jsonnet, folder, settings, site: path.site() });
        }
    }
}

/// True if Argo CD renders a file of jsonnet in the folder of a source.
fn has_jsonnet(tree: &Tree<'_>, source: &Source<'_>, folder: &RepoPath) -> bool {
    let is_directory = !tree.is_chart(folder) && tree.kustomization(folder).is_none();
    let directory = source.directory();
    is_directory
        && tree.files_below(folder).any(|path| {
            path.file_name().ends_with(".jsonnet") && (directory.is_recursive() || path.parent() == *folder)
        })
}

impl Opaque {
    fn key(&self) -> (By, &RepoPath, &str) {
        (self.by, &self.folder, &self.settings)
    }

    fn problem(self) -> FileProblem {
        let Self { by, folder, site, .. } = self;
        let (cause, by) = match by {
            By::PlugIn => ("plug-in", "a plug-in of Argo CD"),
            By::Jsonnet => ("jsonnet", "jsonnet"),
        };
        FileProblem {
            rule: Rule::NotChecked,
            path: site.file.path().clone(),
            cause: format!("{cause} {folder}"),
            message: format!("{by} renders {folder}, and its result is not checked"),
            help: Some("render the folder and check the result: … | pullable check -".to_owned()),
            about: hash(folder.as_str()),
            site: Some(site),
        }
    }
}
