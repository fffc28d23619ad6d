//! The reasons why a walk stops.

use git::GitError;
use model::UnitId;
use source::{ReadError, RepoPath};
use thiserror::Error;

/// The reason why a walk stopped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HistoryError {
    /// An error of git, or the boundary of a shallow clone.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The files of a commit cannot be listed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of the unit cannot be read at a commit: git lacks its content, or it is damaged.
    #[error("{path} at {commit} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: RepoPath,
        /// The commit.
        commit: String,
        /// The reason.
        why: String,
    },
    /// The unit is not completed at the commit: call [`History::complete`](crate::History::complete), then
    /// repeat the step.
    #[error("{unit} at {commit} is not completed")]
    Incomplete {
        /// The unit.
        unit: UnitId,
        /// The commit.
        commit: String,
    },
    /// The reference is not in the unit at the commit from which the walk starts.
    #[error("{unit} has no reference to {image} at {commit}")]
    NotThere {
        /// The unit.
        unit: String,
        /// The image.
        image: String,
        /// The commit.
        commit: String,
    },
}
