//! CI systems: the base, the head and the origin of a change. One file per system.

use source::RepoPath;
use source::change::Range;

mod address;
mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod drone;
mod env;
mod error;
mod event;
mod files;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
pub(crate) mod object_id;
mod provider;
mod woodpecker;

pub use env::Env;
pub use error::CiError;
pub use provider::{Origin, Proposal, Provider};

/// All known systems, in the order of detection: systems that also set the variables of another one come
/// first.
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

/// The range to compare by the variables of the CI system; `None` outside of the known systems.
pub fn range(env: &Env, head_oid: &str) -> Option<Result<Range, CiError>> {
    provider(env).map(|provider| provider.range(env, head_oid))
}

/// True if the change comes from a fork, or may come from one: in every CI system that does not report the
/// origin, known or not.
pub fn from_fork(env: &Env) -> bool {
    match provider(env) {
        Some(provider) => provider.origin(env) != Origin::Own,
        None => is_ci(env),
    }
}

/// The change that is to be merged; `None` if this is not a run for a pull request.
pub fn proposal(env: &Env) -> Option<Proposal> {
    provider(env)?.proposal(env)
}

/// The address below which a browser shows the files of a commit, with its last slash.
pub fn files_at(env: &Env, commit: &str) -> Option<String> {
    let address = provider(env)?.files_at(env, commit)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/".contains(c);
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    (object_id::is_object_id(commit) && is_web && address.chars().all(is_plain)).then_some(address)
}

/// True if a file of a repository configures a CI system.
pub fn is_set_up(path: &RepoPath) -> bool {
    PROVIDERS.iter().any(|provider| provider.reads(path))
}

/// The name of the CI system of this run; `None` outside of the known systems.
pub fn name(env: &Env) -> Option<&'static str> {
    provider(env).map(Provider::name)
}

fn provider(env: &Env) -> Option<&'static dyn Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.detect(env))
}

/// True in the run of any CI system, known or not.
pub fn is_ci(env: &Env) -> bool {
    let says_so = |name| env.get(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false"));
    provider(env).is_some() || says_so("CI")
}

#[cfg(test)]
mod tests;
