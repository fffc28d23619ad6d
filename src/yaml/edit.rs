//! Changes of a tree, as overlays and patches make them. An alias that is changed becomes a copy of its
//! anchor, one level at a time, so that what is not changed stays shared.

use super::{Node, Value, is_merge};

impl Node {
    /// Makes this node's own what an alias shares and what merge keys bring in; the nodes below stay as
    /// they are.
    fn own(&mut self) {
        if let Value::Shared(target) = &self.value {
            *self = (**target).clone();
        }
        if self.entries().iter().any(is_merge) {
            let mut entries = Vec::new();
            self.each_entry(|key, value| entries.push((key.clone(), value.clone())));
            self.value = Value::Mapping(Box::new(entries));
        }
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.own();
        let Value::Mapping(entries) = &mut self.value else { return None };
        entries.iter_mut().find(|(name, _)| name.scalar() == Some(key)).map(|(_, value)| value)
    }

    /// The entries of a mapping, to be changed; merged ones are among them.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<(Self, Self)>> {
        self.own();
        match &mut self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements of a sequence, to be changed.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        self.own();
        match &mut self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Sets a key of a mapping, in its place where it is there, else behind the others.
    pub fn insert(&mut self, key: Self, value: Self) {
        if let Some(old) = key.scalar().map(str::to_owned).and_then(|name| self.get_mut(&name)) {
            *old = value;
        } else if let Some(entries) = self.entries_mut() {
            entries.push((key, value));
        }
    }

    /// Takes a key out of a mapping.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|(name, _)| name.scalar() == Some(key))?;
        Some(entries.remove(at).1)
    }
}
