//! Files and folders that are named on the command line; no repository is needed.

use std::collections::BTreeMap;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::{Files, ReadError, RepoPath};

/// Maximum number of files of a chart that are not part of the list.
const MOST_UNLISTED: usize = 10_000;

/// Files on the disk: the given files with any name, and the YAML and JSON files below the given folders.
/// Paths are relative to the root folder for files below it, and absolute for others, so that an editor can
/// open each as it is printed.
#[derive(Debug)]
pub struct Paths {
    root: PathBuf,
    files: BTreeMap<RepoPath, Place>,
    /// The links below the given folders, with their targets.
    links: BTreeMap<RepoPath, String>,
    problems: Vec<(RepoPath, String)>,
}

/// A file on the disk.
#[derive(Clone, Debug)]
struct Place {
    path: PathBuf,
    /// True if it was given itself: then symbolic links are followed.
    named: bool,
}

/// The error of a given path.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// The path does not exist.
    #[error("{}: no such file or folder", .0.display())]
    NotFound(PathBuf),
    /// A pipe, a socket or a device.
    #[error("{} is neither a file nor a folder (for a pipe, give `-` and pipe it in)", .0.display())]
    NotAFile(PathBuf),
    /// The operating system refused.
    #[error("{}: {why}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The message of the system.
        why: String,
    },
}

impl PathError {
    /// The message without the path.
    pub fn why(&self) -> String {
        match self {
            Self::NotFound(_) => "no such file or folder".to_owned(),
            Self::NotAFile(_) => "neither a file nor a folder".to_owned(),
            Self::Unreadable { why, .. } => why.clone(),
        }
    }

    /// The error of the system about a path.
    pub fn new(path: PathBuf, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound(path),
            _ => Self::Unreadable { path, why: error.to_string() },
        }
    }
}

/// True for a file that may be a template of a chart: templates define the meaning of an empty tag.
fn is_template(path: &RepoPath) -> bool {
    path.file_name().rsplit_once('.').is_some_and(|(_, end)| end == "tpl")
        && path.ancestors().any(|folder| folder.file_name() == "templates")
}

impl Paths {
    /// Finds the given files, and those below the given folders. Symbolic links below a folder are not
    /// followed, and `.git` is left out. Relative paths are below `root`, which is absolute.
    ///
    /// # Errors
    /// [`PathError`] if one of the paths does not exist, or is neither a file nor a folder.
    pub fn new(root: &Path, paths: &[PathBuf]) -> Result<Self, PathError> {
        let mut named = Vec::new();
        for path in paths {
            named.push(Named::look(root, path)?);
        }
        let mut found = Self {
            root: root.to_owned(),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            problems: Vec::new(),
        };
        // A file that was given itself and through its folder counts as given itself.
        for Named { full, path, .. } in named.iter().filter(|named| named.is_folder) {
            found.walk(full, path);
        }
        for Named { full, path, .. } in named.into_iter().filter(|named| !named.is_folder) {
            match found.path(&full) {
                Some(name) => _ = found.files.insert(name, Place { path, named: true }),
                None => found.problem(&full, NOT_UTF8),
            }
        }
        found.problems.sort();
        Ok(found)
    }

    /// The paths that could not be read during the walk, with the reasons.
    pub fn problems(&self) -> &[(RepoPath, String)] {
        &self.problems
    }

    fn path(&self, full: &Path) -> Option<RepoPath> {
        RepoPath::from_path(full.strip_prefix(&self.root).unwrap_or(full))
    }

    fn problem(&mut self, full: &Path, why: impl Into<String>) {
        let path = full.strip_prefix(&self.root).unwrap_or(full);
        self.problems.push((RepoPath::new(&path.to_string_lossy()), why.into()));
    }

