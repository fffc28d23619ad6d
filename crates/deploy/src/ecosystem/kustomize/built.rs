//! The result of a kustomization.

use std::sync::Arc;

use model::{FileProblem, Resource};
use source::RepoPath;
use yaml::Node;

use super::fields::FieldSpec;
use super::item::{Extent, Item};
use super::model::Var;
use super::problem::{broken, exceeded, not_checked};
use crate::document;
use crate::document::{Document, LocalChart, Role};
use crate::engine::part::Part;

/// Maximum number of resources of one root: bases that include bases twice double.
pub(super) const MAX_ITEMS: usize = 100_000;

/// The resources of a kustomization, with the facts that kustomizations above it need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Built {
    pub(super) items: Vec<Item>,
    /// The fields of images that `configurations` add, for the kustomizations above too.
    pub(super) image_fields: Vec<FieldSpec>,
    /// The image fields that separate transformers change; kustomizations above do not change them.
    pub(super) transformed_fields: Vec<FieldSpec>,
    /// The fields that `configurations` add for labels or annotations and that are not those of labels and annotations.
    pub(super) pair_fields: Vec<Node>,
    /// The fields in which `vars` are replaced.
    pub(super) var_fields: Vec<FieldSpec>,
    pub(super) vars: Vec<Var>,
    /// The kustomizations themselves, with the `images` that are judged as written.
    pub(super) kustomizations: Vec<Document>,
    /// Charts that kustomize renders, each as a separate kustomization.
    pub(super) charts: Vec<BuiltChart>,
    /// True if some resources are remote or made by a program, so that there may be more.
    pub(super) is_open: bool,
    /// True if an unknown transformer may have changed the resources.
    pub(super) is_altered: bool,
    /// True if the excess of resources has been reported.
    pub(super) is_full: bool,
    pub(super) problems: Vec<FileProblem>,
    /// Files outside of the folder of the kustomization that names them, each with its entry.
    pub(super) outside: Vec<Node>,
}

/// A chart that kustomize renders.
#[derive(Clone, Debug)]
pub(super) struct BuiltChart {
    /// A kustomization with this chart alone.
    pub(super) root: Arc<Node>,
    /// Its folder in the repository.
    pub(super) local: Option<RepoPath>,
    /// The layers over its own values, the lowest first.
    pub(super) layers: Vec<Arc<Node>>,
    /// The entries of `images` that change its rendered result.
    pub(super) images: Vec<Node>,
    /// The patches that change its rendered result.
    pub(super) patches: Vec<Arc<Node>>,
    /// Set if its rendered result is among the resources; true if there may be more.
    pub(super) rendered: Option<bool>,
}

impl BuiltChart {
    /// The document that names it.
    pub(super) fn document(self) -> Document {
        let mut document = Document::new(self.root, Role::Kustomization);
        let beside = &mut document.beside;
        beside.images_over = self.images;
        beside.patches_over = self.patches;
        beside.layers.push((0, self.layers));
        let local = self.local.map(|folder| LocalChart { at: 0, folder, replaces_defaults: false });
        beside.local.extend(local);
        match self.rendered {
            Some(true) => beside.open.push(0),
            Some(false) => beside.rendered.push(0),
            None => {}
        }
        document
    }
}

