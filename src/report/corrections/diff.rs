//! Corrections as a unified diff, which `git apply` and `patch` take.

use std::fmt::Write as _;

use model::correction::{Corrections, Edited};

use crate::report::safe::printable;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Lines that differ: those of the file, and those in their place.
#[derive(Clone, Copy, Debug)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// Writes the differences of all files, with paths relative to the root.
pub fn diff(result: &Corrections) -> String {
    let mut out = String::new();
    for edited in &result.files {
        file(&mut out, edited);
    }
    out
}

fn file(out: &mut String, edited: &Edited) {
    let (before, after) = (text(edited.file.as_ref()), text(edited.after.as_ref()));
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let path = printable(edited.file.path().as_str());
    let _ = write!(out, "--- a/{path}\n+++ b/{path}\n");
    for hunk in hunks(&changes(&old, &new), old.len()) {
        write_hunk(out, &hunk, &old, &new);
    }
}

/// The text with its byte order mark, which is a part of the first line.
fn text(file: &source::SourceFile) -> String {
    let has_mark = file.bytes().starts_with("\u{feff}".as_bytes());
    if has_mark { format!("\u{feff}{}", file.text()) } else { file.text().to_owned() }
}

/// The lines that differ. Corrections replace lines one by one, and may add some behind one.
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if old.get(left) == new.get(right) {
            left += 1;
            right += 1;
            continue;
        }
        let start = (left, right);
        // As many lines are added as it takes until the lines behind are the same again.
        let added = (0..=new.len() - right).find(|added| old.get(left + 1) == new.get(right + 1 + added));
        left = (left + 1).min(old.len());
        right = (right + 1 + added.unwrap_or_default()).min(new.len());
        changes.push(Change { old: (start.0, left), new: (start.1, right) });
    }
    changes
}

/// Changes that are so near that their context touches.
fn hunks(changes: &[Change], lines: usize) -> Vec<Vec<Change>> {
    let mut hunks: Vec<Vec<Change>> = Vec::new();
    for change in changes {
        let is_near = |hunk: &&mut Vec<Change>| {
            hunk.last().is_some_and(|last| change.old.0 <= last.old.1 + 2 * CONTEXT)
        };
        match hunks.last_mut().filter(is_near) {
            Some(hunk) => hunk.push(*change),
            None if change.old.0 <= lines => hunks.push(vec![*change]),
            None => {}
        }
    }
    hunks
}

fn write_hunk(out: &mut String, hunk: &[Change], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return };
    let before = first.old.0.min(CONTEXT);
    let (start, new_start) = (first.old.0 - before, first.new.0 - before);
    let end = (last.old.1 + CONTEXT).min(old.len());
    let new_end = last.new.1 + (end - last.old.1);
    let _ = writeln!(out, "@@ -{} +{} @@", range(start, end), range(new_start, new_end));
    let mut at = start;
    for change in hunk {
        lines(out, ' ', old, (at, change.old.0));
        lines(out, '-', old, change.old);
        lines(out, '+', new, change.new);
        at = change.old.1;
    }
    lines(out, ' ', old, (at, end));
}

fn range(start: usize, end: usize) -> String {
    format!("{},{}", start + 1, end - start)
}

fn lines(out: &mut String, sign: char, of: &[&str], (start, end): (usize, usize)) {
    for line in of.get(start..end).unwrap_or_default() {
        out.push(sign);
        out.push_str(&harmless(line));
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A line as it is, unless a terminal or a CI runner may take it for a command: a patch with it does not apply there.
fn harmless(line: &str) -> String {
    let is_command = line.trim_start().starts_with("::") || line.contains("##");
    let content = line.trim_end_matches(['\r', '\n']);
    let end = line.get(content.len()..).unwrap_or_default();
    let is_printable =
        printable(content).chars().eq(content.chars().map(|c| if c == '\t' { ' ' } else { c }));
    match (is_printable, is_command) {
        (true, false) => line.to_owned(),
        _ => format!("{}{end}", printable(content).replace("::", ":\u{fffd}").replace("##", "#\u{fffd}")),
    }
}
