//! The full name of the reference that a revision names: a name of two references is refused.

use gix::ObjectId;

use super::error::GitError;

/// The prefixes under which git searches a short name, in its order.
const PLACES: [&str; 5] = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
/// Minimum number of digits of an object id that git accepts.
const FEWEST_DIGITS: usize = 4;

/// `rev` with the full name, as in `refs/remotes/origin/main~2` for `origin/main~2`. A revision without the
/// name of a reference, such as an object id, is returned as it is.
///
/// git itself uses the first of several references with one name, a tag before a branch. A user who may
/// create a tag could choose the base of the comparison.
///
/// # Errors
/// [`GitError::Ambiguous`] if several references have that name; [`GitError::UnknownRevision`] without help
/// if a full name has no reference.
pub(super) fn in_full(repo: &gix::Repository, rev: &str) -> Result<String, GitError> {
    let (name, steps) = split(rev);
    if ObjectId::from_hex(name.as_bytes()).is_ok_and(|id| id.kind() == repo.object_hash()) {
        // A complete id means that object, even if a reference has the same name.
        return Ok(rev.to_owned());
    }
    let found = references(repo, name);
    if name.starts_with("refs/") {
        // git would also search for `refs/tags/refs/heads/main`.
        return match found.first() {
            Some(first) if first == name => Ok(rev.to_owned()),
            _ => Err(GitError::UnknownRevision {
                rev: rev.to_owned(),
                nearest: Vec::new(),
                fetch: None,
                branches: Vec::new(),
            }),
        };
    }
    match found.as_slice() {
        [] => Ok(rev.to_owned()),
        // The commit that is checked out, even if a branch has the same name.
        [first, ..] if first == name && name == "HEAD" => Ok(rev.to_owned()),
        [only] if !is_object(repo, name) => Ok(format!("{only}{steps}")),
        _ => Err(GitError::Ambiguous { rev: rev.to_owned(), candidates: found }),
    }
}

/// Splits a revision into the name at its start and the steps from there: `^`, `~2`, `@{1}`.
fn split(rev: &str) -> (&str, &str) {
    let mut end = rev.len();
    for mark in ["^", "~", "@{", ":"] {
        end = end.min(rev.find(mark).unwrap_or(rev.len()));
    }
    rev.split_at_checked(end).unwrap_or((rev, ""))
}

/// The references that git would find for a name, in its order.
fn references(repo: &gix::Repository, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for place in PLACES {
        let full = format!("{place}{name}");
        if exists(repo, &full) {
            found.push(full);
        }
    }
    let head_of_remote = format!("refs/remotes/{name}/HEAD");
    if exists(repo, &head_of_remote) {
        found.push(head_of_remote);
    }
    found
}

/// True if there is a reference of exactly this name.
fn exists(repo: &gix::Repository, full: &str) -> bool {
    // gix also searches with git's prefixes.
    matches!(repo.try_find_reference(full), Ok(Some(found)) if found.name().as_bstr() == full)
}

/// True if a name is the beginning of an object id.
fn is_object(repo: &gix::Repository, name: &str) -> bool {
    let digits = name.len() >= FEWEST_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits {
        return false;
    }
    let Ok(prefix) = gix::hash::Prefix::from_hex(name) else { return false };
    // Several objects with that beginning give an inner error.
    matches!(repo.objects.lookup_prefix(prefix, None), Ok(Some(_)))
}
