//! Reports in files, each written completely or not at all, and the results of a step of GitHub Actions.
//! Files that cannot be written are reported before any registry is queried.

use source::write::{is_stream, place, try_out};
use std::io;
use std::path::{Path, PathBuf};

use ::run::Deadline;
use thiserror::Error;

use crate::report::Format;

pub mod github;

/// A file to which a report is written.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// The format.
    pub format: Format,
    /// The canonical path of the file.
    pub path: PathBuf,
}

/// The error of a report that cannot be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The system does not allow it.
    #[error("the {format} report cannot be written to {}: {why}", path.display())]
    Unwritable {
        /// The format.
        format: Format,
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// Two outputs of a run name the same file.
    #[error("{} is named twice: the {format} report would overwrite the other file", path.display())]
    Twice {
        /// The format.
        format: Format,
        /// The file.
        path: PathBuf,
    },
}

impl OutputError {
    /// The remedy.
    pub fn help(&self) -> String {
        match self {
            Self::Unwritable { .. } => "name a file in a folder that exists and may be written to".to_owned(),
            Self::Twice { .. } => "give each report and each other file a path of its own".to_owned(),
        }
    }
}

/// The files of a run's reports, each tested for writing. Relative paths are below `root`, and `others` are
/// other files of the run.
///
/// # Errors
/// [`OutputError`] if a file cannot be written, or is named twice.
pub fn outlets(
    reports: &[(Format, PathBuf)],
    others: &[PathBuf],
    root: &Path,
) -> Result<Vec<Outlet>, OutputError> {
    let mut taken: Vec<PathBuf> = Vec::new();
    for path in others {
        taken.extend(place(root, path).ok());
    }
    let mut outlets = Vec::new();
    for (format, named) in reports {
        let path = place(root, named).map_err(|error| unwritable(*format, named, &error))?;
        if taken.contains(&path) {
            return Err(OutputError::Twice { format: *format, path: named.clone() });
        }
        try_out(&path).map_err(|error| unwritable(*format, named, &error))?;
        taken.push(path.clone());
        outlets.push(Outlet { format: *format, path });
    }
    Ok(outlets)
}

fn unwritable(format: Format, path: &Path, error: &io::Error) -> OutputError {
    OutputError::Unwritable { format, path: path.to_owned(), why: error.to_string() }
}

impl Outlet {
    /// Writes a report.
    ///
    /// # Errors
    /// [`OutputError`] if the system does not allow it.
    pub fn write(&self, text: String, deadline: &Deadline) -> Result<(), OutputError> {
        let path = self.path.clone();
        let write = move || source::write::write(&path, text.as_bytes());
        // Standard output has a reader, who may be slow.
        let written =
            if is_stream(&self.path) { write() } else { ::run::with_file(&self.path, deadline, write) };
        written.map_err(|error| unwritable(self.format, &self.path, &error))
    }
}
