//! The error of a configuration.

use thiserror::Error;

use source::{RepoPath, Site};

/// The error of a configuration.
#[derive(Debug, Error)]
#[error("{}: {message}", self.place())]
pub struct ConfigError {
    /// The file.
    pub path: RepoPath,
    /// The message, on one line.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// The exact place.
    pub site: Option<Site>,
}

impl ConfigError {
    /// An error at a place of the file.
    pub(super) fn at(site: Site, message: String) -> Self {
        Self { path: site.file.path().clone(), message, help: None, site: Some(site) }
    }

    /// An error of the whole file.
    pub fn of_file(path: RepoPath, message: String) -> Self {
        Self { path, message, help: None, site: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds a note after the help.
    #[must_use]
    pub fn with_note(self, note: &str) -> Self {
        let help = match self.help {
            Some(help) => format!("{help}\n{note}"),
            None => note.to_owned(),
        };
        Self { help: Some(help), ..self }
    }

    fn place(&self) -> String {
        match self.site.as_ref().map(Site::location) {
            Some(at) => format!("{}:{}:{}", self.path, at.line, at.column),
            None => self.path.to_string(),
        }
    }
}
