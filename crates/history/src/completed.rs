//! Walks through units that the tree alone does not determine: the caller fetches or renders their charts. A
//! step of such a walk ends with [`HistoryError::Incomplete`] at a unit that is not completed yet. The caller
//! completes the unit and repeats the step.

use std::collections::BTreeSet;

use model::{Reference, UnitId};
use source::RepoPath;

use crate::error::HistoryError;
use crate::states::History;

/// The references of a unit with its charts.
#[derive(Clone, Debug, Default)]
pub struct Completed {
    /// The references, in the order of the documents.
    pub references: Vec<Box<Reference>>,
    /// The files that name its charts. Commits that change them may have other references.
    pub named_in: BTreeSet<RepoPath>,
}

impl History<'_> {
    /// The same history, in which units count only after they are completed.
    #[must_use]
    pub fn completing(&self) -> Self {
        self.anew(true)
    }

    /// Sets the references of a unit at a commit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn complete(
        &mut self,
        commit: &str,
        unit: &UnitId,
        completed: Completed,
    ) -> Result<(), HistoryError> {
        let mut state = self.in_tree(commit, unit)?;
        if let Some(state) = &mut state {
            state.references = completed.references;
            for path in completed.named_in {
                state.reads.files.insert(path, true);
            }
        }
        self.set(commit, unit, state);
        Ok(())
    }
}
