//! Writing a file as a whole: no reader finds half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// An open file by its number may be one that others write to as well.
pub fn is_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|stream| path.starts_with(stream))
}

/// Writes a file so that no reader finds half of it, and a link is replaced. What is no regular file (a pipe,
/// a terminal), or stands in a folder that takes no new files, is written as it is.
///
/// # Errors
/// What the system says.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = fs::symlink_metadata(path).ok().filter(|meta| !meta.is_symlink());
    if is_stream(path) || old.as_ref().is_some_and(|meta| !meta.is_file()) {
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    }
    let (temporary, mut file) = match (beside(path), &old) {
        (Ok(beside), _) => beside,
        (Err(_), Some(_)) => return fs::write(path, bytes),
        (Err(error), None) => return Err(error),
    };
    let written = file.write_all(bytes).and_then(|()| match &old {
        Some(meta) => file.set_permissions(meta.permissions()),
        None => Ok(()),
    });
    drop(file);
    let written = written.and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What stopped the writing is what is told.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Creates a new temporary file in the same folder.
///
/// # Errors
/// The error of the system, or that all names are taken.
pub fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    const NAMES: u32 = 16;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
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
