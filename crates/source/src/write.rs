//! Writes a file completely: no reader finds a part of it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Age from which a temporary file counts as left behind by a killed run.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// True for an open file by its number: other processes may write to it too.
pub fn is_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|stream| path.starts_with(stream))
}

/// Writes a file so that no reader finds a part of it. A link is replaced. A pipe, a terminal, and a file in
/// a folder without write permission are written in place.
///
/// # Errors
/// The error of the system.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, Durability::System)
}

/// Writes a file as [`write`] does, and waits until it is on the disk: after a loss of power the file is the old or the new
/// one.
///
/// # Errors
/// The error of the system.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, Durability::Disk)
}

/// The canonical path of a file that need not exist yet; a relative one is below `root`. A link is not
/// followed: in a checkout, the author of the pull request decides its target.
///
/// # Errors
/// A message that the folder does not exist, or that the path does not name a file.
pub fn place(root: &Path, path: &Path) -> io::Result<PathBuf> {
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

/// Tests if a file can be written, without writing it. A pipe is opened only once, for its content: its
/// reader would read a test as the end.
///
/// # Errors
/// The error of the system, or a message that it is a folder.
pub fn try_out(path: &Path) -> io::Result<()> {
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

/// The guarantee after a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// The system has it, and writes it to the disk later.
    System,
    /// It is on the disk.
    Disk,
}

fn put(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let old = match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_symlink() => Some(meta),
        _ => None,
    };
    if is_stream(path) || old.as_ref().is_some_and(|meta| !meta.is_file()) {
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    }
    let (temporary, file) = match (beside(path), &old) {
        (Ok(beside), _) => beside,
        (Err(error), Some(_)) if error.kind() == io::ErrorKind::PermissionDenied => {
            return in_place(path, bytes);
        }
        // For example a full disk, on which a file that is written in place would be lost.
        (Err(error), _) => return Err(error),
    };
    let written = replace(path, &temporary, file, bytes, old.as_ref(), durability);
    if written.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Writes a file in place. If that fails, for example on a full disk, the file gets its old content again: it is cut only
/// after the new content is written, so that the old one has its space.
fn in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = fs::read(path).unwrap_or_default();
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut put = |bytes: &[u8]| {
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)
    };
    put(bytes).inspect_err(|_| {
        // The first error is reported.
        let _ = put(&old);
    })
}

/// Writes the temporary file, with the permissions of the old one, and moves it to its place.
fn replace(
    path: &Path,
    temporary: &Path,
    mut file: File,
    bytes: &[u8],
    old: Option<&Metadata>,
    durability: Durability,
) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(meta) = old {
        file.set_permissions(meta.permissions())?;
    }
    if durability == Durability::Disk {
        file.sync_all()?;
    }
    // Closed first: not every system moves an open file.
    drop(file);
    fs::rename(temporary, path)?;
    if durability == Durability::Disk {
        sync_folder(path);
    }
    Ok(())
}

/// Waits until the new name of a file is on the disk, if the system can open folders.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        // The file exists; some file systems cannot synchronise a folder.
        let _ = folder.sync_all();
    }
}

/// Creates a new temporary file in the same folder, and removes those that killed runs have left behind
/// there.
///
/// # Errors
/// The error of the system, or a message that all names exist.
pub fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    const NAMES: u32 = 16;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    remove_left_behind(path);
    let mut taken = io::Error::other("names of temporary files are taken");
    for n in 0..NAMES {
        let temporary = path.with_file_name(format!(".{name}.{}-{n}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

/// Removes temporary files of this file that a killed run has left behind.
fn remove_left_behind(place: &Path) {
    let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let beginning = format!(".{}.", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let middle = file_name.to_str().and_then(|name| name.strip_prefix(&beginning)?.strip_suffix(".tmp"));
        let is_temporary = middle.is_some_and(|middle| {
            middle.contains('-') && middle.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        });
        if is_temporary && is_old(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_old(path: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    metadata.is_file() && age.is_some_and(|age| age > LEFT_BEHIND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_runs_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let left = File::create(folder.path().join(".record.json.12-0.tmp")).unwrap();
        left.set_modified(SystemTime::now() - 2 * LEFT_BEHIND).unwrap();
        write(&folder.path().join("record.json"), b"{}").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
