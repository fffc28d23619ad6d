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
/// Maximum length of the resulting texts of one resource, in bytes: a variable may occur many times.
const LONGEST: usize = 1 << 24;

/// The variables of a Flux Kustomization.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// The variables whose values are known.
    pub(crate) known: HashMap<String, Node>,
    /// True if some variables come from a secret, or from a source outside of the repository, where an
    /// unknown variable may be set.
    pub(crate) open: bool,
}

/// A resource after the substitution.
#[derive(Default)]
pub(crate) struct Substituted {
    /// The resource; `None` if it uses no variable.
    pub(crate) root: Option<Arc<Node>>,
    /// The reason why Flux may make another resource, and the string.
    pub(crate) hidden: Option<(&'static str, Site)>,
}

/// Substitutes the variables in a resource. Flux writes the resource as YAML, substitutes in the text, and reads it again.
pub(crate) fn substituted(root: &Arc<Node>, variables: &Variables) -> Substituted {
    let mut done = Substituted::default();
    if variables.known.is_empty() && !variables.open || is_substitution_disabled(root) {
        return done;
    }
    let mut found = Found::of(root, MARK);
    let (mut length, mut hidden) = (LONGEST, None);
    done.root = changed(root, std::mem::take(&mut found.texts), &mut |node, is_item| match value(
        node,
        is_item,
        variables,
        &mut length,
    ) {
        Made::Node(node) => Some(node),
        Made::Unknown => None,
        Made::Hidden(why) => {
            hidden.get_or_insert((why, node.site()));
            None
        }
    });
    for path in found.keys {
        let root = Arc::make_mut(done.root.get_or_insert_with(|| Arc::clone(root)));
        if let Err(why) = rename(root, &path, variables, &mut length) {
            hidden.get_or_insert((why, root.site()));
        }
    }
    if found.is_cut {
        hidden.get_or_insert(("it has too many values", root.site()));
    }
    done.hidden = hidden;
    done
}

/// A tree in which strings that contain `mark` are replaced, if there is a replacement; `None` if no string
/// changes.
pub(crate) fn replaced(
    root: &Arc<Node>,
    mark: &str,
    other: &mut dyn FnMut(&Node) -> Option<Node>,
) -> Option<Arc<Node>> {
    changed(root, Found::of(root, mark).texts, &mut |node, _| other(node))
}

/// A tree in which the nodes at these paths are replaced; `None` without a path. The flag tells an item of a list.
fn changed(
    root: &Arc<Node>,
    paths: Vec<Vec<Step>>,
    other: &mut dyn FnMut(&Node, bool) -> Option<Node>,
) -> Option<Arc<Node>> {
    let mut new = None;
    for path in paths {
        let root = Arc::make_mut(new.get_or_insert_with(|| Arc::clone(root)));
        let is_item = matches!(path.last(), Some(Step::Index(_)));
        if let Some(node) = at(root, &path)
            && let Some(value) = other(node, is_item)
        {
            *node = value;
        }
    }
    new
}

/// The node at a path, to be changed.
fn at<'n>(root: &'n mut Node, path: &[Step]) -> Option<&'n mut Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.items_mut()?.get_mut(*index),
    })
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The strings and the keys that contain a mark.
#[derive(Default)]
struct Found {
    texts: Vec<Vec<Step>>,
    /// Those of inner mappings first.
    keys: Vec<Vec<Step>>,
    /// True if a limit ended the search.
    is_cut: bool,
}

impl Found {
    fn of(root: &Node, mark: &str) -> Self {
        let mut found = Self::default();
        found.search(root, mark, &mut Vec::new(), &mut MAX_NODES.clone());
        found
    }

    fn search(&mut self, node: &Node, mark: &str, at: &mut Vec<Step>, fuel: &mut usize) {
        let Some(left) = fuel.checked_sub(1).filter(|_| at.len() < MAX_DEPTH) else {
            self.is_cut = true;
            return;
        };
        *fuel = left;
        if let Some(text) = node.scalar() {
            if text.contains(mark) {
                self.texts.push(at.clone());
            }
            return;
        }
        for (index, item) in node.items().iter().enumerate() {
            at.push(Step::Index(index));
            self.search(item, mark, at, fuel);
            at.pop();
        }
        node.each_entry(|key, value| {
            let Some(key) = key.scalar() else { return };
            at.push(Step::Key(key.to_owned()));
            self.search(value, mark, at, fuel);
            if key.contains(mark) {
                self.keys.push(at.clone());
            }
            at.pop();
        });
    }
}

