//! Resolves the revisions of a user or a CI system to commits: names, merge bases, the default branch.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::remote::Direction;

use super::error::{Doing, GitError};
use super::name;
use source::change::{Base, Range};

/// Minimum similarity of a name that is suggested.
const SIMILAR: f64 = 0.8;
/// Maximum number of branches that are listed.
const BRANCHES: usize = 5;
/// Maximum number of names that are suggested.
const SUGGESTIONS: usize = 3;

/// The commit of `HEAD`.
pub(super) fn head(repo: &gix::Repository) -> Result<ObjectId, GitError> {
    let head = repo.head().doing("read HEAD")?;
    if head.is_unborn() {
        let branch = head.referent_name().map(|name| name.shorten().to_string()).unwrap_or_default();
        return Err(GitError::Unborn { branch });
    }
    resolved(repo, "HEAD", true)
}

/// The base of a comparison with `head`.
pub(super) fn base(
    repo: &gix::Repository,
    base: &Base,
    head: ObjectId,
    named: &str,
) -> Result<ObjectId, GitError> {
    match base {
        Base::Direct(rev) => commit(repo, rev, true),
        Base::MergeBase(rev) => {
            let other = commit(repo, rev, false)?;
            match repo.merge_base(other, head).doing("find a common ancestor")? {
                Some(id) => Ok(id.detach()),
                None => Err(no_merge_base(repo, rev, named)),
            }
        }
    }
}

/// True if the history of a commit contains another one, if this clone has both. The parents of a commit are
/// known in a shallow clone too.
pub(super) fn contains(repo: &gix::Repository, commit: &str, other: &str) -> bool {
    let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).ok();
    let (Some(commit), Some(other)) = (id(commit), id(other)) else { return false };
    if commit == other || has_parent(repo, commit, other) {
        return true;
    }
    let are_here = repo.has_object(commit) && repo.has_object(other);
    are_here && repo.merge_base(commit, other).is_ok_and(|base| base.is_some_and(|base| base == other))
}

fn has_parent(repo: &gix::Repository, commit: ObjectId, other: ObjectId) -> bool {
    let Ok(object) = repo.find_object(commit) else { return false };
    let Ok(commit) = object.try_into_commit() else { return false };
    commit.parent_ids().any(|parent| parent == other)
}

fn no_merge_base(repo: &gix::Repository, base: &str, head: &str) -> GitError {
    let shallow = is_shallow(repo);
    let fetch =
        if shallow { Some(format!("git fetch --no-tags --unshallow {}", remote(repo))) } else { None };
    GitError::NoMergeBase { base: base.to_owned(), head: head.to_owned(), shallow, fetch }
}

/// The commit that a revision names. `alone`: true if the commit is needed without its history.
pub(super) fn commit(repo: &gix::Repository, rev: &str, alone: bool) -> Result<ObjectId, GitError> {
    // An unborn `HEAD` has a separate error.
    if rev == "HEAD" { head(repo) } else { resolved(repo, rev, alone) }
}

fn resolved(repo: &gix::Repository, rev: &str, alone: bool) -> Result<ObjectId, GitError> {
    if let Ok(id) = ObjectId::from_hex(rev.as_bytes())
        && id.kind() == repo.object_hash()
        && !repo.has_object(id)
    {
        return Err(absent(repo, rev, id, alone));
    }
    let full = match name::in_full(repo, rev) {
        Err(GitError::UnknownRevision { .. }) => return Err(unknown(repo, rev)),
        full => full?,
    };
    let id = match repo.rev_parse_single(full.as_str()) {
        Ok(id) => id.detach(),
        Err(_) => match ancestor(repo, &full, alone)? {
            Some(id) => id,
            None => return Err(unknown(repo, rev)),
        },
    };
    if !repo.has_object(id) {
        return Err(absent(repo, rev, id, alone));
    }
    match repo.find_object(id).and_then(gix::Object::peel_to_commit) {
        Ok(commit) => Ok(commit.id),
        Err(_) => Err(GitError::NotACommit { rev: rev.to_owned() }),
    }
}

