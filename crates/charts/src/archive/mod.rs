//! The archive of a chart (`.tgz`), unpacked into memory as Helm reads it, with limits.

mod error;
mod path;
mod unpack;

pub use error::ArchiveError;
pub use unpack::{Limits, Unpacked, unpack};

#[cfg(test)]
mod tests;
