//! The bounds of one rendering.

use std::time::Duration;

/// The bounds of one rendering. Processor time and memory are limited by the program `prlimit` or by the
/// shell of the system, if one of them can; time and output are always limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one run of helm.
    pub time: Duration,
    /// Processor time of one run of helm, in whole seconds.
    pub processor: Duration,
    /// Memory that helm may use, in bytes; it starts with 130 MB. The limit is one of the address space, to which
    /// the space is added that Go reserves. A limit of the data (`RLIMIT_DATA`) does not hold: Linux does not
    /// count pages that Go maps over its own reservation.
    pub memory: u64,
    /// Maximum number of bytes that helm may write.
    pub output: usize,
    /// Maximum number of files of the chart, with its subcharts.
    pub files: usize,
    /// Maximum size of these files together, in bytes.
    pub bytes: u64,
    /// Maximum number of runs of helm for one trace, besides the plain rendering.
    pub attempts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            processor: Duration::from_secs(20),
            memory: 1 << 30,
            output: 32 << 20,
            files: 10_000,
            bytes: 64 << 20,
            attempts: 10,
        }
    }
}
