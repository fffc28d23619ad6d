//! The files of a cache. Only regular files are opened: the opening of a pipe waits for its other end.

use std::io;
use std::path::Path;

use crate::ReadError;
use crate::disk::read_regular;
use crate::write;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// [`ReadError`] if it is absent, larger, not a regular file, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => read_regular(path, metadata.len(), limit),
        Ok(_) => Err(ReadError::Unreadable("it is not a regular file".to_owned())),
        Err(error) => Err(ReadError::Unreadable(error.to_string())),
    }
}

/// Writes a file completely, like [`write::write`], unless something else than a regular file is in its place.
///
/// # Errors
/// The error of the system, or [`io::ErrorKind::InvalidData`] for something else.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    write::write(path, bytes)
}
