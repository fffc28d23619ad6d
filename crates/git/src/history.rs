//! History along first parents: one step at a time, with a filter for steps that change certain paths. The
//! step of a merge commit includes all changes of the merge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::objs::tree::EntryMode;
use gix::objs::{CommitRef, TreeRefIter};
use source::change::Change;
use source::{Files, RepoPath};

use super::differences::{file_by_file, of_trees, summarise};
use super::error::{Doing, GitError};
use super::objects::{Pool, repo_path};
use super::renames::Contents;
use super::revision;
use super::tree::GitTree;
use super::{Repository, tree_of};

/// Paths of a repository: files, folders with everything below them, and the names of the files below folders.
///
/// ```
/// use git::PathFilter;
/// use source::RepoPath;
///
/// let mut filter = PathFilter::default();
/// filter.file(&RepoPath::new("apps/web.yaml"));
/// filter.folder(&RepoPath::new("base"));
/// assert!(!filter.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    root: Branch,
}

/// The part of a filter below a folder.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// True if everything here counts.
    is_whole: bool,
    /// True if the names of the files below count.
    is_listing: bool,
    below: BTreeMap<Vec<u8>, Branch>,
}

impl Branch {
    /// The branch of a path below.
    fn at(&mut self, path: &RepoPath) -> &mut Self {
        let mut branch = self;
        for part in path.as_str().split('/').filter(|part| !part.is_empty()) {
            branch = branch.below.entry(part.as_bytes().to_vec()).or_default();
        }
        branch
    }

    /// The branch of an entry, which counts for a listing above it.
    fn child(&self, name: &[u8]) -> Self {
        let mut child = self.below.get(name).cloned().unwrap_or_default();
        child.is_listing |= self.is_listing;
        child
    }
}

impl PathFilter {
    /// The filter that every path passes.
    pub fn everything() -> Self {
        Self { root: Branch { is_whole: true, ..Branch::default() } }
    }

    /// Adds a file, which need not exist.
    pub fn file(&mut self, path: &RepoPath) {
        self.folder(path);
    }

    /// Adds a folder with everything below it.
    pub fn folder(&mut self, path: &RepoPath) {
        self.root.at(path).is_whole = true;
    }

    /// Adds the names of the files below a folder: files that are added or removed, with any content.
    pub fn listing(&mut self, path: &RepoPath) {
        self.root.at(path).is_listing = true;
    }

    /// True if no path passes.
    pub fn is_empty(&self) -> bool {
        !self.root.is_whole && !self.root.is_listing && self.root.below.is_empty()
    }
}

/// A commit, and the first of its parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Object id of the commit.
    pub commit: String,
    /// Object id of its first parent; `None` for the first commit of a history.
    pub parent: Option<String>,
}

/// An entry of a tree that is not a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryAt {
    /// Its mode, as git writes it: `100644`.
    pub mode: String,
    /// Its object id.
    pub id: String,
}

/// The facts of a commit that reports show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitInfo {
    /// Name and address of the author.
    pub author: String,
    /// Seconds since 1970 of the committer.
    pub seconds: i64,
    /// The first line of the message.
    pub subject: String,
    /// The whole message.
    pub message: String,
    /// Object ids of all parents.
    pub parents: Vec<String>,
}

/// The files of a commit, from which the list of files of other commits is derived.
pub struct TreeAt {
    id: ObjectId,
    files: Arc<GitTree>,
}

impl TreeAt {
    /// The files.
    pub fn files(&self) -> Arc<dyn Files> {
        Arc::clone(&self.files) as Arc<dyn Files>
    }
}

/// A walk from a commit along first parents, the newest commit first.
pub struct FirstParents {
    pool: Arc<Pool>,
    /// The commit of the next step, with its tree.
    next: Option<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    commit: ObjectId,
    tree: ObjectId,
    parent: Option<ObjectId>,
}

impl FirstParents {
    /// The next commit from the current place on that changes a path of the filter; the walk then continues
    /// at its parent. `None` at the end of the history.
    ///
    /// # Errors
    /// [`GitError::ShallowBoundary`] if the history is cut off before it ends, and other [`GitError`]s if
    /// git's data is damaged.
    pub fn next_touching(&mut self, filter: &PathFilter) -> Result<Option<Step>, GitError> {
        let pool = Arc::clone(&self.pool);
        pool.with(|repo| self.next_with(repo, filter))
    }

