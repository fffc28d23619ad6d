//! Woodpecker. <https://woodpecker-ci.org/docs/usage/environment>

use super::env::Env;
use super::error::CiError;
use super::files::{is_yaml_below, is_yaml_named};
use super::provider::{Origin, Proposal, Provider, against_default};
use source::RepoPath;
use source::change::Range;

/// Woodpecker. It does not report if a pull request comes from a fork.
pub(super) struct Woodpecker;

impl Provider for Woodpecker {
    fn name(&self) -> &'static str {
        "Woodpecker"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_named(path, &[".woodpecker"]) || is_yaml_below(path, ".woodpecker")
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("CI").is_some_and(|value| value == "woodpecker")
    }

    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        const TARGET: &str = "CI_COMMIT_TARGET_BRANCH";
        if env.get("CI_PIPELINE_EVENT").is_some_and(|event| event.starts_with("pull_request")) {
            return Ok(Range::branch(&env.required(TARGET)?, TARGET));
        }
        let own = env.get("CI_COMMIT_BRANCH").filter(|_| env.get("CI_COMMIT_TAG").is_none());
        against_default(env, own.as_deref(), "CI_REPO_DEFAULT_BRANCH", "this pipeline")
    }

    fn origin(&self, env: &Env) -> Origin {
        match env.get("CI_PIPELINE_EVENT") {
            Some(event) if !event.starts_with("pull_request") => Origin::Own,
            _ => Origin::Unknown,
        }
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        let event = env.get("CI_PIPELINE_EVENT")?;
        event.starts_with("pull_request").then(|| Proposal::of_variable(env, "CI_COMMIT_SHA"))
    }
}
