//! The commit that introduced a reference: the newest commit on the line of first parents whose unit has the
//! reference, and at whose first parent the unit lacks it. Values may change back and forth, so that
//! bisection is not possible.

use std::sync::Arc;

use deploy::{UnitState, key};
use git::{PathFilter, Step};
use model::{Kind, Reference, UnitId};

use crate::error::HistoryError;
use crate::filter;
use crate::states::{History, with_key};

/// The commit that introduced a reference.
#[derive(Clone, Debug)]
pub struct Introduced {
    /// Object id of the commit.
    pub commit: String,
    /// Object id of its first parent; `None` for the first commit of the history, which is compared with nothing.
    pub parent: Option<String>,
    /// The unit at the commit, which may have another name than at head.
    pub unit: UnitId,
    /// The unit at the parent; `None` if the commit added the unit, so that the image may be older than it.
    pub unit_before: Option<UnitId>,
    /// The reference at the commit.
    pub reference: Reference,
    /// The number of commits whose files were read.
    pub evaluated: usize,
}

/// A place on the walk: a commit at which the unit has the reference.
struct Place {
    commit: String,
    unit: UnitId,
    state: Arc<UnitState>,
}

/// The result of an examination of the first parent of a commit.
enum Before {
    /// The reference exists there too.
    Has(Place),
    /// The reference is absent: from this unit, or because there is no unit.
    HasNot(Option<UnitId>),
}

impl History<'_> {
    /// Finds the commit that introduced a reference of a unit of head.
    ///
    /// # Errors
    /// [`HistoryError`] if the reference is not in the unit, the history is cut off by a shallow clone, or git's data is
    /// damaged.
    pub fn introducing(&mut self, unit: &UnitId, reference: &Reference) -> Result<Introduced, HistoryError> {
        let wanted = key(reference);
        let head = self.head.clone();
        let state = self.state(&head, unit)?.filter(|state| with_key(state, &wanted).is_some());
        let Some(state) = state else {
            let (unit, image) = (unit.to_string(), reference.image_or_text());
            return Err(HistoryError::NotThere { unit, image, commit: head });
        };
        let mut place = Place { commit: head, unit: unit.clone(), state };
        let mut evaluated = 0;
        // The filter of the reference is narrow and fast. If its result is not confirmed, each wider filter
        // examines the commits in between again.
        for scope in [Scope::Reference, Scope::Unit, Scope::Everything] {
            let found = self.search(&mut place, &wanted, scope, &mut evaluated)?;
            if let Some((step, unit_before)) = found
                && let Some(introduced) = self.verified(&place, &wanted, step, unit_before)?
            {
                return Ok(Introduced { evaluated, ..introduced });
            }
        }
        // Every commit was compared, so that the last place is the first commit of the history.
        let reference = with_key(&place.state, &wanted).unwrap_or(reference).clone();
        let (commit, unit) = (place.commit, place.unit);
        Ok(Introduced { commit, parent: None, unit, unit_before: None, reference, evaluated })
    }

    /// Goes back from a place to the first step that may have introduced the reference; `place` becomes the last one
    /// that is known to have it.
    fn search(
        &mut self,
        place: &mut Place,
        wanted: &(String, Kind),
        scope: Scope,
        evaluated: &mut usize,
    ) -> Result<Option<(Step, Option<UnitId>)>, HistoryError> {
        let mut walk = self.repository.first_parents(&place.commit)?;
        loop {
            let paths = scope.filter(&place.state, wanted);
            let Some(step) = walk.next_touching(&paths)? else { return Ok(None) };
            let Some(parent) = step.parent.clone() else { return Ok(Some((step, None))) };
            *evaluated += 1;
            match self.look_before(&parent, &step.commit, &place.unit, wanted)? {
                Before::Has(before) => *place = before,
                Before::HasNot(unit) => return Ok(Some((step, unit))),
            }
        }
    }

    fn look_before(
        &mut self,
        parent: &str,
        commit: &str,
        unit: &UnitId,
        wanted: &(String, Kind),
    ) -> Result<Before, HistoryError> {
        Ok(match self.before(parent, commit, unit)? {
            Some((unit, state)) if with_key(&state, wanted).is_some() => {
                Before::Has(Place { commit: parent.to_owned(), unit, state })
            }
            Some((unit, _)) => Before::HasNot(Some(unit)),
            None => Before::HasNot(None),
        })
    }

    /// The result, if the unit has the reference at the commit of a step. It lacks the reference if a commit
    /// in between introduced it through a file that the filter excludes.
    fn verified(
        &mut self,
        place: &Place,
        wanted: &(String, Kind),
        step: Step,
        unit_before: Option<UnitId>,
    ) -> Result<Option<Introduced>, HistoryError> {
        let Some(state) = self.state(&step.commit, &place.unit)? else { return Ok(None) };
        let Some(reference) = with_key(&state, wanted) else { return Ok(None) };
        let (reference, unit) = (reference.clone(), place.unit.clone());
        let Step { commit, parent } = step;
        Ok(Some(Introduced { commit, parent, unit, unit_before, reference, evaluated: 0 }))
    }
}

/// The commits that a search examines.
#[derive(Clone, Copy)]
enum Scope {
    /// Commits that change a file which decides the reference.
    Reference,
    /// Commits that change a file which the unit reads.
    Unit,
    /// All commits.
    Everything,
}

impl Scope {
    fn filter(self, state: &UnitState, wanted: &(String, Kind)) -> PathFilter {
        match (self, with_key(state, wanted)) {
            (Self::Reference, Some(reference)) => filter::of_reference(state, reference),
            (Self::Reference | Self::Unit, _) => filter::of_unit(state),
            (Self::Everything, _) => PathFilter::everything(),
        }
    }
}
