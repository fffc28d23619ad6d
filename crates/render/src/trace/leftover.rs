//! The candidates of the second attempt: wherever the chart or the values have the text of an image that the first one
//! could not trace. A place counts only if its number arrives in the image, so that a text which stands in several places
//! is no guess.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use source::{RepoPath, SourceFile};

use super::candidate::{Candidate, Place, printed};
use super::collect::{is_left_out, push_raw};
use super::images::Found;
use super::marked::Marks;
use super::shape::{self, Shape, Slot};
use crate::chart::{is_prose, is_template};
use crate::plain::VALUES;
use crate::{Chart, Failure, Release, emit};

/// Shortest text that is searched for.
const SHORTEST: usize = 2;
/// Most texts that are searched for.
const MOST_NEEDLES: usize = 200;
/// Most places of one text.
const MOST_PLACES: usize = 40;

/// The places of texts.
pub(crate) fn candidates(
    needles: &[String],
    marks: &Marks,
    chart: &Chart,
    release: &Release,
) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    if needles.is_empty() {
        return Ok(found);
    }
    for (path, file) in chart.texts() {
        if path.as_str() == VALUES && release.defaults.is_some() || is_prose(path) || is_left_out(path) {
            continue;
        }
        in_file(path, file, needles, marks, &mut found);
    }
    for (root, place) in
        [(&release.values, Place::Values as fn(usize) -> Place), (&release.defaults, Place::Defaults)]
    {
        let Some(root) = root else { continue };
        emit::each_scalar(root, |scalar| {
            let place = place(scalar.number);
            let text = printed(scalar.node).filter(|_| !marks.has(&place));
            found.extend(text.and_then(|text| in_scalar(text, needles, place, scalar.node)));
        })?;
    }
    Ok(found)
}

/// The texts to search for, the longest first: each part of an image that is not traced, and the parts of that. `known`:
/// those that are the text of a candidate, or the others.
pub(crate) fn needles(images: &[Found], marks: &Marks, known: bool) -> Vec<String> {
    let mut needles = BTreeSet::new();
    for image in images.iter().filter(|image| !image.is_traced()) {
        for gap in &image.gaps {
            let text = image.image.get(gap.clone()).unwrap_or_default();
            needles.insert(trimmed(text));
            for part in text.split(['@', ':']) {
                needles.insert(trimmed(part));
                needles.extend(part.split('/').map(trimmed));
                needles.extend(part.match_indices('/').filter_map(|(at, _)| part.get(at..)).map(trimmed));
                needles.extend(part.match_indices('/').filter_map(|(at, _)| part.get(..at)).map(trimmed));
            }
        }
    }
    let candidates: BTreeSet<&str> =
        marks.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
    needles.retain(|needle| needle.len() >= SHORTEST && candidates.contains(needle) == known);
    let mut needles: Vec<String> = needles.into_iter().map(str::to_owned).collect();
    needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    needles.truncate(MOST_NEEDLES);
    needles
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
}

/// The form of a text that is searched for.
fn form(needle: &str) -> Shape {
    if shape::is_digest(needle) {
        return Shape::Digest;
    }
    if needle.contains(['/', ':', '@']) {
        return Shape::Image;
    }
    let version = needle.strip_prefix('v').unwrap_or(needle);
    if version.starts_with(|digit: char| digit.is_ascii_digit()) { Shape::Tag } else { Shape::Name }
}

fn in_file(
    path: &RepoPath,
    file: &Arc<SourceFile>,
    needles: &[String],
    marks: &Marks,
    found: &mut Vec<Candidate>,
) {
    let text = file.text();
    let actions = if is_template(path) { actions(text) } else { Vec::new() };
    let mut taken: Vec<Range<usize>> = Vec::new();
    for needle in needles {
        let mut places = 0;
        for (at, _) in text.match_indices(needle.as_str()) {
            let range = at..at + needle.len();
            let overlaps = taken.iter().any(|other| other.start < range.end && range.start < other.end);
            let fits = is_whole(text, &range) && is_text(text, &range, &actions);
            if overlaps || !fits || marks.is_taken(path, &range) {
                continue;
            }
            places += 1;
            if places > MOST_PLACES {
                break;
            }
            taken.push(range.clone());
            push_raw(found, path, file, range, form(needle));
        }
    }
}

/// A scalar of the values that holds texts that are searched for.
fn in_scalar(text: String, needles: &[String], place: Place, node: &yaml::Node) -> Option<Candidate> {
    let mut slots: Vec<(Range<usize>, Slot)> = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    for needle in needles {
        for (at, _) in text.match_indices(needle.as_str()).take(MOST_PLACES) {
            let range = at..at + needle.len();
            let overlaps = taken.iter().any(|other| other.start < range.end && range.start < other.end);
            if overlaps || !is_whole(&text, &range) {
                continue;
            }
            for slot in shape::slots(needle, form(needle)) {
                let replaced = at + slot.replaced.start..at + slot.replaced.end;
                slots.push((replaced.clone(), Slot { replaced, ..slot }));
            }
            taken.push(range);
        }
    }
    slots.sort_by_key(|(replaced, _)| replaced.start);
    let slots: Vec<Slot> = slots.into_iter().map(|(_, slot)| slot).collect();
    (!slots.is_empty()).then(|| Candidate { place, node: node.clone(), text, slots })
}

/// True for a text that is not a part of a longer word, a path of values or the name of a template, and no key.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$' | '.');
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let (next, second) = (after.next(), after.next());
    let is_key = next == Some(':') && second.is_none_or(char::is_whitespace);
    !before.is_some_and(is_part) && !next.is_some_and(is_part) && !is_key
}

/// True for a text outside of the actions of a template, on a line about an image, or in a string of an action.
fn is_text(text: &str, range: &Range<usize>, actions: &[Range<usize>]) -> bool {
    let Some(action) = actions.iter().find(|action| action.start < range.end && range.start < action.end)
    else {
        let start = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let is_long = text.get(range.clone()).is_some_and(|text| text.contains(['/', ':']));
        return actions.is_empty() || is_long || line.to_ascii_lowercase().contains("image");
    };
    let before = text.get(action.start..range.start).unwrap_or_default();
    ['"', '`'].iter().any(|quote| before.matches(*quote).count() % 2 == 1)
}

/// The actions of a template.
fn actions(text: &str) -> Vec<Range<usize>> {
    let mut actions = Vec::new();
    let mut done = 0;
    while let Some(start) = text.get(done..).and_then(|rest| rest.find("{{")) {
        let start = done + start;
        let end =
            text.get(start..).and_then(|rest| rest.find("}}")).map_or(text.len(), |end| start + end + 2);
        actions.push(start..end);
        done = end;
    }
    actions
}
