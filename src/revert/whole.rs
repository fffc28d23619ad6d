//! Reverts a whole commit: every path that it changed gets its earlier entry, links and modes included.

use git::EntryAt;
use model::incident::Outcome;
use source::RepoPath;

use crate::error::Error;

use super::edits::Edits;
use super::files::conflict;
use super::find::Found;
use super::session::{Run, Stopped};
use super::three_way::{Merged, Versions, merge};

/// The entries of a path.
struct Sides {
    ours: Option<EntryAt>,
    base: Option<EntryAt>,
    theirs: Option<EntryAt>,
}

impl Run<'_> {
    /// The edits that revert the whole introducing commit.
    pub(super) fn whole_commit(&self, found: &Found) -> Result<Result<Edits, Stopped>, Error> {
        let Some(parent) = &found.parent else {
            let why = "it is the first commit: a revert would delete every file";
            return Ok(Err(Stopped::new(Outcome::Conflict, why)));
        };
        let mut edits = Edits::default();
        for path in self.repository.paths_that_differ(parent, &found.commit)? {
            let sides = Sides {
                ours: self.repository.entry_at(&self.head, &path)?,
                base: self.repository.entry_at(&found.commit, &path)?,
                theirs: self.repository.entry_at(parent, &path)?,
            };
            if let Err(why) = self.revert_path(&path, &sides, (&found.commit, parent), &mut edits)? {
                return Ok(Err(Stopped::new(Outcome::Conflict, why)));
            }
        }
        Ok(Ok(edits))
    }

    /// Reverts one path. `commits`: the introducing one, and its parent.
    fn revert_path(
        &self,
        path: &RepoPath,
        sides: &Sides,
        commits: (&str, &str),
        edits: &mut Edits,
    ) -> Result<Result<(), String>, Error> {
        let (base, parent) = commits;
        let Sides { ours, base: before, theirs } = sides;
        if ours == theirs {
            return Ok(Ok(()));
        }
        if ours == before {
            match theirs {
                Some(_) => edits.take(path.clone(), parent),
                None => edits.remove(path.clone()),
            }
            return Ok(Ok(()));
        }
        let limit = self.options.max_file_size;
        let old = self.repository.files_of(base)?.read(path, limit)?;
        let target = self.repository.files_of(parent)?.read(path, limit)?;
        let (Some(now), Some(old), Some(target)) = (self.files.read(path, limit)?, old, target) else {
            return Ok(Err(format!("{path} was added, removed or replaced since")));
        };
        let versions = Versions { ours: &now, base: &old, theirs: &target };
        Ok(match merge(&versions, &self.context.deadline) {
            Merged::Clean(bytes) => {
                edits.set(path.clone(), bytes);
                Ok(())
            }
            Merged::Conflict(why) => Err(conflict(path, &why)),
        })
    }
}
