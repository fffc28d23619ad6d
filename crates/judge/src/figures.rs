//! The figures of a report.

use model::{Finding, Reference, Severity, Summary, Verdict};

/// Counts references by verdict and findings by severity. `images`: unique references that were queried.
pub(super) fn summary(
    references: &[(Box<Reference>, Verdict)],
    findings: &[Finding],
    images: usize,
) -> Summary {
    let mut summary = Summary { references: references.len(), images, ..Summary::default() };
    for (_, verdict) in references {
        match verdict {
            Verdict::Unasked => {}
            Verdict::Present(_) => summary.present += 1,
            Verdict::Missing => summary.missing += 1,
            Verdict::Unverified => summary.unverified += 1,
            Verdict::Skipped(_) => {
                summary.skipped += 1;
                summary.unknown_registry += usize::from(verdict.is_guess());
            }
            Verdict::Malformed => summary.malformed += 1,
        }
    }
    for finding in findings {
        match finding.severity {
            Severity::Error => summary.errors += 1,
            Severity::Warning => summary.warnings += 1,
            Severity::Notice => summary.notices += 1,
        }
    }
    summary
}
