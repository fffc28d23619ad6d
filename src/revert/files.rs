//! Reverts of files: every path gets the entry of an earlier commit, links and modes included, and later changes are
//! kept by a three-way merge.

use std::collections::BTreeSet;

use source::RepoPath;

use crate::error::Error;

use super::edits::Edits;
use super::find::Found;
use super::good::Good;
use super::session::Run;
use super::three_way::{Merged, Versions, merge};

impl Run<'_> {
    /// Reverts the changes of files from the last good commit to the introducing one; an error with the reason if one
    /// of them conflicts.
    pub(super) fn merged_files(
        &self,
        found: &Found,
        good: &[Option<Good>],
        paths: &[RepoPath],
    ) -> Result<Result<Edits, String>, Error> {
        match good.iter().flatten().map(|good| &good.commit).next_back() {
            Some(to) => self.reverted_paths(paths, (&found.commit, to)),
            None => Ok(Ok(Edits::default())),
        }
    }

    /// Reverts paths. `commits`: the introducing one, and the one whose entries are restored.
    pub(super) fn reverted_paths(
        &self,
        paths: &[RepoPath],
        commits: (&str, &str),
    ) -> Result<Result<Edits, String>, Error> {
        let mut edits = Edits::default();
        for path in paths {
            if let Err(why) = self.revert_path(path, commits, &mut edits)? {
                return Ok(Err(why));
            }
        }
        let mut there: BTreeSet<RepoPath> = self.files.list()?.into_iter().collect();
        there.extend(self.files.links()?.into_iter().map(|(link, _)| link));
        Ok(match edits.displaced(&there) {
            Some((later, path)) => Err(format!("{later} was added since, in the place of {path}")),
            None => Ok(edits),
        })
    }

    fn revert_path(
        &self,
        path: &RepoPath,
        (base, target): (&str, &str),
        edits: &mut Edits,
    ) -> Result<Result<(), String>, Error> {
        let entry = |commit: &str| self.repository.entry_at(commit, path);
        let (ours, before, theirs) = (entry(&self.head)?, entry(base)?, entry(target)?);
        if before == theirs || ours == theirs {
            return Ok(Ok(()));
        }
        if ours == before {
            // The path was not changed since.
            match theirs {
                Some(_) => edits.take(path.clone(), target),
                None => edits.remove(path.clone()),
            }
            return Ok(Ok(()));
        }
        let limit = self.options.max_file_size;
        let read = |commit: &str| -> Result<Option<Vec<u8>>, Error> {
            Ok(self.repository.files_of(commit)?.read(path, limit)?)
        };
        let Some(now) = self.files.read(path, limit)? else {
            return Ok(Err(format!("{path} was removed or replaced since")));
        };
        let Some(old) = read(base)? else {
            return Ok(Err(format!("{path} was added or replaced since")));
        };
        let Some(target) = read(target)? else {
            return Ok(Err(format!("{path} was added or replaced by the commit, and changed since")));
        };
        let versions = Versions { ours: &now, base: &old, theirs: &target };
        Ok(match merge(&versions, &self.context.deadline) {
            Merged::Clean(bytes) => {
                if bytes != now {
                    edits.set(path.clone(), bytes);
                }
                Ok(())
            }
            Merged::Conflict(why) => Err(format!("{path} was changed since in the same place: {why}")),
        })
    }
}
