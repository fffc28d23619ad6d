//! Replaces the content of a file of a work tree: completely or not at all, never through a link, and never
//! over a file that has changed since it was read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::RepoPath;

/// The reason why a file was not replaced. The file is unchanged.
#[derive(Debug, Error)]
pub enum ReplaceError {
    /// The path leads out of the root.
    #[error("it is outside of {}", .0.display())]
    Outside(PathBuf),
    /// The path, or a folder on the way to it, is a symbolic link.
    #[error("{0} is a symbolic link")]
    Link(String),
    /// There is no regular file.
    #[error("it is not a regular file")]
    NotAFile,
    /// It may not be written to.
    #[error("it is read-only")]
    ReadOnly,
    /// Its content differs from the one for which the edits were made.
    #[error("it has changed since it was read")]
    Changed,
    /// The error of the system.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Replaces a file below `root`, whose content has to be `before`, by `after`. Permissions and, as far as the system allows
/// it, the owner are kept. At every time, even after a kill, the file has the old or the new content.
///
/// ```
/// use source::RepoPath;
/// use source::replace::replace;
///
/// let root = tempfile::tempdir()?;
/// std::fs::write(root.path().join("a.yaml"), "tag: 1.20\n")?;
/// replace(root.path(), &RepoPath::new("a.yaml"), b"tag: 1.20\n", b"tag: \"1.20\"\n")?;
/// assert_eq!(std::fs::read(root.path().join("a.yaml"))?, b"tag: \"1.20\"\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReplaceError`]; nothing is written then.
pub fn replace(root: &Path, path: &RepoPath, before: &[u8], after: &[u8]) -> Result<(), ReplaceError> {
    let place = regular(root, path)?;
    if fs::read(&place)? != before {
        return Err(ReplaceError::Changed);
    }
    let (temporary, file) = super::write::beside(&place)?;
    let replaced = fill(file, after, &fs::symlink_metadata(&place)?)
        .map_err(ReplaceError::from)
        .and_then(|()| exchange(root, path, &temporary, before));
    if replaced.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

/// The place of a writable regular file, without a link in its path.
fn regular(root: &Path, path: &RepoPath) -> Result<PathBuf, ReplaceError> {
    let relative = Path::new(path.as_str());
    let mut place = root.to_owned();
    let mut found = None;
    for part in relative.components() {
        let Component::Normal(name) = part else { return Err(ReplaceError::Outside(root.to_owned())) };
        place.push(name);
        let metadata = fs::symlink_metadata(&place)?;
        if metadata.is_symlink() {
            let link = place.strip_prefix(root).unwrap_or(&place);
            return Err(ReplaceError::Link(link.display().to_string()));
        }
        found = Some(metadata);
    }
    match found {
        Some(metadata) if !metadata.is_file() => Err(ReplaceError::NotAFile),
        Some(metadata) if metadata.permissions().readonly() => Err(ReplaceError::ReadOnly),
        Some(_) => Ok(place),
        None => Err(ReplaceError::NotAFile),
    }
}

/// Fills a new file, with the owner and the permissions of the old one, and waits until the disk has it.
fn fill(mut file: File, bytes: &[u8], old: &Metadata) -> io::Result<()> {
    keep_owner(&file, old);
    file.set_permissions(old.permissions())?;
    file.write_all(bytes)?;
    file.sync_all()
    // Closed here: not every system moves an open file.
}

/// Gives a file the owner of another one. Not every user may do this: the file then belongs to the caller, as
/// after a change with an editor.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let new = file.metadata().map(|new| (new.uid(), new.gid()));
    if new.is_ok_and(|new| new != (old.uid(), old.gid())) {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Moves the new file over the old one, which is compared once more, and waits until the folder is on the
/// disk.
fn exchange(root: &Path, path: &RepoPath, temporary: &Path, before: &[u8]) -> Result<(), ReplaceError> {
    let place = regular(root, path)?;
    if fs::read(&place)? != before {
        return Err(ReplaceError::Changed);
    }
    fs::rename(temporary, &place)?;
    sync_folder(&place);
    Ok(())
}

/// Waits until the names of a folder are on the disk. It does not fail on a file system without this
/// operation, because the file is replaced.
#[cfg(unix)]
fn sync_folder(place: &Path) {
    if let Some(folder) = place.parent() {
        let _ = OpenOptions::new().read(true).open(folder).and_then(|folder| folder.sync_all());
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) {}

#[cfg(test)]
#[cfg(unix)]
mod tests;
