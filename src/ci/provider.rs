//! The interface to a CI system.

use source::change::Range;

use super::env::Env;
use super::error::CiError;

/// Where a change comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From somebody who may write to this repository.
    Own,
    /// From a fork.
    Fork,
    /// The CI system does not say.
    Unknown,
}

impl Origin {
    /// `Fork` or `Own`.
    pub(super) fn fork_if(is_fork: bool) -> Self {
        if is_fork { Self::Fork } else { Self::Own }
    }
}

/// A CI system.
pub trait Provider: Sync {
    /// Its name, as people write it.
    fn name(&self) -> &'static str;

    /// Whether this is a run of it.
    fn detect(&self, env: &Env) -> bool;

    /// What to compare. `head_oid` is the commit that is checked out.
    ///
    /// # Errors
    /// [`CiError`] where the run does not say.
    fn range(&self, env: &Env, head_oid: &str) -> Result<Range, CiError>;

    /// Where the change comes from.
    fn origin(&self, env: &Env) -> Origin;
}

/// What is built for a branch: what it adds to the default branch. `default` is the variable that names that,
/// `run` what has no base where it is the default branch itself, or no branch.
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
