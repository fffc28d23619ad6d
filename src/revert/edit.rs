//! The change that reverts an incident: the smallest one with the intended result.

use std::collections::BTreeMap;

use deploy::{counterpart, key};
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
use super::walks::Walks;

impl Run<'_> {
    /// Finds the edits: scalars, then the files that decide the references, then the files that their units
    /// read; or the whole commit, if the options say so.
    pub(super) async fn edited(
        &self,
        walks: &mut Walks<'_>,
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
        if let Some(edits) = spliced(&pairs) {
            match self.reaches(walks, found, good, &edits).await? {
                Ok(true) => return Ok(Ok(EditedBy { mode: Mode::Scalar, edits })),
                Ok(false) => {}
                Err(stopped) => return Ok(Err(stopped)),
            }
        }
        let of_units = match self.read_by_units(walks, found, good).await? {
            Ok(paths) => paths,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let mut last =
            "the files that decide the reference were changed since; --whole-commit reverts the whole commit"
                .to_owned();
        for paths in [deciding(found, good), of_units] {
            let edits = match self.merged_files(found, good, &paths)? {
                Ok(edits) => edits,
                Err(conflict) => {
                    last = conflict;
                    continue;
                }
            };
            match self.reaches(walks, found, good, &edits).await? {
                Ok(true) => return Ok(Ok(EditedBy { mode: Mode::Files, edits })),
                Ok(false) => {}
                Err(stopped) => return Ok(Err(stopped)),
            }
        }
        Ok(Err(Stopped::new(Outcome::Conflict, last)))
    }

    /// True if the edits put every reference of the incident to its good value.
    async fn reaches(
        &self,
        walks: &mut Walks<'_>,
        found: &Found,
        good: &[Option<Good>],
        edits: &Edits,
    ) -> Result<Result<bool, Stopped>, Error> {
        if edits.is_empty() {
            return Ok(Ok(false));
        }
        let result = Edited::new(&*self.files, edits, self.others(edits)?);
        let changes = result.changes(self.options.max_file_size)?;
        let back: Vec<Change> = changes.into_iter().map(Change::reversed).collect();
        let units: Vec<_> = found.members.iter().map(|member| member.unit.clone()).collect();
        let states = walks.in_tree().references_in(&result, &back, &units)?;
        for ((member, good), in_tree) in found.members.iter().zip(good).zip(states) {
            let references = match &member.share {
                None => in_tree,
                Some(share) => match self.completed(walks, share, &result, &share.unit).await? {
                    Ok(completed) => completed.references,
                    Err(stopped) => return Ok(Err(stopped)),
                },
            };
            let now = counterpart(&member.reference, &references).map(key);
            if now != good.as_ref().map(|good| key(&good.reference)) {
                return Ok(Ok(false));
            }
        }
        Ok(Ok(true))
    }

    /// The files of the commits from which edits take entries.
    pub(super) fn others(&self, edits: &Edits) -> Result<BTreeMap<String, Box<dyn Files>>, Error> {
        let mut others = BTreeMap::new();
        for commit in edits.commits() {
            let files = self.repository.files_of(&commit)?;
            others.insert(commit, files);
        }
        Ok(others)
    }

    /// The files that the incident's units read, now and at the commits of the good values.
    async fn read_by_units(
        &self,
        walks: &mut Walks<'_>,
        found: &Found,
        good: &[Option<Good>],
    ) -> Result<Result<Vec<RepoPath>, Stopped>, Error> {
        let mut paths = Vec::new();
        for (member, good) in found.members.iter().zip(good) {
            let then = good.as_ref().map(|good| (&good.commit, &good.reference.unit));
            for (commit, unit) in std::iter::once((&self.head, &member.unit)).chain(then) {
                let read = self.step(walks, member.share.as_ref(), |history| history.reads(commit, unit));
                match read.await? {
                    Ok(read) => paths.extend(read),
                    Err(stopped) => return Ok(Err(stopped)),
                }
            }
        }
        paths.sort();
        paths.dedup();
        Ok(Ok(paths))
    }
}

/// The files of the scalars that decide the references, now and at the commits of the good values.
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
