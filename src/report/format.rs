//! The formats of the report.

use clap::ValueEnum;

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text
    Human,
    /// One line for each finding, for editors and logs
    Concise,
    /// All details, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// The text report, then annotations for GitHub Actions
    Github,
    /// Code Quality, for GitLab's merge requests
    Gitlab,
    /// JUnit XML, for lists of tests
    Junit,
    /// One diagnostic on each line, for reviewdog
    Rdjsonl,
    /// Markdown, for a comment at a pull request
    Markdown,
    /// OpenMetrics, for Prometheus
    Openmetrics,
    /// Only the images, each once on a separate line, for other programs
    List,
}

impl Format {
    /// The name, as it is written on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Rdjsonl => "rdjsonl",
            Self::Markdown => "markdown",
            Self::Openmetrics => "openmetrics",
            Self::List => "list",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
