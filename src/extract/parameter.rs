//! Parameters within references, such as `golang:$(params.version)`: where the same document says what
//! a parameter is when nobody sets it, that is put in.

use crate::yaml::Node;

use super::Found;
use super::claim::{Claim, Reader, Shape};
use super::document::Document;
use super::select::{Selected, select};
use super::walk::TooMuch;

/// How parameters are written.
#[derive(Clone, Copy)]
pub(super) struct Syntax {
    /// What opens one.
    pub open: &'static str,
    /// What closes it.
    pub close: &'static str,
}

/// The claim of a string that may hold parameters; `None` where nothing is written. A parameter that
/// `find` does not know leaves the text as it is, which makes it a placeholder.
fn claim<'a>(
    selected: &Selected<'a, '_>,
    syntax: Syntax,
    find: impl Fn(&str, &[&'a Node]) -> Option<&'a Node>,
) -> Option<Claim> {
    let node = selected.node;
    let text = node.scalar().filter(|text| !text.is_empty() && !node.is_null())?;
    let shape = splice(node, text, syntax, |name| find(name, selected.above))
        .unwrap_or_else(|| Shape::Text(node.clone()));
    Some(Claim { field: selected.field.as_str().to_owned(), shape, reader: Reader::Strict })
}

/// Claims the strings at a path of a document, their parameters filled in where `find` knows them.
pub(super) fn images(
    document: &Document,
    path: &str,
    syntax: Syntax,
    find: for<'a> fn(&str, &[&'a Node]) -> Option<&'a Node>,
    found: &mut Found,
) -> Result<(), TooMuch> {
    select(&document.root, path, &mut |selected| {
        if let Some(claim) = claim(&selected, syntax, find) {
            found.claim(claim);
        }
    })
}

/// The text with its parameters filled in; `None` where there is none, or one that is not known.
fn splice<'a>(
    node: &Node,
    text: &str,
    syntax: Syntax,
    find: impl Fn(&str) -> Option<&'a Node>,
) -> Option<Shape> {
    let mut parts = Vec::new();
    let mut deciding = None;
    let mut at = 0;
    while let Some((before, behind)) = text.get(at..)?.split_once(syntax.open) {
        let (name, rest) = behind.split_once(syntax.close)?;
        let value = find(name.trim())?;
        let said = value.text().filter(|said| !said.is_empty() && !said.contains(syntax.open))?;
        parts.push((node.clone(), at..at + before.len()));
        parts.push((value.clone(), 0..said.len()));
        deciding = Some(value.clone());
        at = text.len() - rest.len();
    }
    parts.push((node.clone(), at..text.len()));
    parts.retain(|(_, part)| !part.is_empty());
    Some(Shape::Spliced(deciding?, parts))
}

/// The entry of that name in a list of `{name: …}`.
pub(super) fn named<'a>(list: Option<&'a Node>, name: &str) -> Option<&'a Node> {
    list?.items().iter().find(|item| item.get("name").and_then(Node::scalar) == Some(name))
}
