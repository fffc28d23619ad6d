//! Values as text for helm: JSON, except plain scalars, which are kept as they are written, so that helm's
//! own parser determines their type.

use std::collections::BTreeMap;

use yaml::{Meaning, Node, Style};

use crate::Failure;

/// Maximum number of nodes of one tree of values.
const MOST_NODES: usize = 1_000_000;
/// Maximum length of a key that is written in the short form; the parsers' own bound is 1,024 characters.
const MOST_SIMPLE_KEY: usize = 200;

/// A scalar of a tree of values.
pub(crate) struct Scalar<'a> {
    /// Its number, in the order of writing.
    pub(crate) number: usize,
    /// The keys above it; the items of a list have the keys of the list.
    pub(crate) keys: &'a [String],
    pub(crate) node: &'a Node,
}

/// Writes a tree of values. `instead`: the texts that replace scalars, by number.
pub(crate) fn values(root: Option<&Node>, instead: &BTreeMap<usize, String>) -> Result<String, Failure> {
    let Some(root) = root.filter(|root| root.is_mapping()) else { return Ok("{}\n".to_owned()) };
    let mut writer = Writer { out: String::new(), instead };
    Walk { left: MOST_NODES, scalars: 0, keys: Vec::new() }.node(root, &mut writer)?;
    writer.out.push('\n');
    Ok(writer.out)
}

/// Visits the scalars in the order of writing.
pub(crate) fn each_scalar(root: &Node, visit: impl FnMut(Scalar<'_>)) -> Result<(), Failure> {
    Walk { left: MOST_NODES, scalars: 0, keys: Vec::new() }.node(root, &mut Visitor(visit))
}

/// The steps of a walk through a tree of values.
trait Steps {
    fn scalar(&mut self, scalar: Scalar<'_>);
    fn key(&mut self, _key: &Node) {}
    fn text(&mut self, _text: &str) {}
}

struct Visitor<V>(V);

impl<V: FnMut(Scalar<'_>)> Steps for Visitor<V> {
    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.0(scalar);
    }
}

struct Writer<'a> {
    out: String,
    instead: &'a BTreeMap<usize, String>,
}

impl Steps for Writer<'_> {
    fn scalar(&mut self, scalar: Scalar<'_>) {
        match self.instead.get(&scalar.number) {
            Some(text) => quote(text, &mut self.out),
            None => plain_or_quoted(scalar.node, &mut self.out),
        }
    }

    fn key(&mut self, key: &Node) {
        let is_long = key.scalar().is_some_and(|name| name.len() > MOST_SIMPLE_KEY);
        if is_long {
            self.out.push_str("? ");
        }
        plain_or_quoted(key, &mut self.out);
        self.out.push_str(if is_long { " : " } else { ": " });
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

struct Walk {
    left: usize,
    scalars: usize,
    keys: Vec<String>,
}

impl Walk {
    fn node(&mut self, node: &Node, steps: &mut impl Steps) -> Result<(), Failure> {
        self.left = self.left.checked_sub(1).ok_or(Failure::Values)?;
        if node.is_mapping() {
            return self.mapping(node, steps);
        }
        if node.is_sequence() {
            steps.text("[");
            for (index, item) in node.items().iter().enumerate() {
                steps.text(if index == 0 { "" } else { ", " });
                self.node(item, steps)?;
            }
            steps.text("]");
            return Ok(());
        }
        steps.scalar(Scalar { number: self.scalars, keys: &self.keys, node });
        self.scalars += 1;
        Ok(())
    }

    fn mapping(&mut self, node: &Node, steps: &mut impl Steps) -> Result<(), Failure> {
        let mut entries = Vec::new();
        node.each_entry(|key, value| entries.push((key, value)));
        steps.text("{");
        let mut is_first = true;
        for (key, value) in entries {
            let Some(name) = key.scalar() else { continue };
            steps.text(if is_first { "" } else { ", " });
            is_first = false;
            steps.key(key);
            self.keys.push(name.to_owned());
            self.node(value, steps)?;
            self.keys.pop();
        }
        steps.text("}");
        Ok(())
    }
}

/// Texts that helm's parser reads as booleans if they have no quotes.
const LETTERS: [&str; 4] = ["y", "Y", "n", "N"];

fn plain_or_quoted(node: &Node, out: &mut String) {
    match (node.meaning(), node.scalar()) {
        (Some(Meaning::Null), _) | (_, None) => out.push_str("null"),
        (Some(Meaning::Text(text)), _) if node.style() == Some(Style::Plain) && LETTERS.contains(&text) => {
            out.push_str(text);
        }
        (Some(Meaning::Text(_)), Some(text)) => quote(text, out),
        (_, Some(text)) => out.push_str(text),
    }
}

/// Writes a double-quoted scalar that JSON and YAML 1.1 read in the same way, as far as JSON can represent
/// it.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fdcf}' => {
                out.push(character);
            }
            _ => out.push_str(&escaped(character)),
        }
    }
    out.push('"');
}

