//! What CI systems know about a change: which base they vouch for. One file per system.

use std::path::PathBuf;

use thiserror::Error;

use crate::change::Range;

mod github;

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

    /// Whether the change comes from another repository: from whoever likes to send one.
    fn is_fork(&self, _env: &Env) -> bool {
        false
    }
}

/// All that are known, in the order in which they are asked: those that pretend to be another come first.
pub const PROVIDERS: &[&dyn Provider] = &[&github::GitHub];

/// What to compare, as the CI system says; `None` outside of those that are known.
pub fn range(env: &Env, head_oid: &str) -> Option<Result<Range, CiError>> {
    let provider = PROVIDERS.iter().find(|provider| provider.detect(env))?;
    Some(provider.range(env, head_oid))
}

/// Whether the change comes from a fork, as the CI system says.
pub fn is_fork(env: &Env) -> bool {
    PROVIDERS.iter().find(|provider| provider.detect(env)).is_some_and(|provider| provider.is_fork(env))
}

/// Whether this is any CI system's run, known or not.
pub fn is_ci(env: &Env) -> bool {
    let says_so = |name| env.get(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false"));
    PROVIDERS.iter().any(|provider| provider.detect(env))
        || ["CI", "TF_BUILD", "JENKINS_URL"].into_iter().any(says_so)
}

/// Environment variables.
pub struct Env(Box<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Env {
    /// Any way to look variables up.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Box::new(lookup))
    }

    /// Those of this process; one that is not UTF-8 counts as unset.
    pub fn process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// A variable; CI systems set empty ones for what does not apply.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// A variable that has to be there.
    fn required(&self, name: &'static str) -> Result<String, CiError> {
        self.get(name).ok_or(CiError::Unset { name })
    }

    /// Whether a variable says yes.
    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value == "true")
    }
}

/// Why a CI run does not say what to compare.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CiError {
    /// An event without a base of its own.
    #[error("the event `{event}` does not say what to compare with")]
    Event {
        /// Its name.
        event: String,
    },
    /// A variable that the CI system sets is missing.
    #[error("{name} is not set")]
    Unset {
        /// Its name.
        name: &'static str,
    },
    /// The event's file cannot be read.
    #[error("the event file {} cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What stood in the way.
        why: String,
    },
    /// The event's file does not say what it should.
    #[error("the event file {} is not a `{event}` event: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The event that it should describe.
        event: String,
        /// What is wrong with it.
        why: String,
    },
}

impl CiError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Event { .. } => "give `--base REV`, or check everything with `--all`".into(),
            Self::Unset { .. } | Self::Unreadable { .. } | Self::Malformed { .. } => {
                "give `--base REV`; in a container, pass the CI system's variables and files on".into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
