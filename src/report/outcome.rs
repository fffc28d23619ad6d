//! The outcome of a run, and the order of its findings.

use model::{Class, Finding, Report, Severity};

/// The most severe findings first, and known ones before unverified ones.
pub(super) fn by_gravity(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.severity, finding.rule.class() == Class::Unverified));
    findings
}

/// The class of rules about references that cannot be pulled.
const FAULT: Class = Class::Known(Severity::Error);

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No finding is an error.
    Passed,
    /// At least one finding is a known error.
    Failed,
    /// There is no known error, but a reference could not be verified.
    Unverified,
}

pub(super) fn outcome(report: &Report) -> Outcome {
    match by_gravity(report).first() {
        Some(first) if first.severity == Severity::Error => match first.rule.class() {
            Class::Unverified => Outcome::Unverified,
            Class::Known(_) | Class::Optional => Outcome::Failed,
        },
        _ => Outcome::Passed,
    }
}

/// True if all references were verified, all files were read as far as the report shows, and no reference is
/// missing. A report prints a check mark only then. A guess of a registry is not verified, a default of a
/// chart may be missing as a warning, and the configuration may turn any error into a warning.
pub(super) fn is_all_seen(report: &Report) -> bool {
    let summary = &report.summary;
    summary.unverified + summary.unknown_registry + summary.missing == 0
        && !report.findings.iter().any(|finding| finding.is_unseen() || finding.rule.class() == FAULT)
}
