//! Trees of YAML as lists of events, and the places of their scalars.

use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::{Broken, Node, Style, each_document};

/// A text as a file.
pub(super) fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::decode(RepoPath::new("input.yaml"), text.as_bytes().to_vec()).unwrap())
}

/// The documents of a file.
pub(super) fn documents(file: &Arc<SourceFile>) -> Vec<Result<Node, Broken>> {
    let mut documents = Vec::new();
    each_document(file, |document| documents.push(document));
    documents
}

/// Adds the events of a tree: `+MAP`, `=VAL Plain text`.
pub(super) fn add_events(node: &Node, found: &mut Vec<String>) {
    let target = node.target();
    if node.is_shared() && node.span != target.span {
        found.push("=ALI".to_owned());
    } else if node.is_mapping() {
        found.push("+MAP".to_owned());
        for (key, value) in node.entries() {
            add_events(key, found);
            add_events(value, found);
        }
        found.push("-MAP".to_owned());
    } else if node.is_sequence() {
        found.push("+SEQ".to_owned());
        node.items().iter().for_each(|item| add_events(item, found));
        found.push("-SEQ".to_owned());
    } else {
        let text = node.scalar().unwrap();
        // An alias within its own anchor is a null.
        if text == "~" && target.file.slice(target.span).starts_with('*') {
            found.push("=ALI".to_owned());
            return;
        }
        // An empty value is a null, which is written as `~`.
        let text = if text == "~" && target.span.is_empty() { "" } else { text };
        found.push(format!("=VAL {:?} {text}", node.style().unwrap()));
    }
}

/// Visits the scalars that are written below a node, without those behind aliases.
pub(super) fn each_scalar<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a Node)) {
    let target = node.target();
    if node.is_shared() && node.span != target.span {
        return;
    }
    for (key, value) in target.entries() {
        each_scalar(key, visit);
        each_scalar(value, visit);
    }
    target.items().iter().for_each(|item| each_scalar(item, visit));
    if target.scalar().is_some() {
        visit(target);
    }
}

/// Checks the place of a scalar: the text there is parsed as its value.
pub(super) fn is_at_its_place(node: &Node) {
    let value = node.scalar().unwrap();
    let file = &node.file;
    let text = file.text().get(node.span.range()).expect("a span is a part of the text");
    let is_there = match node.style() {
        Some(Style::Quoted) => {
            let (start, end) = (node.span.start as usize, node.span.end as usize);
            let quoted = file.text().get(start - 1..=end).expect("quotes are around it");
            quoted.starts_with(['\'', '"']) && quoted.starts_with(quoted.chars().next_back().unwrap())
        }
        // Nothing; or an alias of an anchor that is not above, which has no value.
        Some(Style::Plain) if text.is_empty() || text.starts_with('*') => matches!(value, "~" | ""),
        _ => text.split_whitespace().eq(value.split_whitespace()),
    };
    assert!(is_there, "{text:?} is the place of {value:?}");
    assert!(!node.is_verbatim() || text == value, "{text:?} is {value:?} letter by letter");
}
