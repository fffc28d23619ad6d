//! Field paths of replacements: `spec.containers.[name=web].image`.
//! Source: kyaml's `SmarterPathSplitter` and `PathMatcher`.

use regex::Regex;

use yaml::Node;

use super::pattern::{Unread, pattern};

/// Maximum length of a path, in steps.
const MAX_STEPS: usize = 512;

/// A path.
#[derive(Debug)]
pub(super) struct FieldPath(Vec<Step>);

/// The fields that a path leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) fields: usize,
    /// True if it leads into a text, which may be YAML or JSON itself.
    pub(super) is_in_text: bool,
}

#[derive(Debug)]
enum Step {
    /// A key of a mapping.
    Key(String),
    /// An element of a list.
    Index(usize),
    /// Every element of a list.
    All,
    /// The elements of a list that have a value in a field, or that equal the value if the field is empty. In
    /// a source it is a value, in a target a pattern.
    Where { field: String, value: String, like: Result<Regex, Unread> },
}

impl FieldPath {
    /// Parses a path; `None` for one that is longer than the limit of nesting.
    pub(super) fn new(path: &str) -> Option<Self> {
        let names = split(path);
        let steps = names.into_iter().filter(|name| !name.is_empty()).map(Step::new).collect::<Vec<_>>();
        (steps.len() <= MAX_STEPS).then_some(Self(steps))
    }

    /// The reason why a pattern in it is not read.
    pub(super) fn unread(&self) -> Option<Unread> {
        self.0.iter().find_map(|step| match step {
            Step::Where { like, .. } => like.as_ref().err().copied(),
            _ => None,
        })
    }

    /// The one field that it leads to.
    pub(super) fn get<'a>(&self, root: &'a Node) -> Option<&'a Node> {
        let mut node = root;
        for step in &self.0 {
            node = match step {
                Step::Key(key) if key == "-" && node.is_sequence() => node.items().last(),
                Step::Key(key) => node.get(key),
                Step::Index(index) if node.is_sequence() => node.items().get(*index),
                Step::Index(key) => node.get(&key.to_string()),
                Step::All => None,
                Step::Where { field, value, .. } => {
                    node.items().iter().find(|item| text(item, field) == Some(value))
                }
            }?;
        }
        Some(node)
    }

    /// Changes every field that it leads to. `create`: creates fields that do not exist, with the place of
    /// this node.
    pub(super) fn set(
        &self,
        root: &mut Node,
        create: Option<&Node>,
        change: &mut dyn FnMut(&mut Node),
    ) -> Reached {
        let mut reached = Reached::default();
        set(root, &self.0, create, &mut reached, change);
        reached
    }
}

impl Step {
    fn new(name: String) -> Self {
        let condition = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')?.split_once('='));
        match condition {
            Some((field, value)) => {
                Self::Where { like: pattern(value), field: field.to_owned(), value: value.to_owned() }
            }
            None if name == "*" => Self::All,
            None => name.parse().map_or(Self::Key(name), Self::Index),
        }
    }
}

/// The steps between the points: `\.` is a point in a key, and so is a point in brackets. Brackets without a
/// condition are removed.
fn split(path: &str) -> Vec<String> {
    let (mut found, mut current, mut in_bracket) = (Vec::new(), String::new(), false);
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => current.extend(chars.next()),
            '.' if !in_bracket => found.push(name_of(std::mem::take(&mut current))),
            c => {
                in_bracket = c != ']' && (in_bracket || c == '[' && current.is_empty());
                current.push(c);
            }
        }
    }
    found.push(name_of(current));
    found
}

fn name_of(step: String) -> String {
    if step.contains('=') { step } else { step.trim_matches(['[', ']']).to_owned() }
}

fn text<'a>(item: &'a Node, field: &str) -> Option<&'a str> {
    if field.is_empty() { item.scalar() } else { item.get(field)?.scalar() }
}

fn set(
    node: &mut Node,
    steps: &[Step],
    create: Option<&Node>,
    reached: &mut Reached,
    change: &mut dyn FnMut(&mut Node),
) {
    let Some((step, rest)) = steps.split_first() else {
        reached.fields += 1;
        return change(node);
    };
    reached.is_in_text |= node.scalar().is_some() && !node.is_null();
    match step {
        Step::Key(key) => {
            if let Some(like) = create.filter(|_| node.is_mapping() && node.get(key).is_none()) {
                node.insert(Node::text_at(key, like), made(rest, like));
            }
            if let Some(below) = node.get_mut(key) {
                set(below, rest, create, reached, change);
            }
        }
        Step::Index(index) => {
            let Some(items) = node.items_mut() else { return };
            if let Some(like) = create.filter(|_| items.len() == *index) {
                items.push(made(rest, like));
            }
            if let Some(item) = items.get_mut(*index) {
                set(item, rest, create, reached, change);
            }
        }
        Step::All => {
            for item in node.items_mut().into_iter().flatten() {
                set(item, rest, create, reached, change);
            }
        }
        Step::Where { field, value, like } => {
            let Some(items) = node.items_mut() else { return };
            let is_any = items.iter().any(|item| is_like(item, field, like.as_ref().ok()));
            if let Some(place) = create.filter(|_| !is_any) {
                items.push(item_with(field, value, place));
            }
            for item in items {
                if is_like(item, field, like.as_ref().ok()) {
                    set(item, rest, create, reached, change);
                }
            }
        }
    }
}

fn is_like(item: &Node, field: &str, like: Option<&Regex>) -> bool {
    match (like, text(item, field)) {
        (Some(like), Some(text)) => like.is_match(text),
        _ => false,
    }
}

/// An item of a list that meets a condition.
fn item_with(field: &str, value: &str, place: &Node) -> Node {
    let value = Node::text_at(value, place);
    if field.is_empty() {
        return value;
    }
    Node::mapping_at(vec![(Node::text_at(field, place), value)], place)
}

/// A new node for a field that does not exist, of the type that the next step needs.
fn made(rest: &[Step], like: &Node) -> Node {
    match rest.first() {
        None => Node::null_at(like),
        Some(Step::Key(_)) => Node::mapping_at(Vec::new(), like),
        Some(_) => Node::sequence_at(Vec::new(), like),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths_are_split_as_kustomize_does() {
        for (path, steps) in [
            ("spec.a", vec!["spec", "a"]),
            (r"metadata.annotations.a\.b/c", vec!["metadata", "annotations", "a.b/c"]),
            ("metadata.annotations.[a.b/c]", vec!["metadata", "annotations", "a.b/c"]),
            ("a.[name=b.c].d", vec!["a", "[name=b.c]", "d"]),
            ("a.0.*", vec!["a", "0", "*"]),
            ("", vec![""]),
        ] {
            assert_eq!(split(path), steps, "{path}");
        }
    }
}
