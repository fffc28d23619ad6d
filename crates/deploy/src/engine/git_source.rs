//! Finds the folders of this tree for the Git repositories that sources of Flux and Argo CD name.

use source::RepoPath;

use crate::document::Document;
use crate::ecosystem::argo_cd::model::Source;
use crate::ecosystem::flux::model::SourceRef;
use crate::engine::lookup::nearest;
use crate::engine::reads::Lookup;
use crate::engine::tree::Tree;

impl Tree<'_> {
    /// The folder of this tree that the repository of a URL is known to be.
    pub(crate) fn repository_folder(&self, url: &str) -> Option<&RepoPath> {
        self.side().repositories.folder(url)
    }

    /// The folder of this tree that a source of Argo CD names.
    pub(crate) fn folder_of(&self, source: &Source<'_>) -> Option<RepoPath> {
        source.folder(source.repository().and_then(|url| self.repository_folder(url)))
    }

    /// The folder of this tree that the `GitRepository` of an object of Flux is known to be. If there are
    /// several, the one in the requested namespace counts, as far as namespaces are written, and among these
    /// the nearest.
    pub(crate) fn source_folder(&self, source: &SourceRef<'_>, document: &Document) -> Option<RepoPath> {
        let name = source.name.filter(|_| source.is_git())?;
        self.looked_up(Lookup::GitRepository(name.to_owned()));
        let namespace = source.namespace.or(document.resource()?.namespace.as_deref());
        let mut candidates = Vec::new();
        for found in self.side().git_repositories(name) {
            if namespace.is_none() || found.namespace.is_none() || namespace == found.namespace.as_deref() {
                candidates.push(found);
            }
        }
        let mut folders: Vec<_> = candidates.iter().map(|found| self.repository_folder(&found.url)).collect();
        folders.dedup();
        if let [only] = folders.as_slice() {
            return only.cloned();
        }
        let near = document.root.site().file.path().clone();
        let found = nearest(candidates, &near, |found| found.file.clone())?;
        self.repository_folder(&found.url).cloned()
    }
}
