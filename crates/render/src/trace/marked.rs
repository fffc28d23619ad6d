//! The copy of the chart and its values with numbers in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use source::RepoPath;

use super::candidate::{Candidate, Place};
use crate::{Chart, Failure, Release, emit};

/// Digits around the number of a slot. The number is written in base 7, so that these digits cannot be part
/// of it, and two adjacent numbers are never read as a third.
const FRAMES: [[&str; 2]; 4] = [["97", "79"], ["98", "89"], ["87", "78"], ["89", "98"]];
/// Digits of a number.
const WIDTH: usize = 5;
const BASE: usize = 7;
/// The number of available numbers.
const MOST_SLOTS: usize = BASE.pow(5);

/// Candidates, each slot with a number.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) candidates: Vec<Candidate>,
    /// The candidate and the slot of each number.
    slots: Vec<(usize, usize)>,
    /// The first number of each candidate.
    first: Vec<usize>,
    /// The ranges of files that have candidates, each with its end, by path and start.
    taken: BTreeMap<RepoPath, BTreeMap<usize, usize>>,
    /// The numbers of scalars of values that have candidates; true for those that replace values.yaml.
    scalars: BTreeSet<(bool, usize)>,
    frame: [&'static str; 2],
}

/// The files and values of a copy that differ from those of the chart.
#[derive(Debug, Default)]
pub(crate) struct Copy {
    pub(crate) values: String,
    pub(crate) defaults: Option<String>,
    pub(crate) files: BTreeMap<RepoPath, String>,
}

impl Marks {
    /// An empty set; `None` if the plain output contains digits that look like a number in every frame.
    pub(crate) fn new(plain: &str) -> Option<Self> {
        let frame = FRAMES.into_iter().find(|frame| !looks_marked(plain, frame))?;
        Some(Self { frame, ..Self::default() })
    }

    /// Adds candidates while numbers are available, and returns their indices.
    pub(crate) fn add(&mut self, candidates: Vec<Candidate>) -> Vec<usize> {
        let start = self.candidates.len();
        for candidate in candidates {
            if self.slots.len() + candidate.slots.len() > MOST_SLOTS {
                break;
            }
            let index = self.candidates.len();
            self.first.push(self.slots.len());
            self.slots.extend((0..candidate.slots.len()).map(|slot| (index, slot)));
            self.take(&candidate.place);
            self.candidates.push(candidate);
        }
        (start..self.candidates.len()).collect()
    }

    /// The text of a candidate with its numbers.
    pub(crate) fn text(&self, index: usize) -> Option<String> {
        let (candidate, first) = (self.candidates.get(index)?, self.first.get(index)?);
        let mut out = String::new();
        let mut done = 0;
        for (slot, number) in candidate.slots.iter().zip(*first..) {
            out.push_str(candidate.text.get(done..slot.replaced.start)?);
            out.push_str(slot.before);
            out.push_str(&self.digits(number));
            out.push_str(slot.after);
            done = slot.replaced.end;
        }
        out.push_str(candidate.text.get(done..)?);
        Some(out)
    }

    fn digits(&self, number: usize) -> String {
        let [start, end] = self.frame;
        let mut digits = String::new();
        for power in (0..5).rev() {
            digits.push_str(&(number / BASE.pow(power) % BASE).to_string());
        }
        format!("{start}{digits}{end}")
    }

