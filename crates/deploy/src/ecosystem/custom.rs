//! Custom resources that name images outside of container lists, as the table says. What the table does
//! not hold is left alone: of a field called `image` nobody knows whether a node pulls it.

use std::collections::HashMap;
use std::sync::LazyLock;

use model::Kind;
use yaml::{Meaning, Node};

use crate::document::Document;
use crate::ecosystem::helm::text::has_tag;
use crate::reference::claim::{Claim, Map, Reader, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::select::{Selected, select};
use crate::reference::walk::TooMuch;

mod row;
mod table;

use row::{Keys, Read, Row};

/// Extracts from custom resources.
pub(crate) struct CustomResources;

/// The rows by group and kind.
static ROWS: LazyLock<HashMap<(&str, &str), &Row>> =
    LazyLock::new(|| table::rows().map(|row| ((row.0, row.1), row)).collect());

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

/// Whether the table has the kind.
pub(crate) fn is_known(group: &str, kind: &str) -> bool {
    ROWS.contains_key(&(group, kind))
}

/// What is written at a path, read as the table says; `None` where the operator's default counts.
fn claim(read: &Read, selected: &Selected<'_, '_>) -> Option<Claim> {
    let shape = match read {
        Read::Text(_) => Shape::Text(written(selected.node)?.clone()),
        Read::Artifact(_) => {
            let bare = |node: &Node| node.scalar().is_some_and(|text| !text.contains("://"));
            let node = written(selected.node).filter(|node| has_scheme(node, "oci://") || bare(node))?;
            Shape::Oci(Kind::Artifact, Map { repository: Some(node.clone()), ..Map::default() })
        }
        Read::Docker(_) => {
            let scheme = "docker://";
            let node = written(selected.node).filter(|node| has_scheme(node, scheme))?;
            Shape::Within(node.clone(), scheme.len()..node.scalar()?.len())
        }
        Read::Parts(keys, _) => return parts(keys, selected),
    };
    Some(Claim::strict(selected.field.as_str().to_owned(), shape))
}

/// A reference in parts, of which the operator fills in those that are not written.
fn parts(keys: &Keys, selected: &Selected<'_, '_>) -> Option<Claim> {
    let part = |key: &'static str| {
        let node = selected.node.get(key).filter(|_| !key.is_empty())?;
        Some((key, written(node)?.clone()))
    };
    let (registry, mut tag, mut digest) = (part(keys.registry), part(keys.tag), part(keys.digest));
    let (repository, image) = match (part(keys.repository), part(keys.image)) {
        (Some(repository), Some(image)) => (repository, Some(image)),
        (Some(repository), None) if keys.image.is_empty() => (repository, None),
        // NVIDIA's: without the other two the name is the whole reference.
        (None, Some(image)) if tag.is_none() && image.1.scalar()?.contains('/') => (image, None),
        _ => return None,
    };
    let name = repository.1.scalar()?;
    if keys.host && !has_host(name) {
        return None;
    }
    if has_tag(name) {
        (tag, digest) = (None, None);
    }
    let decides = digest.as_ref().or(tag.as_ref()).or(image.as_ref()).unwrap_or(&repository).0;
    let field = selected.field.key(decides);
    // As with Helm values a tag or a registry that is missing is filled in elsewhere; but what reads
    // them is Kubernetes' API, which refuses a number.
    let numeric = tag.as_ref().is_some_and(|(_, tag)| matches!(tag.meaning(), Some(Meaning::Number(_))));
    let reader = if numeric { Reader::Strict } else { Reader::Helm };
    let node = |part: Option<(_, Node)>| part.map(|(_, node)| node);
    let map = Map {
        registry: node(registry),
        repository: Some(repository.1),
        image: node(image),
        tag: node(tag),
        digest: node(digest),
        guessed: false,
    };
    Some(Claim::new(field, Shape::Map(map), reader))
}

/// A scalar that says something: an empty one means the operator's default, and a mapping belongs to
/// another version of the kind.
fn written(node: &Node) -> Option<&Node> {
    node.scalar().filter(|text| !text.trim().is_empty() && !node.is_null()).map(|_| node)
}

fn has_scheme(node: &Node, scheme: &str) -> bool {
    node.scalar().is_some_and(|text| text.starts_with(scheme))
}

/// Whether a repository names its registry.
fn has_host(name: &str) -> bool {
    name.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost")
}

#[cfg(test)]
mod tests;
