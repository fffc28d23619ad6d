//! The values that the field of a reference had before, newest first.

use std::collections::HashSet;
use std::sync::Arc;

use deploy::{UnitState, counterpart, key};
use git::{FirstParents, PathFilter};
use model::{Kind, Reference, UnitId};

use crate::error::HistoryError;
use crate::filter;
use crate::introducing::Introduced;
use crate::states::History;

/// A value that the field of a reference had.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Object id of the newest commit with this value, before the one that replaced it.
    pub commit: String,
    /// The unit at that commit.
    pub unit: UnitId,
    /// The reference at that commit.
    pub reference: Reference,
}

/// A walk over earlier values, each distinct one once.
pub struct EarlierValues {
    walk: FirstParents,
    /// The first commit to examine, and its child on the line of first parents.
    first: Option<(String, String)>,
    unit: UnitId,
    /// The reference as it was last seen.
    last: Reference,
    seen: HashSet<(String, Kind)>,
    /// The last state of the unit.
    state: Option<Arc<UnitState>>,
}

impl History<'_> {
    /// The values that the field had before a commit introduced its reference.
    ///
    /// # Errors
    /// [`HistoryError`] if git's data is damaged.
    pub fn earlier(&self, introduced: &Introduced) -> Result<EarlierValues, HistoryError> {
        let start = introduced.parent.as_deref().unwrap_or(&introduced.commit);
        Ok(EarlierValues {
            walk: self.repository.first_parents(start)?,
            first: introduced.parent.clone().map(|parent| (parent, introduced.commit.clone())),
            unit: introduced.unit.clone(),
            last: introduced.reference.clone(),
            seen: HashSet::from([key(&introduced.reference)]),
            state: None,
        })
    }
}

impl EarlierValues {
    /// The next value; `None` if there is no earlier one. After an error, the same step may be repeated.
    ///
    /// # Errors
    /// [`HistoryError`] if the history is cut off by a shallow clone, or git's data is damaged.
    pub fn next(&mut self, history: &mut History<'_>) -> Result<Option<Earlier>, HistoryError> {
        while let Some((commit, child)) = self.advance()? {
            match self.look(history, &commit, &child) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => {
                    // The next call examines the same commit again.
                    self.first = Some((commit, child));
                    return Err(error);
                }
            }
        }
        Ok(None)
    }

    /// The next commit to examine, and its child.
    fn advance(&mut self) -> Result<Option<(String, String)>, HistoryError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let step = self.walk.next_touching(&self.filter())?;
        Ok(step.and_then(|step| Some((step.parent?, step.commit))))
    }

    /// The value at a commit, if it was not seen yet.
    fn look(
        &mut self,
        history: &mut History<'_>,
        commit: &str,
        child: &str,
    ) -> Result<Option<Earlier>, HistoryError> {
        let Some((unit, state)) = history.before(commit, child, &self.unit)? else {
            self.state = None;
            return Ok(None);
        };
        self.unit = unit.clone();
        let found = counterpart(&self.last, &state.references).cloned();
        self.state = Some(state);
        let Some(reference) = found else { return Ok(None) };
        self.last = reference.clone();
        if !self.seen.insert(key(&reference)) {
            return Ok(None);
        }
        Ok(Some(Earlier { commit: commit.to_owned(), unit, reference }))
    }

    /// The filter for commits that may have another value; if the unit is absent, for those that change its
    /// files.
    fn filter(&self) -> PathFilter {
        match &self.state {
            Some(state) if counterpart(&self.last, &state.references).is_some() => {
                filter::of_reference(state, &self.last)
            }
            Some(state) => filter::of_unit(state),
            None => {
                let mut paths = PathFilter::default();
                paths.folder(self.unit.path());
                paths
            }
        }
    }
}
