//! GitHub Actions. <https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows>

use super::env::Env;
use super::error::CiError;
use super::event::{self, Event, is_merge_ref};
use super::files::{is_yaml_below, is_yaml_named};
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::{Base, Range};

/// GitHub Actions. Gitea and Forgejo set the same variables, but mean other commits by them.
pub(super) struct GitHub;

impl Provider for GitHub {
    fn name(&self) -> &'static str {
        "GitHub Actions"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_below(path, ".github/workflows")
            || is_yaml_below(path, ".github/actions")
            || is_yaml_named(path, &["action"])
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("GITHUB_ACTIONS")
    }

    fn range(&self, env: &Env, head_oid: &str) -> Result<Range, CiError> {
        match event::name(env)?.as_str() {
            "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
                pull_request(env, head_oid)
            }
            "pull_request_target" => {
                let event = Event::read(env)?;
                Ok(Range { head: Some(event.sha("pull_request.head.sha")?), ..event.by_base_sha()? })
            }
            "merge_group" => {
                let event = Event::read(env)?;
                let base = Base::Direct(event.sha("merge_group.base_sha")?);
                Ok(event.range(base, Some(event.sha("merge_group.head_sha")?), "its base_sha"))
            }
            "push" => Event::read(env)?.push(),
            other => Err(event::without_base(other)),
        }
    }

    fn origin(&self, env: &Env) -> Origin {
        event::origin(env)
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        event::proposal(env)
    }

    fn files_at(&self, env: &Env, commit: &str) -> Option<String> {
        Some(format!("{}/blob/{commit}/", event::repository(env)?))
    }
}

/// The first parent of the merge commit is the base at the time of the merge. `base.sha` may be older: if
/// another commit is checked out, it is only used to find the merge base.
fn pull_request(env: &Env, head_oid: &str) -> Result<Range, CiError> {
    let event = Event::read(env)?;
    let by_base_sha = event.by_base_sha()?;
    let merge = env.get("GITHUB_REF").is_some_and(|name| is_merge_ref(&name));
    let checked_out = env.get("GITHUB_SHA").is_some_and(|oid| oid.eq_ignore_ascii_case(head_oid));
    if merge && checked_out {
        return Ok(event.range(Base::Direct("HEAD^1".into()), None, "the merge commit's first parent"));
    }
    Ok(by_base_sha)
}
