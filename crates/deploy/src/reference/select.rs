//! Paths into a document, such as `spec.images[].image`. Names are separated by points:
//!
//! - `a|b` is either key, `*` is any key;
//! - `a[]` is every item of the list under `a`;
//! - `a(key=x|y)` matches only if `key` below `a` has one of these values.

use yaml::Node;

use crate::reference::walk::{MAX_SHARED, Path, TooMuch};

/// A node that a path leads to.
pub(crate) struct Selected<'a, 'v> {
    /// The node.
    pub node: &'a Node,
    /// Its path, with the keys and indices that were followed.
    pub field: &'v Path,
    /// The mappings on the path, the root first.
    pub above: &'v [&'a Node],
}

/// Visits every node that `path` leads to.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub(crate) fn select<'a>(
    root: &'a Node,
    path: &str,
    visit: &mut dyn FnMut(Selected<'a, '_>),
) -> Result<(), TooMuch> {
    let mut walk = Walk { shared: 0, above: Vec::new(), visit };
    walk.node(root, &Path::default(), Some(path), false)
}

struct Walk<'a, 'v> {
    shared: usize,
    above: Vec<&'a Node>,
    visit: &'v mut dyn FnMut(Selected<'a, '_>),
}

impl<'a> Walk<'a, '_> {
    fn node(&mut self, node: &'a Node, at: &Path, rest: Option<&str>, below: bool) -> Result<(), TooMuch> {
        let below = below || node.is_shared();
        self.shared += usize::from(below);
        if self.shared > MAX_SHARED {
            return Err(TooMuch);
        }
        let Some(rest) = rest else {
            (self.visit)(Selected { node, field: at, above: &self.above });
            return Ok(());
        };
        let (segment, rest) =
            rest.split_once('.').map_or((rest, None), |(segment, rest)| (segment, Some(rest)));
        let segment = Segment::new(segment);
        self.above.push(node);
        let mut outcome = Ok(());
        let mut go = |name: &str, value: &'a Node| {
            if outcome.is_ok() {
                outcome =
                    self.items(value, &Path::from_text(&at.key(name)), &segment, segment.lists, rest, below);
            }
        };
        if segment.names == "*" {
            node.each_entry(|name, value| go(name.scalar().unwrap_or_default(), value));
        } else {
            let names = segment.names.split('|');
            names.filter_map(|name| Some((name, node.get(name)?))).for_each(|(name, value)| go(name, value));
        }
        self.above.pop();
        outcome
    }

    /// Visits the items of as many nested lists as the segment has, then follows the rest of the path.
    fn items(
        &mut self,
        value: &'a Node,
        at: &Path,
        segment: &Segment<'_>,
        lists: usize,
        rest: Option<&str>,
        below: bool,
    ) -> Result<(), TooMuch> {
        let Some(lists) = lists.checked_sub(1) else {
            return if segment.holds(value) { self.node(value, at, rest, below) } else { Ok(()) };
        };
        let below = below || value.is_shared();
        for (index, item) in value.items().iter().enumerate() {
            self.items(item, &at.item(index), segment, lists, rest, below)?;
        }
        Ok(())
    }
}

/// The part of a path between two points.
struct Segment<'p> {
    names: &'p str,
    lists: usize,
    condition: Option<(&'p str, &'p str)>,
}

impl<'p> Segment<'p> {
    fn new(text: &'p str) -> Self {
        let (head, condition) = text.split_once('(').unwrap_or((text, ""));
        let names = head.trim_end_matches("[]");
        let lists = (head.len() - names.len()) / 2;
        Self { names, lists, condition: condition.trim_end_matches(')').split_once('=') }
    }

    fn holds(&self, node: &Node) -> bool {
        self.condition.is_none_or(|(key, values)| {
            let said = node.get(key).and_then(Node::scalar);
            said.is_some_and(|said| values.split('|').any(|value| value == said))
        })
    }
}
