//! Reads fields: an empty value counts as not written.

use yaml::Node;

/// The items of a list; none if there is no list.
pub(super) fn list(node: &Node, key: &str) -> Vec<Node> {
    node.get(key).map(Node::items).unwrap_or_default().to_vec()
}

/// The entries of a list, each read by `read`.
pub(super) fn entries<T>(node: &Node, key: &str, read: fn(&Node) -> T) -> Vec<T> {
    node.get(key).map(Node::items).unwrap_or_default().iter().map(read).collect()
}

/// A scalar that is neither empty nor null.
pub(super) fn written(node: &Node, key: &str) -> Option<Node> {
    let value = node.get(key)?;
    let is_written = !value.is_null() && value.scalar().is_some_and(|text| !text.is_empty());
    is_written.then(|| value.clone())
}

/// The text of a scalar that is not empty.
pub(super) fn scalar<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.scalar().filter(|text| !text.is_empty())
}

/// A mapping.
pub(super) fn mapping(node: &Node, key: &str) -> Option<Node> {
    node.get(key).filter(|value| value.is_mapping()).cloned()
}
