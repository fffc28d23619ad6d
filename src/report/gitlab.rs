//! GitLab's Code Quality: a list of issues. An empty list is a report too, which the target branch needs.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde::Serialize;

use model::{Class, Severity};
use model::{Finding, Report};
use source::Site;

use super::safe::{self, cut, printable};

/// Longest description, in characters.
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
        let meant = match finding.suggestions.as_slice() {
            [] => String::new(),
            several => format!(" (did you mean {}?)", several.join(" or ")),
        };
        // There is no other place in this format for it.
        let overridden = report.overridden.as_ref().filter(|_| unverified);
        let overridden = overridden.map(|o| format!(" (override: {})", o.reason)).unwrap_or_default();
        let text = format!("{}: {}", finding.rule, cut(&finding.message, LONGEST));
        let at = finding.site.as_ref().map(Site::location);
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
            location: Location {
                path: finding.shown_path(),
                lines: Lines { begin: at.map_or(1, |at| at.line), end: at.map_or(1, |at| at.end_line) },
            },
        }
    }
}
