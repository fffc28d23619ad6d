//! The result of a look-up in an index, and the reasons why an index cannot be read.

use thiserror::Error;

use crate::entry::Entry;

/// The result of the look-up of a chart in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The versions of the chart, in the order of the index.
    Listed(Vec<Entry>),
    /// The index does not list the chart.
    Missing {
        /// The charts that it lists.
        charts: Vec<String>,
    },
}

/// The reason why an index cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IndexError {
    /// It is larger than the limit, in bytes.
    #[error("the index is larger than {0} bytes")]
    TooLarge(u64),
    /// It is not an index.
    #[error("the index cannot be read: {0}")]
    Malformed(String),
    /// Reading failed, or the compressed stream is broken.
    #[error("the index cannot be read: {0}")]
    Unreadable(String),
}
