//! The interface to a CI system.

use source::RepoPath;
use source::change::Range;

use super::env::Env;
use super::error::CiError;
use super::object_id::is_object_id;

/// The origin of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a user with write access to this repository.
    Own,
    /// From a fork.
    Fork,
    /// The CI system does not report it.
    Unknown,
}

impl Origin {
    /// `Fork` or `Own`.
    pub(super) fn fork_if(is_fork: bool) -> Self {
        if is_fork { Self::Fork } else { Self::Own }
    }
}

/// The change of a run for a pull request, as far as the CI system names its commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The newest commit of the change, by its object id.
    pub head: Option<String>,
    /// The variable or the event that names the newest commit.
    pub named_by: String,
    /// The merge of the change with its target branch that the CI system made, and the variable that names it.
    pub merge: Option<(String, &'static str)>,
    /// True if the runner checks out one of these commits. Other runners merge by themselves.
    pub is_checked_out: bool,
}

impl Proposal {
    /// A change whose newest commit a variable names; the runner may merge by itself.
    pub(super) fn of_variable(env: &Env, name: &'static str) -> Self {
        let head = env.get(name).filter(|oid| is_object_id(oid));
        Self { head, named_by: name.to_owned(), merge: None, is_checked_out: false }
    }
}

/// A CI system.
pub trait Provider: Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// True if this process runs in the system.
    fn detect(&self, env: &Env) -> bool;

    /// The range to compare. `head_oid` is the commit that is checked out.
    ///
    /// # Errors
    /// [`CiError`] if the run does not name a base.
    fn range(&self, env: &Env, head_oid: &str) -> Result<Range, CiError>;

    /// The origin of the change.
    fn origin(&self, env: &Env) -> Origin;

    /// The change that is to be merged; `None` if this is not a run for a pull request.
    fn proposal(&self, env: &Env) -> Option<Proposal>;

    /// True if a file of a repository configures the system.
    fn reads(&self, path: &RepoPath) -> bool;

    /// The address below which a browser shows the files of a commit, if the system names its forge.
    fn files_at(&self, _env: &Env, _commit: &str) -> Option<String> {
        None
    }
}

/// The range of a build of a branch: the commits that it adds to the default branch, which the variable
/// `default` names. `run` describes the build in the error, which is returned for a build of the default
/// branch itself, or of no branch.
pub(super) fn against_default(
    env: &Env,
    own: Option<&str>,
    default: &'static str,
    run: &str,
) -> Result<Range, CiError> {
    match env.get(default) {
        Some(branch) if own.is_some_and(|own| own != branch) => Ok(Range::branch(&branch, default)),
        _ => Err(CiError::no_base(run.to_owned())),
    }
}
