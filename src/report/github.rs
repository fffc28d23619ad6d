//! Annotations for GitHub Actions: workflow commands, escaped so that no text of a file or a registry
//! can give commands of its own. <https://docs.github.com/actions/reference/workflow-commands>

use std::fmt::Write as _;

use crate::finding::{Finding, Report};
use crate::rule::Severity;
use crate::text::Site;

use super::{Style, Volume, compared, count, printable, sum};

/// A step shows ten annotations of a kind; the tenth says how many are left.
const SHOWN: usize = 9;
/// Longest message that is shown whole, in characters.
const LONGEST: usize = 3_000;

pub(super) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
        let findings: Vec<&Finding> = report.findings.iter().filter(|f| f.severity == severity).collect();
        for finding in findings.iter().take(SHOWN) {
            annotation(&mut out, finding);
        }
        let rest = findings.get(SHOWN..).unwrap_or_default();
        if !rest.is_empty() {
            let _ = writeln!(
                out,
                "::{}::{} more; the log of this step has them all",
                severity.as_str(),
                rest.len()
            );
        }
        for finding in rest {
            // Plain lines: in the log, and no annotations.
            let _ = writeln!(out, "{}", plain(finding));
        }
    }
    if style.volume >= Volume::Normal {
        if let Some(compared) = compared(report) {
            let _ = writeln!(out, "pullable: compared {}", harmless(&compared));
        }
        let _ = writeln!(out, "pullable: {} in {}", sum(report), count(report.files, "file"));
    }
    out
}

fn annotation(out: &mut String, finding: &Finding) {
    let _ = write!(out, "::{} file={}", finding.severity.as_str(), property(finding.path.as_str()));
    if let Some(site) = &finding.site {
        let at = site.location();
        let _ = write!(out, ",line={},endLine={}", at.line, at.end_line);
        // Columns belong to one line.
        if at.line == at.end_line {
            let _ = write!(out, ",col={},endColumn={}", at.column, at.end_column);
        }
    }
    let title = property(&format!("pullable: {}", finding.rule));
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    let text: String = format!("{}{help}", finding.message).chars().take(LONGEST).collect();
    let _ = writeln!(out, ",title={title}::{}", data(&text));
}

fn plain(finding: &Finding) -> String {
    let at = finding.site.as_ref().map(Site::location);
    let at = at.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let text = format!("{}{at}: {}: {}", finding.path, finding.rule, finding.message);
    harmless(&text)
}

/// A line that the runner takes for nothing but text: it neither starts with `::` nor holds `##[`.
fn harmless(text: &str) -> String {
    let text = printable(text).replace("##[", "## [");
    if text.trim_start().starts_with("::") { format!(". {text}") } else { text }
}

/// The message of a command.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(printable).collect();
    lines.join("\n").replace("##[", "## [").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gives_commands() {
        assert_eq!(data("100%\n::error::x"), "100%25%0A::error::x");
        assert_eq!(property("a:b,c\r\nd"), "a%3Ab%2Cc%0Ad");
        assert_eq!(harmless("::set-output x"), ". ::set-output x");
        assert_eq!(harmless("a ##[error]x\u{1b}[0m"), "a ## [error]x\u{fffd}[0m");
        assert!(!data("##[command]").contains("##["));
    }
}
