//! Woodpecker. <https://woodpecker-ci.org/docs/usage/environment>

use super::{CiError, Env, Provider, against_default};
use source::change::Range;

/// Woodpecker. Whether a pull request comes from a fork it does not say.
pub(super) struct Woodpecker;

impl Provider for Woodpecker {
    fn name(&self) -> &'static str {
        "Woodpecker"
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
}
