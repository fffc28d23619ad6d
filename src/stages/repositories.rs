//! The Git repositories that are known to be the one that is checked: those of the configuration, and the remotes.

use deploy::Repositories;
use git::Repository;
use model::policy::Policy;
use source::RepoPath;

use crate::context::Context;

/// Adds the remotes of the repository whose root is the root folder.
pub(super) fn add_remotes(policy: &mut Policy, context: &Context) {
    let Ok(repository) = Repository::open(&context.root, &context.deadline) else { return };
    if repository.prefix().as_str().is_empty() {
        let remotes = repository.remote_urls().into_iter();
        policy.repositories.extend(remotes.map(|url| (url, RepoPath::default())));
    }
}

/// The repositories of a policy.
pub(super) fn known(policy: &Policy) -> Repositories {
    let mut known = Repositories::default();
    for (url, folder) in &policy.repositories {
        known.insert(url, folder.clone());
    }
    known
}
