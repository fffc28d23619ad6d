//! GitLab CI. <https://docs.gitlab.com/ci/variables/predefined_variables/>

use super::env::Env;
use super::error::CiError;
use super::files::{is_yaml_below, is_yaml_named};
use super::object_id::{is_object_id, is_zero};
use super::provider::{Origin, Proposal, Provider, against_default};
use source::RepoPath;
use source::change::Range;

/// GitLab CI.
pub(super) struct GitLab;

/// In a pipeline for merged results: the commit of the target branch that was merged with.
pub(super) const TARGET: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_SHA";
/// In every merge request pipeline: the commit at which the source branch left the target branch.
pub(super) const DIFF_BASE: &str = "CI_MERGE_REQUEST_DIFF_BASE_SHA";
/// In a branch pipeline: the commit before the push.
pub(super) const BEFORE: &str = "CI_COMMIT_BEFORE_SHA";

/// The commit that the pipeline runs on.
const COMMIT: &str = "CI_COMMIT_SHA";

impl Provider for GitLab {
    fn name(&self) -> &'static str {
        "GitLab CI"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        let is_included = is_yaml_below(path, ".gitlab") || path.file_name().ends_with(".gitlab-ci.yml");
        is_included || is_yaml_named(path, &[".gitlab-ci"])
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("GITLAB_CI")
    }

    /// A branch is compared with the default branch and not with the previous push. Otherwise a second push
    /// would turn a failed pipeline green.
    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        let direct = |name: &'static str, oid| Range::direct(oid, name);
        if let Some(oid) = env.object_id(TARGET)? {
            return Ok(direct(TARGET, oid));
        }
        if let Some(oid) = env.object_id(DIFF_BASE)? {
            return Ok(direct(DIFF_BASE, oid));
        }
        if env.get("CI_MERGE_REQUEST_IID").is_some() {
            return Err(CiError::Unset { name: DIFF_BASE });
        }
        let (own, default) = (env.get("CI_COMMIT_BRANCH"), "CI_DEFAULT_BRANCH");
        if own.is_some()
            && own == env.get(default)
            && let Some(before) = env.object_id(BEFORE)?.filter(|before| !is_zero(before))
        {
            return Ok(direct(BEFORE, before));
        }
        against_default(env, own.as_deref(), default, "this pipeline")
    }

    fn origin(&self, env: &Env) -> Origin {
        let source = env.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
        match (source, env.get("CI_MERGE_REQUEST_PROJECT_ID")) {
            (Some(source), Some(target)) => Origin::fork_if(source != target),
            (None, None) if env.get("CI_MERGE_REQUEST_IID").is_none() => Origin::Own,
            _ => Origin::Unknown,
        }
    }

    /// A pipeline for merged results runs on the merge, and has a separate variable for the commit of the
    /// source branch.
    fn proposal(&self, env: &Env) -> Option<Proposal> {
        env.get("CI_MERGE_REQUEST_IID")?;
        let source = Proposal::of_variable(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
        let commit = env.get(COMMIT).filter(|oid| is_object_id(oid));
        if source.head.is_some() {
            let merge = commit.map(|oid| (oid, COMMIT));
            return Some(Proposal { merge, is_checked_out: true, ..source });
        }
        Some(Proposal { is_checked_out: true, ..Proposal::of_variable(env, COMMIT) })
    }

    fn files_at(&self, env: &Env, commit: &str) -> Option<String> {
        Some(format!("{}/-/blob/{commit}/", env.get("CI_PROJECT_URL")?))
    }
}
