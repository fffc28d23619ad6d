//! The bounds of a notification's size.

/// Maximum length of a body that is read, in bytes.
pub const LONGEST_BODY: usize = 1 << 20;
/// Maximum length of a message, in characters: the limit of Flux.
pub(crate) const LONGEST_MESSAGE: usize = 39_000;
/// Maximum length of any other text, in characters.
pub(crate) const LONGEST_TEXT: usize = 1_024;
/// Maximum number of entries of a list.
pub(crate) const MOST_ENTRIES: usize = 100;
