//! The reasons why a walk stops.

use git::GitError;
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
