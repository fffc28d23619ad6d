//! The tree of a commit as a set of files. Its blobs are read from git, never from a checkout.

use std::sync::{Arc, OnceLock};

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::error::unreadable;
use super::objects::{Entries, Entry, Pool, list, repo_path};
use source::{Files, ReadError, RepoPath};

/// The files of a commit.
pub(super) struct GitTree {
    pool: Arc<Pool>,
    tree: ObjectId,
    listing: OnceLock<Listing>,
}

/// The entries of a tree that have a blob, each sorted by path.
struct Listing {
    files: Vec<(RepoPath, ObjectId)>,
    links: Vec<(RepoPath, ObjectId)>,
}

impl GitTree {
    pub(super) fn new(pool: Arc<Pool>, tree: ObjectId) -> Self {
        Self { pool, tree, listing: OnceLock::new() }
    }

    /// With its list at hand.
    pub(super) fn listed(pool: Arc<Pool>, tree: ObjectId, entries: &Entries) -> Self {
        Self { pool, tree, listing: OnceLock::from(Listing::new(entries)) }
    }

    /// The blob at a path: from the list where there is one, else down the trees.
    fn find(&self, path: &RepoPath) -> Result<Option<ObjectId>, ReadError> {
        if let Some(Listing { files, .. }) = self.listing.get() {
            let Ok(at) = files.binary_search_by(|(file, _)| file.cmp(path)) else { return Ok(None) };
            return Ok(files.get(at).map(|(_, id)| *id));
        }
        self.pool.with(|repo| look_up(repo, self.tree, path)).map_err(unreadable)
    }

    /// The list, made at the first call.
    fn listing(&self) -> Result<&Listing, ReadError> {
        if let Some(listing) = self.listing.get() {
            return Ok(listing);
        }
        let entries = self.pool.with(|repo| list(repo, self.tree)).map_err(unreadable)?;
        // Another thread may have been first: its list is the same.
        Ok(self.listing.get_or_init(|| Listing::new(&entries)))
    }
}

impl Listing {
    fn new(entries: &Entries) -> Self {
        let (mut files, mut links) = (Vec::new(), Vec::new());
        for (path, entry) in entries {
            let Some(path) = repo_path(path.as_ref()) else { continue };
            if entry.is_file() {
                files.push((path, entry.id));
            } else if entry.kind == EntryKind::Link {
                links.push((path, entry.id));
            }
        }
        files.sort();
        links.sort();
        Self { files, links }
    }
}

/// Goes down the trees to the blob at a path.
fn look_up(repo: &gix::Repository, tree: ObjectId, path: &RepoPath) -> gix::Result<Option<ObjectId>> {
    let mut tree = repo.find_tree(tree)?;
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        let Some(found) = tree.find_entry(part) else { return Ok(None) };
        let entry = Entry::new(found.mode(), found.object_id());
        if parts.peek().is_none() {
            return Ok(if entry.is_file() { Some(entry.id) } else { None });
        }
        if entry.kind != EntryKind::Tree {
            return Ok(None);
        }
        tree = repo.find_tree(entry.id)?;
    }
    Ok(None)
}

impl Files for GitTree {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(id) = self.find(path)? else { return Ok(None) };
        self.pool.blob(id, limit).map(Some)
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        Ok(self.listing()?.files.iter().map(|(path, _)| path.clone()).collect())
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        let mut links = Vec::new();
        for (path, id) in &self.listing()?.links {
            if let Some(target) = self.pool.link_target(*id)? {
                links.push((path.clone(), target));
            }
        }
        Ok(links)
    }
}
