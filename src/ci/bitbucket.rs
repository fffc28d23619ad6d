//! Bitbucket Pipelines. <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::env::Env;
use super::error::CiError;
use super::files::is_yaml_named;
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::{Base, Range};

/// Bitbucket Pipelines. It runs no pipelines for pull requests from forks.
pub(super) struct Bitbucket;

/// The commit of the destination branch, of 12 hex digits.
const DESTINATION: &str = "BITBUCKET_PR_DESTINATION_COMMIT";

impl Provider for Bitbucket {
    fn name(&self) -> &'static str {
        "Bitbucket Pipelines"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        is_yaml_named(path, &["bitbucket-pipelines"])
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("BITBUCKET_BUILD_NUMBER").is_some() || env.get("BITBUCKET_PR_ID").is_some()
    }

    /// The runner merges the destination into the source branch: there the first parent is the source.
    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        if env.get("BITBUCKET_PR_ID").is_none() {
            return Err(CiError::no_base("a pipeline without a pull request".to_owned()));
        }
        match (env.get(DESTINATION), env.get("BITBUCKET_PR_DESTINATION_BRANCH")) {
            (Some(oid), _) if (7..=64).contains(&oid.len()) && oid.bytes().all(|b| b.is_ascii_hexdigit()) => {
                let chosen_by = format!("merge base with {DESTINATION}");
                Ok(Range { base: Base::MergeBase(oid), head: None, chosen_by })
            }
            (Some(_), _) => Err(CiError::NotAnObjectId { name: DESTINATION }),
            (None, Some(branch)) => Ok(Range::branch(&branch, "BITBUCKET_PR_DESTINATION_BRANCH")),
            (None, None) => Err(CiError::Unset { name: DESTINATION }),
        }
    }

    fn origin(&self, _env: &Env) -> Origin {
        Origin::Own
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        env.get("BITBUCKET_PR_ID").map(|_| Proposal::of_variable(env, "BITBUCKET_COMMIT"))
    }
}
