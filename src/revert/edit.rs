//! The change that takes an incident back: the smallest one that has the intended result.

use std::collections::BTreeMap;

use deploy::{counterpart, key};
use history::History;
use model::incident::{Mode, Outcome};
use source::change::Change;
use source::{Files, RepoPath};

use crate::error::Error;

use super::edits::EditedBy;
use super::edits::{Edited, Edits};
use super::find::Found;
use super::good::Good;
use super::session::{Run, Stopped};
use super::splice::spliced;

impl Run<'_> {
    /// Finds the edits: scalars, then the files that decide the references, then the files that their units read; or all
    /// of the commit, if that is wanted.
    pub(super) fn edited(
        &self,
        history: &mut History<'_>,
        found: &Found,
        good: &[Option<Good>],
    ) -> Result<Result<EditedBy, Stopped>, Error> {
        if self.wanted.whole_commit {
            let edits = self.whole_commit(found)?;
            return Ok(edits.map(|edits| EditedBy { mode: Mode::Commit, edits }));
        }
        let mut pairs = Vec::new();
        for (member, good) in found.members.iter().zip(good) {
            if let Some(good) = good {
                pairs.push((&member.reference, &good.reference));
            }
        }
        if let Some(edits) = spliced(&pairs)
            && self.reaches(history, found, good, &edits)?
        {
            return Ok(Ok(EditedBy { mode: Mode::Scalar, edits }));
        }
        let mut last = String::new();
        for paths in [deciding(found, good), self.read_by_units(history, found, good)?] {
            match self.merged_files(found, good, &paths)? {
                Ok(edits) if self.reaches(history, found, good, &edits)? => {
                    return Ok(Ok(EditedBy { mode: Mode::Files, edits }));
                }
                Ok(_) => {}
                Err(conflict) => last = conflict,
            }
        }
        let why = if last.is_empty() {
            "the files that decide the reference were changed since; --whole-commit takes back the whole commit"
                .to_owned()
        } else {
            last
        };
        Ok(Err(Stopped::new(Outcome::Conflict, why)))
    }

    /// True if the edits put every reference of the incident to its good value.
    fn reaches(
        &self,
        history: &History<'_>,
        found: &Found,
        good: &[Option<Good>],
        edits: &Edits,
    ) -> Result<bool, Error> {
        if edits.is_empty() {
            return Ok(false);
        }
        let result = Edited::new(&*self.files, edits, self.others(edits)?);
        let changes = result.changes(self.options.max_file_size)?;
        let back: Vec<Change> = changes.into_iter().map(Change::reversed).collect();
        let units: Vec<_> = found.members.iter().map(|member| member.unit.clone()).collect();
        let states = history.references_in(&result, &back, &units)?;
        for ((member, good), references) in found.members.iter().zip(good).zip(states) {
            let now = counterpart(&member.reference, &references).map(key);
            if now != good.as_ref().map(|good| key(&good.reference)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The files of the commits that edits take entries from.
    pub(super) fn others(&self, edits: &Edits) -> Result<BTreeMap<String, Box<dyn Files>>, Error> {
        let mut others = BTreeMap::new();
        for commit in edits.commits() {
            let files = self.repository.files_of(&commit)?;
            others.insert(commit, files);
        }
        Ok(others)
    }

    /// The files that the incident's units read, now and at the commits to go back to.
    fn read_by_units(
        &self,
        history: &mut History<'_>,
        found: &Found,
        good: &[Option<Good>],
    ) -> Result<Vec<RepoPath>, Error> {
        let mut paths = Vec::new();
        for (member, good) in found.members.iter().zip(good) {
            paths.extend(history.reads(&self.head, &member.unit)?);
            if let Some(good) = good {
                paths.extend(history.reads(&good.commit, &good.reference.unit)?);
            }
        }
        paths.sort();
        paths.dedup();
        Ok(paths)
    }
}

/// The files of the scalars that decide the references, now and then.
fn deciding(found: &Found, good: &[Option<Good>]) -> Vec<RepoPath> {
    let mut paths = Vec::new();
    let now = found.members.iter().map(|member| &member.reference);
    let then = good.iter().flatten().map(|good| &good.reference);
    for reference in now.chain(then) {
        let parts = &reference.parts;
        let sites = [&parts.repository, &parts.tag, &parts.digest].into_iter().flatten();
        for site in sites.chain([&reference.site]) {
            paths.push(site.file.path().clone());
        }
    }
    paths.sort();
    paths.dedup();
    paths
}
