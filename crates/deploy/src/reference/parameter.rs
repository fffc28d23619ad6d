//! Parameters within references, such as `golang:$(params.version)`: if the same document has a default for a
//! parameter, the default is substituted.

use model::Kind;
use yaml::{Composed, Node, Style};

use crate::document::Document;
use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::found::Found;
use crate::reference::select::{Selected, select};
use crate::reference::walk::TooMuch;

/// The syntax of parameters.
#[derive(Clone, Copy)]
pub(crate) struct Syntax {
    /// The text before a name.
    pub open: &'static str,
    /// The text after it.
    pub close: &'static str,
}

/// The claim of a string that may hold parameters; `None` if nothing is written. A parameter that `find` does
/// not know leaves the text as it is, which makes it a placeholder.
fn claim<'a>(
    kind: Kind,
    selected: &Selected<'a, '_>,
    syntax: Syntax,
    find: impl Fn(&str, &[&'a Node]) -> Option<&'a Node>,
) -> Option<Claim> {
    let node = selected.node;
    let text = node.scalar().filter(|text| !text.is_empty() && !node.is_null())?;
    let value = splice(node, text, syntax, |name| find(name, selected.above)).unwrap_or_else(|| node.clone());
    let field = selected.field.as_str().to_owned();
    let shape = match kind {
        Kind::Image => Shape::Text(value),
        kind => Shape::Oci(kind, Map { repository: Some(value), ..Map::default() }),
    };
    Some(Claim::strict(field, shape))
}

/// Claims the strings at a path of a document, with the parameters that `find` knows filled in.
pub(crate) fn references(
    kind: Kind,
    document: &Document,
    path: &str,
    syntax: Syntax,
    find: for<'a> fn(&str, &[&'a Node]) -> Option<&'a Node>,
    found: &mut Found,
) -> Result<(), TooMuch> {
    select(&document.root, path, &mut |selected| {
        if let Some(claim) = claim(kind, &selected, syntax, find) {
            found.claim(claim);
        }
    })
}

/// The text with its parameters filled in, the last of which decides; `None` if there is none, or one that is
/// not known.
fn splice<'a>(
    node: &Node,
    text: &str,
    syntax: Syntax,
    find: impl Fn(&str) -> Option<&'a Node>,
) -> Option<Node> {
    let (mut made, mut history) = (Composed::default(), vec![(node.site(), "written here")]);
    let mut deciding: Option<&Node> = None;
    let mut at = 0;
    while let Some((before, behind)) = text.get(at..)?.split_once(syntax.open) {
        let (name, rest) = behind.split_once(syntax.close)?;
        let value = find(name.trim())?;
        let said = value.text().filter(|said| !said.is_empty() && !said.contains(syntax.open))?;
        made.part(node, at..at + before.len());
        made.part(value, 0..said.len());
        history.extend(deciding.replace(value).map(|earlier| (earlier.site(), "parameter")));
        at = text.len() - rest.len();
    }
    made.part(node, at..text.len());
    Some(made.node(deciding?, Style::Quoted, history))
}

/// The entry of that name in a list of `{name: …}`.
pub(crate) fn named<'a>(list: Option<&'a Node>, name: &str) -> Option<&'a Node> {
    list?.items().iter().find(|item| item.get("name").and_then(Node::scalar) == Some(name))
}
