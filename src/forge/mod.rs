//! Pull and merge requests on GitHub, GitLab, Gitea and Forgejo. Each forge is a [`Dialect`]: its calls, and
//! the parser of its answers. One client sends them, only to the host of the repository.

use std::path::PathBuf;
use std::time::Duration;

mod client;
mod dialect;
mod error;
mod gitea;
mod github;
mod gitlab;
mod place;
mod pulls;

pub use client::{Client, Opened};
pub use dialect::{Existing, Listed, Proposal, State, Which};
pub use error::ForgeError;
pub use place::{Kind, Place};

use dialect::Dialect;

/// The settings of a client.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Certificates of authorities that are trusted too.
    pub authorities: Vec<PathBuf>,
    /// Time limit of one call.
    pub timeout: Duration,
}

/// The dialect of a forge.
fn dialect(kind: Kind) -> Box<dyn Dialect> {
    match kind {
        Kind::GitHub => Box::new(github::GitHub),
        Kind::GitLab => Box::new(gitlab::GitLab),
        Kind::Gitea => Box::new(gitea::Gitea),
    }
}
