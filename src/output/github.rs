//! The results of a step of GitHub Actions: the job's summary, and outputs for later steps.
//! <https://docs.github.com/actions/reference/workflow-commands#environment-files>

use std::collections::hash_map::RandomState;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::run::Deadline;

use crate::ci::Env;
use crate::report;
use model::Report;

use super::Outlet;

/// Maximum number of bytes of a summary: the step's limit is 1 MiB, and a larger summary is dropped.
const SUMMARY: usize = 900 << 10;

/// Writes summary and outputs if this is a step, and returns a note for each that could not be written. An
/// empty variable disables its file.
pub fn write_results(
    env: &Env,
    report: &Report,
    code: u8,
    files: &[Outlet],
    deadline: &Deadline,
) -> Vec<String> {
    let counts = &report.summary;
    let mut outputs = vec![
        ("exit-code".to_owned(), code.to_string()),
        ("missing-count".to_owned(), counts.missing.to_string()),
        ("unverified-count".to_owned(), counts.unverified.to_string()),
        ("checked-count".to_owned(), (counts.present + counts.missing).to_string()),
    ];
    for file in files {
        outputs.push((format!("{}-report", file.format), file.path.display().to_string()));
    }
    let mut notes = Vec::new();
    notes.extend(append(env, "GITHUB_STEP_SUMMARY", |written| summary(report, written), deadline));
    notes.extend(append(env, "GITHUB_OUTPUT", |_| lines(&outputs), deadline));
    notes
}

/// Writes the one output of a run that could not happen.
pub fn refused(env: &Env, code: u8) -> Option<String> {
    let text = lines(&[("exit-code".to_owned(), code.to_string())]);
    append(env, "GITHUB_OUTPUT", |_| text, &Deadline::after(Duration::ZERO))
}

/// The summary, in the space that remains after the written bytes.
fn summary(report: &Report, written: usize) -> String {
    match SUMMARY.saturating_sub(written) {
        0 => String::new(),
        room => report::summary(report, room),
    }
}

/// Appends to the file that a variable names, if this is a step. The text may depend on the bytes that the file has.
/// Returns a note if it fails, which does not change the verdict.
fn append(
    env: &Env,
    variable: &str,
    text: impl FnOnce(usize) -> String,
    deadline: &Deadline,
) -> Option<String> {
    if env.get("GITHUB_ACTIONS").as_deref() != Some("true") {
        return None;
    }
    let path = env.get(variable)?;
    match append_to(&path, text, deadline) {
        Ok(()) => None,
        Err(error) => Some(format!("{variable} cannot be written, {path}: {error}")),
    }
}

fn append_to(path: &str, text: impl FnOnce(usize) -> String, deadline: &Deadline) -> io::Result<()> {
    let length = fs::metadata(path).map_or(0, |meta| meta.len());
    let text = text(usize::try_from(length).unwrap_or(usize::MAX));
    let file = PathBuf::from(path);
    ::run::with_file(Path::new(path), deadline, move || {
        OpenOptions::new().append(true).create(true).open(file)?.write_all(text.as_bytes())
    })
}

/// Each value between two random lines, so that no value can end early.
fn lines(outputs: &[(String, String)]) -> String {
    let end = format!("pullable-{:016x}{:016x}", random(), random());
    let mut text = String::new();
    for (name, value) in outputs {
        text += &format!("{name}<<{end}\n{value}\n{end}\n");
    }
    text
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_should() {
        let outputs = [("a".to_owned(), "1\nEOF\nb<<EOF\n2".to_owned())];
        let (first, second) = (lines(&outputs), lines(&outputs));
        assert_ne!(first, second);
        let (head, rest) = first.split_once('\n').unwrap();
        let end = head.strip_prefix("a<<").unwrap();
        assert_eq!(rest, format!("1\nEOF\nb<<EOF\n2\n{end}\n"));
    }
}
