//! References in the form for reports.

use model::{Finding, Reference, Report, Verdict};

/// The reference of a finding; `None` for a finding about a file.
pub(super) fn of<'a>(finding: &Finding, report: &'a Report) -> Option<&'a Reference> {
    let (reference, _) = report.references.get(finding.reference?)?;
    Some(reference)
}

/// The word for a verdict; `None` if no registry was queried.
pub(super) fn word(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Unasked => None,
        Verdict::Present(_) => Some("present"),
        Verdict::Missing => Some("missing"),
        Verdict::Unverified => Some("not verified"),
        Verdict::Skipped(_) => Some("skipped"),
        Verdict::Malformed => Some("malformed"),
    }
}
