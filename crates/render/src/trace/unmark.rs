//! A rendered text without the numbers, and the candidates from which its parts come.

use std::ops::Range;

use super::marked::Marks;

/// A text without numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unmarked {
    pub(crate) text: String,
    /// The parts that come from candidates, from the first to the last.
    pub(crate) pieces: Vec<Piece>,
}

/// A part of a text that comes from a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its place in the text.
    pub(crate) at: Range<usize>,
    pub(crate) candidate: usize,
    /// Its place in the candidate's text.
    pub(crate) part: Range<usize>,
}

/// Removes the numbers from a text. A number whose surroundings were changed is kept.
pub(crate) fn unmark(text: &str, marks: &Marks) -> Unmarked {
    let mut out = Unmarked::default();
    let mut done = 0;
    let mut from = 0;
    while let Some((place, candidate, slot)) = marks.find(text, from) {
        from = place.end;
        let Some(found) = marks.candidates.get(candidate) else { continue };
        let Some(slot) = found.slots.get(slot) else { continue };
        let before = text.get(done..place.start).unwrap_or_default();
        let after = text.get(place.end..).unwrap_or_default();
        let Some(kept) = before.strip_suffix(slot.before).filter(|_| after.starts_with(slot.after)) else {
            continue;
        };
        out.text.push_str(kept);
        let start = out.text.len();
        out.text.push_str(found.text.get(slot.replaced.clone()).unwrap_or_default());
        out.pieces.push(Piece { at: start..out.text.len(), candidate, part: slot.replaced.clone() });
        done = place.end + slot.after.len();
        from = done;
    }
    out.text.push_str(text.get(done..).unwrap_or_default());
    extend(&mut out, marks);
    out
}

/// Extends each piece by the surrounding characters that equal those of its candidate, and joins adjacent
/// pieces.
fn extend(out: &mut Unmarked, marks: &Marks) {
    let text = out.text.as_bytes();
    let starts: Vec<usize> = out.pieces.iter().map(|piece| piece.at.start).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, piece) in out.pieces.iter().enumerate() {
        let Some(candidate) = marks.candidates.get(piece.candidate) else { continue };
        let origin = candidate.text.as_bytes();
        let lowest = pieces.last().map_or(0, |last| last.at.end);
        let highest = starts.get(index + 1).copied().unwrap_or(text.len());
        let left = same_before(text, piece.at.start, lowest, origin, piece.part.start);
        let right = same_after(text, piece.at.end..highest, origin, piece.part.end);
        let at = piece.at.start - left..piece.at.end + right;
        let part = piece.part.start - left..piece.part.end + right;
        match pieces.last_mut() {
            Some(last)
                if last.candidate == piece.candidate
                    && last.part.end == part.start
                    && last.at.end == at.start =>
            {
                (last.at.end, last.part.end) = (at.end, part.end);
            }
            _ => pieces.push(Piece { at, candidate: piece.candidate, part }),
        }
    }
    pieces.retain(|piece| !piece.at.is_empty() && out.text.get(piece.at.clone()).is_some());
    out.pieces = pieces;
}

/// The number of equal bytes before two places.
fn same_before(text: &[u8], at: usize, lowest: usize, origin: &[u8], part: usize) -> usize {
    let here = text.get(lowest..at).unwrap_or_default().iter().rev();
    let there = origin.get(..part).unwrap_or_default().iter().rev();
    here.zip(there).take_while(|(one, other)| one == other).count()
}

/// The number of equal bytes after two places.
fn same_after(text: &[u8], range: Range<usize>, origin: &[u8], part: usize) -> usize {
    let here = text.get(range).unwrap_or_default().iter();
    let there = origin.get(part..).unwrap_or_default().iter();
    here.zip(there).take_while(|(one, other)| one == other).count()
}
