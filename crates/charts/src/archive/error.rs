//! Why an archive is not read.

use thiserror::Error;

/// Why an archive that exists is not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArchiveError {
    /// The archive itself is longer than the limit, in bytes.
    #[error("the archive is longer than {0} bytes")]
    PackedTooLarge(usize),
    /// More files than are kept.
    #[error("the archive holds more than {0} files")]
    TooManyFiles(usize),
    /// A file is larger than the limit, in bytes.
    #[error("the file {path} in the archive is larger than {limit} bytes")]
    FileTooLarge {
        /// The path of the file.
        path: String,
        /// Most bytes of a file.
        limit: u64,
    },
    /// More bytes, inflated, than the limit. Archives inside of the archive count.
    #[error("the archive inflates to more than {0} bytes")]
    TooLarge(u64),
    /// More archives of charts inside of each other than are opened.
    #[error("charts are nested more than {0} deep in the archive")]
    TooDeep(usize),
    /// A path that leads out of the chart, or to no chart's folder. Helm refuses these too.
    #[error("the archive holds a file outside of the chart's folder: {0}")]
    Outside(String),
    /// It is no archive, as the page of a login.
    #[error("the archive is not compressed with gzip")]
    NotCompressed,
    /// There is no `Chart.yaml`.
    #[error("the archive holds no Chart.yaml")]
    NoChart,
    /// The archive is broken, or is none.
    #[error("the archive cannot be read: {0}")]
    Malformed(String),
}
