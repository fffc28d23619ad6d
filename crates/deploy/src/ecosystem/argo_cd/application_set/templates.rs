//! The templates that remain in an Application after the known parameters were replaced.

use yaml::Node;

use crate::ecosystem::argo_cd::model::Source;

/// Maximum depth of a search, and maximum number of nodes: aliases multiply them.
const MAX_DEPTH: usize = 512;
const MAX_NODES: usize = if cfg!(test) { 20_000 } else { 2_000_000 };

/// The first string in a node that is a template.
pub(super) fn any<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    search(node, (0, &mut MAX_NODES.clone()), &|_| true, found);
}

/// The templates that decide which files and images a source deploys. An image that is a template is a
/// finding by itself.
///
/// `go`: without Go's templates, what remains in values is a text for other readers.
pub(super) fn deciding<'a>(source: &Source<'a>, go: bool, found: &mut Vec<&'a Node>) {
    if source.chart.is_none() {
        found.extend(source.path.filter(|path| is_template(path)));
    }
    for key in ["include", "exclude"] {
        found.extend(source.node.at(&["directory", key]).filter(|glob| is_template(glob)));
    }
    if let Some(helm) = source.helm {
        found.extend(helm.list("valueFiles").iter().filter(|file| is_template(file)));
        let parameters = helm.list("parameters").iter().filter_map(|parameter| parameter.get("name"));
        let files = helm.list("fileParameters").iter();
        let files = files.flat_map(|file| [file.get("name"), file.get("path")]).flatten();
        found.extend(parameters.chain(files).filter(|name| is_template(name)));
        found.extend(helm.get("values").filter(|values| go && is_template(values) && is_open(values)));
    }
    if let Some(kustomize) = source.kustomize {
        found.extend(kustomize.list("components").iter().filter(|folder| is_template(folder)));
        let patches = kustomize.list("patches").iter().filter_map(|patch| patch.get("path"));
        found.extend(patches.filter(|path| is_template(path)));
    }
    search(source.node, (0, &mut MAX_NODES.clone()), &|is_key| is_key, found);
}

/// True if values in a string cannot be read before a template is evaluated, or if it makes their keys.
fn is_open(values: &Node) -> bool {
    let mut is_open = false;
    yaml::within(values, |document| match document {
        Ok(root) => {
            let mut keys = Vec::new();
            search(&root, (0, &mut MAX_NODES.clone()), &|is_key| is_key, &mut keys);
            is_open |= !keys.is_empty();
        }
        Err(_) => is_open = true,
    });
    is_open
}

fn is_template(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.contains("{{"))
}

/// Searches a tree for the first template. A part beyond a limit may be one. `counts`: of keys and of values.
fn search<'a>(
    node: &'a Node,
    (depth, fuel): (usize, &mut usize),
    counts: &dyn Fn(bool) -> bool,
    found: &mut Vec<&'a Node>,
) {
    if !found.is_empty() {
        return;
    }
    let left = fuel.checked_sub(1).filter(|_| depth <= MAX_DEPTH);
    *fuel = left.unwrap_or_default();
    if left.is_none() || counts(false) && is_template(node) {
        return found.push(node);
    }
    for item in node.items() {
        search(item, (depth + 1, fuel), counts, found);
    }
    node.each_entry(|key, value| {
        if counts(true) && is_template(key) {
            found.push(key);
        }
        search(value, (depth + 1, fuel), counts, found);
    });
}
