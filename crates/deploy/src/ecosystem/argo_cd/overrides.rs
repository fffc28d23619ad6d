//! Files that Argo CD merges over the source that names their folder: `.argocd-source.yaml` and
//! `.argocd-source-NAME.yaml`.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::model::{is_application, override_files, source_mut, sources};
use crate::document::Document;
use crate::ecosystem::helm::chart::FUEL;
use crate::engine::tree::Tree;

/// The label of a value that an override replaces.
const OVERRIDDEN: &str = "written in the Application";

/// An Application with the overrides of its sources; any other document unchanged.
pub(crate) fn applied(tree: &Tree<'_>, mut document: Document) -> Document {
    if !is_application(&document) {
        return document;
    }
    let name = document.resource().and_then(|it| it.name.clone()).unwrap_or_default();
    let mut overrides = Vec::new();
    for source in sources(&document) {
        let Some(folder) = tree.folder_of(&source) else { continue };
        for file in override_files(&name) {
            let path: RepoPath = folder.join(&file);
            if tree.has_file(&path)
                && let Some(layer) = tree.document(&path, &mut |_| {}).filter(Node::is_mapping)
            {
                overrides.push((source.which, layer));
            }
        }
    }
    if overrides.is_empty() {
        return document;
    }
    let mut fuel = FUEL;
    for (which, layer) in overrides {
        let spec = Arc::make_mut(&mut document.root).get_mut("spec");
        if let Some(source) = spec.and_then(|spec| source_mut(spec, which)) {
            source.merge(&layer, OVERRIDDEN, &mut fuel);
        }
    }
    document
}
