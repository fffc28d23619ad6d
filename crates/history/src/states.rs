//! Units at commits, each evaluated once. The survey of a commit is derived from that of the previous commit
//! on the walk, because the two differ little.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use deploy::{Repositories, Survey, UnitState, key};
use git::{Repository, TreeAt};
use model::{Kind, Reference, UnitId};
use source::change::Change;
use source::{Files, RepoPath};

use crate::error::HistoryError;

/// Maximum number of surveys that are kept besides that of head.
const MOST_SURVEYS: usize = 8;

/// The history of a repository, from one commit backwards.
pub struct History<'r> {
    pub(crate) repository: &'r Repository,
    /// Object id of the commit from which walks start.
    pub(crate) head: String,
    at_head: Arc<Surveyed>,
    /// The last surveys, the newest one first.
    recent: VecDeque<Arc<Surveyed>>,
    known: HashMap<(String, UnitId), Option<Arc<UnitState>>>,
    /// True if units count only after they are completed.
    is_completing: bool,
}

/// A commit whose units are known.
struct Surveyed {
    commit: String,
    tree: TreeAt,
    survey: Survey<'static>,
}

impl<'r> History<'r> {
    /// The history of a revision. Files larger than `max_file_size` bytes are not read. `repositories`: the
    /// repositories that are known to be this one.
    ///
    /// # Errors
    /// [`HistoryError`] if the revision names no commit, or its files cannot be listed.
    pub fn new(
        repository: &'r Repository,
        rev: &str,
        max_file_size: u64,
        repositories: &Repositories,
    ) -> Result<Self, HistoryError> {
        let head = repository.commit_id(rev)?;
        let tree = repository.tree_at(&head)?;
        let survey = Survey::new(tree.files(), max_file_size, repositories)?;
        let at_head = Arc::new(Surveyed { commit: head.clone(), tree, survey });
        Ok(Self {
            repository,
            head,
            at_head,
            recent: VecDeque::new(),
            known: HashMap::new(),
            is_completing: false,
        })
    }

