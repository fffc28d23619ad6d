//! The walks of a run: through units of the tree, and through parts of units that charts complete. These
//! charts are fetched and rendered for each commit of the walk.

use std::collections::HashMap;

use deploy::Share;
use history::{Completed, History, HistoryError};
use model::UnitId;
use model::incident::Outcome;
use source::Files;

use crate::error::Error;
use crate::stages::Fetched;

use super::session::{Run, Stopped};

/// Maximum number of commits at which one part of a unit is completed.
const MOST_COMPLETED: usize = 64;

/// The histories of a run.
pub(crate) struct Walks<'r> {
    in_tree: History<'r>,
    /// The histories of parts of units of head that charts complete.
    completing: HashMap<Share, Completing<'r>>,
    /// The charts that were fetched so far; each is fetched once.
    fetched: Fetched,
}

/// The history of a part of a unit that charts complete.
struct Completing<'r> {
    history: History<'r>,
    /// The number of times that the part was completed.
    completed: usize,
}

impl<'r> Walks<'r> {
    /// The history that needs no charts.
    pub(super) fn in_tree(&mut self) -> &mut History<'r> {
        &mut self.in_tree
    }

    /// The history for a part of a unit; without a part, that of whole units without charts.
    fn of(&mut self, share: Option<&Share>) -> &mut History<'r> {
        match share {
            Some(share) => &mut self.completing(share).history,
            None => &mut self.in_tree,
        }
    }

    fn completing(&mut self, share: &Share) -> &mut Completing<'r> {
        let begun = || Completing { history: self.in_tree.completing(), completed: 0 };
        self.completing.entry(share.clone()).or_insert_with(begun)
    }
}

impl Run<'_> {
    /// The histories of the commit to which the revert applies.
    ///
    /// # Errors
    /// [`Error`] if its files cannot be listed.
    pub(crate) fn walks(&self) -> Result<Walks<'_>, Error> {
        let (limit, repositories) = (self.options.max_file_size, self.queries.repositories());
        let in_tree = History::new(&self.repository, &self.head, limit, &repositories)?;
        Ok(Walks { in_tree, completing: HashMap::new(), fetched: Fetched::default() })
    }

    /// Runs a step of a walk, and repeats it for each commit at which the part has to be completed first.
    /// `share`: the part at head; `None` for a walk that needs no charts.
    pub(super) async fn step<T>(
        &self,
        walks: &mut Walks<'_>,
        share: Option<&Share>,
        mut step: impl FnMut(&mut History<'_>) -> Result<T, HistoryError>,
    ) -> Result<Result<T, Stopped>, Error> {
        loop {
            match (step(walks.of(share)), share) {
                (Err(HistoryError::Incomplete { unit, commit }), Some(share)) => {
                    let files = self.repository.files_of(&commit)?;
                    let completed = match self.completed(walks, share, &*files, &unit).await? {
                        Ok(completed) => completed,
                        Err(stopped) => return Ok(Err(stopped.at(&commit))),
                    };
                    walks.completing(share).history.complete(&commit, &unit, completed)?;
                }
                (Err(error @ HistoryError::Unreadable { .. }), _) => {
                    return Ok(Err(Stopped::new(Outcome::Unverified, error.to_string())));
                }
                (taken, _) => return Ok(Ok(taken?)),
            }
        }
    }

    /// A part of a unit with its charts. `share`: the part at head. `unit`: the unit in the files.
    pub(super) async fn completed(
        &self,
        walks: &mut Walks<'_>,
        share: &Share,
        files: &dyn Files,
        unit: &UnitId,
    ) -> Result<Result<Completed, Stopped>, Error> {
        let stopped = |why: String| Stopped::new(Outcome::Unverified, why);
        let completing = walks.completing(share);
        if completing.completed == MOST_COMPLETED {
            let why = format!("charts are fetched and rendered for at most {MOST_COMPLETED} commits");
            return Ok(Err(stopped(why)));
        }
        if self.context.deadline.check().is_err() {
            return Ok(Err(stopped("the deadline passed first".to_owned())));
        }
        completing.completed += 1;
        let part = Share { unit: unit.clone(), ..share.clone() };
        // On the heap: every step of a walk may need this, and the futures of steps should be small.
        let completed = Box::pin(self.queries.completed(files, &part, &mut walks.fetched)).await?;
        Ok(completed.map_err(stopped))
    }
}
