//! The answers of `pullable audit` in words: each question with its answer, and the evidence below it.

use std::collections::BTreeSet;

use model::audit::{
    Answer, AroundGit, Audit, BrokenReference, NotIncluded, PreviousValue, Rebuild, Rollback,
};
use model::policy::Date;

use super::lines::count;
use super::safe::cut;

/// Number of digits of a commit in text.
const DIGITS: usize = 10;
/// Maximum length of a subject of a commit, in characters.
const SUBJECT: usize = 60;
/// Maximum number of lines of evidence of one question.
const MOST: usize = 50;

/// A question with its answer.
pub(super) struct Answered {
    /// The question, and the answer.
    pub(super) sentence: String,
    /// Lines of evidence; those that belong to the line above are indented.
    pub(super) evidence: Vec<String>,
    /// True if the answer is the desired one.
    pub(super) is_good: bool,
}

/// The questions with their answers.
pub(super) fn answers(audit: &Audit) -> Vec<Answered> {
    let mut all = vec![rebuild(&audit.rebuild)];
    all.extend(audit.rollback.as_ref().map(rollback));
    all.push(around_git(&audit.around_git));
    all
}

fn rebuild(found: &Rebuild) -> Answered {
    let Rebuild { images, broken, unverified, skipped, not_read, suspended, .. } = found;
    let answer = match found.answer {
        Answer::Yes => all_pulled(*images, "image", "Git names no image"),
        Answer::No => format!("No: {broken} of {} cannot be pulled{}.", count(*images, "image"), rest(found)),
        Answer::Unknown => {
            format!("Not known: of {} none is known to be gone{}.", count(*images, "image"), rest(found))
        }
    };
    let mut evidence = Vec::new();
    for reference in &found.references {
        evidence.extend(broken_reference(reference));
    }
    if *unverified + *skipped > 0 {
        evidence.push(format!("{unverified} could not be verified, {skipped} were not queried"));
    }
    if *not_read > 0 {
        evidence.push(format!("{} about content that was not read", count(*not_read, "finding")));
    }
    if *suspended > 0 {
        let is = if *suspended == 1 { "is" } else { "are" };
        evidence
            .push(format!("{} {is} suspended, and not rolled out in a rebuild", count(*suspended, "object")));
    }
    evidence.extend(not_included(&found.not_included));
    let sentence = format!("Could this Git rebuild the cluster today? {answer}");
    Answered { sentence, evidence: shortened(evidence), is_good: found.answer == Answer::Yes }
}

/// The manifests that nothing known deploys, and those of their references that cannot be pulled or were not verified.
fn not_included(all: &[NotIncluded]) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let files: BTreeSet<&str> = all.iter().map(|reference| reference.path.as_str()).collect();
    let (references, files) = (count(all.len(), "reference"), count(files.len(), "file"));
    let mut lines = vec![format!("not deployed by anything known: {references} in {files}")];
    for NotIncluded { path, line, image, verdict } in all.iter().filter(|one| one.verdict != "present") {
        lines.push(format!("  {image} ({verdict}) at {path}:{line}"));
    }
    lines
}

/// `, 7 could not be verified`; empty if all could be.
fn rest(found: &Rebuild) -> String {
    match found.unverified + found.skipped {
        0 => String::new(),
        n => format!(", {n} could not be verified"),
    }
}

/// The sentence of the desired answer, with a count.
fn all_pulled(n: usize, what: &str, none: &str) -> String {
    match n {
        0 => format!("Yes: {none}."),
        1 => format!("Yes: the only {what} can be pulled."),
        n => format!("Yes: all {n} {what}s can be pulled."),
    }
}

fn broken_reference(reference: &BrokenReference) -> Vec<String> {
    let BrokenReference { image, rule, path, line, introduced, last_known_good, tried, why, .. } = reference;
    let mut lines = vec![format!("{image} ({rule}) at {path}:{line}")];
    if let Some(commit) = introduced {
        let subject = cut(&commit.subject, SUBJECT);
        lines.push(format!("  since {}, {} {subject}", day(commit.date), short(&commit.id)));
    }
    lines.extend(presence(reference).map(|words| format!("  {words}")));
    let gone = tried.iter().filter(|tried| tried.verdict != "present").count();
    let also = if gone > 0 { format!(" ({gone} newer cannot be pulled)") } else { String::new() };
    match (last_known_good, why) {
        (Some(good), _) => {
            lines.push(format!("  last known good: {} of {}{also}", good.image, short(&good.commit)));
        }
        (None, Some(why)) => lines.push(format!("  no known good value: {why}")),
        (None, None) => {}
    }
    lines
}

/// The time since which an image is missing, by the history of audits.
fn presence(reference: &BrokenReference) -> Option<String> {
    let since = reference.missing_since.map(day)?;
    Some(match reference.last_present.map(day) {
        Some(present) => format!("missing since {since}, last seen present {present}"),
        None => format!("missing since {since}; no audit has seen it present"),
    })
}

fn rollback(found: &Rollback) -> Answered {
    let Rollback { previous, gone, unverified, new, not_included, not_known, references, .. } = found;
    let of = format!("{} of {}", gone, count(*previous, "previous value"));
    let answer = match found.answer {
        Answer::Yes => all_pulled(*previous, "previous value", "no reference ever had another value"),
        Answer::No => format!("No: {of} cannot be pulled."),
        Answer::Unknown => {
            let open = unverified + not_known.iter().map(|reason| reason.count).sum::<usize>();
            format!("Not known: {} could not be verified.", count(open, "previous value"))
        }
    };
    let mut evidence: Vec<String> = references.iter().map(previous_value).collect();
    if *new > 0 {
        evidence.push(format!("{} never had another value", count(*new, "reference")));
    }
    if *not_included > 0 {
        evidence
            .push(format!("{} not looked at: nothing known deploys them", count(*not_included, "reference")));
    }
    for reason in not_known {
        evidence.push(format!("{} not known: {}", count(reason.count, "previous value"), reason.why));
    }
    let sentence = format!("Could a revert roll back each last change today? {answer}");
    Answered { sentence, evidence: shortened(evidence), is_good: found.answer == Answer::Yes }
}

fn previous_value(value: &PreviousValue) -> String {
    let PreviousValue { image, path, line, previous, verdict, .. } = value;
    format!("{} ({verdict}) was the value before {image} at {path}:{line}", previous.image)
}

fn around_git(found: &AroundGit) -> Answered {
    if found.answer == Answer::No {
        let sentence = "Does CI deploy around Git? No: no line of a CI file reaches a cluster.".to_owned();
        return Answered { sentence, evidence: Vec::new(), is_good: true };
    }
    let (lines, files) = (count(found.lines, "line"), count(found.files, "CI file"));
    let reach = if found.lines == 1 { "reaches" } else { "reach" };
    Answered {
        sentence: format!("Does CI deploy around Git? Yes: {lines} in {files} {reach} a cluster."),
        evidence: vec!["the findings of the rule deploys-around-git".to_owned()],
        is_good: false,
    }
}

/// The first lines of evidence, and the number of the others.
fn shortened(mut evidence: Vec<String>) -> Vec<String> {
    let more = evidence.len().saturating_sub(MOST);
    if more > 0 {
        evidence.truncate(MOST);
        evidence.push(format!("and {} more: --format json has all", count(more, "line")));
    }
    evidence
}

/// The day of a time, in seconds since 1970.
pub(super) fn day(seconds: i64) -> Date {
    Date::of(seconds)
}

/// The first digits of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}
