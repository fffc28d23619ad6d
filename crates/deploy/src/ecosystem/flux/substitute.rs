//! Flux's substitution of variables: `${VAR}`, `${VAR:=default}` and similar forms, in every string of a
//! resource. Source:
//! <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>.

use std::collections::HashMap;
use std::sync::Arc;

use source::Site;
use yaml::{Composed, Node, Style};

use super::model::is_substitution_disabled;

/// Maximum number of nodes that are examined in one resource: aliases of aliases multiply nodes.
const MAX_NODES: usize = 2_000_000;
/// Maximum nesting, of nodes and of defaults within defaults.
const MAX_DEPTH: usize = 512;
/// Maximum length of the resulting text, in bytes: a variable may occur many times.
const LONGEST: usize = 1 << 16;

/// The variables of a Flux Kustomization.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// The variables whose values are known.
    pub(crate) known: HashMap<String, Node>,
    /// True if some variables come from a secret, or from a source outside of the repository, where an
    /// unknown variable may be set.
    pub(crate) open: bool,
}

/// Substitutes the variables in a resource; `None` if it uses none.
pub(crate) fn substituted(root: &Arc<Node>, variables: &Variables) -> Option<Arc<Node>> {
    if variables.known.is_empty() && !variables.open || is_substitution_disabled(root) {
        return None;
    }
    replaced(root, "${", &mut |node| value(node, variables))
}

/// A tree in which strings that contain `mark` are replaced, if there is a replacement; `None` if no string
/// changes.
pub(crate) fn replaced(
    root: &Arc<Node>,
    mark: &str,
    other: &mut dyn FnMut(&Node) -> Option<Node>,
) -> Option<Arc<Node>> {
    let mut found = Vec::new();
    search(root, mark, &mut Vec::new(), &mut MAX_NODES.clone(), &mut found);
    let mut new = None;
    for path in found {
        let root = new.get_or_insert_with(|| Arc::clone(root));
        let mut node = Some(Arc::make_mut(root));
        for step in &path {
            node = node.and_then(|node| match step {
                Step::Key(key) => node.get_mut(key),
                Step::Index(index) => node.items_mut()?.get_mut(*index),
            });
        }
        if let Some(node) = node
            && let Some(value) = other(node)
        {
            *node = value;
        }
    }
    new
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The paths of the strings that contain the mark.
fn search(node: &Node, mark: &str, at: &mut Vec<Step>, fuel: &mut usize, found: &mut Vec<Vec<Step>>) {
    let Some(left) = fuel.checked_sub(1).filter(|_| at.len() < MAX_DEPTH) else { return };
    *fuel = left;
    if let Some(text) = node.scalar() {
        if text.contains(mark) {
            found.push(at.clone());
        }
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        at.push(Step::Index(index));
        search(item, mark, at, fuel, found);
        at.pop();
    }
    node.each_entry(|key, value| {
        let Some(key) = key.scalar() else { return };
        at.push(Step::Key(key.to_owned()));
        search(value, mark, at, fuel, found);
        at.pop();
    });
}

/// A string with its variables substituted; `None` if one is not known. The string itself is the deciding
/// scalar, and a finding points into the variable. Flux writes the result without quotes, so that digits
/// become a number.
fn value(node: &Node, variables: &Variables) -> Option<Node> {
    let text = node.scalar()?;
    let mut work = Work { node, variables, made: Composed::default(), history: Vec::new() };
    work.text(0, text.len(), 0)?;
    let style = if text.contains('\n') { node.style()? } else { Style::Plain };
    Some(work.made.node(node, style, work.history))
}

struct Work<'a> {
    node: &'a Node,
    variables: &'a Variables,
    made: Composed,
    history: Vec<(Site, &'static str)>,
}

impl Work<'_> {
    /// Adds a part of the string, with its variables substituted.
    fn text(&mut self, start: usize, end: usize, depth: usize) -> Option<()> {
        let text = self.node.scalar()?;
        let mut at = start;
        while let Some(open) = text.get(at..end)?.find("${").map(|open| at + open) {
            if self.made.text().len() > LONGEST || depth > MAX_DEPTH {
                return None;
            }
            if text.get(..open)?.ends_with('$') {
                // `$${` means `${`.
                self.made.part(self.node, at..open - 1);
                self.made.part(self.node, open..open + 2);
                at = open + 2;
                continue;
            }
            self.made.part(self.node, at..open);
            let close = closing(text.get(open + 2..end)?)? + open + 2;
            self.variable(open + 2, close, depth)?;
            at = close + 1;
        }
        self.made.part(self.node, at..end);
        Some(())
    }

    /// Adds the value of the expression between the braces.
    fn variable(&mut self, start: usize, end: usize, depth: usize) -> Option<()> {
        let expression = self.node.scalar()?.get(start..end)?;
        let length =
            expression.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(expression.len());
        let (name, operation) = expression.split_at_checked(length)?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let value = self.variables.known.get(name);
        let said = value.and_then(Node::scalar).unwrap_or_default();
        let default = [":=", ":-", "=", "-"].iter().find_map(|form| operation.strip_prefix(form));
        if value.is_none() && self.variables.open && default.is_none() {
            // A source outside of the repository may set it, so that it is not known to be empty.
            return None;
        }
        if let (true, Some(default)) = (said.is_empty(), default) {
            return self.text(end - default.len(), end, depth + 1);
        }
        let value = value.filter(|_| !said.is_empty());
        let Some(value) = value else { return (operation.is_empty() || default.is_some()).then_some(()) };
        self.history.push((value.site(), "variable"));
        match operation {
            "" => self.made.part(value, 0..said.len()),
            "^^" => self.made.push(&said.to_uppercase(), value, None),
            ",," => self.made.push(&said.to_lowercase(), value, None),
            _ if default.is_some() => self.made.part(value, 0..said.len()),
            _ => return None,
        }
        Some(())
    }
}

/// The offset of the brace that closes the one at the start.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}
