//! Gitea and Forgejo Actions. <https://docs.gitea.com/usage/actions/comparison>

use super::env::Env;
use super::error::CiError;
use super::event::{self, Event};
use super::files::is_yaml_below;
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::Range;

/// Gitea and Forgejo, which set GitHub's variables besides their own. They check out the head of a pull
/// request and not its merge, so that only the merge base shows its changes.
pub(super) struct Gitea;

impl Provider for Gitea {
    fn name(&self) -> &'static str {
        "Gitea Actions"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_below(path, ".gitea/workflows") || is_yaml_below(path, ".forgejo/workflows")
    }

    fn detect(&self, env: &Env) -> bool {
        ["GITEA_ACTIONS", "FORGEJO_ACTIONS"].into_iter().any(|name| env.is_true(name))
    }

    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        match event::name(env)?.as_str() {
            "pull_request" => Event::read(env)?.by_base_sha(),
            "pull_request_target" => {
                let event = Event::read(env)?;
                Ok(Range { head: Some(event.sha("pull_request.head.sha")?), ..event.by_base_sha()? })
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
        Some(format!("{}/src/commit/{commit}/", event::repository(env)?))
    }
}
