//! The reasons why there is no request.

use std::path::PathBuf;

use thiserror::Error;

/// The remedy if there is no token.
const RIGHTS: &str = concat!(
    "the minimum rights of the token for each forge: ",
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/docs/revert.md"
);

/// The reason why a request could not be opened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ForgeError {
    /// The forge cannot be recognised from the address of the remote.
    #[error("no forge is known for the remote {0}")]
    Unknown(String),
    /// The value of `--forge` is invalid.
    #[error(
        "{0:?} is not a forge: write KIND, or KIND=URL of the repository, with github, gitlab, gitea or \
         forgejo as KIND"
    )]
    NotAForge(String),
    /// A token would be sent in plain text.
    #[error("the token would be sent to {0} in plain text")]
    PlainText(String),
    /// There is no token.
    #[error("opening a request needs a token, and none of {0} is set")]
    NoToken(String),
    /// A file of certificates cannot be used.
    #[error("{}: {why}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// The forge did not answer.
    #[error("{host} did not answer: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// The reason.
        why: String,
    },
    /// The forge refused.
    #[error("{host} refused {action} ({status}): {message}")]
    Refused {
        /// The host.
        host: String,
        /// The step that failed.
        action: String,
        /// The status code.
        status: u16,
        /// Its message.
        message: String,
    },
}

impl ForgeError {
    /// The remedy.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown(_) => Some(
                "name it with --forge, as in --forge gitea=https://git.example/team/repository".to_owned(),
            ),
            Self::NoToken(_) => Some(RIGHTS.to_owned()),
            Self::PlainText(_) => Some("give the address with https".to_owned()),
            _ => None,
        }
    }
}
