//! The tree: nodes, their values, and look-ups. Aliases point to their anchor's node, and look-ups follow
//! merge keys.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::number::{Number, number};
use source::{Site, SourceFile, Span};

/// Maximum number of mappings that one lookup visits through merge keys: more is an alias bomb.
pub(crate) const MAX_MERGES: usize = 256;

/// A node of a document.
#[derive(Clone, Debug)]
pub struct Node {
    /// The file from which it was read.
    pub file: Arc<SourceFile>,
    /// Its text; for a quoted scalar the text within the quotes.
    pub span: Span,
    pub(crate) value: Value,
}

/// Small, because a file may have two million nodes: 32 bytes per node, which a test checks.
#[derive(Clone, Debug)]
#[allow(clippy::rc_buffer, reason = "a shared slice is two words")]
pub(crate) enum Value {
    Scalar(Scalar),
    /// Copies of a node share the nodes below it, until one of them is changed.
    Sequence(Arc<Vec<Node>>),
    Mapping(Arc<Vec<(Node, Node)>>),
    /// An anchored node, at its anchor and at each of its aliases.
    Shared(Arc<Node>),
    /// A scalar composed of others.
    Made(Arc<Made>),
}

/// A literal scalar.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) style: Style,
    /// True if a tag makes it a string (`!!str`, or a tag of the application).
    pub(crate) string: bool,
    /// The value, if it differs from the text.
    pub(crate) decoded: Option<Box<Box<str>>>,
}

/// A composed scalar.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) composed: Composed,
    pub(crate) style: Style,
    /// The scalars that contributed to it before the deciding one, the oldest first.
    pub(crate) history: Vec<(Site, &'static str)>,
}

/// A text composed of pieces of scalars, with the origin of each piece.
#[derive(Clone, Debug, Default)]
pub struct Composed {
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of a composed text.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Its place in the text.
    pub(crate) at: Range<usize>,
    pub(crate) node: Node,
    /// Its place in the scalar's value, if it occurs there literally.
    pub(crate) from: Option<usize>,
}

/// The style of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// The meaning of a scalar by the rules of YAML 1.1, which the parser of Kubernetes and Helm follows.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning<'a> {
    /// `null`, `~`, nothing.
    Null,
    /// `true`, `no`, …
    Bool,
    /// A number, integer or not.
    Number(Number),
    /// Text.
    Text(&'a str),
}

impl Node {
    /// The node of an anchor or an alias; its file and span are the anchor's.
    pub fn target(&self) -> &Self {
        // A shared node never contains another: the parser creates one at an anchor, and aliases reuse it.
        match &self.value {
            Value::Shared(node) => node,
            _ => self,
        }
    }

    /// True for an anchor or an alias: a walk may visit its target again.
    pub fn is_shared(&self) -> bool {
        matches!(self.value, Value::Shared(_))
    }

    /// The scalar's value; `None` for collections.
    pub fn scalar(&self) -> Option<&str> {
        let node = self.target();
        match &node.value {
            Value::Scalar(Scalar { decoded: Some(text), .. }) => Some(text),
            Value::Scalar(_) => Some(node.file.slice(node.span)),
            Value::Made(made) => Some(made.composed.text()),
            _ => None,
        }
    }

    /// True for a boolean of YAML 1.1 that is true: `true`, `True`, `yes`, `on`. A quoted text is no boolean.
    pub fn is_true(&self) -> bool {
        let is_yes = |text: &str| ["true", "yes", "on", "y"].iter().any(|yes| yes.eq_ignore_ascii_case(text));
        self.meaning() == Some(Meaning::Bool) && self.scalar().is_some_and(is_yes)
    }