/// A character as YAML escapes it.
fn escaped(character: char) -> String {
    let code = u32::from(character);
    if code <= 0xffff { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    fn root(text: &str) -> Node {
        let file = SourceFile::decode(RepoPath::new("values.yaml"), text.as_bytes().to_vec()).unwrap();
        let mut roots = Vec::new();
        yaml::each_document(&Arc::new(file), |document| roots.push(document.unwrap()));
        roots.remove(0)
    }

    #[test]
    fn plain_scalars_keep_their_type() {
        let text = "a: 1.10\nb: '1.10'\nc: yes\nl: [y, 'y']\nd: ~\ne:\nf: \"\\u0007\\ttab\"\ng: [1, {8080: x}]\nh: |\n  two\n  lines\n";
        let written = values(Some(&root(text)), &BTreeMap::new()).unwrap();
        assert_eq!(
            written,
            concat!(
                r#"{"a": 1.10, "b": "1.10", "c": yes, "l": [y, "y"], "d": null, "e": null, "f": "\u0007\ttab", "g": [1, {8080: "x"}], "#,
                r#""h": "two\nlines\n"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn aliases_and_merge_keys_are_written_out() {
        let text = "base: &b {tag: '1', x: 2}\none: *b\ntwo: {<<: *b, x: 3}\n";
        let written = values(Some(&root(text)), &BTreeMap::new()).unwrap();
        assert_eq!(
            written,
            "{\"base\": {\"tag\": \"1\", \"x\": 2}, \"one\": {\"tag\": \"1\", \"x\": 2}, \"two\": {\"x\": 3, \"tag\": \"1\"}}\n"
        );
    }

    #[test]
    fn scalars_are_replaced_by_number() {
        let root = root("a: {b: 1}\nc: [2, 3]\n");
        let mut seen = Vec::new();
        each_scalar(&root, |scalar| {
            seen.push((scalar.number, scalar.keys.join(".")));
        })
        .unwrap();
        let expected = [(0, "a.b"), (1, "c"), (2, "c")].map(|(number, keys)| (number, keys.to_owned()));
        assert_eq!(seen, expected);
        let instead = BTreeMap::from([(0, "x".to_owned()), (2, "y".to_owned())]);
        assert_eq!(values(Some(&root), &instead).unwrap(), "{\"a\": {\"b\": \"x\"}, \"c\": [2, \"y\"]}\n");
    }

    #[test]
    fn a_bomb_of_aliases_is_a_failure() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..8 {
            let inside = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{inside}]\n"));
        }
        assert_eq!(values(Some(&root(&text)), &BTreeMap::new()), Err(Failure::Values));
    }

    #[test]
    fn what_is_no_mapping_is_no_value() {
        assert_eq!(values(None, &BTreeMap::new()).unwrap(), "{}\n");
        assert_eq!(values(Some(&root("[1]")), &BTreeMap::new()).unwrap(), "{}\n");
    }
}