/// Follows `^`, `^2`, `~3` through the parents that each commit lists: a shallow clone has a commit that lists its
/// parents, but not the parents.
fn ancestor(repo: &gix::Repository, rev: &str, alone: bool) -> Result<Option<ObjectId>, GitError> {
    let at = rev.find(['^', '~']).unwrap_or(rev.len());
    let Some((start, mut steps)) = rev.split_at_checked(at) else { return Ok(None) };
    let Ok(first) = repo.rev_parse_single(start) else { return Ok(None) };
    if steps.is_empty() {
        return Ok(None);
    }
    let mut id = first.detach();
    while !steps.is_empty() {
        let Some((parent, generations, rest)) = step(steps) else { return Ok(None) };
        steps = rest;
        for _ in 0..generations {
            let Ok(commit) = repo.find_object(id).and_then(gix::Object::peel_to_commit) else {
                return Ok(None);
            };
            let Some(next) = commit.parent_ids().nth(parent) else { return Ok(None) };
            id = next.detach();
            if !repo.has_object(id) {
                return Err(absent(repo, rev, id, alone));
            }
        }
    }
    Ok(Some(id))
}

/// Reads one step: the parent, the number of generations, and the remaining steps.
fn step(steps: &str) -> Option<(usize, usize, &str)> {
    let (first, rest) = steps.split_at_checked(1)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at_checked(digits)?;
    let number = if number.is_empty() { 1 } else { number.parse().ok()? };
    match (first, number) {
        ("^", 0) => Some((0, 0, rest)),
        ("^", parent) => Some((parent - 1, 1, rest)),
        ("~", generations) => Some((0, generations, rest)),
        _ => None,
    }
}

fn absent(repo: &gix::Repository, rev: &str, id: ObjectId, alone: bool) -> GitError {
    // `--depth` would truncate the history of a complete clone.
    let depth = match (is_shallow(repo), alone) {
        (false, _) => "",
        (true, true) => "--depth=1 ",
        (true, false) => "--unshallow ",
    };
    let fetch = format!("git fetch --no-tags {depth}{} {id}", remote(repo));
    GitError::AbsentCommit { rev: rev.to_owned(), oid: id.to_string(), fetch }
}

/// The error of a walk that reaches the end of the fetched history: a parent of `commit` is not in this clone.
pub(super) fn boundary(repo: &gix::Repository, commit: ObjectId) -> GitError {
    let depth = if is_shallow(repo) { "--unshallow " } else { "" };
    let fetch = format!("git fetch --no-tags {depth}{}", remote(repo));
    GitError::ShallowBoundary { commit: commit.to_string(), fetch }
}

fn unknown(repo: &gix::Repository, rev: &str) -> GitError {
    let nearest = nearest(repo, rev);
    let mut fetch = fetch_branch(repo, rev).or_else(|| fetch_all(repo, rev));
    let of_remote = format!("{}/{rev}", remote(repo));
    let is_slip = |name: &String| *name == of_remote || strsim::osa_distance(name, rev) <= 1;
    if fetch.is_none() && !nearest.iter().any(is_slip) {
        fetch = fetch_plain(repo, rev);
    }
    let is_without_help = nearest.is_empty() && fetch.is_none() && repo.remote_names().is_empty();
    let branches = if is_without_help { branches(repo) } else { Vec::new() };
    GitError::UnknownRevision { rev: rev.to_owned(), nearest, fetch, branches }
}

/// The first branches by name.
fn branches(repo: &gix::Repository) -> Vec<String> {
    let Ok(references) = repo.references() else { return Vec::new() };
    let Ok(all) = references.local_branches() else { return Vec::new() };
    let mut names = Vec::new();
    for reference in all.filter_map(Result::ok) {
        names.extend(reference.name().shorten().to_str().ok().map(str::to_owned));
    }
    names.sort();
    names.truncate(BRANCHES);
    names
}

/// The command that fetches the commit of a short object id. It fetches all branches, because servers do not
/// accept short ids.
fn fetch_all(repo: &gix::Repository, rev: &str) -> Option<String> {
    const SHORTEST: usize = 7;
    let is_short_id = rev.len() >= SHORTEST && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_short_id {
        return None;
    }
    let depth = if is_shallow(repo) { "--unshallow " } else { "" };
    let remote = remote(repo);
    Some(format!("git fetch --no-tags {depth}{remote} '+refs/heads/*:refs/remotes/{remote}/*'"))
}

