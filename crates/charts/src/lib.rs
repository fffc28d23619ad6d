//! Chart repositories: which version of a chart a request takes, and what is in it.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod archive;
mod entry;
mod index;
mod inflate;
mod time;
mod version;

pub use archive::{ArchiveError, Limits, Unpacked, unpack};
pub use entry::Entry;
pub use index::{INDEX_LIMIT, IndexError, Lookup, look_up};
pub use version::{Consumer, NoVersion, TagChoice, choose, choose_tag, near, tag_choice};
