//! Schemas of values that helm may check. It follows the references of a schema to the network and to the
//! disk of the machine, so that only schemas without references to other documents are copied.

use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::Node;

use crate::Chart;
use crate::chart::own_part;

/// The file of a chart's schema.
const SCHEMA: &str = "values.schema.json";
/// Keys whose value is an address that helm loads, unless it is in the same document.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// The addresses of the dialects of schemas, which helm knows without loading them.
const DIALECTS: [&str; 2] = ["http://json-schema.org/", "https://json-schema.org/"];

/// True for the schema of the chart or of a subchart.
pub(crate) fn is_schema(path: &RepoPath) -> bool {
    own_part(path) == SCHEMA
}

/// The schemas that are not checked, because they refer to other documents.
pub(crate) fn with_references(chart: &Chart) -> Vec<RepoPath> {
    let mut found = Vec::new();
    for (path, file) in chart.files().filter(|(path, _)| is_schema(path)) {
        let text = String::from_utf8_lossy(file.bytes()).into_owned();
        if !is_alone(path, text) {
            found.push(path.clone());
        }
    }
    found
}

/// True if a chart has subcharts in archives, whose schemas are not known here.
pub(crate) fn has_archives(chart: &Chart) -> bool {
    let name = |path: &RepoPath| own_part(path).to_ascii_lowercase();
    chart
        .files()
        .any(|(path, _)| name(path).strip_suffix(".tgz").is_some_and(|own| own.starts_with("charts/")))
}

/// True for a schema without references to other documents. JSON is parsed as YAML; a schema that cannot be
/// parsed is not passed on.
fn is_alone(path: &RepoPath, text: String) -> bool {
    let Ok(file) = SourceFile::decode(path.clone(), text.into_bytes()) else { return false };
    let (mut count, mut alone) = (0, true);
    yaml::each_document(&Arc::new(file), |document| {
        count += 1;
        alone &= document.is_ok_and(|root| refers_to_itself(&root));
    });
    alone && count == 1
}

fn refers_to_itself(node: &Node) -> bool {
    if node.is_shared() {
        return false;
    }
    for (key, value) in node.entries() {
        let name = key.scalar().unwrap_or_default();
        let place = value.scalar().unwrap_or_default();
        if REFERENCES.contains(&name) && !place.starts_with('#') {
            return false;
        }
        if name == "$schema" && !DIALECTS.iter().any(|dialect| place.starts_with(dialect)) {
            return false;
        }
        if !refers_to_itself(value) {
            return false;
        }
    }
    node.items().iter().all(refers_to_itself)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_places_are_found() {
        for (schema, alone) in [
            (
                r##"{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "$id": "https://x.example/y"}"##,
                true,
            ),
            (r#"{"properties": {"tag": {"type": "string"}}}"#, true),
            (r#"{"allOf": [{"$ref": "https://x.example/y.json"}]}"#, false),
            (r#"{"\u0024ref": "https://x.example/y.json"}"#, false),
            (r#"{"$ref": "y.json"}"#, false),
            (r#"{"$ref": "file:///etc/passwd"}"#, false),
            (r#"{"$ref": ["x"]}"#, false),
            (r#"{"$dynamicRef": "//x.example/y"}"#, false),
            (r#"{"$schema": "https://x.example/dialect"}"#, false),
            ("{", false),
            ("", false),
            ("{}\n---\n{}", false),
        ] {
            let mut chart = Chart::default();
            let path = RepoPath::new("charts/a/values.schema.json");
            chart.add(path.clone(), &path, schema.into());
            assert_eq!(with_references(&chart).is_empty(), alone, "{schema}");
        }
    }

    #[test]
    fn archives_are_found() {
        let mut chart = Chart::default();
        chart.add(RepoPath::new("charts/a/Chart.yaml"), &RepoPath::new("x"), Vec::new());
        chart.add(RepoPath::new("charts/.gitkeep"), &RepoPath::new("x"), Vec::new());
        chart.add(RepoPath::new("files/x.tgz"), &RepoPath::new("x"), Vec::new());
        assert!(!has_archives(&chart));
        chart.add(RepoPath::new("charts/a/charts/b-1.0.0.tgz"), &RepoPath::new("x"), Vec::new());
        assert!(has_archives(&chart));
    }
}
