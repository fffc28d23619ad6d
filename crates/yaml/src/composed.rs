//! Scalars that an overlay, a substitution or a parameter composes from others. The text knows the scalar of
//! each of its parts, and the node has the place of the deciding scalar.

use std::ops::Range;
use std::sync::Arc;

use super::node::{Composed, Made, Node, Piece, Style, Value};
use source::Site;

impl Composed {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a text that is not part of a scalar.
    pub fn literal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a text from `node`; `from`: its place in the scalar's value, if it occurs there literally.
    pub fn push(&mut self, text: &str, node: &Node, from: Option<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { at: start..self.text.len(), node: node.clone(), from });
    }

    /// Adds a part of a scalar's value; if the value is composed, the pieces of the part.
    pub fn part(&mut self, node: &Node, part: Range<usize>) {
        let Some(text) = node.scalar().and_then(|text| text.get(part.clone())) else { return };
        let Value::Made(made) = &node.target().value else { return self.push(text, node, Some(part.start)) };
        let start = self.text.len();
        self.text.push_str(text);
        for piece in &made.composed.pieces {
            let within = piece.at.start.max(part.start)..piece.at.end.min(part.end);
            if within.start < within.end {
                let at = start + within.start - part.start..start + within.end - part.start;
                let from = piece.from.map(|from| from + within.start - piece.at.start);
                self.pieces.push(Piece { at, node: piece.node.clone(), from });
            }
        }
    }

    /// The place of a part of the text: the exact bytes if one scalar contains them literally, otherwise that
    /// scalar. If several scalars contribute to it, the last one, which is nearest to the end of the
    /// repository's name.
    pub fn site(&self, at: Range<usize>) -> Option<Site> {
        let last = at.end.saturating_sub(1).max(at.start);
        let piece = self.pieces.iter().rev().find(|piece| piece.at.start <= last)?;
        let inside = piece.at.start <= at.start && at.end <= piece.at.end;
        Some(match piece.from.filter(|_| inside) {
            Some(from) => {
                let start = from + at.start - piece.at.start;
                piece.node.place(start..start + at.len())
            }
            None => piece.node.site(),
        })
    }

    /// A scalar with this text and the place of `deciding`; `style`: that of the replaced scalar. `history`:
    /// the other scalars that contributed, the oldest first.
    pub fn node(self, deciding: &Node, style: Style, history: Vec<(Site, &'static str)>) -> Node {
        let at = deciding.target();
        let made = Made { composed: self, style, history: shortened(history) };
        Node { file: Arc::clone(&at.file), span: at.span, value: Value::Made(Arc::new(made)) }
    }
}

/// Maximum number of steps of a history that are kept: its beginning and its end.
const STEPS: usize = 24;

/// Shortens a history: it grows with each patch.
fn shortened(mut history: Vec<(Site, &'static str)>) -> Vec<(Site, &'static str)> {
    if history.len() > STEPS {
        history.drain(STEPS / 2..history.len() - STEPS / 2);
    }
    history
}

impl Node {
    /// The scalars that contributed to this one before the deciding one, the oldest first; none if it is
    /// literal.
    pub fn history(&self) -> &[(Site, &'static str)] {
        match &self.target().value {
            Value::Made(made) => &made.history,
            _ => &[],
        }
    }

    /// The place of a part of a scalar's value: its exact bytes if they are literally in the file, otherwise
    /// the whole scalar.
    pub fn place(&self, part: Range<usize>) -> Site {
        match &self.target().value {
            Value::Made(made) => made.composed.site(part).unwrap_or_else(|| self.site()),
            _ if self.is_verbatim() => self.site().part(part),
            _ => self.site(),
        }
    }

    /// This scalar in place of `old`, which becomes a part of its history.
    #[must_use]
    pub fn instead_of(&self, old: &Self, label: &'static str) -> Self {
        let (Some(text), Some(_)) = (self.scalar(), old.scalar()) else { return self.clone() };
        let mut history = old.history().to_vec();
        history.push((old.site(), label));
        history.extend(self.history().iter().cloned());
        let mut composed = Composed::default();
        composed.part(self, 0..text.len());
        composed.node(self, self.style().unwrap_or(Style::Quoted), history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::one;
    use crate::text_within;

    #[test]
    fn a_part_of_a_composed_text_stands_at_its_own_characters() {
        let root = one("v: 'web:'\nt: '1.5'\n");
        let (name, tag) = (root.get("v").unwrap(), root.get("t").unwrap());
        let mut made = Composed::default();
        made.part(name, 0..4);
        made.part(tag, 0..3);
        let whole = made.node(name, Style::Plain, Vec::new());
        let part = text_within(&whole, 4..7).unwrap();
        assert_eq!((part.scalar(), part.place(0..3).text()), (Some("1.5"), "1.5"));
        assert!(text_within(&whole, 4..8).is_none());
    }
}
