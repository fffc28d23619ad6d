//! Reverts a whole commit: every path that it changed gets its earlier entry.

use model::incident::Outcome;

use crate::error::Error;

use super::edits::Edits;
use super::find::Found;
use super::session::{Run, Stopped};

impl Run<'_> {
    /// The edits that revert the whole introducing commit.
    pub(super) fn whole_commit(&self, found: &Found) -> Result<Result<Edits, Stopped>, Error> {
        let Some(parent) = &found.parent else {
            let why = "it is the first commit: a revert would delete every file";
            return Ok(Err(Stopped::new(Outcome::Conflict, why)));
        };
        let paths = self.repository.paths_that_differ(parent, &found.commit)?;
        let edits = self.reverted_paths(&paths, (&found.commit, parent))?;
        Ok(edits.map_err(|why| Stopped::new(Outcome::Conflict, why)))
    }
}