    /// Walks a folder: `full`: its absolute path; `path`: the path with which it is opened.
    fn walk(&mut self, full: &Path, path: &Path) {
        let mut folders = vec![(full.to_owned(), path.to_owned())];
        while let Some((full, path)) = folders.pop() {
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) => {
                    self.problem(&full, error.to_string());
                    continue;
                }
            };
            for entry in entries {
                let seen = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)));
                match seen {
                    Ok((name, _)) if name == ".git" => {}
                    Ok((name, kind)) if kind.is_dir() => folders.push((full.join(&name), path.join(&name))),
                    Ok((name, kind)) if kind.is_file() => self.add(&full.join(&name), path.join(&name)),
                    Ok((name, kind)) if kind.is_symlink() => {
                        self.add_link(&full.join(&name), &path.join(&name));
                    }
                    Ok(_) => {}
                    Err(error) => self.problem(&full, error.to_string()),
                }
            }
        }
    }

    fn add(&mut self, full: &Path, path: PathBuf) {
        match self.path(full) {
            Some(name) if name.is_yaml() || is_template(&name) => {
                _ = self.files.insert(name, Place { path, named: false });
            }
            None if RepoPath::new(&full.to_string_lossy()).is_yaml() => self.problem(full, NOT_UTF8),
            _ => {}
        }
    }

    fn add_link(&mut self, full: &Path, path: &Path) {
        match fs::read_link(path) {
            Ok(target) => {
                if let (Some(name), Some(target)) = (self.path(full), target.to_str()) {
                    self.links.insert(name, target.to_owned());
                }
            }
            Err(error) => self.problem(full, error.to_string()),
        }
    }
}

/// The name that a file has in [`Paths`]. A relative path is below `root`, which is absolute.
pub fn name(root: &Path, path: &Path) -> RepoPath {
    let full = normalised(&root.join(path));
    RepoPath::new(&full.strip_prefix(root).unwrap_or(&full).to_string_lossy())
}

/// The reason why a file is not read if its name is not UTF-8.
pub const NOT_UTF8: &str = "its name is not UTF-8";

/// A given path.
struct Named {
    full: PathBuf,
    path: PathBuf,
    is_folder: bool,
}

impl Named {
    fn look(root: &Path, path: &Path) -> Result<Self, PathError> {
        let (written, path) = (path.to_owned(), root.join(path));
        let metadata = match path.metadata() {
            Ok(metadata) if metadata.is_dir() || metadata.is_file() => metadata,
            Ok(_) => return Err(PathError::NotAFile(written)),
            Err(error) => return Err(PathError::new(written, &error)),
        };
        Ok(Self { full: normalised(&path), path, is_folder: metadata.is_dir() })
    }
}

/// A path without `.` and `..`. Links are not resolved.
pub fn normalised(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = result.pop(),
            part => result.push(part),
        }
    }
    result
}

impl Files for Paths {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        // A file that was not given is read if another one needs it: the chart of a template.
        let (place, named) = match self.files.get(path) {
            Some(place) => (place.clone(), true),
            None => (Place { path: self.root.join(path.as_str()), named: false }, false),
        };
        // A link is followed only if it was given itself.
        let seen = if place.named { place.path.metadata() } else { place.path.symlink_metadata() };
        match seen {
            Ok(metadata) if metadata.is_file() => read_regular(&place.path, metadata.len(), limit).map(Some),
            Ok(_) => Ok(None),
            Err(error) if !named && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReadError::Unreadable(error.to_string())),
        }
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        Ok(self.files.keys().cloned().collect())
    }

    fn unlisted(&self, folder: &RepoPath) -> Vec<RepoPath> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.join(folder.as_str())];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let (full, kind) = (entry.path(), entry.file_type());
                if kind.as_ref().is_ok_and(FileType::is_dir) && entry.file_name() != ".git" {
                    folders.push(full);
                } else if kind.is_ok_and(|kind| kind.is_file()) && found.len() < MOST_UNLISTED {
                    found.extend(self.path(&full).filter(|name| !self.files.contains_key(name)));
                }
            }
        }
        found.sort();
        found
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        Ok(self.links.iter().map(|(path, target)| (path.clone(), target.clone())).collect())
    }
}

/// Reads a regular file of about this size, and never more than `limit` bytes.
///
/// # Errors
/// [`ReadError`] if it is larger, or cannot be read.
pub fn read_regular(path: &Path, size: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    match read_up_to(path, size, limit.saturating_add(1)) {
        // The file has grown in the meantime.
        Ok(bytes) if bytes.len() as u64 > limit => {
            Err(ReadError::TooLarge { size: bytes.len() as u64, limit })
        }
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(ReadError::Unreadable(error.to_string())),
    }
}

fn read_up_to(path: &Path, size: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
