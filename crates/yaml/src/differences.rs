//! Comparison of two versions of a file, value by value: the proof that edits changed only the intended
//! values.

use std::sync::Arc;

use source::{SourceFile, Span};

use super::node::{Meaning, Node};
use super::parse::{Broken, each_document};

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A scalar has another text or another meaning.
    Scalar {
        /// Its place in the first version.
        before: Span,
        /// Its text in the second version.
        text: String,
    },
    /// The second version has one more entry in a mapping.
    Entry {
        /// The place of the mapping in the first version.
        mapping: Span,
        /// The key of the entry.
        key: String,
    },
}

/// The differences of two versions of a file; `None` if they differ in more than scalars and added entries. Comments and the style of values do not count.
///
/// ```
/// use std::sync::Arc;
///
/// use source::{RepoPath, SourceFile, Span};
/// use yaml::{Difference, differences};
///
/// let file = |text: &str| SourceFile::decode(RepoPath::new("a.yaml"), text.into()).map(Arc::new);
/// let (before, after) = (file("a: 1\nb: x\n")?, file("a: 2\nb: 'x'\n")?);
/// let scalar = Difference::Scalar { before: Span::new(3..4), text: "2".to_owned() };
/// assert_eq!(differences(&before, &after), Some(vec![scalar]));
/// # Ok::<(), source::DecodeError>(())
/// ```
pub fn differences(before: &Arc<SourceFile>, after: &Arc<SourceFile>) -> Option<Vec<Difference>> {
    let (before, after) = (documents(before), documents(after));
    if before.len() != after.len() {
        return None;
    }
    let mut found = Vec::new();
    for (one, other) in before.iter().zip(&after) {
        let is_alike = match (one, other) {
            (Ok(one), Ok(other)) => compare(one, other, &mut found),
            (Err(one), Err(other)) => one.message == other.message && one.read == other.read,
            _ => false,
        };
        if !is_alike {
            return None;
        }
    }
    Some(found)
}

fn documents(file: &Arc<SourceFile>) -> Vec<Result<Node, Broken>> {
    let mut documents = Vec::new();
    each_document(file, |document| documents.push(document));
    documents
}

/// Adds the differences of two nodes; false if they are not of the same form.
fn compare(one: &Node, other: &Node, found: &mut Vec<Difference>) -> bool {
    if is_alias(one) || is_alias(other) {
        // The anchors are compared where they are written.
        let name = |node: &Node| node.file.slice(node.span).to_owned();
        return is_alias(one) && is_alias(other) && name(one) == name(other);
    }
    match (one.scalar(), other.scalar()) {
        (Some(before), Some(text)) => {
            if before != text || kind(one) != kind(other) {
                found.push(Difference::Scalar { before: one.span, text: text.to_owned() });
            }
            return true;
        }
        (None, None) => {}
        _ => return false,
    }
    if one.is_mapping() && other.is_mapping() {
        return compare_entries(one, other, found);
    }
    let (items, others) = (one.items(), other.items());
    one.is_sequence()
        && other.is_sequence()
        && items.len() == others.len()
        && items.iter().zip(others).all(|(one, other)| compare(one, other, found))
}

fn compare_entries(one: &Node, other: &Node, found: &mut Vec<Difference>) -> bool {
    let mut left = one.entries().iter().peekable();
    for (key, value) in other.entries() {
        let is_same = |(name, _): &&&(Node, Node)| name.scalar() == key.scalar();
        if let Some((name, before)) = left.peek().filter(is_same) {
            if !compare(name, key, found) || !compare(before, value, found) {
                return false;
            }
            left.next();
        } else {
            let Some(key) = key.scalar() else { return false };
            found.push(Difference::Entry { mapping: one.target().span, key: key.to_owned() });
        }
    }
    left.next().is_none()
}

fn is_alias(node: &Node) -> bool {
    node.is_shared() && node.span != node.target().span
}

/// The kind of a scalar's value, without its text.
fn kind(node: &Node) -> Option<u8> {
    Some(match node.meaning()? {
        Meaning::Null => 0,
        Meaning::Bool => 1,
        Meaning::Number(_) => 2,
        Meaning::Text(_) => 3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use source::RepoPath;

    fn found(before: &str, after: &str) -> Option<Vec<Difference>> {
        let file = |text: &str| {
            Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap())
        };
        differences(&file(before), &file(after))
    }

    fn scalar(at: usize, text: &str) -> Difference {
        let before = Span::new(at..at + 1);
        Difference::Scalar { before, text: text.to_owned() }
    }

    #[test]
    fn values_count_and_style_does_not() {
        assert_eq!(found("a: 'x'\n# c\nb: [1]", "a: x\nb:\n- 1\n"), Some(vec![]));
        assert_eq!(found("a: 1", "a: '1'"), Some(vec![scalar(3, "1")]), "a number became text");
        assert_eq!(found("[a, b]", "[a, c]"), Some(vec![scalar(4, "c")]));
        assert_eq!(found("a: 1\n---\nb: 2", "a: 1\n---\nb: 3"), Some(vec![scalar(12, "3")]));
        assert_eq!(
            found("a: true", "a: 'true'"),
            Some(vec![Difference::Scalar { before: Span::new(3..7), text: "true".to_owned() }])
        );
        assert_eq!(found("a: ~", "a: '~'"), Some(vec![scalar(3, "~")]));
        assert_eq!(found("b: 1\n---\na: [\n", "b: 2\n---\na: [\n"), Some(vec![scalar(3, "2")]));
        assert_eq!(found("b: 1\n---\na: [\n", "b: 2\n---\na: {\n"), None, "another fault");
    }

    #[test]
    fn an_edit_of_an_anchor_is_one_difference() {
        assert_eq!(found("a: &x 1\nb: *x\nc: *x", "a: &x 2\nb: *x\nc: *x"), Some(vec![scalar(6, "2")]));
        assert_eq!(found("a: &x 1\nb: *x", "a: &x 1\nb: 1"), None);
        assert_eq!(found("a: &x 1\nc: &y 1\nb: *x", "a: &x 1\nc: &y 1\nb: *y"), None);
    }

    #[test]
    fn added_entries_are_found_and_other_forms_are_not_compared() {
        let entry = Difference::Entry { mapping: Span::new(3..9), key: "d".to_owned() };
        assert_eq!(found("r: {t: 1}", "r: {t: 1, d: x}"), Some(vec![entry]));
        for (before, after) in [
            ("{t: 1, d: x}", "{t: 1}"),
            ("[1]", "[1, 2]"),
            ("a: [1]", "a: 1"),
            ("a: {}", "a: []"),
            ("a: 1", "a: 1\n---\nb: 1"),
            ("a: 1", "a: ["),
        ] {
            assert_eq!(found(before, after), None, "{before} {after}");
        }
    }
}
