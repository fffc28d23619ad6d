//! The tree of a commit as a set of files. Its blobs are read from git, never from a checkout.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::objs::tree::EntryKind;

use super::differences::Differences;
use super::error::unreadable;
use super::objects::{Entries, Entry, Pool, list, repo_path};
use super::places::Places;
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

    /// A tree with a known list of entries.
    pub(super) fn listed(pool: Arc<Pool>, tree: ObjectId, entries: &Entries) -> Self {
        Self { pool, tree, listing: OnceLock::from(Listing::new(entries)) }
    }

    /// Another tree, whose list is derived from the list of this one, if this one can be listed.
    /// `differences`: from the other tree to this one.
    pub(super) fn before(&self, tree: ObjectId, differences: &Differences) -> Self {
        let before = Self::new(Arc::clone(&self.pool), tree);
        if let Ok(listing) = self.listing() {
            _ = before.listing.set(listing.before(differences));
        }
        before
    }

    /// The blob at a path: from the list if it exists, otherwise by a descent through the trees.
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
        // Another thread may have made the list first: it is the same.
        Ok(self.listing.get_or_init(|| Listing::new(&entries)))
    }
}

impl Listing {
    fn new(entries: &Entries) -> Self {
        let mut listing = Self { files: Vec::new(), links: Vec::new() };
        for (path, entry) in entries {
            listing.add(path.as_ref(), *entry);
        }
        listing.sort();
        listing
    }

    fn add(&mut self, path: &BStr, entry: Entry) {
        let Some(path) = repo_path(path) else { return };
        if entry.is_file() {
            self.files.push((path, entry.id));
        } else if entry.kind == EntryKind::Link {
            self.links.push((path, entry.id));
        }
    }

    fn sort(&mut self) {
        self.files.sort_unstable();
        self.links.sort_unstable();
    }

    /// The list of the tree from which these differences lead to this one.
    fn before(&self, differences: &Differences) -> Self {
        let mut differing = HashSet::new();
        for path in differences.keys() {
            differing.extend(repo_path(path.as_ref()));
        }
        let is_kept = |entry: &&(RepoPath, ObjectId)| !differing.contains(&entry.0);
        let mut before = Self {
            files: self.files.iter().filter(is_kept).cloned().collect(),
            links: self.links.iter().filter(is_kept).cloned().collect(),
        };
        for (path, (entry, _)) in differences {
            if let Some(entry) = entry {
                before.add(path.as_ref(), *entry);
            }
        }
        before.sort();
        before
    }
}

/// Descends through the trees to the blob at a path.
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

    fn sort_for_reading(&self, paths: &mut [&RepoPath]) {
        let places = self.pool.with(Places::of);
        paths.sort_by_cached_key(|path| {
            let id = self.find(path).ok().flatten();
            id.and_then(|id| places.of_object(&id))
        });
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
