//! The list of the text report: every reference on a separate line.

use std::fmt::Write as _;

use model::{Pulled, Reference, Report, Target, Verdict};

use super::chain;
use super::reference::word;
use super::safe::printable;
use super::style::Style;

/// Maximum number of columns of a place.
const WIDEST: usize = 100;

/// The columns of a line.
struct Row {
    verdict: &'static str,
    place: String,
    name: String,
}

/// Writes the list, and an empty line after it.
pub(super) fn list(out: &mut String, report: &Report, style: Style) {
    if report.references.is_empty() {
        return;
    }
    let mut rows = Vec::new();
    let (mut verdicts, mut places) = (0, 0);
    for (reference, verdict) in &report.references {
        let row = row(reference, verdict);
        verdicts = verdicts.max(row.verdict.chars().count());
        places = places.max(row.place.chars().count());
        rows.push((row, reference));
    }
    let places = places.min(WIDEST);
    for (Row { verdict, place, name }, reference) in rows {
        if verdicts > 0 {
            let _ = write!(out, "{verdict:<verdicts$}  ");
        }
        let _ = writeln!(out, "{place:<places$}  {name}");
        if style.explain {
            for line in chain::steps(reference).into_iter().chain(chain::units(reference)) {
                let _ = writeln!(out, "    {}", printable(&line));
            }
        }
    }
    out.push('\n');
}

fn row(reference: &Reference, verdict: &Verdict) -> Row {
    let at = reference.site.location();
    let path = reference.site.file.path().as_str();
    // At the start of a line GitHub's runner reads `::` as a command.
    let here = if path.trim_start().starts_with("::") { "./" } else { "" };
    let place = printable(&format!("{here}{path}:{}:{}", at.line, at.column));
    Row { verdict: word(verdict).unwrap_or_default(), place, name: printable(&named(reference, verdict)) }
}

fn named(reference: &Reference, verdict: &Verdict) -> String {
    let reason = match verdict {
        Verdict::Skipped(reason) => format!(" ({reason})"),
        Verdict::Present(pulled) => pulled_as(pulled, reference),
        _ => String::new(),
    };
    let Some(image) = reference.image() else { return format!("{}{reason}", reference.site.text()) };
    if reference.kind != model::Kind::Repository {
        return format!("{image}{reason}");
    }
    match &reference.range {
        Some(range) => format!("{image} (range {range}){reason}"),
        None => format!("{image} (no tag is written){reason}"),
    }
}

/// The version, the digest if it is not written, and the mirror.
fn pulled_as(pulled: &Pulled, reference: &Reference) -> String {
    let mut text = String::new();
    if let Some(version) = &pulled.version {
        let _ = write!(text, " takes {version}");
    }
    let is_written = matches!(&reference.target, Target::Known(image) if image.digest.is_some());
    if !pulled.digest.is_empty() && !is_written {
        let _ = write!(text, " {}", pulled.digest);
    }
    if let Some(mirror) = &pulled.mirror {
        let _ = write!(text, " through mirror {mirror}");
    }
    text
}
