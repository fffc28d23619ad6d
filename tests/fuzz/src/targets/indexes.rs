//! Indexes of chart repositories: the versions of a chart are those that the YAML tree has.

use std::io::Cursor;
use std::sync::Arc;

use charts::{INDEX_LIMIT, Lookup, look_up};
use source::{RepoPath, SourceFile};
use yaml::{Node, each_document_and_repeated_key};

/// Reads any bytes as an index.
pub fn run(data: &[u8]) {
    for chart in ["web", "a", "absent"] {
        let Ok(found) = look_up(Cursor::new(data), chart, INDEX_LIMIT) else { continue };
        let Some(expected) = versions(data, chart) else { continue };
        let found: Vec<String> = match found {
            Lookup::Listed(entries) => entries.into_iter().map(|entry| entry.version).collect(),
            Lookup::Missing { .. } => Vec::new(),
        };
        assert_eq!(found, expected, "the versions of {chart}");
    }
}

/// The versions by the tree, in the order of the index; `None` where readers differ by right.
fn versions(data: &[u8], chart: &str) -> Option<Vec<String>> {
    let file = SourceFile::decode(RepoPath::new("index.yaml"), data.to_vec()).ok()?;
    let (mut roots, mut is_repeated) = (Vec::new(), false);
    each_document_and_repeated_key(&Arc::new(file), |document| roots.push(document), |_| is_repeated = true);
    let [Ok(root)] = &*roots else { return None };
    let entries = root.at(&["entries", chart]);
    let mut versions = Vec::new();
    for entry in entries.map(Node::items).unwrap_or_default() {
        let version = entry.get("version")?;
        // An entry without a version does not count.
        if !version.is_null() && version.scalar() != Some("") {
            versions.push(version.scalar()?.to_owned());
        }
    }
    (!is_repeated).then_some(versions)
}
