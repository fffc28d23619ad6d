//! Files that Argo CD merges over the source that names their folder: `.argocd-source.yaml` and
//! `.argocd-source-NAME.yaml`.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::environment::{self, Environment};
use super::model::{OVERRIDE, is_application, is_override_file, override_files, source_mut, sources};
use crate::document::Document;
use crate::ecosystem::helm::chart::FUEL;
use crate::ecosystem::helm::release::too_many;
use crate::engine::content;
use crate::engine::part::Part;
use crate::engine::tree::Tree;

/// The label of a value that an override replaces.
const OVERRIDDEN: &str = "written in the Application";

/// An Application with the overrides of its sources; any other document unchanged. An override that is too large to be
/// merged completely is a problem.
pub(crate) fn applied(tree: &Tree<'_>, mut document: Document, complain: &mut dyn FnMut(Part)) -> Document {
    if !is_application(&document) {
        return document;
    }
    let name = document.resource().and_then(|it| it.name.clone()).unwrap_or_default();
    let mut overrides = Vec::new();
    for source in sources(&document) {
        let Some(folder) = tree.folder_of(&source) else { continue };
        for file in override_files(&name) {
            let path: RepoPath = folder.join(&file);
            if tree.has_file(&path)
                && let Some(layer) = tree.document(&path, &mut |_| {}).filter(Node::is_mapping)
            {
                overrides.push((source.which, with_known_keys(&layer, 0)));
            }
        }
    }
    let mut fuel = FUEL;
    for (which, layer) in overrides {
        let spec = Arc::make_mut(&mut document.root).get_mut("spec");
        let source = spec.and_then(|spec| source_mut(spec, which));
        if source.is_some_and(|source| !source.merge(&layer, OVERRIDDEN, &mut fuel)) {
            let mut problem = too_many(&layer);
            problem.about = problem.about.wrapping_add(content::hash(&document));
            complain(Part::Problem(problem));
        }
    }
    with_environment(document)
}

/// True if an Application of this folder with these fields of kustomize may deploy something else under another name:
/// a file may be meant for that name, and variables in images may have been replaced by the name.
pub(crate) fn depend_on_name(tree: &Tree<'_>, folder: &RepoPath, kustomize: &Node) -> bool {
    let is_named = |image: &Node| image.is_composed() || image.scalar().is_none_or(|text| text.contains('$'));
    let is_override =
        |path: &RepoPath| path.parent() == *folder && is_override_file(path) && path.file_name() != OVERRIDE;
    kustomize.list("images").iter().any(is_named) || tree.files_below(folder).any(is_override)
}

/// An Application with the variables of its sources replaced.
fn with_environment(mut document: Document) -> Document {
    let mut environments = Vec::new();
    let all = sources(&document);
    for source in &all {
        if environment::has_any(source) {
            environments.push((source.which, Environment::of(&document, source, &all)));
        }
    }
    for (which, environment) in environments {
        let spec = Arc::make_mut(&mut document.root).get_mut("spec");
        if let Some(source) = spec.and_then(|spec| source_mut(spec, which)) {
            environment.put_into(source);
        }
    }
    document
}

/// The keys of an override that decide what is deployed. Argo CD reads keys without regard to case.
const KEYS: [&str; 20] = [
    "helm",
    "kustomize",
    "directory",
    "plugin",
    "valueFiles",
    "values",
    "valuesObject",
    "parameters",
    "fileParameters",
    "name",
    "value",
    "path",
    "images",
    "components",
    "patches",
    "patch",
    "target",
    "recurse",
    "include",
    "exclude",
];
/// Maximum depth of these keys.
const MAX_DEPTH: usize = 5;

/// The key of an override that an unusual case of letters means; `None` for any other key.
fn meant(key: &Node) -> Option<&'static str> {
    let written = key.scalar()?;
    KEYS.into_iter().find(|known| written.eq_ignore_ascii_case(known) && written != *known)
}

/// An override with its keys as Argo CD means them.
fn with_known_keys(node: &Node, depth: usize) -> Node {
    if depth > MAX_DEPTH || odd_key(node, depth).is_none() {
        return node.clone();
    }
    if node.is_sequence() {
        let items = node.items().iter().map(|item| with_known_keys(item, depth + 1)).collect();
        return Node::sequence_at(items, node);
    }
    let mut all = node.emptied();
    node.each_entry(|key, value| {
        let name = meant(key).map_or_else(|| key.clone(), |name| key.with_text(name));
        let value = if is_free(key) { value.clone() } else { with_known_keys(value, depth + 1) };
        all.insert(name, value);
    });
    all
}

/// The first key of an override that is written in an unusual case.
pub(super) fn odd_key(node: &Node, depth: usize) -> Option<&Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut found = node.items().iter().find_map(|item| odd_key(item, depth + 1));
    node.each_entry(|key, value| {
        if found.is_none() {
            found = meant(key).map(|_| key);
        }
        if found.is_none() && !is_free(key) {
            found = odd_key(value, depth + 1);
        }
    });
    found
}

/// True for a key whose value may have any keys.
fn is_free(key: &Node) -> bool {
    key.scalar().is_some_and(|name| name.eq_ignore_ascii_case("valuesObject"))
}

#[cfg(test)]
mod tests {
    use source::SourceFile;

    use super::*;

    fn node(text: &str) -> Node {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a"), text));
        let mut first = None;
        yaml::each_document(&file, |document| _ = first.get_or_insert(document.unwrap()));
        first.unwrap()
    }

    #[test]
    fn keys_are_known_in_any_case_up_to_a_depth() {
        let nested = |open: &str, depth: usize, close: &str| {
            node(&format!("{}{{Name: a}}{}", open.repeat(depth), close.repeat(depth)))
        };
        for (open, close) in [("{x: ", "}"), ("[", "]")] {
            assert!(odd_key(&nested(open, MAX_DEPTH, close), 0).is_some(), "{open}");
            assert!(odd_key(&nested(open, MAX_DEPTH + 1, close), 0).is_none(), "{open}");
        }
        for text in ["{valuesObject: {Name: a}}", "{ValuesOBJECT: {Name: a}}"] {
            let name = odd_key(&node(text), 0).and_then(Node::scalar).map(str::to_owned);
            assert_eq!(name.as_deref(), text.contains("OBJECT").then_some("ValuesOBJECT"), "{text}");
        }
        let known = with_known_keys(
            &node("{Kustomize: {Patches: [{x: y}, {Target: {Name: a}}]}, Helm: {valuesObject: {Name: a}}}"),
            0,
        );
        let patches = known.at(&["kustomize", "patches"]).unwrap();
        assert!(patches.items()[1].at(&["target", "name"]).is_some());
        assert!(known.at(&["helm", "valuesObject", "Name"]).is_some(), "values have any keys");
    }
}
