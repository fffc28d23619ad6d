//! A file that outlives a run: read, changed and replaced under a lock.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use source::write;

use crate::error::Error;

/// Time that a run waits for the lock of another one, which holds it for as long as a file is read and written.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(20);
/// Maximum size of a file, in bytes.
pub const LARGEST: u64 = 1 << 30;

/// A file that outlives a run.
#[derive(Clone, Debug)]
pub struct RecordFile {
    /// The path of the option.
    named: PathBuf,
    /// The canonical path of the file.
    path: PathBuf,
}

impl RecordFile {
    /// The file of an option, tested for reading and writing. It may be absent; a link, a folder or a pipe is refused.
    ///
    /// # Errors
    /// [`Error::Record`] if it cannot be read and replaced.
    pub fn open(root: &Path, named: &Path) -> Result<Self, Error> {
        let refused = |error: io::Error| unusable(named, &error);
        let path = write::place(root, named).map_err(refused)?;
        let file = Self { named: named.to_owned(), path };
        file.content().map_err(refused)?;
        write::try_out(&file.path).map_err(refused)?;
        Ok(file)
    }

    /// The canonical path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file; none if it is absent.
    ///
    /// # Errors
    /// [`Error::Record`] if it cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        self.content().map_err(|error| unusable(&self.named, &error))
    }

    /// Replaces the bytes of the file by those that `change` returns. A lock, `FILE.lock`, excludes other
    /// runs in the meantime.
    ///
    /// # Errors
    /// [`Error::Record`] if it cannot be locked, read or replaced, or `change` refuses its content. The file
    /// is unchanged then.
    pub fn update<T>(&self, change: impl FnOnce(&[u8]) -> Result<(Vec<u8>, T), String>) -> Result<T, Error> {
        let refused = |error: io::Error| unusable(&self.named, &error);
        let lock = self.locked().map_err(refused)?;
        let content = self.content().map_err(refused)?;
        let (bytes, result) = change(&content).map_err(|why| self.unusable(why))?;
        write::write_durably(&self.path, &bytes).map_err(refused)?;
        drop(lock);
        Ok(result)
    }

    /// The error of a file whose content cannot be used, for this reason.
    pub fn unusable(&self, why: String) -> Error {
        Error::Record { file: self.named.clone(), why }
    }

    fn content(&self) -> io::Result<Vec<u8>> {
        let meta = match fs::symlink_metadata(&self.path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if !meta.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if meta.len() > LARGEST {
            return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
        }
        fs::read(&self.path)
    }

    /// The lock of the file, which ends with the process at the latest. It is a separate file: the file
    /// itself is replaced.
    fn locked(&self) -> io::Result<File> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let lock = File::options().create(true).append(true).open(name)?;
        let end = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other("another run has locked it for 30 seconds"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

fn unusable(file: &Path, error: &io::Error) -> Error {
    Error::Record { file: file.to_owned(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_at_the_same_time_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = RecordFile::open(folder.path(), Path::new("record")).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        file.update(|bytes| Ok(([bytes, b"x"].concat(), ()))).unwrap();
                    }
                });
            }
        });
        assert_eq!(file.read().unwrap().len(), 80);
    }

    #[test]
    fn only_a_regular_file_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("target", folder.path().join("link")).unwrap();
        for (name, why) in
            [("folder", "not a regular file"), ("link", "not a regular file"), ("no/file", "no folder")]
        {
            let error = RecordFile::open(folder.path(), Path::new(name)).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
