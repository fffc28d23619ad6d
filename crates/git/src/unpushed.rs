//! What a push adds to a remote, as far as the branches tell that were last seen there.

use std::collections::HashSet;

use gix::ObjectId;

use super::error::{Doing, GitError};
use super::{Repository, revision};

/// What a commit adds to a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpushed {
    /// Nothing: the remote has it.
    Nothing,
    /// What came after this revision, which the remote has.
    Since(String),
    /// All of it: nothing that the remote has is among its ancestors.
    Everything,
}

impl Repository {
    /// What a commit adds to a remote, given by name or address, whose branch is at `there`. What else the
    /// remote has is what its branches here stand at, and where there are none, those of all remotes.
    ///
    /// # Errors
    /// [`GitError`] where the revision names no commit, or git's data is damaged.
    pub fn unpushed(&self, rev: &str, remote: &str, there: Option<&str>) -> Result<Unpushed, GitError> {
        self.pool.with(|repo| unpushed(repo, rev, remote, there)).map_err(|error| self.explained(error))
    }
}

fn unpushed(
    repo: &gix::Repository,
    rev: &str,
    remote: &str,
    there: Option<&str>,
) -> Result<Unpushed, GitError> {
    let commit = revision::commit(repo, rev, true)?;
    let there = there.and_then(|there| ObjectId::from_hex(there.as_bytes()).ok());
    let mut known = tracked(repo, &format!("refs/remotes/{remote}/"))?;
    if known.is_empty() {
        known = tracked(repo, "refs/remotes/")?;
    }
    known.extend(there.filter(|there| repo.find_commit(*there).is_ok()));
    if known.contains(&commit) {
        return Ok(Unpushed::Nothing);
    }
    if known.is_empty() {
        return Ok(Unpushed::Everything);
    }
    let boundary = boundary(repo, commit, known)?;
    match boundary.as_slice() {
        [] => Ok(Unpushed::Everything),
        [only] if *only == commit => Ok(Unpushed::Nothing),
        [only] => Ok(Unpushed::Since(only.to_string())),
        // The remote has each of them, so that any is a base; the default branch is what a pull request will
        // be compared with.
        [newest, ..] => Ok(Unpushed::Since(
            revision::default_branch(repo, remote)
                .filter(|branch| {
                    let tip = repo.rev_parse_single(branch.as_str());
                    tip.is_ok_and(|tip| repo.merge_base(tip, commit).is_ok_and(|base| base.is_some()))
                })
                .unwrap_or_else(|| newest.to_string()),
        )),
    }
}

/// The commits that the branches below a prefix stand at.
fn tracked(repo: &gix::Repository, prefix: &str) -> Result<Vec<ObjectId>, GitError> {
    let doing = "list the branches of the remote";
    let references = repo.references().doing(doing)?;
    // A name that is none, as an address is, has no branches.
    let Ok(tracked) = references.prefixed(prefix) else { return Ok(Vec::new()) };
    let ids = tracked.filter_map(Result::ok).filter_map(|branch| Some(branch.try_id()?.detach()));
    Ok(ids.filter(|id| repo.find_commit(*id).is_ok()).collect())
}

/// The newest known commits among `commit` and its ancestors, the latest of them first.
fn boundary(
    repo: &gix::Repository,
    commit: ObjectId,
    known: Vec<ObjectId>,
) -> Result<Vec<ObjectId>, GitError> {
    let doing = "look for what is not pushed yet";
    let walk = repo.rev_walk([commit]).with_hidden(known).all().doing(doing)?;
    let (mut new, mut parents) = (HashSet::new(), HashSet::new());
    for info in walk {
        let info = info.doing(doing)?;
        new.insert(info.id);
        parents.extend(info.parent_ids().map(gix::Id::detach));
    }
    if new.is_empty() {
        return Ok(vec![commit]);
    }
    let old = parents.difference(&new).filter_map(|id| {
        let time = repo.find_commit(*id).ok()?.time().ok()?;
        Some((std::cmp::Reverse(time.seconds), *id))
    });
    let mut old: Vec<_> = old.collect();
    old.sort_unstable();
    Ok(old.into_iter().map(|(_, id)| id).collect())
}
