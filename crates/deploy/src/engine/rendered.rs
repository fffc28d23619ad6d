//! The charts of kustomizations that were rendered: their resources take part in a second build of the root.

use std::collections::HashMap;
use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::{Document, Role};
use crate::reference::archive::Archive;

/// The charts that were rendered, by the hashes of the documents that name them.
pub(crate) type RenderedCharts = HashMap<u64, RenderedChart>;

/// A chart that was rendered.
#[derive(Clone, Debug)]
pub(crate) struct RenderedChart {
    resources: Arc<[Document]>,
    /// True if a template queries the cluster, so that there may be more resources.
    pub(crate) is_open: bool,
}

impl RenderedChart {
    /// The result of a rendering: the roots of the documents, each with the template that made it.
    pub(crate) fn new(documents: &[(RepoPath, Node)], archive: &Archive, is_open: bool) -> Self {
        Self { resources: resources(documents, archive).into(), is_open }
    }

    /// Its resources, including definitions of custom resources.
    pub(crate) fn resources(&self) -> impl Iterator<Item = Document> {
        self.resources.iter().cloned()
    }
}

/// The resources of a rendered result.
pub(crate) fn resources(documents: &[(RepoPath, Node)], archive: &Archive) -> Vec<Document> {
    let mut all = Vec::new();
    for (template, root) in documents {
        let (made, _) = Document::classify(root.clone(), template);
        for mut document in made {
            if matches!(document.role, Role::Manifest(_) | Role::Policy(_) | Role::Other) {
                document.beside.archive = Some(archive.clone());
                all.push(document);
            }
        }
    }
    all
}
