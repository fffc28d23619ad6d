//! Buildkite. <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::address::same_repository;
use super::env::Env;
use super::error::CiError;
use super::provider::{Origin, Proposal, Provider, against_default};
use source::RepoPath;
use source::change::Range;

/// Buildkite.
pub(super) struct Buildkite;

impl Buildkite {
    fn is_pull_request(env: &Env) -> bool {
        env.get("BUILDKITE_PULL_REQUEST").is_some_and(|number| number != "false")
    }
}

impl Provider for Buildkite {
    fn name(&self) -> &'static str {
        "Buildkite"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        path.below(&RepoPath::new(".buildkite")).is_some()
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("BUILDKITE")
    }

    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        if Self::is_pull_request(env) {
            const BASE: &str = "BUILDKITE_PULL_REQUEST_BASE_BRANCH";
            return Ok(Range::branch(&env.required(BASE)?, BASE));
        }
        against_default(
            env,
            env.get("BUILDKITE_BRANCH").as_deref(),
            "BUILDKITE_PIPELINE_DEFAULT_BRANCH",
            "this build",
        )
    }

    fn origin(&self, env: &Env) -> Origin {
        if !Self::is_pull_request(env) {
            return Origin::Own;
        }
        match (env.get("BUILDKITE_PULL_REQUEST_REPO"), env.get("BUILDKITE_REPO")) {
            (Some(source), Some(own)) => Origin::fork_if(!same_repository(&source, &own)),
            _ => Origin::Unknown,
        }
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        Self::is_pull_request(env).then(|| Proposal::of_variable(env, "BUILDKITE_COMMIT"))
    }
}
