//! Building a root: the resources of a kustomization and of the kustomizations that it includes, with its
//! changes applied. Nothing is fetched and no plug-in runs; resources that are missing for this reason are
//! reported.

use std::collections::HashSet;
use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::Node;

use super::built::Built;
use super::charts;
use super::check;
use super::entry::{is_inline, is_remote};
use super::fields::FieldSpec;
use super::generate;
use super::images::Entry;
use super::item::Item;
use super::layer::Layer;
use super::model::schema::{CONFIGURATION, GENERATOR, TRANSFORMER};
use super::model::{
    Configuration, Generated, GeneratedKind, HelmChart, Kustomization, Transformer, canonical,
};
use super::problem::{broken, exceeded, not_checked, unparsed};
use super::transform;
use super::vars;
use super::work::Work;
use crate::document::{Document, Role, is_kustomization_file};
use crate::engine::file;
use crate::engine::part::Part;
use crate::engine::path::escapes;
use crate::engine::schemas::Documents;
use crate::engine::tree::Tree;

/// Maximum nesting of kustomizations.
const MAX_DEPTH: usize = 64;
/// The API version of the configuration of kustomize's own plug-ins.
const BUILTIN: &str = "builtin";

/// The files and folders on the path to a resource, if a root is built only for this resource.
pub(crate) type Only<'a> = Option<&'a HashSet<RepoPath>>;

/// Builds a root.
pub(crate) fn build(tree: &Tree<'_>, layer: &Layer, only: Only<'_>) -> Built {
    let mut builder = Builder { work: Work::new(tree), only, stack: Vec::new(), is_in_plugins: false };
    // A component that no kustomization includes changes unknown resources.
    let is_altered = layer.kustomization().is_component();
    let mut built = builder.layer(layer, Built { is_altered, ..Built::default() });
    vars::resolve(&mut built);
    check::restrictions(layer, &mut built);
    check::changed_schemas(&mut built);
    built
}

struct Builder<'a, 't> {
    work: Work<'a, 't>,
    only: Only<'t>,
    stack: Vec<RepoPath>,
    /// True if the resources are the configuration of plug-ins, which name other files.
    is_in_plugins: bool,
}

impl Builder<'_, '_> {
    /// Adds the resources of a kustomization to the given ones, and changes all of them: a component is given
    /// those of its parent, a base none.
    fn layer(&mut self, layer: &Layer, mut built: Built) -> Built {
        self.stack.push(layer.folder.clone());
        let folder = &layer.folder;
        let kustomization = layer.kustomization();
        let given = built.items.len();
        check::files(self.work.tree, layer, &kustomization, &mut built);
        for entry in &kustomization.resources {
            self.resource(folder, entry, &mut built);
        }
        if layer.written().is_some() {
            check::identities(&mut built, given);
        }
        self.configurations(folder, &kustomization, &mut built);
        check::other_files(self.work.tree, folder, &kustomization, &mut built);
        self.generate(folder, &kustomization, &mut built);
        for entry in &kustomization.components {
            self.component(folder, entry, &mut built);
        }
        let entries = transform::transform(&mut self.work, folder, &kustomization, &mut built);
        add_kustomizations(layer, entries, &mut built);
        self.transformers(folder, &kustomization, &mut built);
        self.plugins(folder, &kustomization.validators, &mut built);
        vars::ambiguous(&kustomization.vars, &mut built);
        built.add_vars(kustomization.vars);
        self.stack.pop();
        built
    }

    /// True if resources are recorded without reading them.
    fn is_traced(&self) -> bool {
        self.work.tree.is_tracing() && !self.is_in_plugins
    }

    /// Adds a resource: a file, a folder with a kustomization, or a remote resource.
    fn resource(&mut self, folder: &RepoPath, entry: &Node, built: &mut Built) {
        let Some(named) = entry.text() else { return };
        if escapes(folder, named) {
            let message = format!("{named} lies outside of the repository; the rest of this root is checked");
            return built.problems.push(broken(entry, message));
        }
        let path = folder.join(named);
        if self.only.is_some_and(|only| !only.contains(&path)) {
            return;
        }
        if self.is_file(&path) {
            if check::is_outside(self.work.tree, folder, &path) {
                built.outside.push(entry.clone());
            }
            return self.add_file(&path, entry, built);
        }
        match self.work.tree.kustomization(&path) {
            Some(own) => {
                let layer = Layer { folder: path, sources: vec![own] };
                check::kind(&layer, entry, false, built);
                if let Some(base) = self.below(&layer, entry, Built::default(), built) {
                    built.add_base(base, entry);
                }
            }
            None if is_remote(named) => built.add_remote(entry),
            None if self.work.tree.has_folder(&path) => {
                let message = format!("{path} has no kustomization.yaml; the rest of this root is checked");
                built.problems.push(broken(entry, message));
            }
            None => self.work.absent(entry, &path, built),
        }
    }

