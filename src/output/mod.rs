//! Where reports go besides standard output: files, each whole or not at all, and what a GitHub Actions step
//! hands on. What can be known to fail is told before registries are asked.

use source::write::{beside, is_stream};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::Options;
use crate::report::Format;

pub mod github;

/// A file that a report is written to.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// How.
    pub format: Format,
    /// The file, by its one path.
    pub path: PathBuf,
}

/// Why a report cannot be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The system does not let it.
    #[error("the {format} report cannot be written to {}: {why}", path.display())]
    Unwritable {
        /// How.
        format: Format,
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        why: String,
    },
    /// Two files of a run are one.
    #[error("{} is named twice: the {format} report would overwrite the other file", path.display())]
    Twice {
        /// How.
        format: Format,
        /// The file.
        path: PathBuf,
    },
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unwritable { .. } => "name a file in a folder that exists and may be written to".to_owned(),
            Self::Twice { .. } => "give each report, and the baseline, a file of its own".to_owned(),
        }
    }
}

/// The files of a run's reports, each tried out. Relative paths are below `root`.
///
/// # Errors
/// [`OutputError`] where a file cannot be written, or is named twice.
pub fn outlets(options: &Options, root: &Path) -> Result<Vec<Outlet>, OutputError> {
    let others = [&options.baseline, &options.write_baseline, &options.config];
    let mut taken: Vec<PathBuf> =
        others.into_iter().flatten().filter_map(|path| followed(root, path).ok()).collect();
    let mut outlets = Vec::new();
    for (format, named) in &options.reports {
        let unwritable = |error: io::Error| OutputError::Unwritable {
            format: *format,
            path: named.clone(),
            why: error.to_string(),
        };
        let path = followed(root, named).map_err(unwritable)?;
        if taken.contains(&path) {
            return Err(OutputError::Twice { format: *format, path: named.clone() });
        }
        try_out(&path).map_err(unwritable)?;
        taken.push(path.clone());
        outlets.push(Outlet { format: *format, path });
    }
    Ok(outlets)
}

impl Outlet {
    /// Writes a report.
    ///
    /// # Errors
    /// [`OutputError`] where the system does not let it.
    pub fn write(&self, text: &str) -> Result<(), OutputError> {
        let Self { format, path } = self;
        let unwritable = |error: io::Error| OutputError::Unwritable {
            format: *format,
            path: path.clone(),
            why: error.to_string(),
        };
        source::write::write(path, text.as_bytes()).map_err(unwritable)
    }
}

/// The one path of a file that need not exist yet. A link is not followed: in a checkout it is whose pull
/// request is checked that says where it leads.
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

/// Whether a file can be written, without writing it.
fn try_out(path: &Path) -> io::Result<()> {
    if let Ok(meta) = fs::symlink_metadata(path) {
        if meta.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        if is_stream(path) || !meta.is_symlink() {
            return OpenOptions::new().append(true).open(path).map(|_| ());
        }
    }
    let (temporary, _) = beside(path)?;
    fs::remove_file(temporary)
}
