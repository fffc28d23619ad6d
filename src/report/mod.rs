//! Reports: findings to text. Every format has the same signature; the exit code is decided elsewhere
//! and depends on none of them.

use crate::finding::Report;

mod excerpt;
mod failure;
mod github;
mod human;
mod json;

pub use failure::failure;

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// For programs: `schemas/report.schema.json`.
    Json,
    /// Annotations for GitHub Actions.
    Github,
}

/// How a report is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Beyond ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is said.
    pub volume: Volume,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors and warnings.
    Quiet,
    /// Findings, and what was done.
    Normal,
    /// Every reference too.
    Verbose,
}

/// Writes the report in a format.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Human => human::render(report, style),
        Format::Json => json::render(report),
        Format::Github => github::render(report, style),
    }
}

/// Text from files and registries made safe to show: control characters and marks that turn the
/// direction of writing become `�`, tabs a blank. One character stays one character.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{061c}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// `1 image`, `2 images`.
fn count(n: usize, what: &str) -> String {
    let end = match (n, what) {
        (1, _) => "",
        _ => "s",
    };
    format!("{n} {what}{end}")
}

/// The sum of a report in one line: what is wrong, then what was looked at.
fn sum(report: &Report) -> String {
    let s = &report.summary;
    let mut parts = Vec::new();
    let mut part = |n: usize, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    part(s.missing, "missing");
    part(s.malformed, "malformed");
    part(s.unverified, "not verified");
    part(s.present, "present");
    part(s.skipped, "skipped");
    let references = count(s.references, "reference");
    if parts.is_empty() { references } else { format!("{references}: {}", parts.join(", ")) }
}

/// What was compared, in one line.
fn compared(report: &Report) -> Option<String> {
    let comparison = report.comparison.as_ref()?;
    let short = |oid: &str| oid.get(..10).unwrap_or(oid).to_owned();
    Some(format!(
        "{} against {} ({})",
        short(&comparison.head),
        short(&comparison.base),
        printable(&comparison.chosen_by)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_escapes() {
        assert_eq!(
            printable("a\u{1b}[31mb\u{9b}c\u{202e}d\te\n"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e\u{fffd}"
        );
    }
}
