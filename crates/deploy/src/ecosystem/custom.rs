//! Custom resources that name images outside of container lists, by a table. Fields that are not in the table
//! are ignored: a field called `image` is not always an image that a node pulls.

use std::collections::HashMap;
use std::sync::LazyLock;

use model::Kind;
use yaml::{Meaning, Node};

use crate::document::Document;
use crate::reference::claim::{Claim, Map, SCHEME, Shape};
use crate::reference::complete::has_tag;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::select::{Selected, select};
use crate::reference::text::Reader;
use crate::reference::walk::TooMuch;

mod row;
mod table;

use row::{Keys, Read, Row};

/// Extracts from custom resources.
pub(crate) struct CustomResources;

/// The rows by group and kind.
static ROWS: LazyLock<HashMap<(&str, &str), &Row>> = LazyLock::new(rows);

fn rows() -> HashMap<(&'static str, &'static str), &'static Row> {
    let mut rows = HashMap::new();
    for row in table::rows() {
        rows.insert((row.0, row.1), row);
    }
    rows
}

impl Extractor for CustomResources {
    fn name(&self) -> &'static str {
        "custom-resource"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let Some((group, kind)) = document.group_and_kind() else { return Ok(()) };
        let Some(Row(_, _, reads)) = ROWS.get(&(group, kind)) else { return Ok(()) };
        for read in *reads {
            for path in read.paths() {
                select(&document.root, path, &mut |selected| {
                    if let Some(claim) = claim(read, &selected) {
                        found.claim(claim);
                    }
                })?;
            }
        }
        Ok(())
    }
}

/// True if the table has the kind.
pub(crate) fn is_known(group: &str, kind: &str) -> bool {
    ROWS.contains_key(&(group, kind))
}

/// The claim of a field, read as the table defines; `None` if the operator uses its default.
fn claim(read: &Read, selected: &Selected<'_, '_>) -> Option<Claim> {
    let shape = match read {
        Read::Text(_) => Shape::Text(written(selected.node)?.clone()),
        Read::Artifact(_) => {
            let node = written(selected.node)?;
            let text = node.scalar()?;
            if text.contains("://") && !text.starts_with(SCHEME) {
                return None;
            }
            Shape::Oci(Kind::Artifact, Map { repository: Some(node.clone()), ..Map::default() })
        }
        Read::Docker(_) => {
            let node = written(selected.node)?;
            let text = node.scalar()?;
            let name = text.strip_prefix("docker://")?;
            Shape::Within(node.clone(), text.len() - name.len()..text.len())
        }
        Read::Parts(keys, _) => return parts(keys, selected),
    };
    Some(Claim::strict(selected.field.as_str().to_owned(), shape))
}

/// A reference in parts. The operator fills in the parts that are not written.
fn parts(keys: &Keys, selected: &Selected<'_, '_>) -> Option<Claim> {
    let node = selected.node;
    let (mut tag, mut digest) = (part(node, keys.tag), part(node, keys.digest));
    let (repository, image) = match (part(node, keys.repository), part(node, keys.image)) {
        (Some(repository), Some(image)) => (repository, Some(image)),
        (Some(repository), None) if keys.image.is_empty() => (repository, None),
        // NVIDIA: without the other two keys, the name is the complete reference.
        (None, Some(image)) if tag.is_none() && image.node.scalar()?.contains('/') => (image, None),
        _ => return None,
    };
    let name = repository.node.scalar()?;
    if keys.host && !has_host(name) {
        return None;
    }
    if has_tag(name) {
        (tag, digest) = (None, None);
    }
    let decides = digest.as_ref().or(tag.as_ref()).or(image.as_ref()).unwrap_or(&repository).key;
    let field = selected.field.key(decides);
    // As with Helm values, a missing tag or registry is filled in elsewhere. But Kubernetes' API reads these
    // values, and it refuses a number.
    let meaning = tag.as_ref().and_then(|tag| tag.node.meaning());
    let reader = if matches!(meaning, Some(Meaning::Number(_))) { Reader::Strict } else { Reader::Helm };
    let map = Map {
        registry: node_of(part(node, keys.registry)),
        repository: Some(repository.node),
        image: node_of(image),
        tag: node_of(tag),
        digest: node_of(digest),
        guessed: false,
    };
    Some(Claim::new(field, Shape::Map(map), reader))
}

/// A part of a reference, and its key.
struct Part {
    key: &'static str,
    node: Node,
}

fn part(node: &Node, key: &'static str) -> Option<Part> {
    if key.is_empty() {
        return None;
    }
    let value = written(node.get(key)?)?;
    Some(Part { key, node: value.clone() })
}

fn node_of(part: Option<Part>) -> Option<Node> {
    Some(part?.node)
}

/// A scalar with a value: an empty one means the operator's default, and a mapping belongs to another version of
/// the kind.
fn written(node: &Node) -> Option<&Node> {
    let text = node.scalar()?;
    (!text.trim().is_empty() && !node.is_null()).then_some(node)
}

/// True if a repository names its registry.
fn has_host(name: &str) -> bool {
    let Some((host, _)) = name.split_once('/') else { return false };
    host.contains(['.', ':']) || host == "localhost"
}

#[cfg(test)]
mod tests;
