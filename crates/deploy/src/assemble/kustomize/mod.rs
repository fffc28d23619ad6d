//! Kustomizations: what `kustomize build` makes of the resources of a root, with the place of every value.
//! Nothing is fetched and no plugin runs; what that leaves out is said.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>.

use std::collections::HashSet;
use std::sync::Arc;

use model::FileProblem;
use model::Rule;
use source::RepoPath;
use yaml::{self, Node};

use super::document::Document;
use super::file;
use super::path::escapes;
use super::tree::Tree;
use super::unit::Part;

mod budget;
mod fields;
mod generate;
mod images;
mod item;
mod json_patch;
mod merge;
mod patch;
mod path;
mod replacement;
mod selector;
mod transform;

use budget::Budget;
use fields::FieldSpec;
use item::Item;

/// Deepest nesting of kustomizations.
const MAX_DEPTH: usize = 64;
/// Most resources of one root: bases that include bases twice double.
const MAX_ITEMS: usize = 100_000;

/// What a kustomization of a folder says, and what a Flux Kustomization or an Argo CD Application adds.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) folder: RepoPath,
    /// The kustomization itself first.
    pub(super) sources: Vec<Arc<Node>>,
}

impl Layer {
    fn items(&self, key: &str) -> impl Iterator<Item = &Node> {
        self.nodes(key).flat_map(Node::items)
    }

    fn nodes(&self, key: &str) -> impl Iterator<Item = &Node> {
        self.sources.iter().filter_map(move |source| source.get(key))
    }

    /// The text of the first of these fields that has one; what is added goes before.
    fn text(&self, keys: &[&str]) -> Option<&Node> {
        let text = |source: &'_ &Arc<Node>, key: &&str| {
            source.get(key).and_then(Node::text).is_some_and(|text| !text.is_empty())
        };
        self.sources.iter().rev().find_map(|source| source.get(keys.iter().find(|key| text(&source, key))?))
    }
}

/// What a kustomization comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Built {
    items: Vec<Item>,
    /// The fields that `configurations` add, for the kustomizations above too.
    fields: Vec<FieldSpec>,
    /// The kustomizations themselves, with those of their `images` that have to be judged as written.
    kustomizations: Vec<Document>,
    /// Something of it stands elsewhere or is made by a program: there may be more resources.
    open: bool,
    problems: Vec<FileProblem>,
}

impl Built {
    /// Its documents, and what is to be said.
    pub(super) fn into_parts(self) -> impl Iterator<Item = Part> {
        let deployed = self.items.into_iter().filter(|item| !is_local(item));
        let items = deployed.map(|item| {
            let (root, resource) = item.into_parts();
            Document::new(root, super::document::role_of(resource))
        });
        let documents = self.kustomizations.into_iter().chain(items).map(Part::Document);
        documents.chain(self.problems.into_iter().map(Part::Problem))
    }

    fn merge(&mut self, base: Built, entry: &Node) {
        self.open |= base.open;
        FieldSpec::merge(&mut self.fields, base.fields);
        self.problems.extend(base.problems);
        self.kustomizations.extend(base.kustomizations);
        let room = MAX_ITEMS.saturating_sub(self.items.len());
        if base.items.len() > room {
            let message =
                format!("this root has more than {MAX_ITEMS} resources; the others are not checked");
            self.problems.push(problem(entry, message));
        }
        self.items.extend(base.items.into_iter().take(room));
    }

    /// Adds a resource; what deploys nothing too, for patches may speak of it.
    fn add(&mut self, document: Document) {
        if let Some(resource) = super::document::resource(&document)
            && self.items.len() < MAX_ITEMS
        {
            self.items.push(Item::new(document.root, resource));
        }
    }

    fn add_inline(&mut self, entry: &Node) {
        yaml::within(entry, |document| match document {
            Ok(root) => {
                let (documents, _) = Document::classify(root, entry.site().file.path());
                for document in documents {
                    self.add(document);
                }
            }
            Err(broken) => self.problems.push(problem(entry, broken.message)),
        });
    }

    fn remote(&mut self, entry: &Node) {
        self.open = true;
        self.problems.push(FileProblem {
            rule: Rule::NotChecked,
            path: entry.site().file.path().clone(),
            message: "remote bases are not fetched, so the images in them are not checked".to_owned(),
            help: Some("render it and check the result: kustomize build … | pullable check -".to_owned()),
            site: Some(entry.site()),
            about: 0,
        });
    }
}

/// Files and folders: of a root that is built for one of its resources, those on the way to it.
pub(super) type Only<'a> = Option<&'a HashSet<RepoPath>>;

/// Builds a root.
pub(super) fn build(tree: &Tree<'_>, layer: &Layer, only: Only<'_>) -> Built {
    Builder { tree, only, stack: Vec::new(), budget: Budget::default(), is_spent: false }
        .layer(layer, Built::default())
}

struct Builder<'a, 't> {
    tree: &'t Tree<'a>,
    only: Only<'t>,
    stack: Vec<RepoPath>,
    budget: Budget,
    /// Whether it was said that the budget is spent.
    is_spent: bool,
}

