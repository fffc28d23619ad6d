//! A file as text, with the mapping from the text to the stored bytes.

use std::sync::{Arc, OnceLock};

use thiserror::Error;

use super::{Location, RepoPath, Span};

/// A decoded file. The text has no byte order mark; spans are offsets into the text.
#[derive(Debug)]
pub struct SourceFile {
    path: RepoPath,
    text: String,
    /// The archive that it comes from, if it is not a file of the repository.
    origin: Option<Arc<str>>,
    encoding: Encoding,
    index: OnceLock<Index>,
}

/// The starts of lines, and the number of characters before each block of [`BLOCK`] bytes: a location at the
/// end of a 16 MiB line costs the same as one at the start of a file.
#[derive(Debug)]
struct Index {
    lines: Vec<u32>,
    blocks: Vec<Count>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 1024;

/// Characters, and UTF-16 units, in some text.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    chars: usize,
    units: usize,
}

impl Count {
    /// Counts the first bytes of characters, so that a block may begin within a character.
    fn add(self, bytes: &[u8]) -> Self {
        let first = |byte: &&u8| **byte & 0xc0 != 0x80;
        let pair = |byte: &&u8| **byte >= 0xf0;
        let chars = bytes.iter().filter(first).count();
        Self { chars: self.chars + chars, units: self.units + chars + bytes.iter().filter(pair).count() }
    }
}

/// The encoding of the bytes (YAML 1.2.2, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// UTF-8 after a mark of this many bytes (0 or 3).
    Utf8(usize),
    /// UTF-16 after a mark of this many bytes (0 or 2).
    Utf16(usize, Order),
}

/// The order of the two bytes of a UTF-16 unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    fn bytes(self, unit: u16) -> [u8; 2] {
        match self {
            Self::Little => unit.to_le_bytes(),
            Self::Big => unit.to_be_bytes(),
        }
    }
}

/// The error of bytes that are not text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Not UTF-8 from this byte on.
    #[error("the file is not UTF-8: byte {byte} does not belong to a character")]
    Utf8 {
        /// The first byte that belongs to no character, counted from 0.
        byte: usize,
        /// True if other readers may read a part of it all the same: readers of JSON replace such bytes, and kubectl reads the
        /// documents before.
        may_be_read: bool,
    },
    /// Half a surrogate pair, or an odd number of bytes.
    #[error("the file looks like UTF-16, but does not decode")]
    Utf16,
}

impl SourceFile {
    /// Decodes UTF-8 and UTF-16, with a byte order mark or without.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are neither.
    pub fn decode(path: RepoPath, bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let (little, big) = (Order::Little, Order::Big);
        let (text, encoding) = match bytes.as_slice() {
            [0xff, 0xfe, rest @ ..] => (utf16(rest, little)?, Encoding::Utf16(2, little)),
            [0xfe, 0xff, rest @ ..] => (utf16(rest, big)?, Encoding::Utf16(2, big)),
            [first, 0, ..] if *first != 0 => (utf16(&bytes, little)?, Encoding::Utf16(0, little)),
            [0, second, ..] if *second != 0 => (utf16(&bytes, big)?, Encoding::Utf16(0, big)),
            [0xef, 0xbb, 0xbf, rest @ ..] => (utf8(rest.to_vec())?, Encoding::Utf8(3)),
            _ => (utf8(bytes)?, Encoding::Utf8(0)),
        };
        Ok(Self { path, text, origin: None, encoding, index: OnceLock::new() })
    }

    /// A file of this text.
    pub fn of_text(path: RepoPath, text: &str) -> Self {
        let index = OnceLock::new();
        Self { path, text: text.to_owned(), origin: None, encoding: Encoding::Utf8(0), index }
    }

    /// The same file with the name of the archive that it comes from.
    #[must_use]
    pub fn of_archive(mut self, name: &Arc<str>) -> Self {
        self.origin = Some(Arc::clone(name));
        self
    }

    /// The name of the archive that it comes from; `None` for a file of the repository.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The bytes of a text in the encoding of this file, after its byte order mark.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8(0) => text.as_bytes().to_vec(),
            Encoding::Utf8(_) => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Encoding::Utf16(mark, order) => {
                let mut bytes = Vec::with_capacity(mark + 2 * text.len());
                if mark > 0 {
                    bytes.extend(order.bytes(0xfeff));
                }
                for unit in text.encode_utf16() {
                    bytes.extend(order.bytes(unit));
                }
                bytes
            }
        }
    }

    /// The bytes of the file as they were read.
    pub fn bytes(&self) -> Vec<u8> {
        self.encode(&self.text)
    }

    /// The file's path.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty if the span is not in this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Line and column of a span. Lines end at LF (and so at CR LF).
    pub fn location(&self, span: Span) -> Location {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end);
        Location {
            line,
            column,
            end_line,
            end_column,
            byte_start: self.stored_offset(span.start),
            byte_end: self.stored_offset(span.end),
        }
    }

    /// The text of a line (from 1) without its end.
    pub fn line(&self, line: usize) -> Option<&str> {
        Some(self.slice(self.line_span(line)?))
    }

    /// The place of a line (from 1) without its end.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let lines = &self.index().lines;
        let start = *lines.get(line.checked_sub(1)?)? as usize;
        let end = lines.get(line).map_or(self.text.len(), |next| *next as usize);
        let line = self.text.get(start..end)?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some(Span::new(start..start + line.len()))
    }

    fn line_column(&self, offset: u32) -> (usize, usize) {
        let lines = &self.index().lines;
        let line = lines.partition_point(|start| *start <= offset).max(1);
        let start = lines.get(line - 1).copied().unwrap_or_default();
        (line, self.before(offset).chars - self.before(start).chars + 1)
    }

    fn stored_offset(&self, offset: u32) -> usize {
        match self.encoding {
            Encoding::Utf8(mark) => mark + offset as usize,
            Encoding::Utf16(mark, _) => mark + 2 * self.before(offset).units,
        }
    }

    fn before(&self, offset: u32) -> Count {
        let offset = (offset as usize).min(self.text.len());
        let block = offset / BLOCK;
        let count = self.index().blocks.get(block).copied().unwrap_or_default();
        count.add(self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default())
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let lines = std::iter::once(0).chain(breaks.map(|(at, _)| cut(at + 1))).collect();
            let mut blocks = vec![Count::default()];
            let mut count = Count::default();
            for block in self.text.as_bytes().chunks(BLOCK) {
                count = count.add(block);
                blocks.push(count);
            }
            Index { lines, blocks }
        })
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, DecodeError> {
    String::from_utf8(bytes).map_err(|error| {
        let (byte, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let before = bytes.get(..byte).unwrap_or_default();
        let may_be_read = begins_with_object(bytes) || before.windows(4).any(|line| line == b"\n---");
        DecodeError::Utf8 { byte, may_be_read }
    })
}

/// True for an open brace and a quote, with blanks around the brace.
fn begins_with_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
}

fn utf16(bytes: &[u8], order: Order) -> Result<String, DecodeError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError::Utf16);
    }
    char::decode_utf16(pairs.iter().map(|pair| order.unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| DecodeError::Utf16)
}
