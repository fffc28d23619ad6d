//! The limits of downloads.

use std::time::Duration;

use crate::archive::Limits;
use crate::index::INDEX_LIMIT;

/// Maximum length of an archive as it arrives, in bytes.
pub(crate) const ARCHIVE_LIMIT: usize = 32 << 20;

/// The limits of indexes and archives.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Maximum number of bytes of an index, inflated.
    pub index: u64,
    /// The limits of archives.
    pub archive: Limits,
    /// Time limit of one attempt at a download.
    pub timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { index: INDEX_LIMIT, archive: Limits::default(), timeout: Duration::from_mins(1) }
    }
}
