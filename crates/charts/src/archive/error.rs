//! The reasons why an archive is not read.

use thiserror::Error;

/// The reason why an archive that exists is not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArchiveError {
    /// The compressed archive is larger than the limit, in bytes.
    #[error("the archive is longer than {0} bytes")]
    PackedTooLarge(usize),
    /// The archive has more files than the limit.
    #[error("the archive holds more than {0} files")]
    TooManyFiles(usize),
    /// A file is larger than the limit, in bytes.
    #[error("the file {path} in the archive is larger than {limit} bytes")]
    FileTooLarge {
        /// The path of the file.
        path: String,
        /// Maximum number of bytes of a file.
        limit: u64,
    },
    /// The inflated content is larger than the limit. Archives within the archive count.
    #[error("the archive inflates to more than {0} bytes")]
    TooLarge(u64),
    /// Charts are nested deeper within archives than the limit.
    #[error("charts are nested more than {0} deep in the archive")]
    TooDeep(usize),
    /// A path that leads out of the chart, or is not in a chart's folder. Helm refuses these too.
    #[error("the archive holds a file outside of the chart's folder: {0}")]
    Outside(String),
    /// The content is not an archive, for example the page of a login.
    #[error("the archive is not compressed with gzip")]
    NotCompressed,
    /// The archive has no `Chart.yaml`.
    #[error("the archive holds no Chart.yaml")]
    NoChart,
    /// The archive is broken, or is not an archive.
    #[error("the archive cannot be read: {0}")]
    Malformed(String),
}