    /// Object id of the commit from which walks start.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The references of a unit at the commit from which walks start; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn references(&mut self, unit: &UnitId) -> Result<Vec<Box<Reference>>, HistoryError> {
        let head = self.head.clone();
        self.references_at(&head, unit)
    }

    /// The references of a unit at a commit; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn references_at(
        &mut self,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Vec<Box<Reference>>, HistoryError> {
        let state = self.state(commit, unit)?;
        Ok(state.map(|state| state.references.clone()).unwrap_or_default())
    }

    /// The files that a unit reads at a commit; none if there is no such unit.
    ///
    /// # Errors
    /// [`HistoryError`] if the commit cannot be read.
    pub fn reads(&mut self, commit: &str, unit: &UnitId) -> Result<Vec<RepoPath>, HistoryError> {
        let state = self.state(commit, unit)?;
        Ok(state.map(|state| state.reads.files.keys().cloned().collect()).unwrap_or_default())
    }

    /// The references of units in files that are not a commit. `changes`: from these files to the commit from
    /// which walks start.
    ///
    /// # Errors
    /// [`HistoryError`] if the files cannot be listed.
    pub fn references_in(
        &self,
        files: &dyn Files,
        changes: &[Change],
        units: &[UnitId],
    ) -> Result<Vec<Vec<Box<Reference>>>, HistoryError> {
        let survey = self.at_head.survey.before(files, changes)?;
        let mut all = Vec::new();
        for unit in units {
            all.push(survey.unit(unit).map(|state| state.references).unwrap_or_default());
        }
        Ok(all)
    }

    /// A unit at a commit; `None` if there is no such unit.
    pub(crate) fn state(
        &mut self,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Option<Arc<UnitState>>, HistoryError> {
        let place = (commit.to_owned(), unit.clone());
        if let Some(known) = self.known.get(&place) {
            let known = known.clone();
            // The walk continues from this commit.
            self.kept(commit);
            return Ok(known);
        }
        let state = self.in_tree(commit, unit)?.map(Arc::new);
        if self.is_completing && state.is_some() {
            let (commit, unit) = place;
            return Err(HistoryError::Incomplete { unit, commit });
        }
        self.known.insert(place, state.clone());
        Ok(state)
    }

    /// A unit at a commit, with only the references in its tree.
    pub(crate) fn in_tree(&mut self, commit: &str, unit: &UnitId) -> Result<Option<UnitState>, HistoryError> {
        let surveyed = self.surveyed(commit)?;
        let state = surveyed.survey.unit(unit);
        match surveyed.survey.unreadable(state.as_ref()) {
            Some((path, why)) => Err(HistoryError::Unreadable {
                path: path.clone(),
                commit: commit.to_owned(),
                why: why.to_owned(),
            }),
            None => Ok(state),
        }
    }

    /// Sets a unit at a commit.
    pub(crate) fn set(&mut self, commit: &str, unit: &UnitId, state: Option<UnitState>) {
        self.known.insert((commit.to_owned(), unit.clone()), state.map(Arc::new));
    }

    /// The same history, with only the survey of head.
    pub(crate) fn anew(&self, is_completing: bool) -> Self {
        Self {
            repository: self.repository,
            head: self.head.clone(),
            at_head: Arc::clone(&self.at_head),
            recent: VecDeque::new(),
            known: HashMap::new(),
            is_completing,
        }
    }

    /// The survey of a commit.
    fn surveyed(&mut self, commit: &str) -> Result<Arc<Surveyed>, HistoryError> {
        if let Some(kept) = self.kept(commit) {
            return Ok(kept);
        }
        let near = self.recent.front().unwrap_or(&self.at_head);
        let (tree, changes) = self.repository.tree_near(&near.tree, commit)?;
        let survey = near.survey.before(tree.files(), &changes)?;
        let surveyed = Arc::new(Surveyed { commit: commit.to_owned(), tree, survey });
        self.recent.push_front(Arc::clone(&surveyed));
        self.recent.truncate(MOST_SURVEYS);
        Ok(surveyed)
    }

    /// The survey of a commit, if it is kept; the next one is then derived from it.
    fn kept(&mut self, commit: &str) -> Option<Arc<Surveyed>> {
        let at = self.recent.iter().position(|surveyed| surveyed.commit == commit);
        let found = match at.and_then(|at| self.recent.remove(at)) {
            Some(surveyed) => surveyed,
            None if self.at_head.commit == commit => Arc::clone(&self.at_head),
            None => return None,
        };
        self.recent.push_front(Arc::clone(&found));
        self.recent.truncate(MOST_SURVEYS);
        Some(found)
    }

    /// The unit at the first parent that the comparison of a commit treats as the same, with its state there.
    pub(crate) fn renamed(
        &mut self,
        parent: &str,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Option<(UnitId, Arc<UnitState>)>, HistoryError> {
        let changes = self.repository.changes(Some(parent), commit)?;
        let head = self.surveyed(commit)?;
        let base = self.surveyed(parent)?;
        let Some(before) = head.survey.unit_before(&base.survey, &changes, unit) else { return Ok(None) };
        let state = self.state(parent, &before)?;
        Ok(state.map(|state| (before, state)))
    }

    /// A unit on the same path: a deployed folder or file was a separate unit before the deployer was added.
    fn on_same_path(
        &mut self,
        parent: &str,
        unit: &UnitId,
    ) -> Result<Option<(UnitId, Arc<UnitState>)>, HistoryError> {
        let on_path = self.surveyed(parent)?.survey.units_on(unit.path());
        let Some(other) = on_path.into_iter().next() else { return Ok(None) };
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
    state.references.iter().map(Box::as_ref).find(|reference| key(reference) == *wanted)
}
