//! Creates a file of a work tree: completely or not at all, never through a link, and never over an existing
//! file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::RepoPath;

/// The reason why a file was not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// A file, folder or link of that name exists.
    #[error("it exists already")]
    Exists,
    /// A folder in its path is a symbolic link, which may lead outside.
    #[error("{0} is a symbolic link")]
    Link(String),
    /// A part of its path is not a folder.
    #[error("{0} is not a folder")]
    NotAFolder(String),
    /// The path leads out of the root, or names no file.
    #[error("it is not a file below {}", .0.display())]
    Outside(PathBuf),
    /// The error of the system.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Tests if a file can be created below `root`, and leaves no file behind.
///
/// # Errors
/// [`CreateError`], as [`create`] would report it.
pub fn test(root: &Path, path: &RepoPath) -> Result<(), CreateError> {
    let Way { folder, .. } = way(root, path)?;
    let (temporary, _) = super::write::beside(&folder.join(path.file_name()))?;
    Ok(fs::remove_file(temporary)?)
}

/// Creates a file below `root`, and the folders above it. At every time, even after a kill, the file is absent or complete.
///
/// ```
/// use source::RepoPath;
/// use source::create::{CreateError, create};
///
/// let root = tempfile::tempdir()?;
/// let path = RepoPath::new(".github/workflows/a.yml");
/// create(root.path(), &path, b"on: push\n")?;
/// assert!(matches!(create(root.path(), &path, b"on: pull_request\n"), Err(CreateError::Exists)));
/// assert_eq!(std::fs::read(root.path().join(".github/workflows/a.yml"))?, b"on: push\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CreateError`]; the file is not created then.
pub fn create(root: &Path, path: &RepoPath, bytes: &[u8]) -> Result<(), CreateError> {
    let Way { folder, absent } = way(root, path)?;
    let folder = folder.join(absent);
    fs::create_dir_all(&folder)?;
    let place = folder.join(path.file_name());
    let (temporary, mut file) = super::write::beside(&place)?;
    let created = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let created = created.and_then(|()| name(&temporary, &place));
    // The first error is reported. After a link the first name remains, after a move it does not.
    let _ = fs::remove_file(&temporary);
    created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CreateError::Exists,
        _ => error.into(),
    })
}

/// Gives a complete file its name, which must not exist: a link is refused in this case, a move would not be.
fn name(temporary: &Path, place: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !exists(place) => {
            // Not every file system supports links.
            fs::rename(temporary, place)
        }
        linked => linked,
    }
}

/// The folders above a file.
struct Way {
    /// The last folder that exists.
    folder: PathBuf,
    /// The folders below it that do not exist.
    absent: PathBuf,
}

/// The folders above a file that does not exist; an error if a part of its path is not a folder.
fn way(root: &Path, path: &RepoPath) -> Result<Way, CreateError> {
    let relative = Path::new(path.as_str());
    let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if path.file_name().is_empty() || !is_plain {
        return Err(CreateError::Outside(root.to_owned()));
    }
    let mut found = Way { folder: root.to_owned(), absent: PathBuf::new() };
    for part in relative.parent().into_iter().flat_map(Path::components) {
        let next = found.folder.join(&found.absent).join(part);
        let shown = || next.strip_prefix(root).unwrap_or(&next).display().to_string();
        match fs::symlink_metadata(&next) {
            Ok(metadata) if metadata.is_dir() => found.folder = next,
            Ok(metadata) if metadata.is_symlink() => return Err(CreateError::Link(shown())),
            Ok(_) => return Err(CreateError::NotAFolder(shown())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.absent.push(part),
            Err(error) => return Err(error.into()),
        }
    }
    if exists(&root.join(relative)) {
        return Err(CreateError::Exists);
    }
    Ok(found)
}

/// True if a file, a folder or a link of that name exists, even a link without a target.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_written_through_a_link_or_over_a_file() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(outside.path(), root.path().join(".github")).unwrap();
        symlink("nowhere", root.path().join("dangling.yml")).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let refused = |path: &str| {
            let path = RepoPath::new(path);
            let (tested, created) = (test(root.path(), &path), create(root.path(), &path, b"x"));
            assert_eq!(tested.unwrap_err().to_string(), created.as_ref().unwrap_err().to_string());
            created.unwrap_err().to_string()
        };
        assert_eq!(refused(".github/workflows/a.yml"), ".github is a symbolic link");
        assert_eq!(refused("file/a.yml"), "file is not a folder");
        assert_eq!(refused("dangling.yml"), "it exists already");
        assert_eq!(refused("file"), "it exists already");
        assert!(refused("/etc/a.yml").starts_with("it is not a file below "));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 3, "no temporary file is left");
    }

    #[test]
    fn a_test_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        test(root.path(), &RepoPath::new("a/b/c.yml")).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        create(root.path(), &RepoPath::new("a/b/c.yml"), b"c").unwrap();
        assert_eq!(fs::read(root.path().join("a/b/c.yml")).unwrap(), b"c");
        assert_eq!(fs::read_dir(root.path().join("a/b")).unwrap().count(), 1);
    }
}
