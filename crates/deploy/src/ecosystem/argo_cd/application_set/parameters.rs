//! The parameters of an Application, and templates with their names in them.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ecosystem::argo_cd::application_set::expression::{Expression, First, Function, name};
use crate::ecosystem::argo_cd::application_set::problems;
use crate::ecosystem::argo_cd::model::is_true;
use crate::ecosystem::flux::substitute::replaced;
use source::Site;
use yaml::{Composed, Meaning, Node, Style};

/// Maximum number of parameters of one Application.
const MAX_PARAMETERS: usize = if cfg!(test) { 2500 } else { 20_000 };
/// Maximum nesting of parameters.
const MAX_DEPTH: usize = 32;
/// Maximum length of the values in a text.
const LONGEST: usize = 1 << 16;

/// Parameters by name: `a.b` for a value within another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) known: BTreeMap<String, Node>,
    /// The lists by name.
    pub(crate) lists: BTreeMap<String, Node>,
    /// A generator that queries a cluster or a server. There may be more Applications and more parameters
    /// then.
    pub(crate) open: Option<Node>,
    /// True if there are more parameters than these.
    pub(crate) is_cut: bool,
}

impl Parameters {
    /// Adds a value under a name, and the values within it under their names.
    pub(crate) fn add(&mut self, name: &str, value: &Node) {
        self.flattened(name, value, 0);
    }

    fn flattened(&mut self, name: &str, value: &Node, depth: usize) {
        if self.known.len() >= MAX_PARAMETERS || depth > MAX_DEPTH {
            self.is_cut = true;
            return;
        }
        if value.scalar().is_some() {
            self.known.insert(name.to_owned(), value.clone());
        }
        if value.is_sequence() {
            self.lists.insert(name.to_owned(), value.clone());
        }
        for (index, item) in value.items().iter().enumerate() {
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
        all.lists.extend(other.lists.clone());
        all.is_cut |= other.is_cut;
        if all.open.is_none() {
            all.open.clone_from(&other.open);
        }
        all
    }

    /// The list that a template writes as JSON: `{{ .name | toJson }}`.
    pub(crate) fn list(&self, template: &Node) -> Option<&Node> {
        let expression = template.scalar()?.trim().strip_prefix("{{")?.strip_suffix("}}")?;
        let (list, function) = expression.split_once('|')?;
        let is_json = ["toJson", "toRawJson", "toYaml"].contains(&function.trim());
        self.lists.get(&name(list)?).filter(|_| is_json)
    }

    /// A tree whose strings and keys have their parameters replaced by values; unknown names are kept as they
    /// are written. Sets `is_cut` if a part is not replaced because it is too large.
    pub(crate) fn put_into(&self, node: &Node, go: bool, is_cut: &mut bool) -> Node {
        let root = Arc::new(node.clone());
        let done = match replaced(&root, "{{", &mut |text| self.value(text, go, is_cut)) {
            Some(done) => Arc::unwrap_or_clone(done),
            None => node.clone(),
        };
        let mut keys = Keys { parameters: self, go, fuel: problems::MAX_NODES, is_cut };
        keys.replaced(&done, problems::MAX_DEPTH).unwrap_or(done)
    }

    /// A string with the known parameters replaced by their values. The string itself is the deciding scalar,
    /// and a finding points into the parameter.
    fn value(&self, node: &Node, go: bool, is_cut: &mut bool) -> Option<Node> {
        let text = node.scalar()?;
        let (mut made, mut history, mut at) = (Composed::default(), Vec::<(Site, &'static str)>::new(), 0);
        while let Some(before) = text.get(at..)?.find("{{") {
            let open = at + before;
            let Some(length) = text.get(open + 2..)?.find("}}") else { break };
            let close = open + 2 + length;
            if made.text().len() > LONGEST + at {
                *is_cut = true;
                return None;
            }
            let around = [text.get(at..open)?, text.get(close + 2..)?];
            let found = Expression::read(text.get(open + 2..close)?, around, go);
            if let Some((part, from)) = found.and_then(|expression| self.result(&expression)) {
                made.part(node, at..open);
                let from = from.unwrap_or(node);
                match (from.scalar() == Some(&part)).then_some(from) {
                    Some(value) => made.part(value, 0..part.len()),
                    None => made.push(&part, from, None),
                }
                history.push((from.site(), "parameter"));
            } else {
                made.part(node, at..close + 2);
            }
            at = close + 2;
        }
        made.part(node, at..text.len());
        if history.is_empty() { None } else { Some(made.node(node, Style::Quoted, history)) }
    }
}

impl Parameters {
    /// The text of an expression, and the parameter that it is made of; `None` if it is not known.
    fn result(&self, expression: &Expression) -> Option<(String, Option<&Node>)> {
        let Expression { first, functions } = expression;
        let known = match first {
            First::Name(name) => self.known.get(name),
            First::Text(_) => None,
        };
        let mut text = match (first, known) {
            (First::Text(text), _) => text.clone(),
            (_, Some(value)) => printed(value)?.into_owned(),
            (First::Name(name), None) => {
                let has_default = matches!(functions.first(), Some(Function::Default(_)));
                (self.lacks(name) && has_default).then(String::new)?
            }
        };
        for function in functions {
            text = match function {
                Function::Default(other) if is_empty(&text, known) => other.clone(),
                other => other.of(text)?,
            };
        }
        Some((text, known))
    }

    /// True if there is certainly no parameter of this name.
    fn lacks(&self, name: &str) -> bool {
        let below = format!("{name}.");
        let mut within = self.known.range(below.clone()..);
        let has_parts = within.next().is_some_and(|(name, _)| name.starts_with(&below));
        self.open.is_none() && !self.is_cut && !has_parts
    }
}

/// True for a text that Go's templates take as absent.
fn is_empty(text: &str, value: Option<&Node>) -> bool {
    text.is_empty()
        || value
            .is_some_and(|value| value.is_null() || value.text().is_none() && matches!(text, "0" | "false"))
}

/// The keys of a tree while their parameters are replaced.
struct Keys<'a> {
    parameters: &'a Parameters,
    go: bool,
    fuel: usize,
    is_cut: &'a mut bool,
}

impl Keys<'_> {
    /// A node with other keys; `None` if none changes.
    fn replaced(&mut self, node: &Node, depth: usize) -> Option<Node> {
        let Some(left) = self.fuel.checked_sub(1).filter(|_| depth > 0) else {
            *self.is_cut = true;
            return None;
        };
        self.fuel = left;
        let mut is_changed = false;
        if node.is_sequence() {
            let mut items = Vec::new();
            for item in node.items() {
                let other = self.replaced(item, depth - 1);
                is_changed |= other.is_some();
                items.push(other.unwrap_or_else(|| item.clone()));
            }
            return is_changed.then(|| Node::sequence_at(items, node));
        }
        let (mut entries, mut written) = (Vec::new(), Vec::new());
        node.each_entry(|key, value| written.push((key, value)));
        for (key, value) in written {
            let is_template = key.scalar().is_some_and(|text| text.contains("{{"));
            let new = if is_template { self.parameters.value(key, self.go, self.is_cut) } else { None };
            // Argo CD keeps any one of two equal keys.
            *self.is_cut |= new.as_ref().and_then(Node::scalar).is_some_and(|name| node.get(name).is_some());
            let other = self.replaced(value, depth - 1);
            is_changed |= new.is_some() || other.is_some();
            entries.push((new.unwrap_or_else(|| key.clone()), other.unwrap_or_else(|| value.clone())));
        }
        is_changed.then(|| Node::mapping_at(entries, node))
    }
}

/// The text that Go prints for a value that was JSON: all numbers are floats.
pub(crate) fn printed(value: &Node) -> Option<Cow<'_, str>> {
    let text = value.scalar()?;
    Some(match value.meaning()? {
        Meaning::Number(number) => Cow::Owned(number.to_string()),
        Meaning::Bool => Cow::Borrowed(if is_true(Some(value)) { "true" } else { "false" }),
        Meaning::Null | Meaning::Text(_) => Cow::Borrowed(text),
    })
}

