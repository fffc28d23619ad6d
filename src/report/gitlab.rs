//! GitLab's Code Quality: a list of issues. An empty list is a report too, which the target branch needs.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde::Serialize;

use model::{Class, Severity};
use model::{Finding, Report};
use source::Site;

use super::lines::suggestions;
use super::safe::{self, cut, printable};

/// Maximum length of a description, in characters.
const LONGEST: usize = 2_000;

pub(super) fn render(report: &Report) -> String {
    let issues: Vec<Issue> = report.findings.iter().map(|finding| Issue::new(finding, report)).collect();
    safe::json(&issues)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

impl<'a> Issue<'a> {
    fn new(finding: &'a Finding, report: &Report) -> Self {
        let unverified = finding.rule.class() == Class::Unverified;
        // The format has no other place for the override.
        let overridden = match &report.overridden {
            Some(overridden) if unverified => format!(" (override: {})", overridden.reason),
            _ => String::new(),
        };
        let text = format!("{}: {}", finding.rule, cut(&finding.message, LONGEST));
        let meant = suggestions(finding);
        let lines = match finding.site.as_ref().map(Site::location) {
            Some(at) => Lines { begin: at.line, end: at.end_line },
            None => Lines { begin: 1, end: 1 },
        };
        Self {
            description: printable(&format!("{text}{meant}{overridden}")),
            check_name: finding.rule.id(),
            fingerprint: &finding.fingerprint,
            severity: match finding.severity {
                Severity::Error if unverified => "major",
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Notice => "info",
            },
            location: Location { path: finding.shown_path(), lines },
        }
    }
}
