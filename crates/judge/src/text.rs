//! Parts of findings: fingerprints, names, reasons.

use model::{FileProblem, Reference, Rule, Target, policy};
use sha2::{Digest, Sha256};
use source::{RepoPath, Span};

/// The first 32 hex digits of a hash.
pub(super) fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let first = hash.first_chunk::<16>().copied().unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(first))
}

/// The effective reference, or its text if there is none.
pub(super) fn text(reference: &Reference) -> String {
    match &reference.target {
        Target::Known(image) => image.to_string(),
        _ => reference.site.text().to_owned(),
    }
}

/// The place of an ignore of the configuration, and its reason.
pub(super) fn why(ignore: &policy::Ignore) -> String {
    format!("{} line {}: {}", ignore.file, ignore.line, ignore.reason)
}

/// A help with a note after it.
pub(super) fn joined(help: Option<String>, note: Option<String>) -> Option<String> {
    match (help, note) {
        (Some(help), Some(note)) => Some(format!("{help}\n{note}")),
        (help, note) => help.or(note),
    }
}

/// A help with notes after it.
pub(super) fn noted(help: Option<String>, notes: [Option<String>; 3]) -> Option<String> {
    notes.into_iter().fold(help, joined)
}

/// The note about a manifest that nothing known deploys.
pub(super) fn left_out(reference: &Reference) -> Option<String> {
    reference.left_out.map(|why| format!("nothing known deploys this manifest: {}", why.why()))
}

/// The sort key of problems; two problems with the same key are the same.
pub(super) fn order(problem: &FileProblem) -> (RepoPath, Option<Span>, Rule, String) {
    let span = problem.site.as_ref().map(|site| site.span);
    (problem.path.clone(), span, problem.rule, problem.message.clone())
}
