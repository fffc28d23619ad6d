//! The errors of CI runs that do not name a base.

use std::path::PathBuf;

use thiserror::Error;

/// A CI run that does not name a base.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CiError {
    /// An event or a build without a base.
    #[error("{run} does not name a base to compare with")]
    NoBase {
        /// The run, in words.
        run: String,
        /// The remedy.
        help: &'static str,
    },
    /// A variable that should name a commit has another value.
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
        /// The error of the system.
        why: String,
    },
    /// The event's file lacks a field that the event has.
    #[error("the event file {} is not a `{event}` event: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The event that it should describe.
        event: String,
        /// The fault.
        why: String,
    },
}

impl CiError {
    pub(super) fn no_base(run: String) -> Self {
        Self::NoBase { run, help: "give `--base REV`, or check everything with `--all`" }
    }

    /// The remedy.
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
