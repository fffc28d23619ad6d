//! What CI systems know about a change: which base they vouch for. One file per system.

use std::path::PathBuf;

use thiserror::Error;

use source::change::Range;

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod drone;
mod event;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod woodpecker;

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

    /// Whether the change comes from a fork: from somebody who may not write here. `false` where that is not
    /// said.
    fn is_fork(&self, _env: &Env) -> bool {
        false
    }
}

/// All that are known, in the order in which they are asked: those that pretend to be another come first.
pub const PROVIDERS: &[&dyn Provider] = &[
    &gitea::Gitea,
    &github::GitHub,
    &gitlab::GitLab,
    &azure::Azure,
    &bitbucket::Bitbucket,
    &buildkite::Buildkite,
    &circleci::CircleCi,
    &woodpecker::Woodpecker,
    &drone::Drone,
    &jenkins::Jenkins,
];

/// What to compare, as the CI system says; `None` outside of those that are known.
pub fn range(env: &Env, head_oid: &str) -> Option<Result<Range, CiError>> {
    provider(env).map(|provider| provider.range(env, head_oid))
}

/// Whether the change comes from a fork, whatever is compared.
pub fn from_fork(env: &Env) -> bool {
    provider(env).is_some_and(|provider| provider.is_fork(env))
}

fn provider(env: &Env) -> Option<&'static dyn Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.detect(env))
}

/// Whether this is any CI system's run, known or not.
pub fn is_ci(env: &Env) -> bool {
    let says_so = |name| env.get(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false"));
    provider(env).is_some() || says_so("CI")
}

/// What is built for a branch: what it adds to the default branch. `default` is the variable that names that,
/// `run` what has no base where it is the default branch itself, or no branch.
fn against_default(env: &Env, own: Option<&str>, default: &'static str, run: &str) -> Result<Range, CiError> {
    match env.get(default) {
        Some(branch) if own.is_some_and(|own| own != branch) => Ok(Range::branch(&branch, default)),
        _ => Err(CiError::no_base(run.to_owned())),
    }
}

/// Whether it is a whole object id, SHA-1 or SHA-256.
fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an object id stands for no commit.
fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|byte| byte == b'0')
}

/// Whether two addresses, each in any way that git takes, name one repository of one host.
fn same_repository(a: &str, b: &str) -> bool {
    let parts = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let (host, path) = rest.split_once(['/', ':']).unwrap_or(("", rest));
        // What an address with a scheme has behind the colon is a port.
        let port =
            path.split_once('/').filter(|(port, _)| url.contains("://") && port.parse::<u16>().is_ok());
        let path = port.map_or(path, |(_, path)| path).trim_matches('/');
        (host.to_ascii_lowercase(), path.strip_suffix(".git").unwrap_or(path).to_ascii_lowercase())
    };
    parts(a) == parts(b)
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

    /// Whether a variable says yes, as in `true` or Azure's `True`.
    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A variable that is an object id, where it is set.
    fn object_id(&self, name: &'static str) -> Result<Option<String>, CiError> {
        match self.get(name) {
            Some(oid) if !is_object_id(&oid) => Err(CiError::NotAnObjectId { name }),
            oid => Ok(oid),
        }
    }
}

/// Why a CI run does not say what to compare.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CiError {
    /// An event or a build without a base of its own.
    #[error("{run} does not say what to compare with")]
    NoBase {
        /// What was run, in words.
        run: String,
        /// What to do about it.
        help: &'static str,
    },
    /// A variable that names a commit holds something else.
    #[error("{name} is not an object id")]
    NotAnObjectId {
        /// Its name.
        name: &'static str,
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
    fn no_base(run: String) -> Self {
        Self::NoBase { run, help: "give `--base REV`, or check everything with `--all`" }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoBase { help, .. } => (*help).to_owned(),
            Self::NotAnObjectId { .. } => "give `--base REV`".into(),
            Self::Unset { .. } | Self::Unreadable { .. } | Self::Malformed { .. } => {
                "give `--base REV`; in a container, pass the CI system's variables and files on".into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
