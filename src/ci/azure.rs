//! Azure Pipelines. <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use super::env::Env;
use super::error::CiError;
use super::event::is_merge_ref;
use super::files::is_yaml_below;
use super::object_id::is_object_id;
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::Range;

/// Azure Pipelines.
pub(super) struct Azure;

/// The commit of the build.
const VERSION: &str = "BUILD_SOURCEVERSION";

impl Provider for Azure {
    fn name(&self) -> &'static str {
        "Azure Pipelines"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        let is_root = path.file_name().to_ascii_lowercase().starts_with("azure-pipelines") && path.is_yaml();
        is_root
            || [".azure-pipelines", ".azuredevops", ".pipelines"]
                .iter()
                .any(|folder| is_yaml_below(path, folder))
    }

    fn detect(&self, env: &Env) -> bool {
        env.is_true("TF_BUILD")
    }

    /// A pull request is built as its merge, whose first parent is the target branch.
    fn range(&self, env: &Env, head_oid: &str) -> Result<Range, CiError> {
        let Some(target) = env.get("SYSTEM_PULLREQUEST_TARGETBRANCH") else {
            return Err(CiError::no_base("a build without a pull request".to_owned()));
        };
        let merge = env.get("BUILD_SOURCEBRANCH").is_some_and(|name| is_merge_ref(&name));
        let checked_out = env.get(VERSION).is_some_and(|oid| oid.eq_ignore_ascii_case(head_oid));
        if merge && checked_out {
            return Ok(Range::direct("HEAD^1".into(), "BUILD_SOURCEBRANCH, the merge commit's first parent"));
        }
        // Azure's own repositories have `refs/heads/main` here, GitHub's have `main`.
        let branch = target.strip_prefix("refs/heads/").unwrap_or(&target);
        Ok(Range::branch(branch, "SYSTEM_PULLREQUEST_TARGETBRANCH"))
    }

    fn origin(&self, env: &Env) -> Origin {
        let variable = env.get("SYSTEM_PULLREQUEST_ISFORK");
        if env.get("SYSTEM_PULLREQUEST_TARGETBRANCH").is_none() && variable.is_none() {
            return Origin::Own;
        }
        match variable {
            Some(value) => Origin::fork_if(!value.eq_ignore_ascii_case("false")),
            None => Origin::Unknown,
        }
    }

    fn proposal(&self, env: &Env) -> Option<Proposal> {
        env.get("SYSTEM_PULLREQUEST_TARGETBRANCH")?;
        let merge = env.get(VERSION).filter(|oid| is_object_id(oid)).map(|oid| (oid, VERSION));
        let source = Proposal::of_variable(env, "SYSTEM_PULLREQUEST_SOURCECOMMITID");
        Some(Proposal { merge, is_checked_out: true, ..source })
    }
}
