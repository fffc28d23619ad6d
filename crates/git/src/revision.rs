//! From what a person or a CI system wrote to commits: revisions, merge bases, the default branch.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::remote::Direction;

use super::error::{Doing, GitError};
use super::name;
use source::change::{Base, Range};

/// How alike two names have to be to be suggested.
const SIMILAR: f64 = 0.8;
/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The commit that `HEAD` is.
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
            let base = commit(repo, rev, false)?;
            let found = repo.merge_base(base, head).doing("look for a common ancestor")?;
            found.map(gix::Id::detach).ok_or_else(|| {
                let shallow = is_shallow(repo);
                GitError::NoMergeBase {
                    base: rev.clone(),
                    head: named.to_owned(),
                    shallow,
                    fetch: shallow.then(|| format!("git fetch --no-tags --unshallow {}", remote(repo))),
                }
            })
        }
    }
}

/// Whether the history of a commit holds another one, as far as this clone has both.
pub(super) fn contains(repo: &gix::Repository, commit: &str, other: &str) -> bool {
    let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).ok().filter(|id| repo.has_object(*id));
    let (Some(commit), Some(other)) = (id(commit), id(other)) else { return false };
    commit == other || repo.merge_base(commit, other).is_ok_and(|base| base.is_some_and(|base| base == other))
}

/// The commit that a revision names. `alone`: the commit will do, without its history.
pub(super) fn commit(repo: &gix::Repository, rev: &str, alone: bool) -> Result<ObjectId, GitError> {
    // An unborn `HEAD` has an error of its own.
    if rev == "HEAD" { head(repo) } else { resolved(repo, rev, alone) }
}

fn resolved(repo: &gix::Repository, rev: &str, alone: bool) -> Result<ObjectId, GitError> {
    let full = ObjectId::from_hex(rev.as_bytes()).ok().filter(|id| id.kind() == repo.object_hash());
    if let Some(id) = full
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
        Err(_) => ancestor(repo, &full, alone)?.ok_or_else(|| unknown(repo, rev))?,
    };
    if !repo.has_object(id) {
        return Err(absent(repo, rev, id, alone));
    }
    let peeled = repo.find_object(id).and_then(gix::Object::peel_to_commit);
    peeled.map(|commit| commit.id).map_err(|_| GitError::NotACommit { rev: rev.to_owned() })
}

/// Follows `^`, `^2`, `~3` through what the commits themselves say: a shallow clone has a commit that lists
/// its parents, but not the parents.
fn ancestor(repo: &gix::Repository, rev: &str, alone: bool) -> Result<Option<ObjectId>, GitError> {
    let split = rev.find(['^', '~']).and_then(|at| rev.split_at_checked(at));
    let Some((start, mut steps)) = split else { return Ok(None) };
    let Ok(start) = repo.rev_parse_single(start) else { return Ok(None) };
    let mut id = start.detach();
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

/// Reads one step: which parent, how many generations up, and the steps behind it.
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
    // `--depth` would cut a complete clone's history off.
    let depth = match (is_shallow(repo), alone) {
        (false, _) => "",
        (true, true) => "--depth=1 ",
        (true, false) => "--unshallow ",
    };
    let fetch = format!("git fetch --no-tags {depth}{} {id}", remote(repo));
    GitError::AbsentCommit { rev: rev.to_owned(), oid: id.to_string(), fetch }
}

fn unknown(repo: &gix::Repository, rev: &str) -> GitError {
    let nearest = nearest(repo, rev);
    let mut fetch = fetch_branch(repo, rev).or_else(|| fetch_all(repo, rev));
    if fetch.is_none() && nearest.is_empty() {
        fetch = fetch_plain(repo, rev);
    }
    GitError::UnknownRevision { rev: rev.to_owned(), nearest, fetch }
}

/// How to fetch what a short object id may stand for: no server answers to one.
fn fetch_all(repo: &gix::Repository, rev: &str) -> Option<String> {
    const SHORTEST: usize = 7;
    let short = rev.len() >= SHORTEST && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
    let depth = if is_shallow(repo) { "--unshallow " } else { "" };
    let remote = remote(repo);
    short.then(|| format!("git fetch --no-tags {depth}{remote} '+refs/heads/*:refs/remotes/{remote}/*'"))
}

