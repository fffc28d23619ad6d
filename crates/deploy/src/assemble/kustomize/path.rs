//! Field paths of replacements: `spec.containers.[name=web].image`.
//! Source: kyaml's `SmarterPathSplitter` and `PathMatcher`.

use regex::Regex;

use yaml::Node;

use super::selector::pattern;

/// Longest path, in steps.
const MAX_STEPS: usize = 512;

/// A path.
#[derive(Debug)]
pub(super) struct FieldPath(Vec<Step>);

#[derive(Debug)]
enum Step {
    /// A key of a mapping.
    Key(String),
    /// An element of a list.
    Index(usize),
    /// Every element of a list.
    All,
    /// The elements of a list that have a value in a field, or are that value where the field is empty. Of a
    /// source it is the value, of a target a pattern.
    Where { field: String, value: String, like: Option<Regex> },
}

impl FieldPath {
    /// Reads a path; `None` for one that is longer than anything nests.
    pub(super) fn new(path: &str) -> Option<Self> {
        let names = split(path);
        let steps = names.into_iter().filter(|name| !name.is_empty()).map(Step::new).collect::<Vec<_>>();
        (steps.len() <= MAX_STEPS).then_some(Self(steps))
    }

    /// The one field that it leads to.
    pub(super) fn get<'a>(&self, root: &'a Node) -> Option<&'a Node> {
        self.0.iter().try_fold(root, |node, step| match step {
            Step::Key(key) if key == "-" && node.is_sequence() => node.items().last(),
            Step::Key(key) => node.get(key),
            Step::Index(index) if node.is_sequence() => node.items().get(*index),
            Step::Index(key) => node.get(&key.to_string()),
            Step::All => None,
            Step::Where { field, value, .. } => {
                node.items().iter().find(|item| text(item, field) == Some(value))
            }
        })
    }

    /// Changes every field that it leads to. `create`: what is made of a field that is not there.
    pub(super) fn set(&self, root: &mut Node, create: Option<&Node>, change: &mut dyn FnMut(&mut Node)) {
        set(root, &self.0, create, change);
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

/// The steps between the points: `\.` is a point in a key, and so is one in brackets, which go away where
/// there is no condition in them.
fn split(path: &str) -> Vec<String> {
    let (mut found, mut current, mut bracket) = (Vec::new(), String::new(), false);
    let mut end = |current: &mut String| {
        let name = std::mem::take(current);
        let plain = name.contains('=').then(|| name.clone());
        found.push(plain.unwrap_or_else(|| name.trim_matches(['[', ']']).to_owned()));
    };
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => current.extend(chars.next()),
            '.' if !bracket => end(&mut current),
            c => {
                bracket = c != ']' && (bracket || c == '[' && current.is_empty());
                current.push(c);
            }
        }
    }
    end(&mut current);
    found
}

fn text<'a>(item: &'a Node, field: &str) -> Option<&'a str> {
    if field.is_empty() { item.scalar() } else { item.get(field)?.scalar() }
}

fn set(node: &mut Node, steps: &[Step], create: Option<&Node>, change: &mut dyn FnMut(&mut Node)) {
    let Some((step, rest)) = steps.split_first() else { return change(node) };
    match step {
        Step::Key(key) => {
            if let Some(like) = create.filter(|_| node.is_mapping() && node.get(key).is_none()) {
                node.insert(Node::text_at(key, like), made(rest, like));
            }
            if let Some(below) = node.get_mut(key) {
                set(below, rest, create, change);
            }
        }
        Step::Index(index) => {
            let Some(items) = node.items_mut() else { return };
            if let Some(like) = create.filter(|_| items.len() == *index) {
                items.push(made(rest, like));
            }
            if let Some(item) = items.get_mut(*index) {
                set(item, rest, create, change);
            }
        }
        Step::All => {
            node.items_mut().into_iter().flatten().for_each(|item| set(item, rest, create, change));
        }
        Step::Where { field, value, like } => {
            let Some(items) = node.items_mut() else { return };
            let is = |item: &Node| {
                like.as_ref().is_some_and(|like| text(item, field).is_some_and(|text| like.is_match(text)))
            };
            if let Some(like) = create.filter(|_| !items.iter().any(is)) {
                let value = Node::text_at(value, like);
                items.push(match field.as_str() {
                    "" => value,
                    field => Node::mapping_at(vec![(Node::text_at(field, like), value)], like),
                });
            }
            items.iter_mut().filter(|item| is(item)).for_each(|item| set(item, rest, create, change));
        }
    }
}

/// What is made where nothing is: what the next step needs.
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