/// Substitutes in the last key of a path.
///
/// # Errors
/// The reason why Flux may make another key.
fn rename(
    root: &mut Node,
    path: &[Step],
    variables: &Variables,
    length: &mut usize,
) -> Result<(), &'static str> {
    let Some((Step::Key(old), above)) = path.split_last() else { return Ok(()) };
    let Some(node) = at(root, above) else { return Ok(()) };
    let Some(key) = node.entries().iter().map(|(key, _)| key).find(|key| key.scalar() == Some(old)) else {
        return Ok(());
    };
    let new = match value(key, false, variables, length) {
        Made::Node(new) => new,
        Made::Unknown => return Ok(()),
        Made::Hidden(why) => return Err(why),
    };
    let text = new.scalar().ok_or("a key becomes another value")?;
    if may_be_other(text) || text == "<<" || node.get(text).is_some() {
        return Err("a key becomes another one");
    }
    if let Some(value) = node.remove(old) {
        node.insert(new, value);
    }
    Ok(())
}

/// The beginning of a variable.
const MARK: &str = "${";

/// A string with its variables substituted.
enum Made {
    /// A variable is not known, or its form is not.
    Unknown,
    Node(Node),
    /// Flux may make another value, for this reason.
    Hidden(&'static str),
}

/// Substitutes in a string. The string itself is the deciding scalar, and a finding points into the variable. Flux writes
/// the result without quotes, so that digits become a number, and brackets a list or a mapping.
fn value(node: &Node, is_item: bool, variables: &Variables, length: &mut usize) -> Made {
    let Some(text) = node.scalar() else { return Made::Unknown };
    let (made, history) = (Composed::default(), Vec::new());
    let mut work = Work { node, variables, made, history, length, hidden: None, has_quotes: false };
    let is_known = work.text(0, text.len(), 0).is_some();
    let Work { made, history, hidden, has_quotes, .. } = work;
    if let Some(why) = hidden {
        return Made::Hidden(why);
    }
    if !is_known {
        return Made::Unknown;
    }
    let is_plain = !may_be_other(text);
    if text.contains('\n') {
        return Made::Node(made.node(node, node.style().unwrap_or(Style::Block), history));
    }
    if !is_plain {
        let why = "a variable with quotes is put into quotes";
        return if has_quotes {
            Made::Hidden(why)
        } else {
            Made::Node(made.node(node, Style::Plain, history))
        };
    }
    if may_be_other(made.text())
        && let Some(other) = read_again(node, made.text(), is_item)
    {
        return other;
    }
    Made::Node(made.node(node, Style::Plain, history))
}

/// True if a text, written without quotes, may be anything but this text.
fn may_be_other(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '$' | '/' | '.' | '_');
    !text.is_empty() && !text.starts_with(is_word)
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with([':', ' '])
        || text.contains(char::is_control)
}

/// The value that a text is for a reader of YAML; `None` if it is this text, or if no reader accepts it.
fn read_again(node: &Node, text: &str, is_item: bool) -> Option<Made> {
    let line = if is_item { format!("- {text}\n") } else { format!("k: {text}\n") };
    let mut read = None;
    yaml::within(&node.with_text(&line), |document| {
        read.get_or_insert(document);
    });
    let root = match read? {
        Ok(root) => root,
        Err(broken) if broken.is_ambiguous => {
            return Some(Made::Hidden("other readers of YAML may read the result"));
        }
        Err(_) => return None,
    };
    let value = if is_item { root.items().first() } else { root.get("k") }?;
    (value.scalar() != Some(text)).then(|| Made::Node(value.clone()))
}

struct Work<'a> {
    node: &'a Node,
    variables: &'a Variables,
    made: Composed,
    history: Vec<(Site, &'static str)>,
    /// The number of bytes that may still be made.
    length: &'a mut usize,
    /// The reason why Flux may make another value.
    hidden: Option<&'static str>,
    /// True if a variable may end a quoted text.
    has_quotes: bool,
}

impl Work<'_> {
    /// Adds a part of the string, with its variables substituted.
    fn text(&mut self, start: usize, end: usize, depth: usize) -> Option<()> {
        let text = self.node.scalar()?;
        let mut at = start;
        while let Some(open) = text.get(at..end)?.find("${").map(|open| at + open) {
            if depth > MAX_DEPTH {
                self.hidden = Some("defaults nest too deeply");
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
        // Flux removes line feeds.
        let without = said.contains('\n').then(|| said.replace('\n', ""));
        let said = without.as_deref().unwrap_or(said);
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
        self.has_quotes |= said.contains(['\'', '"', '\\']);
        let Some(left) = self.length.checked_sub(said.len()) else {
            self.hidden = Some("the text is too long");
            return None;
        };
        *self.length = left;
        if said.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.hidden = Some("a variable contains a line break");
            return None;
        }
        match operation {
            "" if without.is_some() => self.made.push(said, value, None),
            "" => self.made.part(value, 0..said.len()),
            "^^" => self.made.push(&said.to_uppercase(), value, None),
            ",," => self.made.push(&said.to_lowercase(), value, None),
            _ if default.is_some() && without.is_some() => self.made.push(said, value, None),
            _ if default.is_some() => self.made.part(value, 0..said.len()),
            _ => {
                if said.contains(['[', '{']) {
                    self.hidden = Some("a variable that may be a list has a form that is not known");
                }
                return None;
            }
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

#[cfg(test)]
mod tests;
