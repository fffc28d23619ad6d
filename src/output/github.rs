//! What a step of GitHub Actions hands on: the job's summary, and outputs for the steps behind it.
//! <https://docs.github.com/actions/reference/workflow-commands#environment-files>

use std::collections::hash_map::RandomState;
use std::fs::OpenOptions;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};

use crate::ci::Env;
use crate::report;
use model::Report;

use super::Outlet;

/// Most bytes of a summary: the step's limit is 1 MiB, and beyond it all of it is lost.
const SUMMARY: usize = 900 << 10;

/// Writes summary and outputs where this is a step, and says what could not be written. A variable that is
/// empty switches its file off.
pub fn hand_on(env: &Env, report: &Report, code: u8, files: &[Outlet]) -> Vec<String> {
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
    let summary = append(env, "GITHUB_STEP_SUMMARY", |written| {
        let room = SUMMARY.saturating_sub(written);
        if room == 0 { String::new() } else { report::summary(report, room) }
    });
    [summary, append(env, "GITHUB_OUTPUT", |_| lines(&outputs))].into_iter().flatten().collect()
}

/// Writes the one output of a run that could not happen.
pub fn refused(env: &Env, code: u8) -> Option<String> {
    append(env, "GITHUB_OUTPUT", |_| lines(&[("exit-code".to_owned(), code.to_string())]))
}

/// Appends to the file that a variable names, where this is a step; the text may depend on how many bytes
/// the file has. What went wrong is for a note: it changes nothing of the verdict.
fn append(env: &Env, variable: &str, text: impl FnOnce(usize) -> String) -> Option<String> {
    let path =
        env.get(variable).filter(|_| env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true"))?;
    let written = || -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        file.write_all(text(length).as_bytes())
    };
    written().err().map(|error| format!("{variable} cannot be written, {path}: {error}"))
}

/// Each value between two lines that nobody can guess, so that none ends its own early.
fn lines(outputs: &[(String, String)]) -> String {
    let random = || RandomState::new().build_hasher().finish();
    let end = format!("pullable-{:016x}{:016x}", random(), random());
    outputs.iter().map(|(name, value)| format!("{name}<<{end}\n{value}\n{end}\n")).collect()
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