    /// True if a resource is a file. Files on the path to a deployer that is built are known to exist.
    fn is_file(&self, path: &RepoPath) -> bool {
        let tree = self.work.tree;
        if self.is_making() { tree.apart(|| tree.has_file(path)).0 } else { tree.has_file(path) }
    }

    /// True if deployers are built, each of which depends only on its own file.
    fn is_making(&self) -> bool {
        self.only.is_some() && self.work.tree.is_making()
    }

    fn component(&mut self, folder: &RepoPath, entry: &Node, built: &mut Built) {
        let Some(named) = entry.text() else { return };
        let path = folder.join(named);
        match self.work.tree.kustomization(&path) {
            Some(own) => {
                let given = Built { problems: Vec::new(), ..built.clone() };
                let layer = Layer { folder: path, sources: vec![own] };
                check::kind(&layer, entry, true, built);
                if let Some(mut all) = self.below(&layer, entry, given, built) {
                    built.problems.append(&mut all.problems);
                    all.problems = std::mem::take(&mut built.problems);
                    *built = all;
                }
            }
            None if is_remote(named) => built.add_remote(entry),
            None => self.work.absent(entry, &path, built),
        }
    }

    /// Builds a kustomization that another one names; `None` if it would not terminate.
    fn below(&mut self, layer: &Layer, entry: &Node, given: Built, built: &mut Built) -> Option<Built> {
        if !check::circles(&self.stack, &layer.folder, entry, built) {
            return None;
        }
        if self.stack.len() >= MAX_DEPTH {
            let message =
                format!("kustomizations nest deeper than {MAX_DEPTH} levels here; the rest is checked");
            built.problems.push(exceeded(entry, message));
            return None;
        }
        let tree = self.work.tree;
        if self.is_traced() {
            tree.included(&layer.folder);
            return None;
        }
        if given.items.is_empty() && self.only.is_none() && tree.is_shared(&layer.folder) {
            let done = tree.built(&layer.folder, || self.layer(layer, given));
            return Some(done.0.clone());
        }
        Some(tree.below(&layer.folder, || self.layer(layer, given)))
    }

    fn add_file(&self, path: &RepoPath, entry: &Node, built: &mut Built) {
        if self.is_traced() {
            return self.work.tree.resources(path);
        }
        let tree = self.work.tree;
        if self.is_making() {
            for document in tree.deployers_in(path) {
                built.add(document.clone());
            }
            return;
        }
        let file = match file::read(tree, path) {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(problem) => return built.problems.push(problem),
        };
        // A patch may make another resource of a schema.
        let documents = Documents::of(&file);
        let (heads, whole) = documents.heads();
        for head in heads {
            built.add_head(head, path);
        }
        for document in whole {
            file::document(&file, document, &mut |part| built.add_part(part));
        }
        // Flux generates a kustomization that consists only of resources.
        let is_checked = is_kustomization_file(entry.site().file.path());
        for part in resources(&file, &documents, is_checked) {
            built.add_part(part);
        }
    }

    /// Notes the fields that `configurations` add.
    fn configurations(&self, folder: &RepoPath, kustomization: &Kustomization, built: &mut Built) {
        for entry in &kustomization.configurations {
            let Some(named) = entry.text() else { continue };
            for document in self.work.documents(folder, entry, named, built) {
                built.problems.extend(check::configuration(&document));
                let document = canonical(&document, &CONFIGURATION);
                built.problems.extend(check::configured(&document));
                built.pair_fields.extend(check::other_pair_fields(&document));
                let configuration = Configuration::read(&document);
                FieldSpec::merge(&mut built.image_fields, FieldSpec::read(&configuration.images));
                FieldSpec::merge(&mut built.var_fields, FieldSpec::read(&configuration.var_references));
            }
        }
    }

    /// Adds the objects that a kustomization generates.
    fn generate(&mut self, folder: &RepoPath, kustomization: &Kustomization, built: &mut Built) {
        let tree = self.work.tree;
        for entry in &kustomization.config_maps {
            generate::generate(tree, folder, GeneratedKind::ConfigMap, entry, built);
        }
        for entry in &kustomization.secrets {
            generate::generate(tree, folder, GeneratedKind::Secret, entry, built);
        }
        charts::add(&self.work, folder, kustomization, built);
        for (entry, plugin) in self.plugins(folder, &kustomization.generators, built) {
            self.generator(folder, &entry, plugin, built);
        }
    }