/// The name of a value within another.
fn below(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};
    use yaml::Node;

    use super::{MAX_DEPTH, Parameters, problems};

    fn node(text: &str) -> Node {
        let mut first = None;
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a"), text));
        yaml::each_document(&file, |document| _ = first.get_or_insert(document.unwrap()));
        first.unwrap()
    }

    fn parameters(text: &str) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("", &node(text));
        parameters
    }

    #[test]
    fn texts_with_functions() {
        let text = |text: &str, parameters: &Parameters| {
            let made = parameters.value(&node("x").with_text(text), true, &mut false);
            made.map(|made| made.scalar().unwrap().to_owned())
        };
        let known =
            parameters(r#"{i: x, s: ' a b ', q: 'a"', e: 'é', n: 0, t: '0', u: null, f: 5, a: {b: c}}"#);
        for (written, expected) in [
            ("{{ .i }}-{{ .i | f }}z", Some("x-{{ .i | f }}z")),
            ("{{ .s | trim }}", Some("a b")),
            ("{{ .f | toString }}", Some("5")),
            ("{{ .s | quote }}", Some("\" a b \"")),
            ("{{ .q | quote }}", None),
            ("{{ .e | quote }}", None),
            (r#"{{ .n | default "a" }}"#, Some("a")),
            (r#"{{ .t | default "a" }}"#, Some("0")),
            (r#"{{ .u | default "a" }}"#, Some("a")),
            (r#"{{ .f | default "a" }}"#, Some("5")),
            (r#"{{ .none | default "a" }}"#, Some("a")),
            (r#"{{ .none | default "a\"" }}"#, None),
            (r#"{{ .a | default "a" }}"#, None),
        ] {
            assert_eq!(text(written, &known).as_deref(), expected, "{written}");
        }
        let default = r#"{{ .none | default "a" }}"#;
        let open = Parameters { open: Some(node("clusters")), ..known.clone() };
        let cut = Parameters { is_cut: true, ..known };
        assert_eq!((text(default, &open), text(default, &cut)), (None, None), "it may be there");
    }

    #[test]
    fn keys_and_limits() {
        let known = parameters("{k: web}");
        let put = |text: &str| {
            let mut is_cut = false;
            let made = known.put_into(&node(text), true, &mut is_cut);
            (made.get("a").map(|a| a.items()[0].get("web").is_some()), is_cut)
        };
        assert_eq!(put("a: [{'{{ .k }}': 1, b: c}, d]"), (Some(true), false));
        assert_eq!(put("a: [{b: 1}]"), (Some(false), false));
        let nested = |depth: usize| {
            let mut root = node("{'{{ .k }}': 1}");
            for at in 0..depth {
                root = match at % 2 {
                    0 => Node::sequence_at(vec![root.clone()], &root),
                    _ => Node::mapping_at(vec![(root.with_text("a"), root.clone())], &root),
                };
            }
            let mut is_cut = false;
            known.put_into(&root, true, &mut is_cut);
            is_cut
        };
        assert!(!nested(problems::MAX_DEPTH - 2) && nested(problems::MAX_DEPTH + 1));
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let deep = |depth: usize| parameters(&format!("{}b{}", open.repeat(depth), close.repeat(depth)));
            assert!(!deep(MAX_DEPTH).is_cut && deep(MAX_DEPTH + 1).is_cut, "{open}");
        }
    }
}
