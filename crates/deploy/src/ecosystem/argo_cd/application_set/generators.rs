//! Generators: what the Applications of a set are made for.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/>.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::tree::Tree;
use source::{RepoPath, SourceFile};
use yaml::{self, Node};

use crate::ecosystem::argo_cd::application_set::glob::{fixed, matches};
use crate::ecosystem::argo_cd::application_set::parameters::Parameters;

/// Most Applications of a set that are looked at.
pub(crate) const MAX_APPLICATIONS: usize = 300;
/// Deepest nesting of generators; Argo CD allows less.
const MAX_DEPTH: usize = 4;
/// Most files and folders that the generators of one set look at.
const MAX_LOOKS: usize = 2_000_000;

/// Evaluates the generators of one set.
pub(crate) struct Generators<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) go: bool,
    /// What more may be looked at.
    pub(crate) fuel: usize,
}

impl<'a> Generators<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, go: bool) -> Self {
        Self { tree, go, fuel: MAX_LOOKS }
    }

    /// The parameters of the Applications that a generator makes: one more than are looked at, where there are
    /// more.
    pub(crate) fn all(&mut self, generator: &Node, depth: usize) -> Vec<Parameters> {
        let Some((key, node)) = kind(generator).filter(|_| depth < MAX_DEPTH) else {
            return vec![open(generator, generator)];
        };
        let mut all = match key.scalar() {
            Some("list") if node.get("elements").is_some() => list(node),
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
        node.get("generators").map(Node::items).unwrap_or_default().iter().take(MAX_DEPTH).collect()
    }

    /// All of one with all of the other, which may speak of the parameters of the one.
    fn matrix(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let children = Self::children(node);
        let [one, other] = children.as_slice() else { return vec![open(key, node)] };
        let mut all = Vec::new();
        for first in self.all(one, depth + 1) {
            let other = first.put_into(other, self.go);
            all.extend(self.all(&other, depth + 1).iter().map(|second| first.and(second)));
            if all.len() > MAX_APPLICATIONS {
                break;
            }
        }
        all
    }

    /// Those of the first, and over them what others say of the same keys.
    fn merge(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let keys: Vec<&str> = node
            .get("mergeKeys")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::scalar)
            .collect();
        let same = |a: &Parameters, b: &Parameters| {
            let of = |of: &Parameters, key: &str| of.known.get(key).and_then(Node::scalar).map(str::to_owned);
            keys.iter().all(|key| of(a, key).is_some() && of(a, key) == of(b, key))
        };
        let mut all: Option<Vec<Parameters>> = None;
        for child in Self::children(node) {
            let these = self.all(child, depth + 1);
            // What is not known here may take the place of anything.
            if these.iter().any(|parameters| parameters.open.is_some()) || keys.is_empty() {
                return vec![open(key, node)];
            }
            let Some(all) = &mut all else {
                all = Some(these);
                continue;
            };
            for parameters in all {
                if let Some(over) = these.iter().find(|over| same(parameters, over)) {
                    *parameters = parameters.and(over);
                }
            }
        }
        all.unwrap_or_default()
    }

    fn git(&mut self, key: &Node, node: &Node) -> Vec<Parameters> {
        let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let prefix =
            node.get("pathParamPrefix").and_then(Node::text).map_or(String::new(), |it| format!("{it}."));
        let mut all = Vec::new();
        for (folder, at) in self.matching(items("directories"), false) {
            let mut parameters = Parameters::default();
            self.path(&mut parameters, &prefix, &folder, &at);
            all.push(parameters);
        }
        for (path, at) in self.matching(items("files"), true) {
            for mut parameters in self.contents(&path) {
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
        // Nothing here: it looks at another repository, or at another branch.
        if all.is_empty() { vec![open(key, node)] } else { all }
    }

    /// The folders, or the files, that globs match, each with the glob.
    fn matching(&mut self, globs: &[Node], files: bool) -> Vec<(RepoPath, Node)> {
        let leaves_out = |glob: &&Node| glob.get("exclude").and_then(Node::scalar) == Some("true");
        let text = |glob: &Node| glob.get("path").and_then(Node::text).map(str::to_owned);
        let excluded: Vec<String> = globs.iter().filter(leaves_out).filter_map(text).collect();
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        for glob in globs.iter().filter(|glob| !leaves_out(glob)) {
            let Some(at) = glob.get("path") else { continue };
            let Some(pattern) = at.text().map(str::to_owned) else { continue };
            let depth = pattern.split('/').count();
            for path in self.tree.files_below(&RepoPath::new(fixed(&pattern))) {
                let Some(fuel) = self.fuel.checked_sub(1 + excluded.len()) else { return found };
                self.fuel = fuel;
                let path = if files { Some(path.clone()) } else { folder(path, depth) };
                let Some(path) = path.filter(|path| !seen.contains(path)) else { continue };
                let is = |pattern: &String| matches(pattern, path.as_str(), files);
                seen.insert(path.clone());
                if is(&pattern) && !excluded.iter().any(is) {
                    found.push((path, at.clone()));
                }
                if found.len() > MAX_APPLICATIONS {
                    return found;
                }
            }
        }
        found
    }

    /// What a git generator says of the place that it found.
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
        let of = |node: &Node| {
            let mut parameters = Parameters::default();
            parameters.add("", node);
            parameters
        };
        if root.is_mapping() {
            return vec![of(&root)];
        }
        root.items().iter().take(MAX_APPLICATIONS + 1).map(of).collect()
    }
}

