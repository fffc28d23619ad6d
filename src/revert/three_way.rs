//! Three-way merges of files by `git merge-file`, which reads no configuration of merge drivers.

use std::fs;

use ::run::{Deadline, Program};

/// The three versions of a file.
pub(super) struct Versions<'a> {
    /// The current version.
    pub(super) ours: &'a [u8],
    /// The common base version.
    pub(super) base: &'a [u8],
    /// The version to restore.
    pub(super) theirs: &'a [u8],
}

/// The result of a merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Merged {
    /// The merged bytes.
    Clean(Vec<u8>),
    /// Lines of `ours` that were changed on both sides, or the reason why the file cannot be merged.
    Conflict(String),
}

/// Merges three versions of a file.
pub(super) fn merge(versions: &Versions<'_>, deadline: &Deadline) -> Merged {
    let Versions { ours, base, theirs } = versions;
    if ours == base {
        return Merged::Clean(theirs.to_vec());
    }
    if base == theirs || ours == theirs {
        return Merged::Clean(ours.to_vec());
    }
    if [ours, base, theirs].iter().any(|bytes| bytes.contains(&0)) {
        return Merged::Conflict("it is binary".to_owned());
    }
    match merged_by_git(versions, deadline) {
        Ok(merged) => merged,
        Err(why) => Merged::Conflict(why),
    }
}

fn merged_by_git(versions: &Versions<'_>, deadline: &Deadline) -> Result<Merged, String> {
    let folder = tempfile::TempDir::with_prefix("pullable-")
        .map_err(|error| format!("no temporary folder can be made: {error}"))?;
    let sides = [("ours", versions.ours), ("base", versions.base), ("theirs", versions.theirs)];
    for (name, bytes) in sides {
        let written = fs::write(folder.path().join(name), bytes);
        written.map_err(|error| format!("a temporary file cannot be written: {error}"))?;
    }
    let program = Program::new("git")
        .args(["merge-file", "-p", "-q", "ours", "base", "theirs"])
        .folder(folder.path())
        .without_env("GIT_DIR")
        .env("GIT_CEILING_DIRECTORIES", folder.path())
        .env("LC_ALL", "C");
    let output = program.run(deadline).map_err(|error| error.to_string())?;
    match output.status.code() {
        Some(0) => Ok(Merged::Clean(output.stdout)),
        Some(1..=127) => Ok(Merged::Conflict(lines(&output.stdout))),
        _ => Err(format!("git merge-file: {}", output.message())),
    }
}

/// The numbers of the conflicting lines, as they are in `ours`.
fn lines(merged: &[u8]) -> String {
    let text = String::from_utf8_lossy(merged).into_owned();
    let (mut line, mut first, mut is_theirs) = (0, None, false);
    let mut ranges = Vec::new();
    for text in text.lines() {
        match text.get(..7) {
            Some("<<<<<<<") => first = Some(line + 1),
            Some("=======") if first.is_some() => is_theirs = true,
            Some(">>>>>>>") => {
                ranges.push(range(first.take().unwrap_or(line), line));
                is_theirs = false;
            }
            _ if !is_theirs => line += 1,
            _ => {}
        }
    }
    ranges.join(", ")
}

fn range(first: usize, last: usize) -> String {
    if last > first { format!("lines {first} to {last}") } else { format!("line {first}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn merged(ours: &str, base: &str, theirs: &str) -> Merged {
        let (ours, base, theirs) = (ours.as_bytes(), base.as_bytes(), theirs.as_bytes());
        merge(&Versions { ours, base, theirs }, &Deadline::after(Duration::from_mins(1)))
    }

    #[test]
    fn other_lines_stay() {
        let clean = merged("a\nb\nbad\nd\nnew\n", "a\nb\nbad\nd\n", "a\nb\ngood\nd\n");
        assert_eq!(clean, Merged::Clean(b"a\nb\ngood\nd\nnew\n".to_vec()));
        assert_eq!(merged("x\r\n", "x\r\n", "y"), Merged::Clean(b"y".to_vec()));
    }

    #[test]
    fn conflicts_name_their_lines() {
        let conflict = merged("a\nworse\nc\n", "a\nbad\nc\n", "a\ngood\nc\n");
        assert_eq!(conflict, Merged::Conflict("line 2".to_owned()));
        let two = merged("1\nx\ny\n4\n", "1\n2\n3\n4\n", "1\na\nb\n4\n");
        assert_eq!(two, Merged::Conflict("lines 2 to 3".to_owned()));
    }

    #[test]
    fn binary_files_are_not_merged() {
        let conflict = merged("a\0b", "a\0c", "a\0d");
        assert!(matches!(conflict, Merged::Conflict(why) if why.contains("binary")));
    }
}
