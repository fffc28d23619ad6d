//! The formats of corrections: text, a diff, and JSON.

use std::fmt::Write as _;

use model::correction::{Correction, Corrections, Mode, Refused, Task};
use source::Site;

use super::lines::count;
use super::safe::{cut, log_lines, printable};
use super::style::Style;

mod diff;
mod json;

pub use diff::diff;
pub use json::json;

/// Maximum length of a reference that is repeated, in characters.
const LONGEST: usize = 400;

/// The corrections, the remaining findings, and the sum.
pub fn human(result: &Corrections, style: Style) -> String {
    let mut out = String::new();
    for correction in &result.corrections {
        out.push_str(&corrected(correction, style));
    }
    out.push_str(&left_alone(result));
    let _ = writeln!(out, "{}", sum(result, style));
    log_lines(&out)
}

/// The references that were not changed, with the reasons; empty if there are none.
pub fn left_alone(result: &Corrections) -> String {
    if result.refused.is_empty() {
        return String::new();
    }
    let mut out = "not changed:\n".to_owned();
    for Refused { site, image, reason, .. } in &result.refused {
        let _ = writeln!(out, "  {}: {}", place(site), printable(&cut(image, LONGEST)));
        let _ = writeln!(out, "      {}", printable(reason));
    }
    log_lines(&out)
}

fn corrected(correction: &Correction, style: Style) -> String {
    let Some(site) = correction.site() else { return String::new() };
    let rule = correction.rule.map(|rule| format!(" [{rule}]")).unwrap_or_default();
    let mut out = format!("{}: {}{rule}\n", place(site), printable(&correction.fix.description));
    let arrow = if style.unicode { "→" } else { "->" };
    if let Some(to) = &correction.fix.image {
        for from in &correction.from {
            let _ = writeln!(
                out,
                "    {}",
                printable(&format!("{} {arrow} {}", cut(from, LONGEST), cut(to, LONGEST)))
            );
        }
    }
    out
}

fn place(site: &Site) -> String {
    let at = site.location();
    printable(&format!("{}:{}:{}", site.file.path(), at.line, at.column))
}

/// The sum in one line, and a second line for the remaining findings.
fn sum(result: &Corrections, style: Style) -> String {
    let mark = match (result.exit_code(), style.unicode) {
        (0, true) => "✓",
        (0, false) => "ok:",
        (_, true) => "✗",
        (_, false) => "failed:",
    };
    let mut out = format!("{mark} {}", written(result));
    let left = result.left.known + result.left.unverified;
    if left > 0 {
        let _ = write!(out, "\n  {} left: pullable check lists them", count(left, "error"));
    }
    out
}

fn written(result: &Corrections) -> String {
    let what = match result.task {
        Task::Fix => "correction",
        Task::Pin => "digest",
    };
    if result.corrections.is_empty() {
        return match result.task {
            Task::Fix => "nothing to correct".to_owned(),
            Task::Pin => "nothing to pin".to_owned(),
        };
    }
    let sum = format!("{} in {}", count(result.corrections.len(), what), count(result.files.len(), "file"));
    let failed = result.files.iter().filter(|file| file.failed.is_some()).count();
    match (result.mode, failed) {
        (Mode::Write, 0) => format!("{sum} written"),
        (Mode::Write, failed) => format!("{sum}, of which {} could not be written", count(failed, "file")),
        (Mode::Diff | Mode::Check, _) => format!("{sum} would be written"),
    }
}
