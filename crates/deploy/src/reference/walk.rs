//! A bounded walk over a document that follows aliases and merge keys.

use std::fmt::Write as _;

use yaml::Node;

/// Maximum number of nodes that one walk visits below anchors and aliases. Nodes that are written once are
/// bounded by the file; aliases of aliases are not.
pub(crate) const MAX_SHARED: usize = 200_000;
/// Maximum length of a path, in bytes: every reference holds its own.
const LONGEST_PATH: usize = 1024;
/// Maximum depth of a path: the parser ends at 255, but aliases may exceed this.
const MAX_DEPTH: usize = 512;

/// A mapping that the walk visits.
pub struct Visit<'a> {
    /// The mapping.
    pub node: &'a Node,
    /// The key above it, if there is one.
    pub key: &'a str,
    /// The path of keys from the root.
    pub path: &'a Path,
}

/// A path of keys and indices, in the usual form: `spec.containers[0].image`.
#[derive(Clone, Debug, Default)]
pub struct Path(String);

impl Path {
    /// The path of a key below this one.
    pub fn key(&self, key: &str) -> String {
        if self.0.len() + key.len() > LONGEST_PATH {
            return self.0.clone();
        }
        let simple = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        match (simple, self.0.is_empty()) {
            (true, true) => key.to_owned(),
            (true, false) => format!("{}.{key}", self.0),
            (false, _) => format!("{}[{key:?}]", self.0),
        }
    }

    /// The path of an item below this one.
    pub fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A path that starts at `text`.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The walk exceeded its bound: aliases expand to more than any deployed document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// Visits every mapping below `root`, itself included, parents first. The walk continues below a mapping if
/// `visit` returns true.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub fn mappings(root: &Node, start: &str, mut visit: impl FnMut(Visit<'_>) -> bool) -> Result<(), TooMuch> {
    let mut walk = Walk { shared: 0, below: 0, path: Path::from_text(start) };
    walk.node(root, "", 0, &mut visit)
}

/// The number of entries that a merge key adds, without those of nested merges.
fn weight(from: &Node) -> usize {
    from.entries().len() + from.items().iter().map(|item| item.entries().len()).sum::<usize>()
}

struct Walk {
    shared: usize,
    /// The number of shared nodes around the current one.
    below: usize,
    path: Path,
}

impl Walk {
    fn node(
        &mut self,
        node: &Node,
        key: &str,
        depth: usize,
        visit: &mut dyn FnMut(Visit<'_>) -> bool,
    ) -> Result<(), TooMuch> {
        self.below += usize::from(node.is_shared());
        self.shared += usize::from(self.below > 0);
        if self.shared > MAX_SHARED || depth > MAX_DEPTH {
            return Err(TooMuch);
        }
        self.children(node, key, depth, visit)?;
        self.below -= usize::from(node.is_shared());
        Ok(())
    }

    fn children(
        &mut self,
        node: &Node,
        key: &str,
        depth: usize,
        visit: &mut dyn FnMut(Visit<'_>) -> bool,
    ) -> Result<(), TooMuch> {
        if node.is_mapping() {
            // The entries of aliases and merge keys are read again at each of them.
            let keys = node.entries().iter().filter(|(name, _)| name.scalar() == Some("<<"));
            let merged: usize = keys.map(|(_, from)| weight(from)).sum();
            self.shared += merged + if self.below > 0 { node.entries().len() } else { 0 };
            if self.shared > MAX_SHARED {
                return Err(TooMuch);
            }
            if !visit(Visit { node, key, path: &self.path }) {
                return Ok(());
            }
            let mut outcome = Ok(());
            node.each_entry(|name, value| {
                if outcome.is_ok() {
                    outcome = self.entry(name, value, depth, visit);
                }
            });
            outcome?;
            return Ok(());
        }
        for (index, item) in node.items().iter().enumerate() {
            let length = self.path.0.len();
            // Writing to a string does not fail.
            let _ = write!(self.path.0, "[{index}]");
            self.node(item, key, depth + 1, visit)?;
            self.path.0.truncate(length);
        }
        Ok(())
    }

    fn entry(
        &mut self,
        name: &Node,
        value: &Node,
        depth: usize,
        visit: &mut dyn FnMut(Visit<'_>) -> bool,
    ) -> Result<(), TooMuch> {
        // A scalar has no names below it, and most values are scalars.
        let Some(name) = name.scalar().filter(|_| value.is_mapping() || !value.items().is_empty()) else {
            return Ok(());
        };
        let below = self.path.key(name);
        let above = std::mem::replace(&mut self.path.0, below);
        self.node(value, name, depth + 1, visit)?;
        self.path.0 = above;
        Ok(())
    }
}
