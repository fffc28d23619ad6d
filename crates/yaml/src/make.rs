//! Synthetic nodes, which are not in a file: each has the place of another node.

use std::sync::Arc;

use super::node::{Composed, Node, Scalar, Style, Value};
use super::parse;
use source::{SourceFile, Span};

impl Node {
    /// An empty mapping with this node's place.
    #[must_use]
    pub fn emptied(&self) -> Self {
        self.holding(Value::Mapping(Arc::default()))
    }

    /// A text with the place of this node.
    #[must_use]
    pub fn with_text(&self, text: &str) -> Self {
        let decoded = Some(Box::new(text.into()));
        self.holding(Value::Scalar(Scalar { style: Style::Plain, string: true, decoded }))
    }

    /// The same scalar, read as a plain scalar, or as text only.
    #[must_use]
    pub fn meant(&self, as_text: bool) -> Self {
        let mut node = self.target().clone();
        if let Value::Scalar(scalar) = &mut node.value {
            scalar.string = as_text;
            scalar.style = if as_text { scalar.style } else { Style::Plain };
        }
        node
    }

    /// The text of a whole file as a scalar, for example the value of a generated config map.
    pub fn whole_of(file: &Arc<SourceFile>) -> Self {
        let scalar = Scalar { style: Style::Quoted, string: true, decoded: None };
        let span = Span::new(0..file.text().len());
        Self { file: Arc::clone(file), span, value: Value::Scalar(scalar) }
    }

    /// A scalar of a text with the place of `like`.
    pub fn text_at(text: &str, like: &Self) -> Self {
        let mut composed = Composed::default();
        composed.push(text, like, None);
        composed.node(like, Style::Quoted, Vec::new())
    }

    /// A mapping with the place of `like`.
    pub fn mapping_at(entries: Vec<(Self, Self)>, like: &Self) -> Self {
        like.holding(Value::Mapping(Arc::new(entries)))
    }

    /// A sequence with the place of `like`.
    pub fn sequence_at(items: Vec<Self>, like: &Self) -> Self {
        like.holding(Value::Sequence(Arc::new(items)))
    }

    /// A null with an empty place at the start of `like`.
    pub fn null_at(like: &Self) -> Self {
        let mut null = like.holding(parse::null());
        null.span.end = null.span.start;
        null
    }

    /// True if the tree below it is at most this deep. Each node costs one of `fuel`, because aliases and copies multiply;
    /// false if it runs out.
    pub fn is_within(&self, depth: usize, fuel: &mut usize) -> bool {
        let Some(left) = fuel.checked_sub(1).filter(|_| depth > 0) else { return false };
        *fuel = left;
        self.items().iter().all(|item| item.is_within(depth - 1, fuel))
            && self.entries().iter().all(|(_, value)| value.is_within(depth - 1, fuel))
    }

    fn holding(&self, value: Value) -> Self {
        let node = self.target();
        Self { file: Arc::clone(&node.file), span: node.span, value }
    }
}
