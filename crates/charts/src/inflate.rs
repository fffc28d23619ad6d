//! Inflates with a limit: a few kilobytes can expand to gigabytes.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;

/// The first bytes of a gzip stream. No text and no tar archive begins with these bytes.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes that may still be read, shared by all readers that count into it.
#[derive(Debug)]
pub(crate) struct Budget {
    /// The bytes that were allowed at first.
    pub(crate) limit: u64,
    left: Cell<u64>,
    exceeded: Cell<bool>,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        Self { limit: bytes, left: Cell::new(bytes), exceeded: Cell::new(false) }
    }

    /// True if a reader exceeded the limit. It fails then, and other readers may wrap its error.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }
}

/// A reader that fails when the budget is exceeded.
pub(crate) struct Capped<'a, R> {
    inner: R,
    budget: &'a Budget,
}

impl<'a, R: Read> Capped<'a, R> {
    pub(crate) fn new(inner: R, budget: &'a Budget) -> Self {
        Self { inner, budget }
    }
}

impl<R: Read> Read for Capped<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.left.get();
        if left == 0 && !buffer.is_empty() {
            // The stream may end exactly here.
            if self.inner.read(&mut [0])? == 0 {
                return Ok(0);
            }
            self.budget.exceeded.set(true);
            return Err(io::Error::other("the limit is exceeded"));
        }
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.inner.read(buffer.get_mut(..room).unwrap_or_default())?;
        self.budget.left.set(left - read as u64);
        Ok(read)
    }
}

/// True if a stream is compressed with gzip.
pub(crate) fn is_gzip(input: &mut impl BufRead) -> io::Result<bool> {
    Ok(input.fill_buf()?.starts_with(&MAGIC))
}

/// The content of a stream, inflated if it is compressed with gzip.
pub(crate) fn inflated<'a>(mut input: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    if is_gzip(&mut input)? {
        return Ok(Box::new(MultiGzDecoder::new(input)));
    }
    Ok(Box::new(input))
}