    /// The first number in a text after an offset: its place, its candidate and its slot.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<(Range<usize>, usize, usize)> {
        let [start, _] = self.frame;
        let mut at = from;
        loop {
            at += text.get(at..)?.find(start)?;
            if let Some(number) = number_at(text, at, &self.frame)
                && let Some((candidate, slot)) = self.slots.get(number)
            {
                return Some((at..at + start.len() + WIDTH + 2, *candidate, *slot));
            }
            at += 1;
        }
    }

    /// The candidates whose numbers are in a message, and those of the same text in other places of templates.
    pub(crate) fn named(&self, message: &str) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        let mut from = 0;
        while let Some((place, index, _)) = self.find(message, from) {
            named.insert(index);
            let text = self.candidates.get(index).filter(|candidate| candidate.is_raw()).map(|one| &one.text);
            for (other, candidate) in self.candidates.iter().enumerate() {
                if candidate.is_raw() && Some(&candidate.text) == text {
                    named.insert(other);
                }
            }
            from = place.end;
        }
        named
    }

    /// The copy with the numbers of some candidates.
    pub(crate) fn copy(
        &self,
        chart: &Chart,
        release: &Release,
        chosen: &BTreeSet<usize>,
    ) -> Result<Copy, Failure> {
        let (mut values, mut defaults) = (BTreeMap::new(), BTreeMap::new());
        let mut edits: BTreeMap<&RepoPath, Vec<(Range<usize>, String)>> = BTreeMap::new();
        for index in chosen {
            let (Some(candidate), Some(text)) = (self.candidates.get(*index), self.text(*index)) else {
                continue;
            };
            match &candidate.place {
                Place::Values(number) => _ = values.insert(*number, text),
                Place::Defaults(number) => _ = defaults.insert(*number, text),
                Place::File { path, range, is_scalar } => {
                    let text = if *is_scalar { quoted(&text) } else { text };
                    edits.entry(path).or_default().push((range.clone(), text));
                }
            }
        }
        let mut copy = Copy { values: emit::values(release.values.as_ref(), &values)?, ..Copy::default() };
        if let Some(root) = &release.defaults {
            copy.defaults = Some(emit::values(Some(root), &defaults)?);
        }
        for (path, edits) in edits {
            if let Some(file) = chart.text(path) {
                copy.files.insert(path.clone(), edited(file.text(), edits));
            }
        }
        Ok(copy)
    }

    fn take(&mut self, place: &Place) {
        match place {
            Place::Values(number) => _ = self.scalars.insert((false, *number)),
            Place::Defaults(number) => _ = self.scalars.insert((true, *number)),
            Place::File { path, range, .. } => {
                let end = self.taken.entry(path.clone()).or_default().entry(range.start).or_default();
                *end = range.end.max(*end);
            }
        }
    }

    /// True if a range of a file contains a part of a candidate.
    pub(crate) fn is_taken(&self, path: &RepoPath, range: &Range<usize>) -> bool {
        // Candidates of a file do not overlap, unless they are in the same place.
        let before = self.taken.get(path).and_then(|taken| taken.range(..range.end).next_back());
        before.is_some_and(|(_, end)| *end > range.start)
    }

    /// True if a scalar of the values, or of those that replace values.yaml, is a candidate.
    pub(crate) fn has(&self, place: &Place) -> bool {
        match place {
            Place::Values(number) => self.scalars.contains(&(false, *number)),
            Place::Defaults(number) => self.scalars.contains(&(true, *number)),
            Place::File { path, range, .. } => self.is_taken(path, range),
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    emit::quote(text, &mut out);
    out
}

/// A text with some ranges replaced; if two ranges overlap, the first counts.
fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::new();
    let mut done = 0;
    for (range, instead) in edits {
        let Some(between) = text.get(done..range.start) else { continue };
        out.push_str(between);
        out.push_str(&instead);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The number whose digits start at an offset of a text.
fn number_at(text: &str, at: usize, [start, end]: &[&str; 2]) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix(start)?;
    let digits = rest.get(..WIDTH)?;
    if !rest.get(WIDTH..)?.starts_with(end) {
        return None;
    }
    usize::from_str_radix(digits, 7).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// True if a text has digits that look like those of a number.
fn looks_marked(text: &str, frame: &[&str; 2]) -> bool {
    let [start, _] = frame;
    text.match_indices(start).any(|(at, _)| number_at(text, at, frame).is_some())
}

#[cfg(test)]
mod tests;
