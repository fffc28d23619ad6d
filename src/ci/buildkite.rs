//! Buildkite. <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::{CiError, Env, Provider, against_default, same_repository};
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

    fn is_fork(&self, env: &Env) -> bool {
        let source = env.get("BUILDKITE_PULL_REQUEST_REPO").filter(|_| Self::is_pull_request(env));
        source.zip(env.get("BUILDKITE_REPO")).is_some_and(|(source, own)| !same_repository(&source, &own))
    }
}