impl Built {
    /// The documents and the problems.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = Part> + use<> {
        let mut parts: Vec<Part> = self.kustomizations.into_iter().map(Part::Document).collect();
        for chart in self.charts {
            parts.push(Part::Document(chart.document()));
        }
        for item in self.items {
            if is_local(&item) {
                continue;
            }
            let mut images = FieldSpec::paths_in(&self.image_fields, &item);
            images.extend(FieldSpec::paths_in(&self.transformed_fields, &item));
            let archive = item.archive().cloned();
            let (root, resource) = item.into_parts();
            let mut document = Document::new(root, document::role_of(resource));
            document.beside.images = images;
            document.beside.archive = archive;
            parts.push(Part::Document(document));
        }
        parts.extend(self.problems.into_iter().map(Part::Problem));
        parts.into_iter()
    }

    /// Adds the result of a base that `entry` names.
    pub(super) fn add_base(&mut self, base: Self, entry: &Node) {
        self.is_open |= base.is_open;
        self.is_altered |= base.is_altered;
        self.pair_fields.extend(base.pair_fields);
        FieldSpec::merge(&mut self.image_fields, base.image_fields);
        FieldSpec::merge(&mut self.transformed_fields, base.transformed_fields);
        FieldSpec::merge(&mut self.var_fields, base.var_fields);
        self.problems.extend(base.problems);
        self.outside.extend(base.outside);
        self.kustomizations.extend(base.kustomizations);
        self.charts.extend(base.charts);
        self.add_vars(base.vars);
        let room = MAX_ITEMS.saturating_sub(self.items.len());
        if base.items.len() > room {
            self.full(entry);
        }
        self.items.extend(base.items.into_iter().take(room));
    }

    /// Adds a resource, even if it deploys nothing: patches may name it.
    pub(super) fn add(&mut self, document: Document) {
        let resource = document::resource(&document).or_else(|| without_version(&document));
        let Some(resource) = resource else { return };
        if self.items.len() >= MAX_ITEMS {
            return self.full(&document.root);
        }
        self.items.push(Item::of_chart(document.root, resource, document.beside.archive));
    }

    /// Adds a resource, or the problem of a part that cannot be read.
    pub(super) fn add_part(&mut self, part: Part) {
        match part {
            Part::Document(document) => self.add(document),
            Part::Problem(problem) => self.problems.push(problem),
        }
    }

    /// Adds a schema of which only these fields are parsed.
    pub(super) fn add_head(&mut self, head: Node, path: &RepoPath) {
        let before = self.items.len();
        let (documents, _) = Document::classify(head, path);
        for document in documents {
            self.add(document);
        }
        for item in self.items.iter_mut().skip(before) {
            item.known(Extent::Head);
        }
    }

    /// Reports once that a resource is left out.
    pub(super) fn full(&mut self, at: &Node) {
        if !std::mem::replace(&mut self.is_full, true) {
            let message =
                format!("this root has more than {MAX_ITEMS} resources; the others are not checked");
            self.problems.push(exceeded(at, message));
        }
    }

    pub(super) fn add_vars(&mut self, vars: Vec<Var>) {
        for var in vars {
            if self.vars.iter().any(|other| other.name == var.name) {
                let message = format!("there is another variable {} in this root", var.name);
                self.problems.push(broken(&var.node, message));
                continue;
            }
            self.vars.push(var);
        }
    }

    /// Notes that an entry names a remote resource.
    pub(super) fn add_remote(&mut self, entry: &Node) {
        self.is_open = true;
        let message = "remote bases are not fetched, so the images in them are not checked".to_owned();
        let help = "render it and check the result: kustomize build … | pullable check -";
        self.problems.push(not_checked(entry, "remote-base".to_owned(), message, Some(help)));
    }

    /// The work of one pass over all resources.
    pub(super) fn size(&self) -> usize {
        let mut size = 0;
        for item in &self.items {
            size += 1 + item.resource().name.as_ref().map_or(0, String::len) / 64;
        }
        size
    }
}

/// A resource without an API version, which kustomize accepts.
fn without_version(document: &Document) -> Option<Resource> {
    let text = |path: &[&str]| document.root.at(path).and_then(Node::scalar).map(str::to_owned);
    Some(Resource {
        api_version: String::new(),
        kind: text(&["kind"]).filter(|_| document.role == Role::Values)?,
        namespace: text(&["metadata", "namespace"]),
        name: Some(text(&["metadata", "name"])?),
    })
}

/// True if only kustomize uses a resource.
fn is_local(item: &Item) -> bool {
    item.metadata("annotations", "config.kubernetes.io/local-config").is_some_and(|value| value != "false")
}
