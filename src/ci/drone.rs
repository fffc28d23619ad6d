//! Drone. <https://docs.drone.io/pipeline/environment/reference/>

use super::env::Env;
use super::error::CiError;
use super::files::is_yaml_named;
use super::object_id::is_zero;
use super::provider::{Origin, Proposal, Provider, against_default};
use source::RepoPath;
use source::change::Range;

/// Drone. It does not report if a pull request comes from a fork.
pub(super) struct Drone;

impl Provider for Drone {
    fn name(&self) -> &'static str {
        "Drone"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_named(path, &[".drone"])
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("DRONE")
    }

    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        match env.get("DRONE_BUILD_EVENT").as_deref() {
            Some("pull_request") => {
                const TARGET: &str = "DRONE_TARGET_BRANCH";
                Ok(Range::branch(&env.required(TARGET)?, TARGET))
            }
            Some("push") => {
                const BEFORE: &str = "DRONE_COMMIT_BEFORE";
                if let Some(before) = env.object_id(BEFORE)?.filter(|before| !is_zero(before)) {
                    return Ok(Range::direct(before, BEFORE));
                }
                against_default(
                    env,
                    env.get("DRONE_BRANCH").as_deref(),
                    "DRONE_REPO_BRANCH",
                    "a push that starts a branch",
                )
            }
            _ => Err(CiError::no_base("this build".to_owned())),
        }
    }

    fn origin(&self, env: &Env) -> Origin {
        match env.get("DRONE_BUILD_EVENT").as_deref() {
            Some("pull_request") | None => Origin::Unknown,
            Some(_) => Origin::Own,
        }
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        let event = env.get("DRONE_BUILD_EVENT")?;
        (event == "pull_request").then(|| Proposal::of_variable(env, "DRONE_COMMIT_SHA"))
    }
}
