//! The `GitRepository` objects of Flux in a tree, which have the URLs of the repositories that sources name.

use std::collections::HashMap;

use source::RepoPath;

use crate::ecosystem::flux::model::git_url;
use crate::engine::index::Index;

/// A `GitRepository`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitRepository {
    pub(crate) url: String,
    pub(crate) namespace: Option<String>,
    /// The file that it is in.
    pub(crate) file: RepoPath,
}

/// The `GitRepository` objects of an index by their names, in the order of their files.
pub(crate) fn by_name(index: &Index) -> HashMap<String, Vec<GitRepository>> {
    let mut all: HashMap<String, Vec<GitRepository>> = HashMap::new();
    for document in index.facts().flat_map(|(_, facts)| &facts.deployers) {
        let (Some(url), Some(resource)) = (git_url(document), document.resource()) else { continue };
        let Some(name) = resource.name.clone() else { continue };
        let (namespace, file) = (resource.namespace.clone(), document.root.site().file.path().clone());
        all.entry(name).or_default().push(GitRepository { url: url.to_owned(), namespace, file });
    }
    all
}
