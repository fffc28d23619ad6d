//! Defaults of fetched charts that make references.

use source::RepoPath;

/// The default of a fetched chart that makes a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultOf {
    /// The name and the version of the chart.
    pub chart: String,
    /// The file of the chart.
    pub path: RepoPath,
    /// The line there, from 1.
    pub line: usize,
    /// True if no part of the reference is written in the repository, and the chart was not rendered.
    pub is_whole: bool,
}

impl std::fmt::Display for DefaultOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} line {}", self.chart, self.path, self.line)
    }
}
