//! The files that a revert changes, and the tree that results from them.

use std::collections::{BTreeMap, BTreeSet};

use git::{Content, TreeEdit};
use model::incident::Mode;
use source::change::Change;
use source::{Files, ReadError, RepoPath};

/// The new content of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edits {
    paths: BTreeMap<RepoPath, Content>,
}

impl Edits {
    /// Sets the bytes of a file.
    pub(super) fn set(&mut self, path: RepoPath, bytes: Vec<u8>) {
        self.paths.insert(path, Content::Bytes(bytes));
    }

    /// Takes the entry of another commit.
    pub(super) fn take(&mut self, path: RepoPath, commit: &str) {
        self.paths.insert(path, Content::Of(commit.to_owned()));
    }

    /// Removes a path.
    pub(super) fn remove(&mut self, path: RepoPath) {
        self.paths.insert(path, Content::Removed);
    }

    /// True if nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.paths.keys()
    }

    /// The commits from which entries are taken.
    pub(super) fn commits(&self) -> BTreeSet<String> {
        let mut commits = BTreeSet::new();
        for content in self.paths.values() {
            if let Content::Of(commit) = content {
                commits.insert(commit.clone());
            }
        }
        commits
    }

    /// A path of head that an edit would displace, and the path of the edit: a file where the edit needs a folder, or
    /// in a folder where it needs a file.
    pub(super) fn displaced<'a>(
        &'a self,
        there: &'a BTreeSet<RepoPath>,
    ) -> Option<(&'a RepoPath, &'a RepoPath)> {
        let is_set = |path: &&RepoPath| !matches!(self.paths.get(*path), None | Some(Content::Removed));
        let stays = |path: &&RepoPath| !self.paths.contains_key(*path);
        for path in self.paths().filter(is_set) {
            let above = path.ancestors().find_map(|folder| there.get(&folder));
            if let Some(file) = above.filter(stays) {
                return Some((file, path));
            }
        }
        for file in there.iter().filter(stays) {
            let above = file.ancestors().find_map(|folder| self.paths.get_key_value(&folder));
            if let Some((path, _)) = above.filter(|(path, _)| is_set(path)) {
                return Some((file, path));
            }
        }
        None
    }

    /// The edits in the form for git.
    pub(super) fn into_tree_edits(self) -> Vec<TreeEdit> {
        self.paths.into_iter().map(|(path, content)| TreeEdit { path, content }).collect()
    }
}

/// The files of a commit with edits on top, in memory.
pub(super) struct Edited<'a> {
    below: &'a dyn Files,
    /// The files of the commits from which entries are taken.
    others: BTreeMap<String, Box<dyn Files>>,
    edits: &'a Edits,
}

impl<'a> Edited<'a> {
    /// Applies edits to files in memory. `others`: the files of each commit that an edit takes entries from.
    pub(super) fn new(
        below: &'a dyn Files,
        edits: &'a Edits,
        others: BTreeMap<String, Box<dyn Files>>,
    ) -> Self {
        Self { below, others, edits }
    }

    /// The differences from the files below.
    pub(super) fn changes(&self, limit: u64) -> Result<Vec<Change>, ReadError> {
        let mut changes = Vec::new();
        for path in self.edits.paths() {
            let (before, after) = (self.below.read(path, limit)?, self.read(path, limit)?);
            if before != after {
                let side = |bytes: Option<Vec<u8>>| bytes.map(|_| path.clone());
                changes.push(Change { base: side(before), head: side(after) });
            }
        }
        Ok(changes)
    }

    /// The files of the commit from which the entry of a path is taken.
    fn other(&self, path: &RepoPath) -> Option<&dyn Files> {
        match self.edits.paths.get(path)? {
            Content::Of(commit) => self.others.get(commit).map(|files| &**files),
            Content::Bytes(_) | Content::Removed => None,
        }
    }
}

impl Files for Edited<'_> {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        match self.edits.paths.get(path) {
            None => self.below.read(path, limit),
            Some(Content::Bytes(bytes)) => Ok(Some(bytes.clone())),
            Some(Content::Removed) => Ok(None),
            Some(Content::Of(commit)) => match self.others.get(commit) {
                Some(files) => files.read(path, limit),
                None => Ok(None),
            },
        }
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        let mut all: BTreeSet<RepoPath> = self.below.list()?.into_iter().collect();
        for (path, content) in &self.edits.paths {
            let is_there = match content {
                Content::Bytes(_) => true,
                Content::Removed => false,
                Content::Of(commit) => match self.others.get(commit) {
                    Some(files) => files.list()?.binary_search(path).is_ok(),
                    None => false,
                },
            };
            if is_there {
                all.insert(path.clone());
            } else {
                all.remove(path);
            }
        }
        Ok(all.into_iter().collect())
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        let mut links: BTreeMap<RepoPath, String> = self.below.links()?.into_iter().collect();
        for path in self.edits.paths() {
            links.remove(path);
            if let Some(files) = self.other(path) {
                links.extend(files.links()?.into_iter().filter(|(link, _)| link == path));
            }
        }
        Ok(links.into_iter().collect())
    }
}

/// The edits of a revert, with the mode in which they were found.
pub(super) struct EditedBy {
    pub(super) mode: Mode,
    pub(super) edits: Edits,
}
