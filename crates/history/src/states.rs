//! Units at commits, each evaluated once.

use std::collections::HashMap;
use std::sync::Arc;

use deploy::{Repositories, UnitState, key};
use git::Repository;
use model::{Kind, Reference, UnitId};

use crate::error::HistoryError;

/// The history of a repository from one commit back.
pub struct History<'r> {
    pub(crate) repository: &'r Repository,
    /// Object id of the commit that walks start from.
    pub(crate) head: String,
    limit: u64,
    /// The Git repositories that are known to be this one.
    repositories: Repositories,
    /// Units that are evaluated together wherever one of them is.
    wanted: Vec<UnitId>,
    known: HashMap<(String, UnitId), Option<Arc<UnitState>>>,
}

impl<'r> History<'r> {
    /// The history of a revision. Files larger than `max_file_size` bytes are not read.
    ///
    /// # Errors
    /// [`HistoryError`] if the revision names no commit.
    pub fn new(repository: &'r Repository, rev: &str, max_file_size: u64) -> Result<Self, HistoryError> {
        let head = repository.commit_id(rev)?;
        let (wanted, known, repositories) = (Vec::new(), HashMap::new(), Repositories::default());
        Ok(Self { repository, head, limit: max_file_size, repositories, wanted, known })
    }

    /// Names the Git repositories that are known to be this one.
    pub fn knows(&mut self, repositories: Repositories) {
        self.repositories = repositories;
    }

    /// Object id of the commit that walks start from.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Names units that walks are about to follow, so that a commit is read once for all of them.
    pub fn follow(&mut self, units: impl IntoIterator<Item = UnitId>) {
        for unit in units {
            if !self.wanted.contains(&unit) {
                self.wanted.push(unit);
            }
        }
    }

    /// The references of a unit at the commit that walks start from; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn references(&mut self, unit: &UnitId) -> Result<Vec<Reference>, HistoryError> {
        let head = self.head.clone();
        self.references_at(&head, unit)
    }

    /// The references of a unit at a commit; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn references_at(&mut self, commit: &str, unit: &UnitId) -> Result<Vec<Reference>, HistoryError> {
        let state = self.state(commit, unit)?;
        Ok(state.map(|state| state.references.clone()).unwrap_or_default())
    }

    /// The files that a unit reads at a commit; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn reads(&mut self, commit: &str, unit: &UnitId) -> Result<Vec<source::RepoPath>, HistoryError> {
        let state = self.state(commit, unit)?;
        Ok(state.map(|state| state.reads.files.keys().cloned().collect()).unwrap_or_default())
    }

    /// A unit at a commit; `None` if there is no such unit.
    pub(crate) fn state(
        &mut self,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Option<Arc<UnitState>>, HistoryError> {
        if let Some(known) = self.known.get(&(commit.to_owned(), unit.clone())) {
            return Ok(known.clone());
        }
        self.follow([unit.clone()]);
        let files = self.repository.files_of(commit)?;
        let states = deploy::units(&*files, self.limit, &self.repositories, &self.wanted)?;
        let mut found = None;
        for (id, state) in self.wanted.iter().zip(states) {
            let shared = state.map(Arc::new);
            if id == unit {
                found.clone_from(&shared);
            }
            self.known.insert((commit.to_owned(), id.clone()), shared);
        }
        Ok(found)
    }

    /// The unit at the first parent that the comparison of a commit takes for the same, with its state there.
    pub(crate) fn renamed(
        &mut self,
        parent: &str,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Option<(UnitId, Arc<UnitState>)>, HistoryError> {
        let (head, base) = (self.repository.files_of(commit)?, self.repository.files_of(parent)?);
        let changes = self.repository.changes(Some(parent), commit)?;
        let Some(before) =
            deploy::unit_before(&*head, &*base, &changes, self.limit, &self.repositories, unit)?
        else {
            return Ok(None);
        };
        let state = self.state(parent, &before)?;
        Ok(state.map(|state| (before, state)))
    }

    /// A unit on the same path: what a deployer deploys was a unit by itself before the deployer was added.
    fn on_same_path(
        &mut self,
        parent: &str,
        unit: &UnitId,
    ) -> Result<Option<(UnitId, Arc<UnitState>)>, HistoryError> {
        let files = self.repository.files_of(parent)?;
        let Some(other) =
            deploy::units_on(&*files, self.limit, &self.repositories, unit.path())?.into_iter().next()
        else {
            return Ok(None);
        };
        let state = self.state(parent, &other)?;
        Ok(state.map(|state| (other, state)))
    }

    /// The unit at the first parent: by the same identity, by the one that it was renamed from, or on the same path.
    pub(crate) fn before(
        &mut self,
        parent: &str,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Option<(UnitId, Arc<UnitState>)>, HistoryError> {
        match self.state(parent, unit)? {
            Some(state) => Ok(Some((unit.clone(), state))),
            None => match self.renamed(parent, commit, unit)? {
                Some(before) => Ok(Some(before)),
                None => self.on_same_path(parent, unit),
            },
        }
    }
}

/// The reference of a unit with a key.
pub(crate) fn with_key<'s>(state: &'s UnitState, wanted: &(String, Kind)) -> Option<&'s Reference> {
    state.references.iter().find(|reference| key(reference) == *wanted)
}
