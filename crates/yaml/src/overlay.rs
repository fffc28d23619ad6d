//! Changes of a tree by overlays, patches and parameters. A changed level is copied, and the rest is still
//! shared with the original tree.

use std::sync::Arc;

use super::node::{Node, Value, is_merge};

impl Node {
    /// Copies the content of an alias and the entries of merge keys into this node. The nodes below are still
    /// shared.
    fn own(&mut self) {
        if let Value::Shared(target) = &self.value {
            *self = (**target).clone();
        }
        if self.entries().iter().any(is_merge) {
            let mut entries = Vec::new();
            self.each_entry(|key, value| entries.push((key.clone(), value.clone())));
            self.value = Value::Mapping(Arc::new(entries));
        }
    }

    /// The entries of a mapping, to be changed, including merged ones.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<(Self, Self)>> {
        self.own();
        match &mut self.value {
            Value::Mapping(entries) => Some(Arc::make_mut(entries)),
            _ => None,
        }
    }

    /// The elements of a sequence, to be changed.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        self.own();
        match &mut self.value {
            Value::Sequence(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let mut entries = self.entries_mut()?.iter_mut();
        entries.find(|(name, _)| name.scalar() == Some(key)).map(|(_, value)| value)
    }

    /// The value of a key, to be changed. Any other node becomes a mapping first; an absent key is null.
    pub fn entry_mut(&mut self, key: &str) -> Option<&mut Self> {
        if !self.is_mapping() {
            *self = self.emptied();
        }
        if self.get(key).is_none() {
            let entry = (self.with_text(key), self.with_text("").meant(false));
            self.entries_mut()?.push(entry);
        }
        self.get_mut(key)
    }

    /// The item of a list, to be changed. Any other node becomes a list first, which is padded with null.
    pub fn item_mut(&mut self, index: usize) -> Option<&mut Self> {
        let null = self.with_text("").meant(false);
        if !self.is_sequence() {
            *self = Self::sequence_at(Vec::new(), self);
        }
        let items = self.items_mut()?;
        if items.len() <= index {
            items.resize(index + 1, null);
        }
        items.get_mut(index)
    }

    /// Sets a key of a mapping, in its place if it exists, otherwise after the others.
    pub fn insert(&mut self, key: Self, value: Self) {
        if let Some(old) = key.scalar().map(str::to_owned).and_then(|name| self.get_mut(&name)) {
            *old = value;
        } else if let Some(entries) = self.entries_mut() {
            entries.push((key, value));
        }
    }

    /// Removes a key from a mapping.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        self.get(key)?;
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|(name, _)| name.scalar() == Some(key))?;
        Some(entries.remove(at).1)
    }
}

/// Maximum depth of a merge of values: the parser ends at 255, but aliases may exceed this.
const MAX_DEPTH: usize = 512;

/// The effect of a null that is merged over other values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    /// It removes the key.
    Remove,
    /// It replaces the value.
    Keep,
}

impl Node {
    /// Merges values over these, as Helm does: mappings are merged, null removes a key, every other value
    /// replaces. A replaced value is added to the history with `label`. `fuel` bounds the entries that are
    /// visited, because aliases multiply them; false if it runs out.
    pub fn merge(&mut self, over: &Self, label: &'static str, fuel: &mut usize) -> bool {
        self.merge_at(over, Nulls::Remove, label, fuel, 0)
    }

    /// Merges values over these like [`Self::merge`], and keeps each null: the result is merged over other
    /// values, from which the null removes a key.
    pub fn merge_keeping_nulls(&mut self, over: &Self, label: &'static str, fuel: &mut usize) -> bool {
        self.merge_at(over, Nulls::Keep, label, fuel, 0)
    }

    fn merge_at(
        &mut self,
        over: &Self,
        nulls: Nulls,
        label: &'static str,
        fuel: &mut usize,
        depth: usize,
    ) -> bool {
        let mut fits = depth < MAX_DEPTH;
        over.each_entry(|key, value| {
            let Some(name) = key.scalar().filter(|_| fits) else { return };
            let Some(left) = fuel.checked_sub(1 + self.entries().len()) else {
                fits = false;
                return;
            };
            *fuel = left;
            if value.is_null() && nulls == Nulls::Remove {
                self.remove(name);
            } else if let Some(old) = self.get_mut(name) {
                if old.is_mapping() && value.is_mapping() {
                    fits = old.merge_at(value, nulls, label, fuel, depth + 1);
                } else {
                    *old = value.instead_of(old, label);
                }
            } else {
                self.insert(key.clone(), value.clone());
            }
        });
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::one;

    #[test]
    fn a_merge_beyond_its_bound_is_told() {
        let (below, over) = (one("{a: 1, b: 2}"), one("{a: 3, c: {d: 4}}"));
        for (mut fuel, fits) in [(1000, true), (6, true), (5, false), (0, false)] {
            assert_eq!(below.clone().merge(&over, "", &mut fuel), fits, "{fuel}");
        }
        let nested = |depth: usize| {
            let mut node = one("{a: 1}");
            for _ in 0..depth {
                node = Node::mapping_at(vec![(Node::text_at("a", &node), node.clone())], &node);
            }
            node
        };
        assert!(nested(400).merge(&nested(400), "", &mut 100_000));
        assert!(!nested(600).merge(&nested(600), "", &mut 100_000));
    }
}
