//! The parameters of an Application, and templates with their names in them.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/>.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ecosystem::flux::substitute::replaced;
use source::Site;
use yaml::{Composed, Node, Style};

/// Maximum number of parameters of one Application.
const MAX_PARAMETERS: usize = 2000;
/// Maximum nesting of parameters.
const MAX_DEPTH: usize = 32;
/// Maximum length of the resulting text.
const LONGEST: usize = 1 << 16;

/// Parameters by name: `a.b` for a value within another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) known: BTreeMap<String, Node>,
    /// A generator that queries a cluster or a server. There may be more Applications and more parameters
    /// then.
    pub(crate) open: Option<Node>,
}

impl Parameters {
    /// Adds a value under a name, and the values within it under their names.
    pub(crate) fn add(&mut self, name: &str, value: &Node) {
        self.flattened(name, value, 0);
    }

    fn flattened(&mut self, name: &str, value: &Node, depth: usize) {
        if self.known.len() >= MAX_PARAMETERS || depth > MAX_DEPTH {
            return;
        }
        if value.scalar().is_some() {
            self.known.insert(name.to_owned(), value.clone());
        }
        for (index, item) in value.items().iter().enumerate().take(MAX_PARAMETERS) {
            self.flattened(&below(name, &index.to_string()), item, depth + 1);
        }
        value.each_entry(|key, entry| {
            if let Some(key) = key.scalar() {
                self.flattened(&below(name, key), entry, depth + 1);
            }
        });
    }

    /// These parameters, overridden by others.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.known.extend(other.known.clone());
        if all.open.is_none() {
            all.open.clone_from(&other.open);
        }
        all
    }

    /// A tree whose strings have their parameters replaced by values; unknown names are kept as they are
    /// written.
    pub(crate) fn put_into(&self, node: &Node, go: bool) -> Node {
        let root = Arc::new(node.clone());
        match replaced(&root, "{{", &mut |text| self.value(text, go)) {
            Some(done) => Arc::unwrap_or_clone(done),
            None => node.clone(),
        }
    }

    /// A string with the known parameters replaced by their values. The string itself is the deciding scalar,
    /// and a finding points into the parameter.
    fn value(&self, node: &Node, go: bool) -> Option<Node> {
        let text = node.scalar()?;
        let (mut made, mut history, mut at) = (Composed::default(), Vec::<(Site, &'static str)>::new(), 0);
        while let Some(before) = text.get(at..)?.find("{{") {
            let open = at + before;
            let Some(length) = text.get(open + 2..)?.find("}}") else { break };
            let close = open + 2 + length;
            if made.text().len() > LONGEST {
                return None;
            }
            let value = name(text.get(open + 2..close)?.trim(), go).and_then(|name| self.known.get(&name));
            if let Some(value) = value {
                made.part(node, at..open);
                made.part(value, 0..value.scalar()?.len());
                history.push((value.site(), "parameter"));
            } else {
                made.part(node, at..close + 2);
            }
            at = close + 2;
        }
        made.part(node, at..text.len());
        if history.is_empty() { None } else { Some(made.node(node, Style::Quoted, history)) }
    }
}

/// The name of a value within another.
fn below(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

/// The name of the parameter in an expression; `None` if it is more than a name.
fn name(expression: &str, go: bool) -> Option<String> {
    if !go {
        // `path[1]` is `index .path.segments 1` in Go's templates.
        return Some(expression.to_owned());
    }
    let mut words = expression.split_whitespace();
    match (words.next()?, words.next(), words.next(), words.next()) {
        (name, None, None, None) => simple(name.strip_prefix('.')?),
        ("index", Some(list), Some(index), None) => {
            let index: usize = index.parse().ok()?;
            Some(format!("{}.{index}", simple(list.strip_prefix('.')?)?))
        }
        _ => None,
    }
}

/// A text that is only a name.
fn simple(text: &str) -> Option<String> {
    let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
    let is_name = !text.is_empty() && !text.contains(is_odd) && !text.contains("..");
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn expressions() {
        for (expression, go, plain) in [
            (".path.path", Some("path.path"), Some(".path.path")),
            ("path.basename", None, Some("path.basename")),
            ("path[0]", None, Some("path[0]")),
            ("index .path.segments 1", Some("path.segments.1"), Some("index .path.segments 1")),
            (".name | lower", None, Some(".name | lower")),
            ("- .name -", None, Some("- .name -")),
            (".", None, Some(".")),
            ("if .x", None, Some("if .x")),
        ] {
            assert_eq!(name(expression, true).as_deref(), go, "{expression}");
            assert_eq!(name(expression, false).as_deref(), plain, "{expression}");
        }
    }
}