    /// The meaning of the scalar; `None` for collections.
    pub fn meaning(&self) -> Option<Meaning<'_>> {
        let text = self.scalar()?;
        let string = match &self.target().value {
            Value::Scalar(scalar) => scalar.string || scalar.style != Style::Plain,
            Value::Made(made) => made.style != Style::Plain,
            _ => return None,
        };
        if string {
            return Some(Meaning::Text(text));
        }
        Some(plain_meaning(text))
    }

    /// The scalar's text, if it means text.
    pub fn text(&self) -> Option<&str> {
        match self.meaning() {
            Some(Meaning::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// True if the text in the file equals the value, so that a part of the value is a part of the span.
    pub fn is_verbatim(&self) -> bool {
        matches!(&self.target().value, Value::Scalar(Scalar { decoded: None, .. }))
    }

    /// True for a scalar that is composed of parts of others.
    pub fn is_composed(&self) -> bool {
        matches!(&self.target().value, Value::Made(_))
    }

    /// The style of a scalar.
    pub fn style(&self) -> Option<Style> {
        match &self.target().value {
            Value::Scalar(scalar) => Some(scalar.style),
            Value::Made(made) => Some(made.style),
            _ => None,
        }
    }

    /// True for null, written or empty.
    pub fn is_null(&self) -> bool {
        self.meaning() == Some(Meaning::Null)
    }

    /// The items of the sequence under a key; none if there is no sequence.
    pub fn list(&self, key: &str) -> &[Self] {
        self.get(key).map(Self::items).unwrap_or_default()
    }

    /// The elements of a sequence; none for any other node.
    pub fn items(&self) -> &[Self] {
        match &self.target().value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// True for a sequence.
    pub fn is_sequence(&self) -> bool {
        matches!(&self.target().value, Value::Sequence(_))
    }

    /// True for a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(&self.target().value, Value::Mapping(_))
    }

    /// The entries of a mapping as they are written, merge keys included; none for any other node.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.target().value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Visits the entries of a mapping, and the entries of merge keys instead of the keys themselves. The
    /// mapping's own entries hide merged ones, and an earlier merge hides a later one.
    pub fn each_entry<'a>(&'a self, mut visit: impl FnMut(&'a Self, &'a Self)) {
        if self.entries().iter().any(is_merge) {
            let mut seen = HashSet::new();
            self.merged_entries(&mut seen, &mut MAX_MERGES.clone(), &mut visit);
        } else {
            self.entries().iter().for_each(|(key, value)| visit(key, value));
        }
    }

    fn merged_entries<'a>(
        &'a self,
        seen: &mut HashSet<Option<&'a str>>,
        fuel: &mut usize,
        visit: &mut dyn FnMut(&'a Self, &'a Self),
    ) {
        let Some(left) = fuel.checked_sub(1) else { return };
        *fuel = left;
        for (key, value) in self.entries().iter().filter(|entry| !is_merge(entry)) {
            if seen.insert(key.scalar()) {
                visit(key, value);
            }
        }
        for (_, merged) in self.entries().iter().filter(|entry| is_merge(entry)) {
            merged.merged_entries(seen, fuel, visit);
            merged.items().iter().for_each(|item| item.merged_entries(seen, fuel, visit));
        }
    }

    /// The value of a key: the mapping's own, otherwise that of the first merged mapping with the key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.lookup(key, &mut MAX_MERGES.clone())
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Its place.
    pub fn site(&self) -> Site {
        let node = self.target();
        Site { file: Arc::clone(&node.file), span: node.span }
    }

    fn lookup(&self, key: &str, fuel: &mut usize) -> Option<&Self> {
        *fuel = fuel.checked_sub(1)?;
        let mut merges = false;
        for (name, value) in self.entries() {
            let Some(name) = name.scalar() else { continue };
            if name == key {
                return Some(value);
            }
            merges |= name == "<<";
        }
        if !merges {
            return None;
        }
        self.entries().iter().filter(|entry| is_merge(entry)).find_map(|(_, merged)| match merged.items() {
            [] => merged.lookup(key, fuel),
            items => items.iter().find_map(|item| item.lookup(key, fuel)),
        })
    }
}

/// The meaning of a plain scalar without a tag.
pub(crate) fn plain_meaning(text: &str) -> Meaning<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        _ if is_bool(text) => Meaning::Bool,
        _ => number(text).map_or(Meaning::Text(text), Meaning::Number),
    }
}

/// True for a boolean of YAML 1.1: in lower case, in upper case, or with the first letter in upper case.
fn is_bool(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let Some(rest) = text.get(1..) else { return false };
    let is_one_case = rest.bytes().all(|byte| byte.is_ascii_lowercase())
        || text.bytes().all(|byte| byte.is_ascii_uppercase());
    is_one_case && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// True for an entry whose key is the merge key.
pub(crate) fn is_merge((key, _): &(Node, Node)) -> bool {
    key.scalar() == Some("<<")
}
