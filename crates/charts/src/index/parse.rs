//! Entries from the YAML tree of an index, or of a part of an index.

use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::{Node, each_document};

use super::lookup::{IndexError, Lookup};
use crate::entry::Entry;

/// The entries of a chart in a text, which is a mapping from the chart's name to its entries; `None` if the
/// text cannot be parsed by itself.
pub(super) fn block(text: &str, chart: &str) -> Option<Vec<Entry>> {
    let root = document(text.as_bytes().to_vec()).ok()?;
    Some(entries(root.get(chart)?))
}

/// Looks up a chart in a whole index.
pub(super) fn whole(bytes: Vec<u8>, chart: &str) -> Result<Lookup, IndexError> {
    let root = document(bytes).map_err(IndexError::Malformed)?;
    let Some(listed) = root.get("entries") else {
        let why = "it has no mapping `entries`".to_owned();
        return if root.get("apiVersion").is_some() {
            Ok(missing(None))
        } else {
            Err(IndexError::Malformed(why))
        };
    };
    match listed.get(chart) {
        Some(found) => Ok(Lookup::Listed(entries(found))),
        None => Ok(missing(Some(listed))),
    }
}

/// The result for a chart that the index does not list.
fn missing(listed: Option<&Node>) -> Lookup {
    let mut charts = Vec::new();
    if let Some(listed) = listed {
        listed.each_entry(|name, _| charts.extend(name.scalar().map(str::to_owned)));
    }
    Lookup::Missing { charts }
}

/// The first document of a text. It has to be the only one that is not empty.
fn document(bytes: Vec<u8>) -> Result<Node, String> {
    let file = SourceFile::decode(RepoPath::new("index.yaml"), bytes).map_err(|error| error.to_string())?;
    let mut result = Err("it is empty".to_owned());
    let mut seen = false;
    each_document(&Arc::new(file), |read| {
        let read = read.map_err(|broken| broken.message);
        if !seen || read.is_err() {
            result = read;
        }
        seen = true;
    });
    match result {
        Ok(root) if !root.is_mapping() => Err("it is not a mapping".to_owned()),
        result => result,
    }
}

/// The entries in a sequence. Like in Helm, an entry without a version is left out.
fn entries(versions: &Node) -> Vec<Entry> {
    let mut found = Vec::new();
    for node in versions.items() {
        let version = text(node, "version");
        if version.is_empty() {
            continue;
        }
        let urls = node.get("urls").map(Node::items).unwrap_or_default();
        found.push(Entry {
            version,
            urls: urls.iter().filter_map(Node::scalar).map(str::to_owned).collect(),
            digest: text(node, "digest"),
            app_version: text(node, "appVersion"),
            created: text(node, "created"),
            removed: text(node, "removed") == "true",
        });
    }
    found
}

/// The text of a scalar; empty if there is none, or null.
fn text(node: &Node, key: &str) -> String {
    let scalar = node.get(key).filter(|value| !value.is_null());
    scalar.and_then(Node::scalar).unwrap_or_default().to_owned()
}
