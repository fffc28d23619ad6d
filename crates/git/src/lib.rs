//! Changes between two commits, or between a commit and the work tree, read with gix: commits, trees, the index and
//! files. Nothing is fetched, except for blobs that a partial clone left out: those come through `git cat-file`.
//!
//! History is walked along first parents ([`FirstParents`]). Commits are written as objects on a separate branch ([`NewCommit`]): work tree, index, hooks and configuration are not changed. A push runs `git push` ([`Push`]).
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use git::{Head, Repository};
//! use run::Deadline;
//!
//! let deadline = Deadline::after(Duration::from_secs(60));
//! let repository = Repository::open(Path::new("."), &deadline)?;
//! let base = repository.default_base()?;
//! let compared = repository.compare(&base, Head::Worktree)?;
//! for change in &compared.changes {
//!     println!("{:?} -> {:?}", change.base, change.head);
//! }
//! # Ok::<(), git::GitError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::discover::upwards;
use gix::sec::Trust;

use run::Deadline;
use source::change::{Change, Comparison, Range};
use source::{Files, RepoPath};

mod differences;
mod error;
mod fetch;
mod filters;
mod history;
mod messages;
mod name;
mod objects;
mod output;
mod paths;
mod places;
mod promised;
mod push;
mod renames;
mod revision;
mod tree;
mod unpushed;
mod worktree;
mod write;

pub use error::GitError;
pub use history::{CommitInfo, EntryAt, FirstParents, PathFilter, Step, TreeAt};
pub use push::{Push, Pushed};
pub use unpushed::Unpushed;
pub use write::{Content, NewCommit, TreeEdit, Who};

use differences::{Summary, of_lists, of_trees, summarise};
use error::Doing;
use filters::without_filters;
use objects::{Entries, Pool};
use paths::{absolute, below, is_same};
use renames::Contents;
use tree::GitTree;
use worktree::{WorkTree, snapshot};

/// The name of the work tree as a head, in arguments and in reports.
pub const WORKTREE: &str = "worktree";

/// The side that is compared with the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A commit, by any revision.
    Commit(String),
    /// The files that a commit of the whole work tree would have: uncommitted and untracked files too.
    Worktree,
}

impl From<&str> for Head {
    /// `worktree` is the work tree; a branch of that name is `refs/heads/worktree`.
    fn from(head: &str) -> Self {
        if head == WORKTREE { Self::Worktree } else { Self::Commit(head.to_owned()) }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(rev) => f.write_str(rev),
            Self::Worktree => f.write_str(WORKTREE),
        }
    }
}

/// Two sides, and their differences.
pub struct Compared {
    /// The commits that were compared.
    pub comparison: Comparison,
    /// Regular files that differ, sorted. A file that became a symbolic link counts as removed.
    pub changes: Vec<Change>,
    /// The files of the base.
    pub base: Box<dyn Files>,
    /// The files of the head.
    pub head: Box<dyn Files>,
    /// Submodules that were added, removed, or point to another commit.
    pub submodules: Vec<RepoPath>,
    /// Changed paths whose name is not UTF-8, as far as it can be shown.
    pub not_utf8: Vec<String>,
}

/// One side, without a comparison.
pub struct Whole {
    /// Object id of the commit, or `worktree`.
    pub head: String,
    /// Its files.
    pub files: Box<dyn Files>,
    /// Its submodules.
    pub submodules: Vec<RepoPath>,
    /// Paths whose name is not UTF-8, as far as it can be shown.
    pub not_utf8: Vec<String>,
}

/// A git repository.
pub struct Repository {
    pool: Arc<Pool>,
    git_dir: PathBuf,
    common_dir: PathBuf,
    workdir: Option<PathBuf>,
    prefix: RepoPath,
}

/// True if a folder, or one above it, holds the files of a repository.
fn has_repository(dir: &Path) -> bool {
    let files = [".git/HEAD", ".git/objects", ".git/refs"];
    dir.ancestors().any(|folder| files.iter().all(|file| folder.join(file).exists()))
}

