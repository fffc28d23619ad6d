//! Three-way merges of some files: the changes from the last good commit to the introducing one are reverted,
//! and later changes are kept.

use source::{Files, RepoPath};

use crate::error::Error;

use super::edits::Edits;
use super::find::Found;
use super::good::Good;
use super::session::Run;
use super::three_way::{Merged, Versions, merge};

impl Run<'_> {
    /// Merges files; an error with the reason if one of them conflicts.
    pub(super) fn merged_files(
        &self,
        found: &Found,
        good: &[Option<Good>],
        paths: &[RepoPath],
    ) -> Result<Result<Edits, String>, Error> {
        let Some(to) = good.iter().flatten().map(|good| &good.commit).next_back() else {
            return Ok(Ok(Edits::default()));
        };
        let (base, target) = (self.repository.files_of(&found.commit)?, self.repository.files_of(to)?);
        let mut edits = Edits::default();
        for path in paths {
            let read = |files: &dyn Files| files.read(path, self.options.max_file_size);
            let (ours, before, theirs) = (read(&*self.files)?, read(&*base)?, read(&*target)?);
            if before == theirs || ours == theirs {
                continue;
            }
            if ours == before {
                // The path was not changed since: the earlier file, mode, or absence can be restored.
                match theirs {
                    Some(_) => edits.take(path.clone(), to),
                    None => edits.remove(path.clone()),
                }
                continue;
            }
            let (Some(ours), Some(before), Some(theirs)) = (ours, before, theirs) else {
                return Ok(Err(format!("{path} was added or removed since, and changed as well")));
            };
            let versions = Versions { ours: &ours, base: &before, theirs: &theirs };
            match merge(&versions, &self.context.deadline) {
                Merged::Clean(bytes) => edits.set(path.clone(), bytes),
                Merged::Conflict(why) => return Ok(Err(conflict(path, &why))),
            }
        }
        Ok(Ok(edits))
    }
}

/// The explanation of a conflict.
pub(super) fn conflict(path: &RepoPath, why: &str) -> String {
    format!("{path} was changed since in the same place: {why}")
}