    fn next_with(&mut self, repo: &gix::Repository, filter: &PathFilter) -> Result<Option<Step>, GitError> {
        while let Some(place) = self.next {
            let before = place.parent.map(|parent| placed(repo, parent, place.commit)).transpose()?;
            self.next = before;
            let trees = (before.map(|before| before.tree), Some(place.tree));
            let differs = differs(repo, trees.0, trees.1, &filter.root).doing("compare two commits")?;
            if differs {
                let parent = before.map(|before| before.commit.to_string());
                return Ok(Some(Step { commit: place.commit.to_string(), parent }));
            }
        }
        Ok(None)
    }
}

impl Repository {
    /// A walk along first parents, from a revision on.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit.
    pub fn first_parents(&self, rev: &str) -> Result<FirstParents, GitError> {
        let next = self.pool.with(|repo| {
            let commit = revision::commit(repo, rev, false)?;
            placed(repo, commit, commit)
        })?;
        Ok(FirstParents { pool: Arc::clone(&self.pool), next: Some(next) })
    }

    /// The object id of the commit that a revision names.
    ///
    /// # Errors
    /// [`GitError`] if it names no commit, or one that is not in this clone.
    pub fn commit_id(&self, rev: &str) -> Result<String, GitError> {
        self.pool.with(|repo| revision::commit(repo, rev, true)).map(|id| id.to_string())
    }

    /// The files of a commit.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
    pub fn files_of(&self, rev: &str) -> Result<Box<dyn Files>, GitError> {
        let tree = self.pool.with(|repo| tree_of(repo, revision::commit(repo, rev, true)?))?;
        Ok(Box::new(GitTree::new(Arc::clone(&self.pool), tree)))
    }

    /// The files of a commit, from which the files of other commits can be derived.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
    pub fn tree_at(&self, rev: &str) -> Result<TreeAt, GitError> {
        let tree = self.pool.with(|repo| tree_of(repo, revision::commit(repo, rev, true)?))?;
        Ok(TreeAt { id: tree, files: Arc::new(GitTree::new(Arc::clone(&self.pool), tree)) })
    }

    /// The files of another commit, derived from `near` and the differences, and the files that differ from
    /// that commit to `near`.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
    pub fn tree_near(&self, near: &TreeAt, rev: &str) -> Result<(TreeAt, Vec<Change>), GitError> {
        self.pool.with(|repo| {
            let tree = tree_of(repo, revision::commit(repo, rev, true)?)?;
            let differences = of_trees(repo, tree, near.id).doing("compare two commits")?;
            let files = Arc::new(near.files.before(tree, &differences));
            Ok((TreeAt { id: tree, files }, file_by_file(&differences)))
        })
    }

    /// The files that differ between two commits; without a base, all files of the head.
    ///
    /// # Errors
    /// [`GitError`] if a revision names no commit, or git's data is damaged.
    pub fn changes(&self, base: Option<&str>, head: &str) -> Result<Vec<Change>, GitError> {
        self.pool.with(|repo| {
            let new = tree_of(repo, revision::commit(repo, head, true)?)?;
            let old = match base {
                Some(base) => tree_of(repo, revision::commit(repo, base, true)?)?,
                None => ObjectId::empty_tree(repo.object_hash()),
            };
            let differences = of_trees(repo, old, new).doing("compare two commits")?;
            let contents = Contents { repo, disk: None, partial: self.pool.is_partial() };
            Ok(summarise(&contents, differences).changes)
        })
    }

    /// The paths that differ between two commits, links and submodules included; those whose name is not UTF-8 are left
    /// out.
    ///
    /// # Errors
    /// [`GitError`] if a revision names no commit, or git's data is damaged.
    pub fn paths_that_differ(&self, base: &str, head: &str) -> Result<Vec<RepoPath>, GitError> {
        self.pool.with(|repo| {
            let old = tree_of(repo, revision::commit(repo, base, true)?)?;
            let new = tree_of(repo, revision::commit(repo, head, true)?)?;
            let differences = of_trees(repo, old, new).doing("compare two commits")?;
            let mut paths = Vec::new();
            for (path, sides) in differences {
                if sides != (None, None) {
                    paths.extend(repo_path(path.as_ref()));
                }
            }
            Ok(paths)
        })
    }

