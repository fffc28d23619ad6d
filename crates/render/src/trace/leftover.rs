//! The candidates of the second attempt: each place of the chart or the values with the text of an image that
//! the first attempt could not trace. A place counts only if its number appears in the image, so that a text
//! in several places is not a guess.

use std::cmp::Reverse;
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

/// Minimum length of a text that is searched.
const SHORTEST: usize = 2;
/// Maximum number of texts that are searched.
const MOST_NEEDLES: usize = 200;
/// Maximum size of a file or scalar that is searched, and maximum number of occurrences of one text that are
/// examined.
const MOST_TEXT: usize = 1 << 20;
const MOST_TRIED: usize = 2_000;
/// Maximum number of bytes of an action, and around a text on its line, that are examined.
const MOST_ACTION: usize = 4 << 10;
const MOST_LINE: usize = 256;
/// Maximum number of places of one text.
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

/// The texts to search for, the longest first: each untraced part of an image, and its subparts. `known`:
/// selects those that are the text of a candidate, or the others.
pub(crate) fn needles(images: &[Found], marks: &Marks, known: bool) -> Vec<String> {
    let mut needles = BTreeSet::new();
    for image in images.iter().filter(|image| !image.is_traced()) {
        for gap in &image.gaps {
            let text = image.image.get(gap.clone()).unwrap_or_default();
            needles.insert(trimmed(text));
            for part in text.split(['@', ':']) {
                needles.insert(trimmed(part));
                needles.extend(part.split('/').map(trimmed));
                for (slash, _) in part.match_indices('/') {
                    let (before, after) = part.split_at(slash);
                    needles.extend([trimmed(before), trimmed(after)]);
                }
            }
        }
    }
    let mut texts = BTreeSet::new();
    for candidate in &marks.candidates {
        texts.insert(candidate.text.as_str());
    }
    let mut found = Vec::new();
    for needle in needles {
        if needle.len() >= SHORTEST && texts.contains(needle) == known {
            found.push(needle.to_owned());
        }
    }
    found.sort_by_key(|needle| Reverse(needle.len()));
    found.truncate(MOST_NEEDLES);
    found
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
}

/// The form of a text that is searched.
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
    if text.len() > MOST_TEXT {
        return;
    }
    let within = if is_template(path) { actions(text) } else { Vec::new() };
    let mut taken: Vec<Range<usize>> = Vec::new();
    for needle in needles {
        let mut places = 0;
        for (at, _) in text.match_indices(needle.as_str()).take(MOST_TRIED) {
            let range = at..at + needle.len();
            let fits = is_whole(text, &range) && is_text(text, &range, &within);
            if !fits || marks.is_taken(path, &range) || overlaps(&taken, &range) {
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

/// A candidate for a scalar of the values that contains a searched text.
fn in_scalar(text: String, needles: &[String], place: Place, node: &yaml::Node) -> Option<Candidate> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    if text.len() > MOST_TEXT {
        return None;
    }
    for needle in needles {
        for (at, _) in text.match_indices(needle.as_str()).take(MOST_PLACES) {
            let range = at..at + needle.len();
            if overlaps(&taken, &range) || !is_whole(&text, &range) {
                continue;
            }
            for slot in shape::slots(needle, form(needle)) {
                let replaced = at + slot.replaced.start..at + slot.replaced.end;
                slots.push(Slot { replaced, ..slot });
            }
            taken.push(range);
        }
    }
    slots.sort_by_key(|slot| slot.replaced.start);
    (!slots.is_empty()).then(|| Candidate { place, node: node.clone(), text, slots })
}

fn overlaps(taken: &[Range<usize>], range: &Range<usize>) -> bool {
    taken.iter().any(|other| other.start < range.end && range.start < other.end)
}

/// True for a text that is not part of a longer word, of a path of values or of the name of a template, and
/// is not a key.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default().chars().next_back();
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let (next, second) = (after.next(), after.next());
    let is_key = next == Some(':') && second.is_none_or(char::is_whitespace);
    !before.is_some_and(is_part_of_word) && !next.is_some_and(is_part_of_word) && !is_key
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$' | '.')
}

/// True for a text outside of the actions of a template, on a line about an image, or in a string of an action.
fn is_text(text: &str, range: &Range<usize>, actions: &[Range<usize>]) -> bool {
    let next = actions.partition_point(|action| action.end <= range.start);
    let action = actions.get(next).filter(|action| action.start < range.end);
    let Some(action) = action else {
        let is_long = text.get(range.clone()).unwrap_or_default().contains(['/', ':']);
        return actions.is_empty() || is_long || is_about_image(text, range);
    };
    let before = text.get(action.start..range.start).unwrap_or_default();
    let is_in = |quote: char| before.matches(quote).count() % 2 == 1;
    before.len() <= MOST_ACTION && (is_in('"') || is_in('`'))
}

/// True if the line of a text has the word `image` near the text.
fn is_about_image(text: &str, range: &Range<usize>) -> bool {
    let near = range.start.saturating_sub(MOST_LINE)..range.end.saturating_add(MOST_LINE).min(text.len());
    let bytes = text.as_bytes();
    let before = bytes.get(near.start..range.start).unwrap_or_default();
    let after = bytes.get(range.end..near.end).unwrap_or_default();
    let line_before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line_after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    [line_before, line_after]
        .iter()
        .any(|part| String::from_utf8_lossy(part).to_ascii_lowercase().contains("image"))
}

/// The actions of a template, from the first to the last.
fn actions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut end = 0;
    for (start, _) in text.match_indices("{{") {
        if start < end {
            continue;
        }
        let length = text.get(start..).unwrap_or_default().find("}}");
        end = length.map_or(text.len(), |length| start + length + 2);
        found.push(start..end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_templates_are_texts() {
        let text =
            "image: web {{ include \"web.name\" . }} {{ print \"web\" .Values.web }}\nname: web\nweb: x\n";
        let within = actions(text);
        assert_eq!(within.len(), 2);
        let mut places = Vec::new();
        for (at, _) in text.match_indices("web") {
            let range = at..at + 3;
            places.push(is_whole(text, &range) && is_text(text, &range, &within));
        }
        // On a line about an image; the name of a template; a string; a path of values; another line; a key.
        assert_eq!(places, [true, false, true, false, false, false]);
        assert_eq!(actions("a {{ b").first(), Some(&(2..6)));
    }
}
