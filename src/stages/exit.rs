//! The exit code of a report.

use model::{Class, Report, Severity};

use crate::config::Options;

/// The exit code of a report, whatever its format: 1 for what is known to be wrong, else 3 for what could not be
/// verified, else 0.
pub fn exit_code(report: &Report, options: &Options) -> u8 {
    if options.exit_zero || options.write_baseline.is_some() {
        return 0;
    }
    let mut code = 0;
    for finding in &report.findings {
        if finding.severity != Severity::Error {
            continue;
        }
        if finding.rule.class() != Class::Unverified {
            return 1;
        }
        code = 3;
    }
    code
}
