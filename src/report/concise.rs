//! One line for each finding, in the form for editors and `grep`, and one for the whole run.

use std::fmt::Write as _;

use model::Severity;
use model::{Finding, Report};
use source::Site;

use super::lines::{count, of_override, suggestions, sum};
use super::safe::{log_lines, printable};
use super::style::{Style, Volume};

pub(super) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        if style.volume > Volume::Quiet || finding.severity != Severity::Notice {
            let _ = writeln!(out, "{}", line(finding));
        }
    }
    if let Some(overridden) = &report.overridden {
        let _ = writeln!(out, "pullable: {}", printable(&of_override(overridden)));
    }
    if style.volume > Volume::Quiet {
        let _ = writeln!(out, "pullable: {} in {}", sum(report), count(report.files, "file"));
    }
    log_lines(&out)
}

fn line(finding: &Finding) -> String {
    let at = match finding.site.as_ref().map(Site::location) {
        Some(at) => format!(":{}:{}", at.line, at.column),
        None => String::new(),
    };
    let meant = suggestions(finding);
    let (path, rule, message) = (finding.shown_path(), finding.rule, &finding.message);
    printable(&format!("{path}{at}: {}[{rule}] {message}{meant}", finding.severity.as_str()))
}