/// Branches and tags with a similar name, the most similar first.
fn nearest(repo: &gix::Repository, rev: &str) -> Vec<String> {
    let Ok(references) = repo.references() else { return Vec::new() };
    let Ok(all) = references.all() else { return Vec::new() };
    let mut names: Vec<(f64, String)> = Vec::new();
    for reference in all.filter_map(Result::ok) {
        let Ok(name) = reference.name().as_bstr().to_str() else { continue };
        let Some((short, score)) = scored(name, rev) else { continue };
        if score >= SIMILAR {
            names.push((score, short.to_owned()));
        }
    }
    names.sort_by(|(a, name), (b, other)| b.total_cmp(a).then_with(|| name.cmp(other)));
    names.dedup_by(|(_, a), (_, b)| a == b);
    names.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// The short name of a branch or tag, and its similarity to a revision.
fn scored<'a>(name: &'a str, rev: &str) -> Option<(&'a str, f64)> {
    if let Some(short) = name.strip_prefix("refs/remotes/") {
        // The branch of the same name at a remote.
        let is_same = short.rsplit_once('/').is_some_and(|(_, branch)| branch == rev);
        return Some((short, if is_same { 1.0 } else { strsim::jaro_winkler(short, rev) }));
    }
    let short = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/"))?;
    Some((short, strsim::jaro_winkler(short, rev)))
}

/// The command that fetches `origin/main`, if there is a remote of that name.
fn fetch_branch(repo: &gix::Repository, rev: &str) -> Option<String> {
    let short = rev.strip_prefix("refs/remotes/").unwrap_or(rev);
    for name in repo.remote_names() {
        let Ok(remote) = name.to_str() else { continue };
        let Some(rest) = short.strip_prefix(remote) else { continue };
        let branch = rest.strip_prefix('/').unwrap_or_default();
        if !branch.is_empty() && short.chars().all(is_plain) {
            return Some(fetch_command(remote, branch));
        }
    }
    None
}

/// The command that fetches `main` as `origin/main`: the name may be that of a remote branch that was never
/// fetched.
fn fetch_plain(repo: &gix::Repository, rev: &str) -> Option<String> {
    let remote = known_remote(repo)?;
    let is_plain_text = !rev.is_empty() && rev.chars().all(is_plain) && !rev.contains("..");
    let is_branch = is_plain_text && !rev.starts_with(['-', '/', '.']) && !rev.starts_with("refs/");
    if is_branch { Some(fetch_command(&remote, rev)) } else { None }
}

fn fetch_command(remote: &str, branch: &str) -> String {
    format!("git fetch --no-tags {remote} {branch}:refs/remotes/{remote}/{branch}")
}

/// True for a character that a shell does not interpret and that a branch name may contain.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c)
}

/// The remote of the current branch: the configured one, otherwise `origin`, otherwise the only one.
pub(super) fn known_remote(repo: &gix::Repository) -> Option<String> {
    if let Some(configured) = configured_remote(repo) {
        return Some(configured);
    }
    let name = repo.remote_default_name(Direction::Fetch)?;
    name.to_str().ok().map(str::to_owned)
}

/// The remote that the configuration names for the current branch, if there is such a remote.
fn configured_remote(repo: &gix::Repository) -> Option<String> {
    let branch = repo.head_name().ok()??;
    let remote = repo.branch_remote_name(branch.shorten(), Direction::Fetch)?;
    let name = remote.as_bstr().to_str().ok()?;
    let is_known = repo.remote_names().iter().any(|known| known.as_bytes() == name.as_bytes());
    if is_known { Some(name.to_owned()) } else { None }
}

fn remote(repo: &gix::Repository) -> String {
    known_remote(repo).unwrap_or_else(|| "origin".to_owned())
}

fn is_shallow(repo: &gix::Repository) -> bool {
    repo.is_shallow().unwrap_or(false)
}

/// The base if none is named: the default branch of the current branch's remote.
pub(super) fn default_base(repo: &gix::Repository) -> Result<Range, GitError> {
    let remote = known_remote(repo).ok_or(GitError::NoBase)?;
    let full = default_branch(repo, &remote).ok_or(GitError::NoBase)?;
    let short = full.strip_prefix("refs/remotes/").unwrap_or(&full);
    Ok(Range {
        chosen_by: format!("merge base with {short}, the default branch of its remote"),
        base: Base::MergeBase(full),
        head: None,
    })
}

/// The default branch of a remote: its `HEAD` as last fetched, otherwise `main`, otherwise `master`.
pub(super) fn default_branch(repo: &gix::Repository, remote: &str) -> Option<String> {
    let prefix = format!("refs/remotes/{remote}/");
    // An address is not a name of a reference.
    let Ok(head) = repo.try_find_reference(&format!("{prefix}HEAD")) else { return None };
    let mut candidates = Vec::new();
    if let Some(head) = head
        && let Some(name) = head.target().try_name()
    {
        candidates.extend(name.as_bstr().to_str().ok().map(str::to_owned));
    }
    candidates.extend([format!("{prefix}main"), format!("{prefix}master")]);
    candidates.into_iter().find(|name| matches!(repo.try_find_reference(name.as_str()), Ok(Some(_))))
}
