//! Edits: a replaced scalar reads as the new text, and nothing else changes.

use source::SourceFile;
use source::edit::{Edit, apply};
use yaml::{Node, Refusal, Scalars, Style};

use super::tree::{add_events, documents, each_scalar, file};

/// Texts that are hard to write.
const TEXTS: [&str; 12] =
    ["1.20", "true", "v1.2.3", "~", "a b", "it's", "say \"x\"", "x: y", "x #y", "- x", "é😀", "2026-11-26"];
/// Most scalars of a file that are replaced.
const MOST: usize = 6;

/// Replaces scalars of any text that is YAML.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A NUL among the first characters makes the file one in UTF-16, which `values` does not read.
    if text.contains('\0') {
        return;
    }
    let before = file(text);
    let roots = documents(&before);
    if !roots.iter().all(Result::is_ok) {
        return;
    }
    let mut values = Vec::new();
    for root in roots.iter().flatten() {
        each_value(root, &mut values);
    }
    let scalars = Scalars::read(&before);
    // An empty place is beside other text, and is not a value that could be replaced.
    values.retain(is_written);
    for (n, value) in values.iter().step_by(values.len().div_ceil(MOST).max(1)).enumerate() {
        let text = TEXTS[(n + data.len()) % TEXTS.len()];
        if let Ok(replacement) = scalars.replace(value.span, text) {
            holds(&before, &replacement.edit, value, text);
        }
        if let Ok(replacement) = scalars.add_beside(value.span, "added-key", "added-value") {
            adds(&before, &replacement.edit);
        }
    }
}

/// The values of mappings and the items of lists, without keys.
fn each_value(node: &Node, values: &mut Vec<Node>) {
    each_scalar(node, &mut |scalar| values.push(scalar.clone()));
}

/// True for a value that has characters of its own.
fn is_written(value: &Node) -> bool {
    !value.span.is_empty() || value.style() == Some(Style::Quoted)
}

/// Checks the properties of a replacement.
fn holds(before: &SourceFile, edit: &Edit, value: &Node, text: &str) {
    let edited = apply(before, std::slice::from_ref(edit)).unwrap();
    let after = file(std::str::from_utf8(&edited).unwrap());
    let grown = after.text().len() - edit.replacement.len();
    assert_eq!(grown, before.text().len() - edit.span.range().len(), "only the span changes");
    let (old, new) = (values(before.text()), values(after.text()));
    if is_key(before, value) {
        // A key may now be one that the mapping has already.
        return;
    }
    assert_eq!(old.len(), new.len(), "{:?} became {:?}", before.text(), after.text());
    let differ: Vec<_> = old.iter().zip(&new).filter(|(one, other)| one != other).collect();
    let is_text =
        differ.iter().all(|(_, new)| new.split_once(' ').is_some_and(|(_, rest)| rest.ends_with(text)));
    assert!(differ.len() <= 1 && is_text, "{text:?} was written, {differ:?} differ in {:?}", after.text());
    let is_there = |node: &Node| is_written(node) && node.span.start.abs_diff(edit.span.start) <= 1;
    let found = scalars_of(after.text()).into_iter().find(is_there);
    let found = found.expect("the new scalar is where the edit is");
    assert_eq!(found.text(), Some(text), "{:?}", after.text());
    // The same again changes nothing.
    match Scalars::read(&after).replace(found.span, text) {
        Ok(again) => assert_eq!(apply(&after, &[again.edit]).unwrap(), after.bytes(), "a second time"),
        Err(refusal) => assert!(refusal == Refusal::Escaped && text.contains(['"', '\'']), "{refusal}"),
    }
}

/// Checks the properties of an added entry.
fn adds(before: &SourceFile, edit: &Edit) {
    let edited = apply(before, std::slice::from_ref(edit)).unwrap();
    let after = String::from_utf8(edited).unwrap();
    let (old, mut new) = (values(before.text()), values(&after));
    let has_it = old.iter().any(|event| event.ends_with(" added-key"));
    if has_it {
        return;
    }
    let at =
        new.iter().position(|event| event.ends_with(" added-key")).unwrap_or_else(|| panic!("{after:?}"));
    let pair: Vec<String> = new.drain(at..at + 2).collect();
    assert!(pair[1].ends_with(" added-value"), "{pair:?} in {after:?}");
    assert_eq!(old, new, "{after:?}");
}

fn values(text: &str) -> Vec<String> {
    let mut events = Vec::new();
    for document in documents(&file(text)) {
        match document {
            Ok(root) => add_events(&root, &mut events),
            Err(broken) => events.push(format!("broken: {}", broken.message)),
        }
    }
    events
}

fn scalars_of(text: &str) -> Vec<Node> {
    let mut all = Vec::new();
    for root in documents(&file(text)).iter().flatten() {
        each_value(root, &mut all);
    }
    all
}

fn is_key(before: &SourceFile, value: &Node) -> bool {
    let mut found = false;
    for root in documents(&file(before.text())).iter().flatten() {
        each_key(root, &mut |key| found |= key.span == value.span);
    }
    found
}

fn each_key(node: &Node, visit: &mut dyn FnMut(&Node)) {
    let target = node.target();
    if node.is_shared() && node.span != target.span {
        return;
    }
    for (key, value) in target.entries() {
        each_scalar(key, &mut |scalar| visit(scalar));
        each_key(value, visit);
    }
    target.items().iter().for_each(|item| each_key(item, visit));
}