/// Branches and tags whose name is like `rev`, the most similar first.
fn nearest(repo: &gix::Repository, rev: &str) -> Vec<String> {
    let Ok(references) = repo.references() else { return Vec::new() };
    let Ok(all) = references.all() else { return Vec::new() };
    let names = all.filter_map(Result::ok).filter_map(|reference| {
        let name = reference.name().as_bstr().to_str().ok()?;
        let short =
            ["refs/heads/", "refs/tags/", "refs/remotes/"].iter().find_map(|p| name.strip_prefix(p))?;
        let last = short.rsplit_once('/').filter(|_| name.starts_with("refs/remotes/"));
        let same = last.is_some_and(|(_, branch)| branch == rev);
        let score = if same { 1.0 } else { strsim::jaro_winkler(short, rev) };
        (score >= SIMILAR).then(|| (score, short.to_owned()))
    });
    let mut names: Vec<(f64, String)> = names.collect();
    names.sort_by(|(a, name), (b, other)| b.total_cmp(a).then_with(|| name.cmp(other)));
    names.dedup_by(|(_, a), (_, b)| a == b);
    names.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// How to fetch `origin/main`, where there is a remote of that name.
fn fetch_branch(repo: &gix::Repository, rev: &str) -> Option<String> {
    let rev = rev.strip_prefix("refs/remotes/").unwrap_or(rev);
    let names = repo.remote_names();
    names.iter().filter_map(|name| name.to_str().ok()).find_map(|name| {
        let branch = rev.strip_prefix(name)?.strip_prefix('/')?;
        let simple = !branch.is_empty() && rev.chars().all(is_plain);
        simple.then(|| format!("git fetch --no-tags {name} {branch}:refs/remotes/{name}/{branch}"))
    })
}

/// How to fetch `main` as `origin/main`: the name may be a branch of the remote that nobody fetched.
fn fetch_plain(repo: &gix::Repository, rev: &str) -> Option<String> {
    let remote = known_remote(repo)?;
    let simple = !rev.is_empty() && rev.chars().all(is_plain) && !rev.contains("..");
    let is_branch = simple && !rev.starts_with(['-', '/', '.']) && !rev.starts_with("refs/");
    is_branch.then(|| format!("git fetch --no-tags {remote} {rev}:refs/remotes/{remote}/{rev}"))
}

/// Whether a shell takes a character as it is, and a branch may have it.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c)
}

/// The remote that belongs to the current branch: as configured, else `origin`, else the only one.
fn known_remote(repo: &gix::Repository) -> Option<String> {
    let names = repo.remote_names();
    let configured = repo.head_name().ok().flatten().and_then(|branch| {
        let name = repo.branch_remote_name(branch.shorten(), Direction::Fetch)?;
        let name = name.as_bstr().to_str().ok()?.to_owned();
        names.iter().any(|known| known.as_bytes() == name.as_bytes()).then_some(name)
    });
    configured.or_else(|| repo.remote_default_name(Direction::Fetch)?.to_str().ok().map(str::to_owned))
}

fn remote(repo: &gix::Repository) -> String {
    known_remote(repo).unwrap_or_else(|| "origin".to_owned())
}

fn is_shallow(repo: &gix::Repository) -> bool {
    repo.is_shallow().unwrap_or(false)
}

/// The base for those who name none: the default branch of the current branch's remote.
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

/// The default branch of a remote: as the remote says, else `main`, else `master`.
pub(super) fn default_branch(repo: &gix::Repository, remote: &str) -> Option<String> {
    let prefix = format!("refs/remotes/{remote}/");
    // An address is no name of a reference.
    let Ok(target) = repo.try_find_reference(&format!("{prefix}HEAD")) else { return None };
    let named = target.and_then(|head| head.target().try_name()?.as_bstr().to_str().ok().map(str::to_owned));
    let candidates = [named, Some(format!("{prefix}main")), Some(format!("{prefix}master"))];
    let there = |name: &String| matches!(repo.try_find_reference(name.as_str()), Ok(Some(_)));
    candidates.into_iter().flatten().find(there)
}