impl Repository {
    /// Opens the repository that `dir` is in, or the one that `GIT_DIR` names. After the deadline nothing is fetched for a
    /// partial clone.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::NotOwned`], or [`GitError::Failed`] if it is damaged.
    pub fn open(dir: &Path, deadline: &Deadline) -> Result<Self, GitError> {
        let options = upwards::Options { match_ceiling_dir_or_error: false, ..upwards::Options::default() };
        let discovered = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
            dir,
            options,
            gix::sec::trust::Mapping::default(),
        );
        let repo = match discovered {
            // gix does not find a repository either if it cannot open its files.
            Err(error) if error.is_not_found() && !has_repository(dir) => {
                return Err(GitError::NotARepository { dir: absolute(dir) });
            }
            result => result.and_then(without_filters).doing("open the git repository")?,
        };
        let local = repo.to_thread_local();
        let (git_dir, workdir) = (local.git_dir().to_owned(), local.workdir().map(Path::to_owned));
        if local.git_dir_trust() != Trust::Full {
            return Err(GitError::NotOwned { path: absolute(&workdir.unwrap_or(git_dir)) });
        }
        let prefix = match &workdir {
            Some(top) => below(top, dir).unwrap_or(RepoPath::new("")),
            None => RepoPath::new(""),
        };
        let common_dir = local.common_dir().to_owned();
        Ok(Self { pool: Arc::new(Pool::new(repo, deadline.clone())), git_dir, common_dir, workdir, prefix })
    }

    /// The folder of its hooks, which linked work trees share.
    pub fn hooks(&self) -> PathBuf {
        self.common_dir.join("hooks")
    }

    /// The folder of `core.hooksPath`, if it is not [`hooks`](Self::hooks).
    pub fn hooks_path(&self) -> Option<PathBuf> {
        let configured = self.pool.with(|repo| repo.config_snapshot().trusted_path("core.hooksPath"));
        let path = configured.ok().flatten().filter(|path| !path.as_os_str().is_empty())?;
        let whole = self.workdir.as_deref().unwrap_or(&self.git_dir).join(&path);
        if is_same(&whole, &self.hooks()) { None } else { Some(path) }
    }

    /// The top folder of the work tree; `None` for a bare repository.
    pub fn workdir(&self) -> Option<&Path> {
        self.workdir.as_deref()
    }

    /// The folder that was opened, below the work tree; empty for its root, and for a folder outside.
    pub fn prefix(&self) -> &RepoPath {
        &self.prefix
    }

    /// The object id of the commit of `HEAD`.
    ///
    /// # Errors
    /// [`GitError::Unborn`] if there is no commit yet.
    pub fn head_oid(&self) -> Result<String, GitError> {
        self.pool.with(revision::head).map(|id| id.to_string())
    }

    /// True if the history of a commit contains another one, or the two are the same. `false` if this clone
    /// lacks one of them, unless one is a parent of the other.
    pub fn contains(&self, commit: &str, other: &str) -> bool {
        self.pool.with(|repo| revision::contains(repo, commit, other))
    }

    /// The base if none is named: the default branch of the remote.
    ///
    /// # Errors
    /// [`GitError::NoBase`] if the default branch of no remote is known.
    pub fn default_base(&self) -> Result<Range, GitError> {
        self.pool.with(revision::default_base)
    }

    /// Compares the base with the head, which is `default_head` if the range names none.
    ///
    /// # Errors
    /// [`GitError`] if a revision is unknown, absent or without a common ancestor, or git's data damaged.
    pub fn compare(&self, range: &Range, default_head: Head) -> Result<Compared, GitError> {
        let head = range.head.as_deref().map_or(default_head, Head::from);
        self.pool.with(|repo| self.compare_with(repo, range, &head)).map_err(|error| self.explained(error))
    }

    fn compare_with(&self, repo: &gix::Repository, range: &Range, head: &Head) -> Result<Compared, GitError> {
        let head_commit = match head {
            Head::Commit(rev) => revision::commit(repo, rev, true)?,
            Head::Worktree => revision::head(repo)?,
        };
        let base_commit = revision::base(repo, &range.base, head_commit, &head.to_string())?;
        let base_tree = tree_of(repo, base_commit)?;
        let pool = Arc::clone(&self.pool);
        let partial = pool.is_partial();
        let (old, new, name, summary): (GitTree, Box<dyn Files>, _, _) = match head {
            Head::Commit(_) => {
                let head_tree = tree_of(repo, head_commit)?;
                let differences = of_trees(repo, base_tree, head_tree).doing("compare two commits")?;
                let new = Box::new(GitTree::new(pool, head_tree));
                let old = new.before(base_tree, &differences);
                let summary = summarise(&Contents { repo, disk: None, partial }, differences);
                (old, new, head_commit.to_string(), summary)
            }
            Head::Worktree => {
                let root = self.work_tree()?;
                let entries = objects::list(repo, base_tree).doing("list the files of the base")?;
                let snapshot = snapshot(repo, root).doing("read the work tree")?;
                let differences = of_lists(&entries, &snapshot.entries);
                let summary = summarise(&Contents { repo, disk: Some(root), partial }, differences);
                let new = Box::new(WorkTree::new(root.to_owned(), Arc::clone(&pool), snapshot));
                (GitTree::listed(pool, base_tree, &entries), new, WORKTREE.to_owned(), summary)
            }
        };
        let Summary { changes, submodules, not_utf8 } = summary;
        let chosen_by = range.chosen_by.clone();
        let comparison = Comparison { base: base_commit.to_string(), head: name, chosen_by };
        Ok(Compared { comparison, changes, base: Box::new(old), head: new, submodules, not_utf8 })
    }

    /// All files of the head, without a comparison.
    ///
    /// # Errors
    /// [`GitError`] if the revision is unknown or absent, or git's data damaged.
    pub fn all(&self, head: &Head) -> Result<Whole, GitError> {
        self.pool.with(|repo| self.all_with(repo, head)).map_err(|error| self.explained(error))
    }

    fn all_with(&self, repo: &gix::Repository, head: &Head) -> Result<Whole, GitError> {
        let pool = Arc::clone(&self.pool);
        let (name, files, entries): (_, Box<dyn Files>, _) = match head {
            Head::Commit(rev) => {
                let commit = revision::commit(repo, rev, true)?;
                let tree = tree_of(repo, commit)?;
                let entries = objects::list(repo, tree).doing("list the files of the commit")?;
                let files = GitTree::listed(pool, tree, &entries);
                (commit.to_string(), Box::new(files), entries)
            }
            Head::Worktree => {
                let root = self.work_tree()?;
                let snapshot = snapshot(repo, root).doing("read the work tree")?;
                let entries = snapshot.entries.clone();
                (WORKTREE.to_owned(), Box::new(WorkTree::new(root.to_owned(), pool, snapshot)), entries)
            }
        };
        let everything = of_lists(&Entries::new(), &entries);
        let contents = Contents { repo, disk: None, partial: true };
        let Summary { submodules, not_utf8, .. } = summarise(&contents, everything);
        Ok(Whole { head: name, files, submodules, not_utf8 })
    }

    fn work_tree(&self) -> Result<&Path, GitError> {
        self.workdir().ok_or_else(|| GitError::Bare { path: self.git_dir.clone() })
    }

    fn explained(&self, error: GitError) -> GitError {
        match error {
            GitError::Failed { doing, why, .. } => {
                GitError::Failed { doing, why, partial: self.pool.is_partial() }
            }
            other => other,
        }
    }
}

fn tree_of(repo: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    let found = repo.find_commit(commit).doing("read a commit")?;
    let tree = found.tree_id().map(gix::Id::detach);
    tree.doing("read a commit")
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
