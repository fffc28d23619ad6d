//! The exit code of a report.

use model::{Class, Report, Severity};

use crate::config::Options;

/// The exit code of a report, independent of its format: 1 for a known fault, otherwise 3 for an unverified
/// reference, otherwise 0. In an audit, the existence of a tag that Helm prints from a number is unknown.
pub fn exit_code(report: &Report, options: &Options) -> u8 {
    if options.exit_zero || options.write_baseline.is_some() {
        return 0;
    }
    let mut code = 0;
    for finding in &report.findings {
        if finding.severity != Severity::Error {
            continue;
        }
        let is_open = report.audit.is_some() && report.is_undecided(finding);
        if finding.rule.class() != Class::Unverified && !is_open {
            return 1;
        }
        code = 3;
    }
    code
}
