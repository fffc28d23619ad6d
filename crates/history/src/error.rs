//! The reasons why a walk stops.

use git::GitError;
use model::UnitId;
use source::ReadError;
use thiserror::Error;

/// Why a history could not be walked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HistoryError {
    /// git, or the end of what was fetched.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The files of a commit cannot be listed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The unit is not completed at the commit: [`History::complete`](crate::History::complete) comes first, and then the
    /// same step again.
    #[error("{unit} at {commit} is not completed")]
    Incomplete {
        /// The unit.
        unit: UnitId,
        /// The commit.
        commit: String,
    },
    /// The reference is not in the unit at the commit that the walk starts from.
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
