//! Tables of input and result for each step of a build, as `kustomize build` 5.8.1 gives them.

use std::sync::Arc;

use model::{Resource, Rule};
use source::{RepoPath, SourceFile};
use yaml::Node;

use super::built::{Built, MAX_ITEMS};
use super::item::Item;
use crate::document::{Document, Role};

mod chart_values;
mod fields;
mod images;
mod json_patch;
mod merge;
mod model_of_kustomizations;
mod patch;
mod path;
mod replacement;
mod selector;
mod vars;

/// The first document of a text.
fn node(text: &str) -> Node {
    let file = Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap());
    let mut first = None;
    yaml::each_document(&file, |document| _ = first.get_or_insert(document.unwrap()));
    first.unwrap()
}

/// A tree as YAML in one line.
fn shown(node: &Node) -> String {
    if node.is_mapping() {
        let mut entries = Vec::new();
        node.each_entry(|key, value| entries.push(format!("{}: {}", shown(key), shown(value))));
        return format!("{{{}}}", entries.join(", "));
    }
    if node.is_sequence() {
        return format!("[{}]", node.items().iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    if node.is_null() { "null".to_owned() } else { node.scalar().unwrap().to_owned() }
}

fn item(text: &str) -> Item {
    let root = node(text);
    let text = |path: &[&str]| root.at(path).and_then(Node::scalar).map(str::to_owned);
    let resource = Resource {
        api_version: text(&["apiVersion"]).unwrap_or_else(|| "v1".to_owned()),
        kind: text(&["kind"]).unwrap_or_else(|| "Pod".to_owned()),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]),
    };
    Item::new(Arc::new(root), resource)
}

/// No resource is left out silently.
#[test]
fn resources_beyond_the_limit_are_reported_once() {
    let pod = item("{kind: Pod, metadata: {name: p}}");
    let mut built = Built { items: vec![pod.clone(); MAX_ITEMS], ..Built::default() };
    let base = Built { items: vec![pod], ..Built::default() };
    for _ in 0..2 {
        built.add(Document::new(
            Arc::new(node("{apiVersion: v1, kind: Pod, metadata: {name: q}}")),
            Role::Other,
        ));
        built.add_base(base.clone(), &node("base"));
    }
    let rules: Vec<_> = built.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, [Rule::UnreadableFile]);
    assert_eq!(built.items.len(), MAX_ITEMS);
}
