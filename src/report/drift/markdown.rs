//! Markdown, for a job's summary and for an issue.

use model::drift::{Drift, DriftVerdict, Entry};

use crate::report::markdown::{COMMENT, code, prose, table};
use crate::report::safe::cut;

use super::words;

/// Bytes that are reserved for the text after the table.
const TAIL: usize = 4_000;
/// Maximum length of text of a cell, in characters.
const LONGEST: usize = 2_000;

/// The report as Markdown, short enough for a comment.
pub fn markdown(found: &Drift) -> String {
    let verdict = match found.exit_code() {
        0 if words::is_same(found) => "✅ pullable drift: the cluster runs what Git deploys",
        1 => "❌ pullable drift: the cluster differs from Git",
        _ => "⚠️ pullable drift: not everything could be compared",
    };
    let mut out = format!("<!-- pullable:drift -->\n## {verdict}\n\n{}\n\n", prose(&words::sum(found)));
    let mut budget = COMMENT.saturating_sub(out.len() + TAIL);
    let different: Vec<&Entry> =
        found.workloads.iter().filter(|entry| entry.verdict != DriftVerdict::Same).collect();
    if !different.is_empty() {
        out.push_str("| verdict | workload | Git | cluster | |\n|---|---|---|---|---|\n");
        table(&mut out, &mut budget, different.into_iter().map(row), "containers");
    }
    for line in [words::excluded(found), words::not_deployed(found)].into_iter().flatten() {
        out.push_str(&format!("{}\n\n", prose(&cut(&line, LONGEST))));
    }
    for notice in found.notices.iter().take(10) {
        out.push_str(&format!("- {}\n", prose(&cut(notice, LONGEST))));
    }
    out
}

fn row(entry: &Entry) -> String {
    let icon = match entry.verdict.exit_code() {
        0 => "ℹ️",
        3 => "⚠️",
        _ => "❌",
    };
    let short = |text: &str| cut(text, LONGEST);
    let git = entry.git.as_ref().map_or("–".to_owned(), |git| {
        format!("{}<br>{}", code(&short(&git.image)), code(&short(&format!("{}:{}", git.path, git.line))))
    });
    let live = entry.live.as_ref().map_or("–".to_owned(), |live| code(&short(&live.image)));
    let more = [entry.reason.clone(), words::since(entry), words::suspended(entry)];
    let mut more: Vec<String> = more.into_iter().flatten().map(|text| prose(&short(&text))).collect();
    more.extend(entry.hint.as_ref().map(|hint| code(&short(hint))));
    let (verdict, place) = (code(entry.verdict.as_str()), prose(&short(&words::place(entry))));
    format!("| {icon} {verdict} | {place} | {git} | {live} | {} |\n", more.join("<br>"))
}
