//! A text of the chart or of the values that may be part of an image, and the place where it is written.

use std::ops::Range;

use source::{RepoPath, Span};
use yaml::{Composed, Meaning, Node, Style};

use super::shape::{Part, Slot};

/// A text that may be part of an image.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) place: Place,
    /// The scalar, or the part of a file, to which reports point.
    pub(crate) node: Node,
    /// The text that helm reads.
    pub(crate) text: String,
    /// The places for numbers in the text.
    pub(crate) slots: Vec<Slot>,
}

/// The place where a candidate is written in the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A scalar of the release's values, by its number.
    Values(usize),
    /// A scalar of the values that replace values.yaml, by its number.
    Defaults(usize),
    /// Bytes of a file of the chart.
    File {
        path: RepoPath,
        range: Range<usize>,
        /// True if they are a complete YAML scalar with its quotes, which is rewritten.
        is_scalar: bool,
    },
}

impl Candidate {
    /// True for a part of a file that is not a complete scalar.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.place, Place::File { is_scalar: false, .. })
    }

    /// The candidate with the places for numbers in one part of a reference only; `None` if the part has
    /// none.
    pub(crate) fn only(&self, part: Part) -> Option<Self> {
        let mut candidate = self.clone();
        candidate.slots.retain(|slot| slot.part == part);
        (!candidate.slots.is_empty()).then_some(candidate)
    }

    /// Adds a part of the text to a composed text, with its own characters if they can be found. Returns the
    /// scalar of the part.
    pub(crate) fn add_to(&self, composed: &mut Composed, part: Range<usize>) -> Node {
        if let Some((line, from)) = self.line(&part) {
            composed.part(&line, from..from + part.len());
            return line;
        }
        if self.node.scalar() == Some(self.text.as_str()) {
            composed.part(&self.node, part);
        } else {
            composed.push(self.text.get(part).unwrap_or_default(), &self.node, None);
        }
        self.node.clone()
    }

    /// The line of a block that contains a part of its text, and the place of the part in it; `None` if the
    /// block has another form, for example a folded one.
    fn line(&self, part: &Range<usize>) -> Option<(Node, usize)> {
        if self.node.style() != Some(Style::Block) || self.node.is_verbatim() {
            return None;
        }
        let before = self.text.get(..part.start)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = self.text.get(start..)?.lines().next()?.trim_end();
        let written = self.node.target();
        let block = written.file.slice(written.span);
        // The same text may occur several times: as often as in the value, and in the same order.
        let earlier = self.text.get(..start)?.matches(line).count();
        if self.text.matches(line).count() != block.matches(line).count() {
            return None;
        }
        let at = written.span.start as usize + block.match_indices(line).nth(earlier)?.0;
        let mut node = Node::whole_of(&written.file);
        node.span = Span::new(at..at + line.len());
        (part.end <= start + line.len()).then_some((node, part.start - start))
    }
}

/// The text that templates print for a scalar; `None` if there is none.
pub(crate) fn printed(node: &Node) -> Option<String> {
    match node.meaning()? {
        Meaning::Text(text) => Some(text.to_owned()),
        Meaning::Number(number) => Some(number.to_string()),
        Meaning::Null | Meaning::Bool => None,
    }
}
