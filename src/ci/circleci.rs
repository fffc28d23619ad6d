//! CircleCI. <https://circleci.com/docs/reference/variables/>

use super::env::Env;
use super::error::CiError;
use super::files::is_yaml_below;
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::Range;

/// CircleCI, which has the base as a value of the pipeline, but passes it to no step.
pub(super) struct CircleCi;

impl Provider for CircleCi {
    fn name(&self) -> &'static str {
        "CircleCI"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_below(path, ".circleci")
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("CIRCLECI")
    }

    fn range(&self, _env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        Err(CiError::NoBase {
            run: "a job of CircleCI".to_owned(),
            help: "give `--base origin/main`, or in the step's environment \
                   `PULLABLE_BASE: << pipeline.git.base_revision >>`",
        })
    }

    fn origin(&self, env: &Env) -> Origin {
        // Set for pull requests from forks only.
        Origin::fork_if(env.get("CIRCLE_PR_REPONAME").is_some())
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        env.get("CIRCLE_PULL_REQUEST").map(|_| Proposal::of_variable(env, "CIRCLE_SHA1"))
    }
}