    /// The entry of a commit at a path; `None` if there is none, or a folder.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
    pub fn entry_at(&self, rev: &str, path: &RepoPath) -> Result<Option<EntryAt>, GitError> {
        let doing = "read a tree";
        self.pool.with(|repo| {
            let tree = tree_of(repo, revision::commit(repo, rev, true)?)?;
            let tree = repo.find_tree(tree).doing(doing)?;
            let found = tree.lookup_entry_by_path(path.as_str()).doing(doing)?;
            let entry = found.filter(|entry| !entry.mode().is_tree());
            Ok(entry.map(|entry| EntryAt {
                mode: format!("{:06o}", entry.mode().value()),
                id: entry.object_id().to_string(),
            }))
        })
    }

    /// The facts of a commit.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
    pub fn commit_info(&self, rev: &str) -> Result<CommitInfo, GitError> {
        self.pool.with(|repo| {
            let id = revision::commit(repo, rev, true)?;
            let commit = repo.find_commit(id).doing("read a commit")?;
            let decoded = commit.decode().doing("read a commit")?;
            Ok(info(&decoded))
        })
    }
}

fn info(commit: &CommitRef<'_>) -> CommitInfo {
    let message = commit.message.to_str_lossy().into_owned();
    let author = commit.author().map(|author| format!("{} <{}>", author.name, author.email));
    CommitInfo {
        author: author.unwrap_or_default(),
        seconds: commit.time().map(|time| time.seconds).unwrap_or_default(),
        subject: message.lines().next().unwrap_or_default().trim().to_owned(),
        message,
        parents: commit.parents().map(|parent| parent.to_string()).collect(),
    }
}

/// Reads a commit. `child`: the commit that it is the parent of.
fn placed(repo: &gix::Repository, commit: ObjectId, child: ObjectId) -> Result<Place, GitError> {
    if !repo.has_object(commit) {
        return Err(revision::boundary(repo, child));
    }
    let found = repo.find_commit(commit).doing("read a commit")?;
    let tree = found.tree_id().map(gix::Id::detach).doing("read a commit")?;
    Ok(Place { commit, tree, parent: found.parent_ids().next().map(gix::Id::detach) })
}

/// True if two trees differ in a path of the filter. Folders with the same id are not read.
fn differs(
    repo: &gix::Repository,
    base: Option<ObjectId>,
    head: Option<ObjectId>,
    filter: &Branch,
) -> gix::Result<bool> {
    if base == head {
        return Ok(false);
    }
    if filter.is_whole {
        return Ok(true);
    }
    let (old, new) = (entries(repo, base, filter)?, entries(repo, head, filter)?);
    let names: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            continue;
        }
        let below = filter.child(name);
        let is_named = below.is_listing && is_file(before) != is_file(after);
        if below.is_whole || is_named || differs(repo, folder(before), folder(after), &below)? {
            return Ok(true);
        }
    }
    Ok(false)
}

type Entries = BTreeMap<Vec<u8>, (EntryMode, ObjectId)>;

fn folder(entry: Option<&(EntryMode, ObjectId)>) -> Option<ObjectId> {
    entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| *id)
}

fn is_file(entry: Option<&(EntryMode, ObjectId)>) -> bool {
    entry.is_some_and(|(mode, _)| !mode.is_tree())
}

/// The entries of a tree that a filter names, or all for a listing.
fn entries(repo: &gix::Repository, tree: Option<ObjectId>, filter: &Branch) -> gix::Result<Entries> {
    let mut found = Entries::new();
    let Some(id) = tree else { return Ok(found) };
    let tree = repo.find_tree(id)?;
    for entry in TreeRefIter::from_bytes(&tree.data, repo.object_hash()) {
        let entry = entry.map_err(gix::Error::from_error)?;
        if filter.is_listing || filter.below.contains_key(entry.filename.as_bytes()) {
            found.insert(entry.filename.to_vec(), (entry.mode, entry.oid.to_owned()));
        }
        if !filter.is_listing && found.len() == filter.below.len() {
            break;
        }
    }
    Ok(found)
}
