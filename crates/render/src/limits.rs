//! The bounds of one rendering.

use std::time::Duration;

/// The bounds of one rendering. Processor time and memory are enforced by the program `prlimit` or the shell of the system,
/// where one of them can; time and output everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one run of helm.
    pub time: Duration,
    /// Processor time of one run of helm, in whole seconds.
    pub processor: Duration,
    /// Memory that helm may write to, in bytes; it starts with 130 MB. Address space is not a measure of it,
    /// for Go reserves more than it uses, and the more the more processors there are.
    pub memory: u64,
    /// Bytes that helm may write.
    pub output: usize,
    /// Files of the chart, with its subcharts.
    pub files: usize,
    /// Bytes of these files together.
    pub bytes: u64,
    /// Runs of helm for one trace, beside the plain rendering.
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
