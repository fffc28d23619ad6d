//! Generators: the parameters of the Applications of a set.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/>.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::tree::Tree;
use source::{RepoPath, SourceFile};
use yaml::{self, Node};

use crate::ecosystem::argo_cd::application_set::glob::{fixed, matches};
use crate::ecosystem::argo_cd::application_set::parameters::Parameters;

/// Maximum number of Applications of a set that are evaluated.
pub(crate) const MAX_APPLICATIONS: usize = 300;
/// Maximum nesting of generators; Argo CD allows less.
const MAX_DEPTH: usize = 4;
/// Maximum number of files and folders that the generators of one set examine.
const MAX_LOOKS: usize = 2_000_000;

/// Evaluates the generators of one set.
pub(crate) struct Generators<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) go: bool,
    /// The number of files and folders that may still be examined.
    pub(crate) fuel: usize,
}

impl<'a> Generators<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, go: bool) -> Self {
        Self { tree, go, fuel: MAX_LOOKS }
    }

    /// The parameters of the Applications that a generator makes. If there are more than the limit, the list
    /// has one entry more than the limit.
    pub(crate) fn all(&mut self, generator: &Node, depth: usize) -> Vec<Parameters> {
        let Some((key, node)) = kind(generator).filter(|_| depth < MAX_DEPTH) else {
            return vec![open(generator, generator)];
        };
        let mut all = match key.scalar() {
            Some("list") => list(node).unwrap_or_else(|| vec![open(key, node)]),
            Some("git") => self.git(key, node),
            Some("matrix") => self.matrix(key, node, depth),
            Some("merge") => self.merge(key, node, depth),
            _ => vec![open(key, node)],
        };
        if let Some(selector) = generator.get("selector") {
            all.retain(|parameters| is_selected(selector, parameters));
        }
        all.truncate(MAX_APPLICATIONS + 1);
        all
    }

    fn children(node: &Node) -> Vec<&Node> {
        node.list("generators").iter().take(MAX_DEPTH).collect()
    }

    /// The matrix generator: each set of parameters of the first generator combined with each of the second,
    /// which may use the parameters of the first.
    fn matrix(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let children = Self::children(node);
        let [one, other] = children.as_slice() else { return vec![open(key, node)] };
        let mut all = Vec::new();
        for first in self.all(one, depth + 1) {
            let other = first.put_into(other, self.go);
            for second in self.all(&other, depth + 1) {
                all.push(first.and(&second));
            }
            if all.len() > MAX_APPLICATIONS {
                break;
            }
        }
        all
    }

    /// The merge generator: the parameters of the first generator, overridden by those of the others with the
    /// same keys.
    fn merge(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let keys: Vec<&str> = node.list("mergeKeys").iter().filter_map(Node::scalar).collect();
        let mut all: Option<Vec<Parameters>> = None;
        for child in Self::children(node) {
            let these = self.all(child, depth + 1);
            // Unknown parameters may override any parameter.
            if these.iter().any(|parameters| parameters.open.is_some()) || keys.is_empty() {
                return vec![open(key, node)];
            }
            let Some(all) = &mut all else {
                all = Some(these);
                continue;
            };
            for parameters in all {
                if let Some(over) = these.iter().find(|over| agree(&keys, parameters, over)) {
                    *parameters = parameters.and(over);
                }
            }
        }
        all.unwrap_or_default()
    }

    fn git(&mut self, key: &Node, node: &Node) -> Vec<Parameters> {
        let prefix = match node.get("pathParamPrefix").and_then(Node::text) {
            Some(prefix) => format!("{prefix}."),
            None => String::new(),
        };
        let url = node.get("repoURL").and_then(Node::scalar);
        let top = url.and_then(|url| self.tree.repository_folder(url)).cloned().unwrap_or_default();
        let mut all = Vec::new();
        for (folder, at) in self.matching(&top, node.list("directories"), false) {
            let mut parameters = Parameters::default();
            self.path(&mut parameters, &prefix, &folder, &at);
            all.push(parameters);
        }
        for (path, at) in self.matching(&top, node.list("files"), true) {
            for mut parameters in self.contents(&top.join(path.as_str())) {
                self.path(&mut parameters, &prefix, &path.parent(), &at);
                let name = path.file_name();
                let root = format!("{prefix}path.");
                parameters.add(&format!("{root}filename"), &Node::text_at(name, &at));
                parameters.add(&format!("{root}filenameNormalized"), &Node::text_at(&normalized(name), &at));
                all.push(parameters);
            }
        }
        for parameters in &mut all {
            for (name, value) in values(node) {
                let value = parameters.put_into(&value, self.go);
                parameters.add(&name, &value);
            }
        }
        // No match: the generator reads another repository or another branch.
        if all.is_empty() { vec![open(key, node)] } else { all }
    }

    /// The folders or files that globs match, each with the glob. Paths are relative to the root of the
    /// repository.
    fn matching(&mut self, top: &RepoPath, globs: &[Node], files: bool) -> Vec<(RepoPath, Node)> {
        let (mut included, mut excluded) = (Vec::new(), Vec::new());
        for glob in globs {
            let Some(at) = glob.get("path") else { continue };
            let Some(pattern) = at.text() else { continue };
            let is_excluded = glob.get("exclude").and_then(Node::scalar) == Some("true");
            if is_excluded { excluded.push(pattern) } else { included.push((pattern, at)) }
        }
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        for (pattern, at) in included {
            let depth = pattern.split('/').count();
            for file in self.tree.files_below(&top.join(fixed(pattern))) {
                let Some(file) = file.below(top) else { continue };
                let Some(fuel) = self.fuel.checked_sub(1 + excluded.len()) else { return found };
                self.fuel = fuel;
                let Some(path) = (if files { Some(file) } else { folder(&file, depth) }) else {
                    continue;
                };
                if !seen.insert(path.clone()) {
                    continue;
                }
                let is_excluded = excluded.iter().any(|pattern| matches(pattern, path.as_str(), files));
                if !is_excluded && matches(pattern, path.as_str(), files) {
                    found.push((path, at.clone()));
                }
                if found.len() > MAX_APPLICATIONS {
                    return found;
                }
            }
        }
        found
    }

    /// Adds the parameters of the path that a git generator found.
    fn path(&self, parameters: &mut Parameters, prefix: &str, folder: &RepoPath, at: &Node) {
        let mut add =
            |name: &str, text: &str| parameters.add(&format!("{prefix}{name}"), &Node::text_at(text, at));
        add(if self.go { "path.path" } else { "path" }, folder.as_str());
        add("path.basename", folder.file_name());
        add("path.basenameNormalized", &normalized(folder.file_name()));
        for (index, part) in folder.as_str().split('/').enumerate() {
            add(&format!("path.segments.{index}"), part);
            add(&format!("path[{index}]"), part);
        }
    }

    /// The parameters that a file of a git generator holds: one set, or a list of them.
    fn contents(&self, path: &RepoPath) -> Vec<Parameters> {
        let Ok(Some(bytes)) = self.tree.bytes(path, self.tree.limit(), false) else { return Vec::new() };
        let Ok(file) = SourceFile::decode(path.clone(), bytes) else { return Vec::new() };
        let mut first = None;
        yaml::each_document(&Arc::new(file), |document| {
            first = first.take().or(Some(document.ok()));
        });
        let Some(Some(root)) = first else { return Vec::new() };
        if root.is_mapping() {
            return vec![parameters_of(&root)];
        }
        root.items().iter().take(MAX_APPLICATIONS + 1).map(parameters_of).collect()
    }
}