/// The key and the value of what a generator is.
pub(crate) fn kind(generator: &Node) -> Option<(&Node, &Node)> {
    let mut found = None;
    generator.each_entry(|key, value| {
        if found.is_none() && key.scalar().is_some_and(|key| key != "selector" && key != "template") {
            found = Some((key, value));
        }
    });
    found
}

fn list(node: &Node) -> Vec<Parameters> {
    let elements = node.get("elements").map(Node::items).unwrap_or_default();
    let of = |element: &Node| {
        let mut parameters = Parameters::default();
        parameters.add("", element);
        parameters
    };
    elements.iter().take(MAX_APPLICATIONS + 1).map(of).collect()
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
            all.extend(key.scalar().map(|key| (format!("values.{key}"), value.clone())));
        });
    }
    all
}

/// Whether parameters are those that a selector of labels speaks of. What is not known may be any.
fn is_selected(selector: &Node, parameters: &Parameters) -> bool {
    let mut all = true;
    let has = |name: &str| parameters.known.get(name).and_then(Node::scalar);
    if let Some(labels) = selector.get("matchLabels") {
        labels.each_entry(|key, value| {
            let value_here = key.scalar().and_then(has);
            all &= value_here == value.scalar() || value_here.is_none() && parameters.open.is_some();
        });
    }
    for expression in selector.get("matchExpressions").map(Node::items).unwrap_or_default() {
        let Some(here) = expression.get("key").and_then(Node::scalar).map(has) else { continue };
        if here.is_none() && parameters.open.is_some() {
            continue;
        }
        let values = expression.get("values").map(Node::items).unwrap_or_default();
        let within = here.is_some_and(|here| values.iter().any(|value| value.scalar() == Some(here)));
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

/// The folder of so many parts that a file is in; none that is hidden, for Argo CD goes into none.
fn folder(file: &RepoPath, depth: usize) -> Option<RepoPath> {
    let parts: Vec<&str> = file.as_str().split('/').collect();
    let parts = parts.get(..depth).filter(|_| depth < parts.len())?;
    parts.iter().all(|part| !part.starts_with('.')).then(|| RepoPath::new(&parts.join("/")))
}

/// A name as Argo CD makes it fit for a resource.
fn normalized(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' };
    let name: String = name.to_lowercase().chars().map(fit).take(253).collect();
    name.trim_matches(['-', '.']).to_owned()
}
