//! Corrections as a unified diff for `git apply` and `patch`.

use std::fmt::Write as _;

use model::correction::{Corrections, Edited};

use crate::report::safe::{defused, printable};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The character that replaces one that is not shown.
const MARK: &str = "\u{fffd}";
/// Maximum number of lines that an edit adds.
const MOST_ADDED: usize = 2;

/// Lines that differ: those of the file, and their replacement.
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

/// The text with its byte order mark, which is part of the first line.
fn text(file: &source::SourceFile) -> String {
    let has_mark = file.bytes().starts_with("\u{feff}".as_bytes());
    if has_mark { format!("\u{feff}{}", file.text()) } else { file.text().to_owned() }
}

/// The lines that differ. Corrections replace lines one by one, and may add lines after one.
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
        // Lines are added until the following lines are the same again.
        let added = (0..=MOST_ADDED).find(|added| old.get(left + 1) == new.get(right + 1 + added));
        left = (left + 1).min(old.len());
        right = (right + 1 + added.unwrap_or_default()).min(new.len());
        changes.push(Change { old: (start.0, left), new: (start.1, right) });
    }
    changes
}

/// Groups changes whose context lines overlap or are adjacent.
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

/// A line without changes, unless a terminal or a CI runner may read it as a command: a patch with such a
/// line cannot be applied.
fn harmless(line: &str) -> String {
    let is_command = line.trim_start().starts_with("::") || defused(line, MARK) != line;
    let content = line.trim_end_matches(['\r', '\n']);
    let end = line.get(content.len()..).unwrap_or_default();
    // A byte order mark is not a character of the first line.
    let text = content.strip_prefix('\u{feff}').unwrap_or(content);
    if !is_command && printable(text) == text.replace('\t', " ") {
        return line.to_owned();
    }
    let shown = defused(&printable(content), MARK).replace("::", &format!(":{MARK}"));
    format!("{shown}{end}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let decode = |text: &str| {
            Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap())
        };
        let mut out = String::new();
        file(&mut out, &Edited { file: decode(before), after: decode(after), failed: None });
        out
    }

    #[test]
    fn near_changes_are_one_hunk_and_far_ones_two() {
        let text = |changed: [&str; 3]| {
            let [a, b, c] = changed;
            format!("{a}\n1\n{b}\n2\n3\n4\n5\n6\n7\n8\n9\n{c}")
        };
        let expected = "\
--- a/a.yaml
+++ b/a.yaml
@@ -1,6 +1,7 @@
-a
+A
+new
 1
-b
+B
 2
 3
 4
@@ -9,4 +10,4 @@
 7
 8
 9
-c
\\ No newline at end of file
+C
\\ No newline at end of file
";
        assert_eq!(shown(&text(["a", "b", "c"]), &text(["A\nnew", "B", "C"])), expected);
    }

    #[test]
    fn adjacent_lines_and_lines_at_the_end() {
        let expected = "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,3 @@\n-a\n+A\n-b\n+B\n+c\n";
        assert_eq!(shown("a\nb\n", "A\nB\nc\n"), expected);
    }

    #[test]
    fn commands_of_a_terminal_or_a_runner_are_not_shown() {
        let out = shown("  ::error::x\n##[x]\n\u{1b}[31m\na\n", "  ::error::x\n##[x]\n\u{1b}[31m\nb\n");
        assert!(!out.contains("::") && !out.contains("##[") && !out.contains('\u{1b}'), "{out}");
        let comment = shown("## @param a [b]\na\n", "## @param a [b]\nb\n");
        assert!(comment.contains("\n ## @param a [b]\n"), "{comment}");
    }
}
