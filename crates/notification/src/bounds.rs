//! The bounds of a notification's size.

/// Longest body that is read, in bytes.
pub const LONGEST_BODY: usize = 1 << 20;
/// Longest message, in characters: as long as Flux makes it.
pub(crate) const LONGEST_MESSAGE: usize = 39_000;
/// Longest other text, in characters.
pub(crate) const LONGEST_TEXT: usize = 1_024;
/// Most entries of a list.
pub(crate) const MOST_ENTRIES: usize = 100;