impl Builder<'_, '_> {
    /// Adds what a kustomization has to what is there, and changes all of it: a component is given what its
    /// parent has, a base nothing.
    fn layer(&mut self, layer: &Layer, mut built: Built) -> Built {
        self.stack.push(layer.folder.clone());
        for entry in layer.items("resources").chain(layer.items("bases")) {
            self.resource(&layer.folder, entry, &mut built);
        }
        self.configurations(layer, &mut built);
        self.generate(layer, &mut built);
        for entry in layer.items("components") {
            self.component(&layer.folder, entry, &mut built);
        }
        built.open |= ["helmCharts", "helmChartInflationGenerator", "generators"]
            .iter()
            .any(|key| layer.items(key).next().is_some());
        self.transform(layer, &mut built);
        self.stack.pop();
        built
    }

    /// A resource: a file, a folder with a kustomization, or something elsewhere.
    fn resource(&mut self, folder: &RepoPath, entry: &Node, built: &mut Built) {
        let Some(named) = entry.text() else { return };
        if escapes(folder, named) {
            let message = format!("{named} lies outside of the repository; the rest of this root is checked");
            return built.problems.push(problem(entry, message));
        }
        let path = folder.join(named);
        if self.only.is_some_and(|only| !only.contains(&path)) {
            return;
        }
        if self.tree.has_file(&path) {
            return self.add_file(&path, built);
        }
        match self.tree.kustomization(&path) {
            Some(own) => {
                let layer = Layer { folder: path, sources: vec![own] };
                if let Some(base) = self.below(&layer, entry, Built::default(), built) {
                    built.merge(base, entry);
                }
            }
            None if is_remote(named) => built.remote(entry),
            None if self.tree.has_folder(&path) => {
                let message = format!("{path} has no kustomization.yaml; the rest of this root is checked");
                built.problems.push(problem(entry, message));
            }
            None => self.absent(entry, &path, built),
        }
    }

    fn component(&mut self, folder: &RepoPath, entry: &Node, built: &mut Built) {
        let Some(named) = entry.text() else { return };
        let path = folder.join(named);
        match self.tree.kustomization(&path) {
            Some(own) => {
                let given = Built { problems: Vec::new(), ..built.clone() };
                let layer = Layer { folder: path, sources: vec![own] };
                if let Some(mut all) = self.below(&layer, entry, given, built) {
                    built.problems.append(&mut all.problems);
                    all.problems = std::mem::take(&mut built.problems);
                    *built = all;
                }
            }
            None if is_remote(named) => built.remote(entry),
            None => self.absent(entry, &path, built),
        }
    }

    /// Builds a kustomization that another one names; `None` where that would not end.
    fn below(&mut self, layer: &Layer, entry: &Node, given: Built, built: &mut Built) -> Option<Built> {
        if self.stack.contains(&layer.folder) {
            let folder = &layer.folder;
            let message = format!("{folder} includes itself, by way of this entry; the rest is checked");
            built.problems.push(problem(entry, message));
            return None;
        }
        if self.stack.len() >= MAX_DEPTH {
            let message =
                format!("kustomizations nest deeper than {MAX_DEPTH} levels here; the rest is checked");
            built.problems.push(problem(entry, message));
            return None;
        }
        if self.tree.is_tracing() {
            self.tree.included(&layer.folder);
            return None;
        }
        if given.items.is_empty() && self.only.is_none() && self.tree.is_shared(&layer.folder) {
            let done = self.tree.built(&layer.folder, || self.layer(layer, given));
            return Some(done.0.clone());
        }
        Some(self.layer(layer, given))
    }

    fn add_file(&self, path: &RepoPath, built: &mut Built) {
        if self.tree.is_tracing() {
            return self.tree.part(path);
        }
        let file = match file::read(self.tree, path) {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(problem) => return built.problems.push(problem),
        };
        if file::is_schemas(file.text()) {
            return;
        }
        file::documents(&file, &mut |part| match part {
            Part::Document(document) => built.add(document),
            Part::Problem(problem) => built.problems.push(problem),
        });
    }

    fn absent(&self, entry: &Node, path: &RepoPath, built: &mut Built) {
        built.open = true;
        // Of files that were picked by hand the others may well be there.
        if !self.tree.is_whole() {
            return;
        }
        let message = format!("there is no {path}, and kustomize needs it; the rest is checked");
        built.problems.push(problem(entry, message));
    }
}

/// Whether a resource is for kustomize alone.
fn is_local(item: &Item) -> bool {
    item.metadata("annotations", "config.kubernetes.io/local-config").is_some_and(|value| value != "false")
}

fn problem(at: &Node, message: String) -> FileProblem {
    let site = at.site();
    let path = site.file.path().clone();
    FileProblem { rule: Rule::BrokenKustomization, path, message, help: None, site: Some(site), about: 0 }
}

/// Whether an entry is YAML itself and not the name of a file.
fn is_inline(entry: &str) -> bool {
    entry.contains('\n') || entry.contains(": ")
}

/// Whether an entry names something that has to be fetched.
pub(super) fn is_remote(entry: &str) -> bool {
    let host = entry.split('/').next().unwrap_or_default();
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.contains("?version=")
        || entry.starts_with("git@")
        || entry.contains(".git")
        || matches!(host, "github.com" | "gitlab.com" | "bitbucket.org")
}