    /// Runs a generator that is configured as a resource: built-in ones are run, programs are not.
    fn generator(&self, folder: &RepoPath, entry: &Node, plugin: Item, built: &mut Built) {
        let (root, resource) = plugin.into_parts();
        let root = canonical(&root, &GENERATOR);
        let kind = resource.kind.as_str();
        if resource.api_version != BUILTIN {
            built.is_open = true;
            let message = format!("the generator {kind} is not run, so images in its result are not checked");
            return built.problems.push(not_checked(entry, format!("generator {kind}"), message, None));
        }
        let (tree, generated) = (self.work.tree, Generated::read_resource(&root));
        match kind {
            "HelmChartInflationGenerator" => {
                charts::add_one(&self.work, folder, None, &HelmChart::read(&root), built);
            }
            "ConfigMapGenerator" => {
                generate::generate(tree, folder, GeneratedKind::ConfigMap, &generated, built);
            }
            "SecretGenerator" => generate::generate(tree, folder, GeneratedKind::Secret, &generated, built),
            _ => built.problems.extend(check::builtin(kind, "Generator", entry)),
        }
    }

    /// Runs transformers that are configured as resources: built-in ones are run, programs are not.
    fn transformers(&mut self, folder: &RepoPath, kustomization: &Kustomization, built: &mut Built) {
        for (entry, plugin) in self.plugins(folder, &kustomization.transformers, built) {
            let (root, resource) = plugin.into_parts();
            let kind = &resource.kind;
            if resource.api_version == BUILTIN {
                built.problems.extend(check::builtin(kind, "Transformer", &entry));
                let root = canonical(&root, &TRANSFORMER);
                built.problems.extend(check::transformer(kind, &root));
                let transformer = Transformer::read(kind, &root);
                transform::run(&mut self.work, folder, &transformer, built);
                continue;
            }
            built.is_altered = true;
            let message = format!("the transformer {kind} is not run, so its changes are not checked");
            built.problems.push(not_checked(&entry, format!("transformer {kind}"), message, None));
        }
    }

    /// The configurations of plug-ins that entries contain or name, each with its entry.
    fn plugins(&mut self, folder: &RepoPath, entries: &[Node], built: &mut Built) -> Vec<(Node, Item)> {
        let (mut configured, mut owners) = (Built::default(), Vec::new());
        let is_outermost = !std::mem::replace(&mut self.is_in_plugins, true);
        for entry in entries {
            match entry.text() {
                Some(text) if is_inline(text) => add_inline(entry, &mut configured),
                _ => self.resource(folder, entry, &mut configured),
            }
            owners.resize(configured.items.len(), entry.clone());
        }
        self.is_in_plugins = !is_outermost;
        check::identities(&mut configured, 0);
        built.problems.append(&mut configured.problems);
        built.outside.append(&mut configured.outside);
        owners.into_iter().zip(configured.items).collect()
    }
}

/// The documents of a file, and the faults for which kustomize refuses it.
fn resources(file: &Arc<SourceFile>, documents: &Documents<'_>, is_checked: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut refused = Vec::new();
    documents.each_other_and_repeated_key(
        |document| parts.push(document),
        |key| refused.push(Part::Problem(check::repeated_key(key))),
    );
    let mut all = Vec::new();
    for document in parts {
        if let Ok(root) = &document
            && is_checked
        {
            all.extend(check::resource(root).map(Part::Problem));
        }
        file::document(file, document, &mut |part| all.push(part));
    }
    all.extend(refused);
    all
}

/// Adds the resources that are written inline in an entry.
fn add_inline(entry: &Node, built: &mut Built) {
    yaml::within(entry, |document| match document {
        // The file that contains them is a kustomization; they are not.
        Ok(root) => built.add(Document::new(Arc::new(root), Role::Other)),
        Err(error) => built.problems.push(unparsed(entry, &error)),
    });
}

/// Adds the documents of a kustomization and of its deployer, with the `images` that are judged as written:
/// kustomize refuses them, or they change resources that are not in the repository.
fn add_kustomizations(layer: &Layer, entries: Vec<Entry>, built: &mut Built) {
    let mut judged = Vec::new();
    for entry in entries {
        if entry.refused || built.is_open && !entry.used && entry.is_complete() {
            judged.push(entry.node);
        }
    }
    for source in &layer.sources {
        let mut images = Vec::new();
        for entry in &judged {
            if entry.site().file.path() == source.site().file.path() {
                images.push(entry.clone());
            }
        }
        let root = Kustomization::with_images(source, images);
        built.kustomizations.push(Document::new(root, Role::Kustomization));
    }
}
