//! Jenkins, with multibranch pipelines. <https://www.jenkins.io/doc/book/pipeline/multibranch/>

use super::env::Env;
use super::error::CiError;
use super::provider::{Origin, Proposal, Provider};
use source::RepoPath;
use source::change::Range;

/// Jenkins.
pub(super) struct Jenkins;

impl Provider for Jenkins {
    fn name(&self) -> &'static str {
        "Jenkins"
    }

    fn reads(&self, path: &RepoPath) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        name.starts_with("jenkinsfile") || name.ends_with(".jenkinsfile")
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("JENKINS_URL").is_some()
    }

    fn range(&self, env: &Env, _head_oid: &str) -> Result<Range, CiError> {
        const TARGET: &str = "CHANGE_TARGET";
        let target =
            env.get(TARGET).ok_or_else(|| CiError::no_base("a build without a change request".to_owned()))?;
        Ok(Range::branch(&target, TARGET))
    }

    fn origin(&self, env: &Env) -> Origin {
        Origin::fork_if(env.get("CHANGE_FORK").is_some())
    }

    /// The variables do not name the newest commit of the change.
    fn proposal(&self, env: &Env) -> Option<Proposal> {
        const TARGET: &str = "CHANGE_TARGET";
        env.get(TARGET)?;
        Some(Proposal { head: None, named_by: TARGET.to_owned(), merge: None, is_checked_out: false })
    }
}
