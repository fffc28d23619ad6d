//! Chart repositories: which version of a chart a request takes, and what is in it.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod entry;
mod time;
mod version;

pub use entry::Entry;
pub use version::{Consumer, NoVersion, TagChoice, choose, choose_tag, near, tag_choice};
