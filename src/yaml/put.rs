//! Changing a tree: what lies over values is put into them, and keeps the place that it has in its own file.

use super::{Node, Scalar, Style, Value};

impl Node {
    /// A mapping without entries in this node's place.
    #[must_use]
    pub fn emptied(&self) -> Self {
        self.holding(Value::Mapping(Box::default()))
    }

    /// A text in this node's place that stands for what is written there.
    #[must_use]
    pub fn saying(&self, text: &str) -> Self {
        let decoded = Some(Box::new(text.into()));
        self.holding(Value::Scalar(Scalar { style: Style::Plain, string: true, decoded }))
    }

    /// The same scalar with its text taken for what a plain scalar means, or for text and nothing else.
    #[must_use]
    pub fn meant(&self, as_text: bool) -> Self {
        let mut node = self.target().clone();
        if let Value::Scalar(scalar) = &mut node.value {
            scalar.string = as_text;
            scalar.style = if as_text { scalar.style } else { Style::Plain };
        }
        node
    }

    /// The value of a key, to be changed. What is no mapping becomes one; a key that is not there is null.
    pub fn entry_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.unshare();
        let own = self.entries().iter().position(|(name, _)| name.scalar() == Some(key));
        // A merged value becomes the mapping's own, so that the one that it comes from stays as it is.
        let new = own.is_none().then(|| {
            (self.saying(key), self.get(key).cloned().unwrap_or_else(|| self.saying("").meant(false)))
        });
        if !self.is_mapping() {
            self.value = Value::Mapping(Box::default());
        }
        let Value::Mapping(entries) = &mut self.value else { return None };
        entries.extend(new);
        let at = own.or(entries.len().checked_sub(1))?;
        entries.get_mut(at).map(|(_, value)| value)
    }

    /// The item of a list, to be changed. What is no list becomes one, and is filled up with null.
    pub fn item_mut(&mut self, index: usize) -> Option<&mut Self> {
        self.unshare();
        let null = self.saying("").meant(false);
        if !matches!(self.value, Value::Sequence(_)) {
            self.value = Value::Sequence(Box::default());
        }
        let Value::Sequence(items) = &mut self.value else { return None };
        if items.len() <= index {
            items.resize(index + 1, null);
        }
        items.get_mut(index)
    }

    /// Takes a copy of what stands behind an alias.
    fn unshare(&mut self) {
        if let Value::Shared(node) = &self.value {
            *self = (**node).clone();
        }
    }

    fn holding(&self, value: Value) -> Self {
        let node = self.target();
        Self { file: std::sync::Arc::clone(&node.file), span: node.span, value }
    }
}
