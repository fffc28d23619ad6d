//! The commits that a push adds to a remote, judged by the branches that were last seen there.

use std::cmp::Reverse;
use std::collections::HashSet;

use gix::ObjectId;

use super::error::{Doing, GitError};
use super::{Repository, revision};

/// The part of a commit's history that a push adds to a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpushed {
    /// No commit: the remote has it.
    Nothing,
    /// All commits since this revision, which the remote has.
    Since(String),
    /// The whole history: the remote has none of its ancestors.
    Everything,
}

impl Repository {
    /// The commits that a push of a commit adds to a remote, given by name or address. `there`: the commit of
    /// the remote's branch. The remote-tracking branches show the other commits of the remote; if there are
    /// none, those of all remotes are used.
    ///
    /// # Errors
    /// [`GitError`] if the revision names no commit, or git's data is damaged.
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
    let there = there.and_then(parsed);
    let mut known = tracked(repo, &format!("refs/remotes/{remote}/"))?;
    if known.is_empty() {
        known = tracked(repo, "refs/remotes/")?;
    }
    if let Some(id) = there
        && repo.find_commit(id).is_ok()
    {
        known.push(id);
    }
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
        // The remote has each of them, so that each can be the base; a pull request will be compared with the
        // default branch.
        [newest, ..] => match revision::default_branch(repo, remote) {
            Some(branch) if is_related(repo, &branch, commit) => Ok(Unpushed::Since(branch)),
            _ => Ok(Unpushed::Since(newest.to_string())),
        },
    }
}

fn parsed(oid: &str) -> Option<ObjectId> {
    ObjectId::from_hex(oid.as_bytes()).ok()
}

/// True if a branch and a commit have a common ancestor.
fn is_related(repo: &gix::Repository, branch: &str, commit: ObjectId) -> bool {
    let Ok(tip) = repo.rev_parse_single(branch) else { return false };
    matches!(repo.merge_base(tip, commit), Ok(Some(_)))
}

/// The commits of the branches below a prefix.
fn tracked(repo: &gix::Repository, prefix: &str) -> Result<Vec<ObjectId>, GitError> {
    let doing = "list the branches of the remote";
    let references = repo.references().doing(doing)?;
    let mut commits = Vec::new();
    // The address of a remote is not a prefix of a reference: it has no branches.
    let Ok(tracked) = references.prefixed(prefix) else { return Ok(commits) };
    for branch in tracked.filter_map(Result::ok) {
        let Some(id) = branch.try_id() else { continue };
        if repo.find_commit(id).is_ok() {
            commits.push(id.detach());
        }
    }
    Ok(commits)
}

/// The newest known commits among `commit` and its ancestors, the latest of them first.
fn boundary(
    repo: &gix::Repository,
    commit: ObjectId,
    pushed: Vec<ObjectId>,
) -> Result<Vec<ObjectId>, GitError> {
    let doing = "find the commits that are not pushed yet";
    let walk = repo.rev_walk([commit]).with_hidden(pushed).all().doing(doing)?;
    let (mut new, mut parents) = (HashSet::new(), HashSet::new());
    for info in walk {
        let info = info.doing(doing)?;
        new.insert(info.id);
        parents.extend(info.parent_ids().map(gix::Id::detach));
    }
    if new.is_empty() {
        return Ok(vec![commit]);
    }
    let mut known = Vec::new();
    for id in parents.difference(&new) {
        if let Some(seconds) = time_of(repo, *id) {
            known.push((Reverse(seconds), *id));
        }
    }
    known.sort_unstable();
    Ok(known.into_iter().map(|(_, id)| id).collect())
}

/// The time of a commit, in seconds; `None` if it is not in this clone.
fn time_of(repo: &gix::Repository, id: ObjectId) -> Option<i64> {
    let commit = repo.find_commit(id).ok()?;
    Some(commit.time().ok()?.seconds)
}
