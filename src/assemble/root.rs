//! Roots: kustomizations that no other includes, and the folders that Flux and Argo CD deploy.

use std::sync::Arc;

use crate::text::RepoPath;
use crate::yaml::Node;

use super::document::Document;
use super::kustomize::{self, Layer};
use super::substitute::{Variables, substituted};
use super::{Part, Tree, Unit, is_candidate};

/// A root.
#[derive(Clone, Debug)]
pub(super) struct Root {
    id: RepoPath,
    /// The folder that it deploys.
    pub(super) folder: RepoPath,
    deployer: Option<Deployer>,
}

/// What deploys a folder, besides kustomize itself.
#[derive(Clone, Debug)]
struct Deployer {
    document: Document,
    /// What it adds to the kustomization of the folder.
    layer: Arc<Node>,
}

impl Root {
    /// A kustomization that nothing names.
    pub(super) fn bare(folder: RepoPath) -> Self {
        Self { id: folder.clone(), folder, deployer: None }
    }

    /// The roots that a resource makes; none for one that deploys from elsewhere.
    pub(super) fn of(document: &Document) -> Vec<Self> {
        let Some(spec) = document.root.get("spec") else { return Vec::new() };
        if document.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            let path = spec.get("path").and_then(Node::text).unwrap_or_default().trim_start_matches('/');
            if path.contains('$') || kustomize::escapes(&RepoPath::default(), path) {
                return Vec::new();
            }
            let folder = RepoPath::new(path);
            // The whole of a source is rarely the whole of this repository.
            let source = spec.at(&["sourceRef", "name"]).and_then(Node::scalar);
            if folder.as_str().is_empty() && source != Some("flux-system") {
                return Vec::new();
            }
            let deployer = Deployer { document: document.clone(), layer: Arc::new(spec.clone()) };
            return vec![Self { id: folder.clone(), folder, deployer: Some(deployer) }];
        }
        Vec::new()
    }

    /// The name of what deploys it.
    pub(super) fn name(&self) -> Option<&str> {
        self.deployer.as_ref()?.document.resource()?.name.as_deref()
    }

    pub(super) fn name_in_full(&mut self) {
        if let Some(name) = self.name() {
            self.id = RepoPath::new(&format!("{} ({name})", self.id));
        }
    }

    /// The config maps that it takes variables from.
    pub(super) fn substitutes_from(&self) -> impl Iterator<Item = &str> {
        let sources = self.deployer.iter().flat_map(Deployer::sources);
        sources.filter(|source| !is_secret(source)).filter_map(|source| source.get("name")?.scalar())
    }

    fn layer(&self, tree: &Tree<'_>) -> Layer {
        let own = tree
            .kustomization(&self.folder)
            .or_else(|| Some(generated(tree, &self.folder, self.deployer.as_ref()?)));
        let added = self.deployer.as_ref().map(|deployer| Arc::clone(&deployer.layer));
        Layer { folder: self.folder.clone(), sources: own.into_iter().chain(added).collect() }
    }
}

impl Deployer {
    fn sources(&self) -> &[Node] {
        self.layer.at(&["postBuild", "substituteFrom"]).map(Node::items).unwrap_or_default()
    }

    /// The variables that are put in after the build; `None` where there is no substitution.
    fn variables(&self, tree: &Tree<'_>) -> Option<Variables> {
        let post_build = self.layer.get("postBuild")?;
        let mut variables = Variables::default();
        for source in self.sources() {
            let name = source.get("name").and_then(Node::scalar).unwrap_or_default();
            let near = self.document.root.site().file.path().clone();
            match tree.config_map(name, &near).filter(|_| !is_secret(source)) {
                Some(map) => variables.known.extend(map.data),
                // It may stand in the cluster alone.
                None => variables.open = true,
            }
        }
        if let Some(own) = post_build.get("substitute") {
            own.each_entry(|key, value| {
                _ = key.scalar().map(|key| variables.known.insert(key.to_owned(), value.clone()));
            });
        }
        Some(variables)
    }
}

fn is_secret(source: &Node) -> bool {
    source.get("kind").and_then(Node::scalar) != Some("ConfigMap")
}

/// The kustomization that Flux makes of a folder without one: every manifest below, and every folder with a
/// kustomization as a whole.
fn generated(tree: &Tree<'_>, folder: &RepoPath, deployer: &Deployer) -> Arc<Node> {
    let mut resources: Vec<RepoPath> = Vec::new();
    for path in tree.index.files_below(folder).filter(|path| is_candidate(path)) {
        let mut folders: Vec<RepoPath> = path.ancestors().take_while(|above| above != folder).collect();
        folders.reverse();
        let kustomized = folders.into_iter().find(|above| tree.kustomization(above).is_some());
        resources.push(kustomized.unwrap_or_else(|| path.clone()));
    }
    resources.dedup();
    let at = deployer.document.root.at(&["spec", "path"]).unwrap_or(&deployer.document.root);
    let depth = folder.as_str().split('/').filter(|part| !part.is_empty()).count();
    let relative = |path: &RepoPath| path.as_str().split('/').skip(depth).collect::<Vec<_>>().join("/");
    let items = resources.iter().map(|path| Node::text_at(&relative(path), at)).collect();
    let list = Node::sequence_at(items, at);
    Arc::new(Node::mapping_at(vec![(Node::text_at("resources", at), list)], at))
}

impl Unit for Root {
    fn id(&self) -> &RepoPath {
        &self.id
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        let variables = self.deployer.as_ref().and_then(|deployer| deployer.variables(tree));
        for part in kustomize::build(tree, &self.layer(tree)).into_parts() {
            visit(match part {
                Part::Document(mut document) => {
                    let variables = variables.as_ref().filter(|_| document.resource().is_some());
                    if let Some(root) = variables.and_then(|known| substituted(&document.root, known)) {
                        document.root = root;
                    }
                    Part::Document(tree.linked(document))
                }
                problem @ Part::Problem(_) => problem,
            });
        }
    }
}