/// The kind of a generator: its key, and its value.
pub(crate) fn kind(generator: &Node) -> Option<(&Node, &Node)> {
    let mut found = None;
    generator.each_entry(|key, value| {
        let is_option = matches!(key.scalar(), None | Some("selector" | "template"));
        if found.is_none() && !is_option {
            found = Some((key, value));
        }
    });
    found
}

/// The elements of a list, and those in a text; `None` if there is neither, or if the text is not known yet.
fn list(node: &Node) -> Option<Vec<Parameters>> {
    let mut elements = node.list("elements").to_vec();
    match node.get("elementsYaml") {
        Some(text) if text.scalar().is_some_and(|text| text.contains("{{")) => return None,
        Some(text) => yaml::within(text, |document| {
            elements.extend(document.iter().flat_map(Node::items).cloned());
        }),
        None => _ = node.get("elements")?,
    }
    Some(elements.iter().take(MAX_APPLICATIONS + 1).map(parameters_of).collect())
}

fn parameters_of(node: &Node) -> Parameters {
    let mut parameters = Parameters::default();
    parameters.add("", node);
    parameters
}

/// True if two sets of parameters have the same values of all keys.
fn agree(keys: &[&str], one: &Parameters, other: &Parameters) -> bool {
    for key in keys {
        let value = one.known.get(*key).and_then(Node::scalar);
        if value.is_none() || value != other.known.get(*key).and_then(Node::scalar) {
            return false;
        }
    }
    true
}

/// A generator that is not evaluated here, with the values that it gives to all of its Applications.
fn open(key: &Node, node: &Node) -> Parameters {
    let mut parameters = Parameters { open: Some(key.clone()), ..Parameters::default() };
    for (name, value) in values(node) {
        parameters.add(&name, &value);
    }
    parameters
}

fn values(node: &Node) -> Vec<(String, Node)> {
    let mut all = Vec::new();
    if let Some(values) = node.get("values") {
        values.each_entry(|key, value| {
            if let Some(key) = key.scalar() {
                all.push((format!("values.{key}"), value.clone()));
            }
        });
    }
    all
}

/// True if a selector of labels selects parameters. Unknown parameters may have any value.
fn is_selected(selector: &Node, parameters: &Parameters) -> bool {
    let mut all = true;
    let has = |name: &str| parameters.known.get(name).and_then(Node::scalar);
    if let Some(labels) = selector.get("matchLabels") {
        labels.each_entry(|key, value| {
            let value_here = key.scalar().and_then(has);
            all &= value_here == value.scalar() || value_here.is_none() && parameters.open.is_some();
        });
    }
    for expression in selector.list("matchExpressions") {
        let Some(here) = expression.get("key").and_then(Node::scalar).map(has) else { continue };
        if here.is_none() && parameters.open.is_some() {
            continue;
        }
        let values = expression.list("values").iter();
        let within = here.is_some() && values.map(Node::scalar).any(|value| value == here);
        all &= match expression.get("operator").and_then(Node::scalar) {
            Some("In") => within,
            Some("NotIn") => !within,
            Some("Exists") => here.is_some(),
            Some("DoesNotExist") => here.is_none(),
            _ => true,
        };
    }
    all
}

/// The folder with this number of path components that contains a file; `None` for a hidden one, which Argo
/// CD skips.
fn folder(file: &RepoPath, depth: usize) -> Option<RepoPath> {
    let parts: Vec<&str> = file.as_str().split('/').collect();
    let above = parts.get(..depth)?;
    if depth >= parts.len() || above.iter().any(|part| part.starts_with('.')) {
        return None;
    }
    Some(RepoPath::new(&above.join("/")))
}

/// A name in the form that Argo CD makes valid for a resource.
fn normalized(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' };
    let name: String = name.to_lowercase().chars().map(fit).take(253).collect();
    name.trim_matches(['-', '.']).to_owned()
}
