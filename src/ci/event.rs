//! The event that started a workflow, as GitHub, Gitea and Forgejo write it to `GITHUB_EVENT_PATH`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::env::Env;
use super::error::CiError;
use super::object_id::{is_object_id, is_zero};
use super::provider::{Origin, Proposal};
use source::change::{Base, Range};

/// Maximum size of an event: GitHub sends no larger one.
const EVENT_LIMIT: u64 = 25 << 20;

/// An event with its payload.
pub(super) struct Event {
    name: String,
    path: PathBuf,
    payload: Value,
}

impl Event {
    /// Reads the event of this run.
    pub(super) fn read(env: &Env) -> Result<Self, CiError> {
        let name = env.required("GITHUB_EVENT_NAME")?;
        let path = PathBuf::from(env.required("GITHUB_EVENT_PATH")?);
        let payload = serde_json::from_slice(&read(&path)?);
        let malformed = |why: String| CiError::Malformed { path: path.clone(), event: name.clone(), why };
        let payload = payload.map_err(|error| malformed(error.to_string()))?;
        Ok(Self { name, path, payload })
    }

    /// The object id at a path of keys, as in `pull_request.base.sha`.
    pub(super) fn sha(&self, keys: &str) -> Result<String, CiError> {
        let text = self.text(keys).ok_or_else(|| self.malformed(format!("it has no {keys}")))?;
        if is_object_id(text) {
            Ok(text.to_owned())
        } else {
            Err(self.malformed(format!("{keys} is not an object id")))
        }
    }

    /// The text at a path of keys.
    pub(super) fn text(&self, keys: &str) -> Option<&str> {
        self.value(keys)?.as_str()
    }

    fn value(&self, keys: &str) -> Option<&Value> {
        keys.split('.').try_fold(&self.payload, |value, key| value.get(key))
    }

    fn malformed(&self, why: String) -> CiError {
        CiError::Malformed { path: self.path.clone(), event: self.name.clone(), why }
    }

    /// The base of a pull request. It may have changed since, so that it is only used to find the merge base.
    pub(super) fn by_base_sha(&self) -> Result<Range, CiError> {
        let base = Base::MergeBase(self.sha("pull_request.base.sha")?);
        Ok(self.range(base, None, "merge base with its base.sha"))
    }

    /// The range of a push: since the previous commit or, if that is absent or not an ancestor, since the
    /// default branch.
    pub(super) fn push(&self) -> Result<Range, CiError> {
        let (before, head) = (self.sha("before")?, Some(self.sha("after")?));
        let forced = self.value("forced").and_then(Value::as_bool).unwrap_or(false);
        if !forced && !is_zero(&before) {
            return Ok(self.range(Base::Direct(before), head, "the commit before"));
        }
        let default = self.text("repository.default_branch").filter(|name| !name.is_empty());
        let own = self.text("ref").and_then(|name| name.strip_prefix("refs/heads/"));
        match default {
            Some(default) if own != Some(default) => {
                let base = Base::MergeBase(format!("refs/remotes/origin/{default}"));
                Ok(self.range(base, head, &format!("merge base with origin/{default}")))
            }
            _ => Err(CiError::no_base(format!(
                "a push that {} the default branch",
                if forced { "rewrites" } else { "starts" }
            ))),
        }
    }

    /// The origin of a pull request. The repository of a deleted fork is null.
    fn origin(&self) -> Origin {
        if self.value("pull_request.head.repo").is_some_and(Value::is_null) {
            return Origin::Fork;
        }
        let head = self.text("pull_request.head.repo.full_name");
        match (head, self.text("pull_request.base.repo.full_name")) {
            (Some(head), Some(base)) => Origin::fork_if(!head.eq_ignore_ascii_case(base)),
            _ => Origin::Unknown,
        }
    }

    pub(super) fn range(&self, base: Base, head: Option<String>, which: &str) -> Range {
        Range { base, head, chosen_by: format!("GITHUB_EVENT_PATH {}, {which}", self.name) }
    }
}

/// The name of this run's event.
pub(super) fn name(env: &Env) -> Result<String, CiError> {
    env.required("GITHUB_EVENT_NAME")
}

/// An event without a base: started manually, or by a schedule.
pub(super) fn without_base(name: &str) -> CiError {
    CiError::no_base(format!("the event `{name}`"))
}

/// Events that only a user with write access can cause, and that run on commits of the repository itself.
/// Others, such as `workflow_run` and `issue_comment`, may be about a fork without reporting it.
const OWN: [&str; 9] = [
    "push",
    "merge_group",
    "schedule",
    "workflow_dispatch",
    "repository_dispatch",
    "release",
    "create",
    "deployment",
    "page_build",
];

/// The origin of the change of this run.
pub(super) fn origin(env: &Env) -> Origin {
    let Ok(name) = name(env) else { return Origin::Unknown };
    if OWN.contains(&name.as_str()) {
        return Origin::Own;
    }
    if !name.starts_with("pull_request") {
        return Origin::Unknown;
    }
    Event::read(env).map_or(Origin::Unknown, |event| event.origin())
}

/// The change of a pull request, or of a merge queue.
pub(super) fn proposal(env: &Env) -> Option<Proposal> {
    let name = name(env).ok()?;
    let keys = match name.as_str() {
        "merge_group" => "merge_group.head_sha",
        other if other.starts_with("pull_request") => "pull_request.head.sha",
        _ => return None,
    };
    let head = Event::read(env).and_then(|event| event.sha(keys)).ok();
    // The commit of a `pull_request_target` event belongs to the base.
    let is_merge = |oid: &String| name != "pull_request_target" && is_object_id(oid);
    let merge = env.get(SHA).filter(is_merge).map(|oid| (oid, SHA));
    let named_by = format!("GITHUB_EVENT_PATH {name}, its {keys}");
    Some(Proposal { head, named_by, merge, is_checked_out: true })
}

/// The commit that the runner checks out, except for `pull_request_target`.
const SHA: &str = "GITHUB_SHA";

/// The address of the repository in a browser.
pub(super) fn repository(env: &Env) -> Option<String> {
    let server = env.get("GITHUB_SERVER_URL")?;
    Some(format!("{}/{}", server.trim_end_matches('/'), env.get("GITHUB_REPOSITORY")?))
}

/// True for `refs/pull/N/merge`.
pub(super) fn is_merge_ref(name: &str) -> bool {
    let number = name.strip_prefix("refs/pull/").and_then(|rest| rest.strip_suffix("/merge"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
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
