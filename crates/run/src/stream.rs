//! Reads streams that may block forever: standard input, pipes, files on a dead network share.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::deadline::{Deadline, Overdue, Waited};

/// Time for a pipe after the deadline.
const GRACE: Duration = Duration::from_secs(1);

/// Runs `work` in a separate thread and returns its result. After the deadline the thread is abandoned, and
/// ends with the process.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] with an [`Overdue`] inside if the deadline passes first; other kinds if the
/// system gives no thread.
pub fn bounded<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    deadline.check().map_err(timed_out)?;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        // The receiver is dropped after the deadline.
        let _ = sender.send(work());
    })?;
    loop {
        match deadline.wait(&receiver).map_err(timed_out)? {
            Waited::Message(result) => return Ok(result),
            Waited::Nothing => {}
            Waited::Closed => return Err(io::Error::other("the thread that did the work stopped")),
        }
    }
}

/// Reads a stream to its end, or up to `most` bytes.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if the stream does not end before the deadline, and the stream's own errors.
pub fn read_stream(
    stream: impl Read + Send + 'static,
    most: u64,
    deadline: &Deadline,
) -> io::Result<Vec<u8>> {
    bounded(deadline, move || read(stream, most))?
}

/// Reads a file to its end, or up to `most` bytes. It may be a pipe without a writer.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if it does not end before the deadline, and the system's own errors.
pub fn read_file(path: &Path, most: u64, deadline: &Deadline) -> io::Result<Vec<u8>> {
    // Reading a regular file needs no thread.
    if path.metadata()?.is_file() {
        return read(File::open(path)?, most);
    }
    let path = path.to_owned();
    bounded(deadline, move || read(File::open(path)?, most))?
}

/// Works on a file that may be a pipe without a reader. For a pipe or a device it waits until the deadline,
/// and at least for a second, because the result of a run is written after the deadline.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if the work takes longer, and its own errors.
pub fn with_file<T: Send + 'static>(
    path: &Path,
    deadline: &Deadline,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let may_block = path.metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir());
    if !may_block {
        return work();
    }
    let deadline = Deadline::after(deadline.left().max(GRACE));
    bounded(&deadline, work).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "nothing took it before the deadline")
        }
        _ => error,
    })?
}

fn read(stream: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn timed_out(error: Overdue) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, error)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A stream that never ends and never has data.
    struct Silent;

    impl Read for Silent {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                thread::park();
            }
        }
    }

    #[test]
    fn a_stream_is_read_up_to_a_limit() {
        let deadline = Deadline::after(Duration::from_secs(30));
        assert_eq!(read_stream(&b"abcdef"[..], 4, &deadline).unwrap(), b"abcd");
        assert_eq!(read_stream(io::repeat(b'x'), 1 << 20, &deadline).unwrap().len(), 1 << 20);
    }

    #[test]
    fn a_silent_stream_ends_with_the_deadline() {
        let error = read_stream(Silent, 4, &Deadline::after(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "the deadline of 50ms passed");
        let deadline = Deadline::after(Duration::from_secs(30));
        deadline.cancel();
        assert_eq!(read_stream(Silent, 4, &deadline).unwrap_err().to_string(), "the run was cancelled");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_without_a_writer_ends_with_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = read_file(&pipe, 4, &Deadline::after(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let missing = read_file(&folder.path().join("x"), 4, &Deadline::after(Duration::from_secs(1)));
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
