//! The commit since which a property holds.

use git::{GitError, PathFilter, Repository};
use source::{Files, RepoPath};

use crate::error::HistoryError;

/// The commit since which a property holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// Object id of the commit.
    pub commit: String,
    /// Seconds since 1970 of its committer.
    pub seconds: i64,
    /// False if it holds already at the boundary of a shallow clone.
    pub is_exact: bool,
}

/// The commit on the line of first parents since which a property of a file holds; `None` if it does not hold
/// at the revision.
///
/// # Errors
/// [`HistoryError`] if git's data is damaged.
pub fn suspended_since(
    repository: &Repository,
    rev: &str,
    path: &RepoPath,
    holds: &dyn Fn(&dyn Files) -> bool,
) -> Result<Option<Since>, HistoryError> {
    if !holds(&*repository.files_of(rev)?) {
        return Ok(None);
    }
    let mut filter = PathFilter::default();
    filter.file(path);
    let mut walk = repository.first_parents(rev)?;
    loop {
        let step = match walk.next_touching(&filter) {
            Ok(Some(step)) => step,
            Ok(None) => return Ok(None),
            Err(GitError::ShallowBoundary { commit, .. }) => return since(repository, commit, false),
            Err(error) => return Err(error.into()),
        };
        let held_before = match &step.parent {
            Some(parent) => holds(&*repository.files_of(parent)?),
            None => false,
        };
        if !held_before {
            return since(repository, step.commit, true);
        }
    }
}

fn since(repository: &Repository, commit: String, is_exact: bool) -> Result<Option<Since>, HistoryError> {
    let seconds = repository.commit_info(&commit)?.seconds;
    Ok(Some(Since { commit, seconds, is_exact }))
}
