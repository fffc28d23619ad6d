//! For GitHub Actions: the text report, so that the log is readable, then annotations as workflow commands,
//! escaped so that no text of a file or a registry can be a command.
//! <https://docs.github.com/actions/reference/workflow-commands>

use std::fmt::Write as _;

use model::Severity;
use model::{Finding, Report};

use super::human;
use super::lines::{help, of_override};
use super::outcome::by_gravity;
use super::safe::{defused, printable_lines};
use super::style::Style;
use crate::explain::{address, documentation};

/// A step shows ten annotations of a kind; the tenth has the number of all others.
const SHOWN: usize = 9;
/// Maximum length of a message that the runner passes on completely, in UTF-16 units.
const LONGEST: usize = 4_096;
/// Maximum length of a path: a property has no separate limit.
const LONGEST_PATH: usize = 1_024;

pub(super) fn render(report: &Report, style: Style) -> String {
    let mut out = human::render(report, Style { color: false, links: false, ..style });
    let annotations = annotations(report);
    if !annotations.is_empty() {
        // The annotations are in a folded group, because the runner prints each a second time.
        let _ = write!(out, "::group::annotations\n{annotations}::endgroup::\n");
    }
    out
}

/// The annotation of a run that could not happen, with the address of the page that explains each message.
pub fn refusal(message: &str) -> String {
    let message = data(&format!("{message}\n{}", documentation("troubleshooting.md")));
    format!("::error title=pullable%3A the run could not happen::{message}\n")
}

fn annotations(report: &Report) -> String {
    let mut out = String::new();
    let findings = by_gravity(report);
    for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
        let mut room = SHOWN;
        if let Some(overridden) = report.overridden.as_ref().filter(|_| severity == Severity::Warning) {
            let _ = writeln!(out, "::warning title=pullable%3A override::{}", data(&of_override(overridden)));
            room -= 1;
        }
        let mut of_kind = findings.iter().filter(|finding| finding.severity == severity);
        of_kind.by_ref().take(room).for_each(|finding| annotation(&mut out, finding));
        let more = of_kind.count();
        if more > 0 {
            let _ = writeln!(
                out,
                "::{} title=pullable::{more} more, see the summary or the log of this step",
                severity.as_str(),
            );
        }
    }
    out
}

fn annotation(out: &mut String, finding: &Finding) {
    let _ = write!(out, "::{} ", finding.severity.as_str());
    if !finding.is_of_run() {
        let path: String = finding.path.as_str().chars().take(LONGEST_PATH).collect();
        let _ = write!(out, "file={},", property(&path));
    }
    if let Some(site) = &finding.site {
        let at = site.location();
        let _ = write!(out, "line={},endLine={},", at.line, at.end_line);
        // Columns are written only for a place on one line.
        if at.line == at.end_line {
            let _ = write!(out, "col={},endColumn={},", at.column, at.end_column);
        }
    }
    let title = property(&format!("pullable: {}", finding.rule));
    let help = help(finding);
    // The address comes first: the runner cuts a long message at its end.
    let message = data(&format!("{}\n{}{help}", finding.message, address(finding.rule)));
    let _ = writeln!(out, "title={title}::{message}");
}

/// The message of a command.
fn data(text: &str) -> String {
    let text = defused(&printable_lines(text).join("\n"), " [");
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= LONGEST
    };
    let text: String = text.chars().take_while(fits).collect();
    text.replace('%', "%25").replace('\n', "%0A")
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
        assert_eq!(property("a:b,c\r\nd\re"), "a%3Ab%2Cc%0Ad\u{fffd}e");
        assert!(!data("##[command] ##vso[task.x]").contains("##["));
        assert_eq!(data(&"😀".repeat(3_000)).chars().count(), LONGEST / 2);
    }
}
