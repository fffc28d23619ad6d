//! Reports in files, each written as a whole or not at all, and the results of a step of GitHub Actions. Files that cannot
//! be written are reported before any registry is queried.

use source::write::{beside, is_stream};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use ::run::Deadline;
use thiserror::Error;

use crate::config::Options;
use crate::report::Format;

pub mod github;

/// A file that a report is written to.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// The format.
    pub format: Format,
    /// The file, by its one path.
    pub path: PathBuf,
}

/// The error of a report that cannot be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The system does not let it.
    #[error("the {format} report cannot be written to {}: {why}", path.display())]
    Unwritable {
        /// The format.
        format: Format,
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// Two files of a run are one.
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
            Self::Twice { .. } => "give each report, and the baseline, a file of its own".to_owned(),
        }
    }
}

/// The files of a run's reports, each tested for writing. Relative paths are below `root`.
///
/// # Errors
/// [`OutputError`] where a file cannot be written, or is named twice.
pub fn outlets(options: &Options, root: &Path) -> Result<Vec<Outlet>, OutputError> {
    let others = [&options.baseline, &options.write_baseline, &options.config];
    let mut taken: Vec<PathBuf> = Vec::new();
    for path in others.into_iter().flatten() {
        taken.extend(followed(root, path).ok());
    }
    let mut outlets = Vec::new();
    for (format, named) in &options.reports {
        let path = followed(root, named).map_err(|error| unwritable(*format, named, &error))?;
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
    /// [`OutputError`] where the system does not let it.
    pub fn write(&self, text: String, deadline: &Deadline) -> Result<(), OutputError> {
        let path = self.path.clone();
        let write = move || source::write::write(&path, text.as_bytes());
        // Standard output has a reader, who may be slow.
        let written =
            if is_stream(&self.path) { write() } else { ::run::with_file(&self.path, deadline, write) };
        written.map_err(|error| unwritable(self.format, &self.path, &error))
    }
}

/// The one path of a file that need not exist yet. A link is not followed: in a checkout, the author of the pull request
/// decides its target.
fn followed(root: &Path, path: &Path) -> io::Result<PathBuf> {
    if is_stream(path) {
        return Ok(path.to_owned());
    }
    let folder = path.parent().unwrap_or(path);
    let folder = root.join(folder).canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::other(format!("there is no folder {}", folder.display())),
        _ => error,
    })?;
    path.file_name().map(|name| folder.join(name)).ok_or_else(|| io::Error::other("it is a folder"))
}

/// Tests if a file can be written, without writing it. A pipe is opened once, for the report: its reader would take a test
/// for the end.
fn try_out(path: &Path) -> io::Result<()> {
    if let Ok(meta) = fs::symlink_metadata(path) {
        if meta.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        if !meta.is_file() && !meta.is_symlink() && !is_stream(path) {
            return Ok(());
        }
        if is_stream(path) || !meta.is_symlink() {
            return OpenOptions::new().append(true).open(path).map(|_| ());
        }
    }
    let (temporary, _) = beside(path)?;
    fs::remove_file(temporary)
}
