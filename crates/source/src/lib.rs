//! Text and its places: repository paths, source files, byte spans, and lines and columns for reports. All other
//! crates use these types for places.
//!
//! ```
//! use source::{RepoPath, SourceFile, Span};
//!
//! let file = SourceFile::decode(RepoPath::new("a.yaml"), b"kind: Pod\nname: web\n".to_vec())?;
//! let at = file.location(Span::new(16..19));
//! assert_eq!((file.slice(Span::new(16..19)), at.line, at.column), ("web", 2, 7));
//! # Ok::<(), source::DecodeError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

pub mod cached;
pub mod change;
pub mod create;
pub mod disk;
pub mod edit;
mod file;
mod overlay;
pub mod replace;
pub mod write;

pub use file::{DecodeError, SourceFile};
pub use overlay::Overlay;

/// A path inside a repository (or below the folder that is checked): relative, `/` between its parts,
/// no `.` or `..`. The same on every platform. Only a file outside of both has an absolute one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// Normalises `path`: both slashes separate, `.` and empty parts are removed, `..` removes its parent and
    /// stops at the root.
    pub fn new(path: &str) -> Self {
        if is_normal(path) {
            return Self(path.into());
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split(['/', std::path::MAIN_SEPARATOR]) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let root = if path.starts_with('/') { "/" } else { "" };
        Self(format!("{root}{}", parts.join("/")).into())
    }

    /// The path of a relative file-system path; `None` if it is not UTF-8.
    pub fn from_path(path: &Path) -> Option<Self> {
        path.to_str().map(Self::new)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last part; empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder above it; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into())
    }

    /// A path relative to this folder.
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        if self.0.is_empty() {
            return Self::new(relative);
        }
        let joined = [&*self.0, "/", relative].concat();
        if is_normal(relative) && !self.0.ends_with('/') { Self(joined.into()) } else { Self::new(&joined) }
    }

    /// The path relative to a folder; `None` for a path that is not below it.
    #[must_use]
    pub fn below(&self, folder: &Self) -> Option<Self> {
        if folder.0.is_empty() {
            return Some(self.clone());
        }
        self.0.strip_prefix(&*folder.0)?.strip_prefix('/').map(|rest| Self(rest.into()))
    }

    /// True if it is a folder, or below it.
    #[must_use]
    pub fn is_on_or_below(&self, folder: &Self) -> bool {
        self == folder || self.below(folder).is_some()
    }

    /// Its folders from the nearest to the root, which is the empty path.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        let mut next = (!self.0.is_empty()).then(|| self.parent());
        std::iter::from_fn(move || {
            let current = next.take()?;
            next = (!current.0.is_empty()).then(|| current.parent());
            Some(current)
        })
    }

    /// True if its name has a suffix of YAML or JSON, or is kustomize's name without a suffix.
    pub fn is_yaml(&self) -> bool {
        let name = self.file_name();
        name == "Kustomization"
            || name.rsplit_once('.').is_some_and(|(_, end)| {
                ["yaml", "yml", "json"].iter().any(|known| end.eq_ignore_ascii_case(known))
            })
    }
}

/// True if a path is relative and has nothing to normalise.
fn is_normal(relative: &str) -> bool {
    let mut parts = relative.split('/');
    !relative.contains('\\') && parts.all(|part| !matches!(part, "" | "." | ".."))
}

impl Default for RepoPath {
    fn default() -> Self {
        Self::new("")
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// A range of bytes of a [`SourceFile`]'s text, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// From byte offsets; offsets beyond 4 GiB are cut off (files of that size are never read).
    pub fn new(range: Range<usize>) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: cut(range.start), end: cut(range.end) }
    }

    /// As a range of `usize`.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// True if it has no bytes.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The part of this span at `range`, counted from its start.
    #[must_use]
    pub fn part(self, range: Range<usize>) -> Self {
        let start = self.start as usize;
        Self::new(start + range.start..start + range.end)
    }
}

/// The place of a span for reports. Made only by [`SourceFile::location`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, from 1, in characters.
    pub column: usize,
    /// Line of the end, from 1.
    pub end_line: usize,
    /// Column after the last character, from 1, in characters.
    pub end_column: usize,
    /// Offset of the first byte in the file as it is stored.
    pub byte_start: usize,
    /// Offset after the last byte in the file as it is stored.
    pub byte_end: usize,
}

/// A span in its file.
#[derive(Clone, Debug)]
pub struct Site {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The bytes of the file's text.
    pub span: Span,
}

impl Site {
    /// The text that it covers.
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }

    /// Its line and column.
    pub fn location(&self) -> Location {
        self.file.location(self.span)
    }

    /// The part of it at `range`, counted from its start.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        Self { file: Arc::clone(&self.file), span: self.span.part(range) }
    }
}

/// A set of files by path: a git tree, the work tree, a folder, standard input, memory.
pub trait Files: Send + Sync {
    /// The bytes of a file; `None` if there is no regular file of that path.
    ///
    /// # Errors
    /// [`ReadError`] if it is larger than `limit` bytes, or cannot be read.
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError>;

    /// All regular files, sorted by path.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`] if the set itself cannot be listed.
    fn list(&self) -> Result<Vec<RepoPath>, ReadError>;

    /// Sorts paths into the order in which they are read fastest. The order has no other meaning.
    fn sort_for_reading(&self, paths: &mut [&RepoPath]) {
        let _ = paths;
    }

    /// All symbolic links with their targets as they are stored, sorted by path. The target is relative to
    /// the folder of the link, may lead outside of the set, and need not exist. A link whose target is not
    /// UTF-8 is left out.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`] if the links cannot be listed or a target cannot be read.
    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        Ok(Vec::new())
    }

    /// Regular files below a folder that can be read but are not in the list, sorted by path: a template of a
    /// chart in this folder may read them.
    fn unlisted(&self, folder: &RepoPath) -> Vec<RepoPath> {
        let _ = folder;
        Vec::new()
    }
}

/// The error of a file that could not be read. It becomes a finding about that file; all others are still checked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// Larger than `--max-file-size`.
    #[error("the file is too large: {size} bytes, and the limit is {limit}")]
    TooLarge {
        /// Bytes of the file.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The operating system or git refused.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

/// Files held in memory: standard input, and tests.
#[derive(Clone, Debug, Default)]
pub struct Memory(std::collections::BTreeMap<RepoPath, Vec<u8>>);

impl Memory {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(RepoPath::new(path), bytes.into());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(bytes) = self.0.get(path) else { return Ok(None) };
        let size = bytes.len() as u64;
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        Ok(Some(bytes.clone()))
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        Ok(self.0.keys().cloned().collect())
    }
}

#[cfg(test)]
mod tests;
