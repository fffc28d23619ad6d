//! GitHub Actions. <https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows>

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{CiError, Env, Provider};
use crate::change::{Base, Range};

/// GitHub sends no larger event.
const EVENT_LIMIT: u64 = 25 << 20;

/// GitHub Actions. Gitea and Forgejo set the same variables, but mean other commits by them.
pub(super) struct GitHub;

impl Provider for GitHub {
    fn name(&self) -> &'static str {
        "GitHub Actions"
    }

    fn detect(&self, env: &Env) -> bool {
        let other = ["GITEA_ACTIONS", "FORGEJO_ACTIONS"].into_iter().any(|name| env.get(name).is_some());
        env.is_true("GITHUB_ACTIONS") && !other
    }

    fn range(&self, env: &Env, head_oid: &str) -> Result<Range, CiError> {
        let event = env.required("GITHUB_EVENT_NAME")?;
        match event.as_str() {
            "pull_request" => pull_request(env, head_oid),
            _ => Err(CiError::Event { event }),
        }
    }

    fn is_fork(&self, env: &Env) -> bool {
        let event = env.get("GITHUB_EVENT_PATH").and_then(|path| read(Path::new(&path)).ok());
        let event = event.and_then(|event| serde_json::from_slice::<Origin>(&event).ok());
        event.is_some_and(|event| event.pull_request.is_fork())
    }
}

/// Where a pull request comes from, of any event about one.
#[derive(Deserialize)]
struct Origin {
    pull_request: Sides,
}

#[derive(Deserialize)]
struct Sides {
    base: Side,
    head: Side,
}

/// A side whose repository is gone has none.
#[derive(Deserialize)]
struct Side {
    repo: Option<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

impl Sides {
    fn is_fork(&self) -> bool {
        let id = |side: &Side| side.repo.as_ref().map(|repo| repo.id);
        id(&self.head).is_none() || id(&self.head) != id(&self.base)
    }
}

/// The merge commit's first parent is the base as it was when the merge was tried; `base.sha` may be older,
/// so where another commit is checked out it is only a way to the merge base.
fn pull_request(env: &Env, head_oid: &str) -> Result<Range, CiError> {
    let base = base_sha(&PathBuf::from(env.required("GITHUB_EVENT_PATH")?))?;
    let merge = env.get("GITHUB_REF").is_some_and(|name| is_merge_ref(&name));
    let checked_out = env.get("GITHUB_SHA").is_some_and(|oid| oid.eq_ignore_ascii_case(head_oid));
    let (base, which) = if merge && checked_out {
        (Base::Direct("HEAD^1".into()), "the merge commit's first parent")
    } else {
        (Base::MergeBase(base), "merge base with its base.sha")
    };
    Ok(Range { base, head: None, chosen_by: format!("GITHUB_EVENT_PATH pull_request, {which}") })
}

/// Whether it is `refs/pull/N/merge`.
fn is_merge_ref(name: &str) -> bool {
    let number = name.strip_prefix("refs/pull/").and_then(|rest| rest.strip_suffix("/merge"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Deserialize)]
struct Event {
    pull_request: PullRequest,
}

#[derive(Deserialize)]
struct PullRequest {
    base: Commit,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
}

fn base_sha(path: &Path) -> Result<String, CiError> {
    let malformed = |why: String| CiError::Malformed { path: path.into(), event: "pull_request".into(), why };
    let event: Event = serde_json::from_slice(&read(path)?).map_err(|error| malformed(error.to_string()))?;
    let sha = event.pull_request.base.sha;
    if matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(sha);
    }
    Err(malformed("pull_request.base.sha is not an object id".into()))
}

fn read(path: &Path) -> Result<Vec<u8>, CiError> {
    let unreadable = |why: String| CiError::Unreadable { path: path.into(), why };
    let metadata = path.metadata().map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file".into()));
    }
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(EVENT_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > EVENT_LIMIT {
        return Err(unreadable(format!("it is larger than {EVENT_LIMIT} bytes")));
    }
    Ok(bytes)
}
