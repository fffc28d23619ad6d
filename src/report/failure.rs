//! Errors of a run as text: the message, the place if there is one, and the remedy. Also notes during the
//! run.

use miette::{GraphicalReportHandler, LabeledSpan, MietteDiagnostic};

use source::Site;

use super::excerpt::Excerpt;
use super::human::theme;
use super::safe::{log_lines, printable};
use super::style::Style;

/// The label at the place of a failure.
const MARK: &str = "here";

/// Writes a failure, with the lines of `site`. All text in it is treated as untrusted.
pub fn failure(message: &str, help: Option<&str>, site: Option<&Site>, style: Style) -> String {
    let help = help.map(|help| help.lines().map(printable).collect::<Vec<_>>().join("\n"));
    let mut shown = MietteDiagnostic { help, ..MietteDiagnostic::new(printable(message)) };
    let mut out = String::new();
    // Lines are not wrapped, because commands for copying would be broken at their hyphens.
    let handler = GraphicalReportHandler::new_themed(theme(style)).with_wrap_lines(false).with_links(false);
    let written = match site.map(|site| Excerpt::new(site, None, MARK, style.width)) {
        Some(excerpt) => {
            let label = LabeledSpan::new_primary_with_span(Some(MARK.to_owned()), excerpt.mark());
            shown.labels = Some(vec![label]);
            handler.render_report(&mut out, miette::Report::new(shown).with_source_code(excerpt).as_ref())
        }
        None => handler.render_report(&mut out, &shown),
    };
    // A CI runner reads this stream too.
    log_lines(&if written.is_ok() { out } else { printable(message) })
}

/// Writes a note that is not a finding.
pub fn note(text: &str) -> String {
    log_lines(&format!("warning: {}", printable(text)))
}

/// Writes a fault that does not end the run.
pub fn fault(text: &str) -> String {
    log_lines(&format!("error: {}", printable(text)))
}

/// Writes a heading.
pub fn heading(text: &str) -> String {
    log_lines(&format!("{}\n", printable(text)))
}
