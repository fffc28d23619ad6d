//! YAML within a file or a scalar, such as Helm values in a string: read as its own document, with every node at its
//! place in the file around it.

use std::ops::Range;
use std::sync::Arc;

use super::lenient::Lenient;
use super::node::{Composed, Node, Scalar, Style, Value};
use super::parse::{Broken, read};
use super::place::{At, Place};
use source::{SourceFile, Span};

/// Reads a part of a file that begins and ends between documents.
pub fn each_document_in(file: &Arc<SourceFile>, part: Span, visit: impl FnMut(Result<Node, Broken>)) {
    each_document_and_repeated_key_in(file, part, visit, |_| {});
}

/// Like `each_document_in`, and visits repeated keys, including merge keys: strict parsers refuse them.
pub fn each_document_and_repeated_key_in(
    file: &Arc<SourceFile>,
    part: Span,
    visit: impl FnMut(Result<Node, Broken>),
    repeated: impl FnMut(&Node),
) {
    let text = file.slice(part);
    read(text, &place_in(file, part), Lenient::new(text), visit, repeated);
}

/// Like `each_document_in`, without the documents that cannot be read: other readers are not tried for them.
pub fn each_readable_document_in(file: &Arc<SourceFile>, part: Span, mut visit: impl FnMut(Node)) {
    let visit = |document: Result<Node, Broken>| document.into_iter().for_each(&mut visit);
    read(file.slice(part), &place_in(file, part), Lenient::unused(), visit, |_| {});
}

fn place_in(file: &Arc<SourceFile>, part: Span) -> Place {
    Place { file: Arc::clone(file), at: At::Offset(part.start) }
}

/// Reads the documents in a scalar's value. Their nodes are in the scalar's file: at their own characters if
/// the value is literal or in a literal block, otherwise at the whole scalar.
pub fn within(scalar: &Node, visit: impl FnMut(Result<Node, Broken>)) {
    within_and_repeated_key(scalar, visit, |_| {});
}

/// Like `within`, and visits repeated keys, including merge keys: parsers disagree about them.
pub fn within_and_repeated_key(
    scalar: &Node,
    visit: impl FnMut(Result<Node, Broken>),
    repeated: impl FnMut(&Node),
) {
    let Some(text) = scalar.scalar() else { return };
    read(text, &place_of(scalar.target(), text), Lenient::new(text), visit, repeated);
}

/// A part of a scalar's value as a separate scalar, with the same rule for its place.
pub fn text_within(scalar: &Node, part: Range<usize>) -> Option<Node> {
    let scalar = scalar.target();
    let text = scalar.scalar()?.get(part.clone())?;
    if let Value::Made(_) = &scalar.value {
        let mut made = Composed::default();
        made.part(scalar, part);
        return Some(made.node(scalar, Style::Quoted, Vec::new()));
    }
    let span = place_of(scalar, scalar.scalar()?).span(Span::new(part));
    let is_written = scalar.file.slice(span) == text;
    let decoded = if is_written { None } else { Some(Box::new(text.into())) };
    let value = Value::Scalar(Scalar { style: Style::Quoted, string: true, decoded });
    Some(Node { file: Arc::clone(&scalar.file), span, value })
}

/// The place of a scalar's value in its file.
fn place_of(scalar: &Node, text: &str) -> Place {
    let at = if scalar.is_verbatim() {
        At::Offset(scalar.span.start)
    } else {
        let lines = (scalar.style() == Some(Style::Block)).then(|| lines(scalar, text)).flatten();
        lines.map_or(At::Somewhere(scalar.span), At::Lines)
    };
    Place { file: Arc::clone(&scalar.file), at }
}

/// The places of the lines of a literal block's value in its file; `None` if they are not the file's own lines, as in a
/// folded block.
fn lines(block: &Node, value: &str) -> Option<Vec<(u32, u32)>> {
    let file = block.file.text();
    // A block's span starts at its first line that is not empty, after the indentation.
    let start = block.span.start as usize;
    let before = file.get(..start)?;
    let indentation = before.len() - before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let empty = value.len() - value.trim_start_matches('\n').len();
    let mut lines = vec![(0, block.span.start)];
    let (mut inside, mut outside) = (empty, start);
    for line in value.get(empty..)?.trim_end_matches('\n').split('\n') {
        if inside > empty {
            let rest = file.get(outside..)?;
            outside += indentation.min(rest.len() - rest.trim_start_matches(' ').len());
        }
        let place = Span::new(inside..outside);
        lines.push((place.start, place.end));
        let rest = file.get(outside..)?.strip_prefix(line)?;
        let end = ["\r\n", "\n", "\r"].into_iter().find(|end| rest.starts_with(end));
        if end.is_none() && !rest.is_empty() {
            return None;
        }
        inside += line.len() + 1;
        outside += line.len() + end.map_or(0, str::len);
    }
    Some(lines)
}
