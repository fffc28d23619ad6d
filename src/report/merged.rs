//! The merged report of shards as text: errors and warnings, one line each, and the answers.

use model::Severity;
use model::report::{Document, FindingEntry};

use super::audit::answers;
use super::lines::count;
use super::safe::{log_lines, printable};

/// Writes it.
pub(super) fn merged(whole: &Document) -> String {
    let mut lines = Vec::new();
    for finding in whole.findings.iter().filter(|finding| finding.severity != Severity::Notice) {
        lines.push(line(finding));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let Some(audit) = &whole.audit else { return String::new() };
    for answered in answers(audit) {
        lines.push(answered.sentence);
        lines.extend(answered.evidence.iter().map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    for shard in &audit.missing_shards {
        lines.push(format!("shard {shard} has no report: its references were not verified"));
    }
    let summary = &whole.summary;
    let (references, notices) = (count(summary.references, "reference"), count(summary.notices, "notice"));
    let (missing, unverified) = (summary.missing, summary.unverified);
    lines.push(format!(
        "{references}: {missing} missing, {unverified} not verified, {} present; {notices}",
        summary.present
    ));
    let shown: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    log_lines(&shown.join("\n"))
}

fn line(finding: &FindingEntry) -> String {
    let FindingEntry { rule, severity, message, path, line, column, .. } = finding;
    let place = match (line, column) {
        (Some(line), Some(column)) => format!("{path}:{line}:{column}"),
        _ => path.clone(),
    };
    format!("{place}: {}: {message} [{rule}]", severity.as_str())
}
