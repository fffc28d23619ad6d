//! Diagnostics for reviewdog, one on each line. Corrections are whole lines, because not every system to
//! which it posts supports columns. <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use serde::Serialize;

use model::{Class, Finding, Reference, Report, Severity};
use source::Site;

use super::blocks::{Block, blocks};
use super::lines::help;
use super::reference;
use super::safe::{self, cut, printable_lines};
use crate::explain::address;

/// Maximum length of a message, in characters.
const LONGEST: usize = 2_000;
/// Maximum length of a line, in bytes: reviewdog stops without an error at a line of 64 KiB.
const LONGEST_LINE: usize = 60_000;
/// Maximum number of related places of a finding.
const RELATED: usize = 20;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let mut diagnostic = Diagnostic::new(finding, report);
        let mut line = safe::json_line(&diagnostic);
        if line.len() > LONGEST_LINE {
            diagnostic.suggestions.clear();
            diagnostic.related_locations.clear();
            line = safe::json_line(&diagnostic);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    source: Named,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related>,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// A line from 1, and a column from 1 in bytes; without a column the whole line.
#[derive(Serialize)]
struct Position {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Related {
    message: &'static str,
    location: Location,
}

impl Diagnostic {
    fn new(finding: &Finding, report: &Report) -> Self {
        let reference = reference::of(finding, report);
        Self {
            message: message(finding, report),
            location: location(finding.shown_path(), finding.site.as_ref()),
            severity: match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Notice => "INFO",
            },
            source: Named { name: "pullable", url: env!("CARGO_PKG_REPOSITORY") },
            code: Code { value: finding.rule.id(), url: address(finding.rule) },
            suggestions: finding.fixes.iter().flat_map(blocks).map(suggestion).collect(),
            related_locations: reference.map(related).unwrap_or_default(),
        }
    }
}

/// The message with its help. The format has no other place for the override.
fn message(finding: &Finding, report: &Report) -> String {
    let text = format!("{}{}", finding.message, help(finding));
    let overridden = match &report.overridden {
        Some(overridden) if finding.rule.class() == Class::Unverified => {
            format!("\noverride: {}", overridden.reason)
        }
        _ => String::new(),
    };
    printable_lines(&format!("{}{overridden}", cut(&text, LONGEST))).join("\n")
}

fn location(path: &str, site: Option<&Site>) -> Location {
    Location { path: path.to_owned(), range: site.map(range) }
}

fn range(site: &Site) -> Range {
    let at = site.location();
    let position = |line: usize, offset: u32| {
        let start = site.file.line_span(line).map_or(0, |span| span.start);
        Position { line, column: Some(offset.saturating_sub(start) as usize + 1) }
    };
    Range { start: position(at.line, site.span.start), end: position(at.end_line, site.span.end) }
}

fn suggestion(block: Block) -> Suggestion {
    let line = |line: usize| Position { line, column: None };
    Suggestion { range: Range { start: line(block.line), end: line(block.end_line) }, text: block.text }
}

/// The other places that contribute to the value of a reference.
fn related(reference: &Reference) -> Vec<Related> {
    let mut places = Vec::new();
    for (site, label) in reference.related.iter().take(RELATED) {
        places.push(Related { message: label, location: location(site.file.path().as_str(), Some(site)) });
    }
    places
}
