//! The output of `helm template` as documents, each with the template that made it.

use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::{Broken, Node};

/// A document that a template made.
#[derive(Clone, Debug)]
pub struct Document {
    /// The template, with helm's path below the chart: `templates/web.yaml`,
    /// `charts/ALIAS/templates/web.yaml`.
    pub template: RepoPath,
    /// The root of the document.
    pub root: Node,
}

/// The output of one rendering.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The documents in helm's order. Their places are in a virtual file with the path of the template and
    /// its rendered text.
    pub documents: Vec<Document>,
    /// The documents that cannot be parsed, each with its template.
    pub broken: Vec<(RepoPath, Broken)>,
    /// The schemas of values that were not checked, because helm would follow their references.
    pub unchecked_schemas: Vec<RepoPath>,
    /// The whole output.
    pub(crate) text: String,
}

/// The comment that helm writes above each document.
const SOURCE: &str = "# Source: ";

/// Parses helm's output.
pub(crate) fn read(text: String) -> Rendered {
    let mut rendered = Rendered::default();
    for (template, part) in parts(&text) {
        let Ok(file) = SourceFile::decode(template.clone(), part.as_bytes().to_vec()) else { continue };
        yaml::each_document(&Arc::new(file), |document| match document {
            Ok(root) if root.is_null() => {}
            Ok(root) => rendered.documents.push(Document { template: template.clone(), root }),
            Err(broken) => rendered.broken.push((template.clone(), broken)),
        });
    }
    rendered.text = text;
    rendered
}

/// The parts of the output, each with its template, and without the first line, which names the template. The
/// text before the first such line has no template.
fn parts(text: &str) -> Vec<(RepoPath, &str)> {
    let mut parts = Vec::new();
    let mut open = (RepoPath::default(), 0);
    let mut offset = 0;
    let mut after_mark = None;
    for line in text.split_inclusive('\n') {
        if let (Some(mark), Some(template)) = (after_mark, line.strip_prefix(SOURCE)) {
            let (before, start) = std::mem::replace(&mut open, (below_chart(template), offset + line.len()));
            parts.push((before, text.get(start..mark).unwrap_or_default()));
        }
        after_mark = line.trim_end().eq("---").then_some(offset);
        offset += line.len();
    }
    let (template, start) = open;
    parts.push((template, text.get(start..).unwrap_or_default()));
    parts
}

/// The path of a template below its chart; helm's path starts with the chart's name.
fn below_chart(template: &str) -> RepoPath {
    RepoPath::new(template.trim_end().split_once('/').map_or("", |(_, below)| below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_template() {
        let text = "---\n# Source: app/templates/a.yaml\nkind: A\nb: |\n  # Source: x\n---\n# Source: app/charts/sub/templates/b.yaml\n# only a comment\n---\n# Source: app/templates/c.yaml\nkind: C\n---\nkind: D\n";
        let rendered = read(text.to_owned());
        let names: Vec<(&str, Option<&str>)> = rendered
            .documents
            .iter()
            .map(|document| (document.template.as_str(), document.root.at(&["kind"]).and_then(Node::scalar)))
            .collect();
        assert_eq!(
            names,
            [
                ("templates/a.yaml", Some("A")),
                ("templates/c.yaml", Some("C")),
                ("templates/c.yaml", Some("D"))
            ]
        );
        assert!(rendered.broken.is_empty());
    }

    #[test]
    fn windows_line_ends_and_broken_parts() {
        let rendered = read(
            "---\r\n# Source: app/templates/a.yaml\r\nkind: A\r\n---\n# Source: a/b.yaml\na: [\n".into(),
        );
        assert_eq!(rendered.documents.len(), 1);
        assert_eq!(rendered.broken.len(), 1);
        assert_eq!(read(String::new()).documents.len(), 0);
        let above = read("kind: A\n---\n# Source: a/b.yaml\nkind: B\n".into());
        let names: Vec<&str> = above.documents.iter().map(|document| document.template.as_str()).collect();
        assert_eq!(names, ["", "b.yaml"]);
    }
}
