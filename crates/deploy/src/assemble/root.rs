//! Roots: kustomizations that no other includes, and the folders that Flux and Argo CD deploy.

use std::sync::Arc;

use model::FileProblem;
use model::Rule;
use source::RepoPath;
use yaml::Node;

use super::argo_cd::{self, Source, Which};
use super::document::Document;
use super::kustomize::{self, Layer, Only};
use super::substitute::{Variables, substituted};
use super::{Part, Tree, Unit, is_candidate};

/// A root.
#[derive(Clone, Debug)]
pub(super) struct Root {
    id: RepoPath,
    /// The folder that it deploys.
    pub(super) folder: RepoPath,
    /// Its number among the roots of its tree.
    pub(super) at: usize,
    pub(super) deployer: Option<Deployer>,
}

/// What deploys a folder, besides kustomize itself.
#[derive(Clone, Debug)]
pub(super) struct Deployer {
    /// The Flux Kustomization or the Argo CD Application.
    pub(super) document: Document,
    /// Of several sources of an Application this.
    which: Which,
    /// What it adds to the kustomization of the folder.
    pub(super) layer: Arc<Node>,
    /// The repository that the folder is in, where that is said by URL.
    pub(super) repository: Option<String>,
}

impl Root {
    /// A kustomization that nothing names.
    pub(super) fn bare(folder: RepoPath) -> Self {
        Self { id: folder.clone(), folder, at: 0, deployer: None }
    }

    fn deployed(folder: RepoPath, deployer: Deployer) -> Self {
        Self { id: folder.clone(), folder, at: 0, deployer: Some(deployer) }
    }

    /// The roots that a resource makes; none for one that deploys from elsewhere.
    pub(super) fn of(document: &Document) -> Vec<Self> {
        let Some(spec) = document.root.get("spec") else { return Vec::new() };
        if document.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            return Self::of_flux(document, spec).into_iter().collect();
        }
        if !document.is(argo_cd::GROUP, "Application") {
            return Vec::new();
        }
        let sources = argo_cd::sources(spec).into_iter().map(|Source { which, node, folder }| {
            let layer = node.get("kustomize").cloned().unwrap_or_else(|| node.emptied());
            let repository = node.get("repoURL").and_then(Node::scalar).map(argo_cd::repository);
            let (document, layer) = (document.clone(), Arc::new(layer));
            Self::deployed(folder, Deployer { document, which, layer, repository })
        });
        sources.collect()
    }

    fn of_flux(document: &Document, spec: &Node) -> Option<Self> {
        let path = spec.get("path").and_then(Node::text).unwrap_or_default().trim_start_matches('/');
        if path.contains('$') || kustomize::escapes(&RepoPath::default(), path) {
            return None;
        }
        let folder = RepoPath::new(path);
        // The whole of a source is rarely the whole of this repository.
        let source = spec.at(&["sourceRef", "name"]).and_then(Node::scalar);
        if folder.as_str().is_empty() && source != Some("flux-system") {
            return None;
        }
        let (document, layer) = (document.clone(), Arc::new(spec.clone()));
        Some(Self::deployed(folder, Deployer { document, which: None, layer, repository: None }))
    }

    /// The name of what deploys it.
    pub(super) fn name(&self) -> Option<&str> {
        self.deployer.as_ref()?.document.resource()?.name.as_deref()
    }

    /// The file that says so.
    pub(super) fn file(&self) -> Option<RepoPath> {
        Some(self.deployer.as_ref()?.file())
    }

    /// Whether Flux deploys it, which makes a kustomization where there is none.
    pub(super) fn is_flux(&self) -> bool {
        self.deployer.as_ref().is_some_and(|deployer| !deployer.document.is(argo_cd::GROUP, "Application"))
    }

    /// Of several roots on a folder, its name tells this one apart; of several of a name, the file too.
    pub(super) fn name_in_full(&mut self, is_alone: bool) {
        if let (Some(name), Some(file)) = (self.name(), self.file()) {
            let file = if is_alone { String::new() } else { format!(" of {file}") };
            self.id = RepoPath::new(&format!("{} ({name}{file})", self.id));
        }
    }

    /// The config maps that it takes variables from.
    pub(super) fn substitutes_from(&self) -> impl Iterator<Item = &str> {
        let sources = self.deployer.iter().flat_map(Deployer::sources);
        sources.filter(|source| !is_secret(source)).filter_map(|source| source.get("name")?.scalar())
    }

    /// Takes the `images` out of what deploys it: what they come to is read from the root.
    pub(super) fn without_images(&self, document: &mut Document) {
        let Some(deployer) = &self.deployer else { return };
        let Some(spec) = Arc::make_mut(&mut document.root).get_mut("spec") else { return };
        let holder = if self.is_flux() {
            Some(spec)
        } else {
            argo_cd::source_mut(spec, deployer.which).and_then(|source| source.get_mut("kustomize"))
        };
        _ = holder.and_then(|holder| holder.remove("images"));
    }

    fn too_many_versions(&self) -> FileProblem {
        FileProblem {
            rule: Rule::NotChecked,
            path: self.file().unwrap_or_else(|| self.folder.clone()),
            message: "what deploys this is itself deployed in very many versions, and not all were looked at"
                .to_owned(),
            help: None,
            site: self.deployer.as_ref().map(|deployer| deployer.document.root.site()),
            about: 0,
        }
    }

    fn layer(&self, tree: &Tree<'_>, deployer: Option<&Deployer>, only: Only<'_>) -> Layer {
        let own =
            tree.kustomization(&self.folder).or_else(|| Some(generated(tree, &self.folder, deployer?, only)));
        let added = deployer.map(|deployer| Arc::clone(&deployer.layer));
        Layer { folder: self.folder.clone(), sources: own.into_iter().chain(added).collect() }
    }

    /// What it comes to as this deployer has it.
    pub(super) fn parts(
        &self,
        tree: &Tree<'_>,
        deployer: Option<&Deployer>,
        only: Only<'_>,
    ) -> impl Iterator<Item = Part> + use<> {
        let variables = deployer.and_then(|deployer| deployer.variables(tree));
        let parts = kustomize::build(tree, &self.layer(tree, deployer, only), only).into_parts();
        parts.map(move |part| match part {
            Part::Document(mut document) => {
                let variables = variables.as_ref().filter(|_| document.resource().is_some());
                if let Some(root) = variables.and_then(|known| substituted(&document.root, known)) {
                    document.root = root;
                }
                Part::Document(document)
            }
            problem @ Part::Problem(_) => problem,
        })
    }
}

impl Deployer {
    /// This one as another document has it; `None` where that deploys nothing of this tree.
    pub(super) fn again(&self, document: &Document) -> Option<Self> {
        let deployers = Root::of(document).into_iter().filter_map(|root| root.deployer);
        deployers.into_iter().find(|deployer| deployer.which == self.which)
    }

    pub(super) fn file(&self) -> RepoPath {
        self.document.root.site().file.path().clone()
    }

    fn sources(&self) -> &[Node] {
        self.layer.at(&["postBuild", "substituteFrom"]).map(Node::items).unwrap_or_default()
    }

    /// The variables that are put in after the build; `None` where there is no substitution.
    fn variables(&self, tree: &Tree<'_>) -> Option<Variables> {
        let post_build = self.layer.get("postBuild").filter(|_| self.repository.is_none())?;
        let mut variables = Variables::default();
        for source in self.sources() {
            let name = source.get("name").and_then(Node::scalar).unwrap_or_default();
            match tree.config_map(name, &self.file()).filter(|_| !is_secret(source)) {
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
fn generated(tree: &Tree<'_>, folder: &RepoPath, deployer: &Deployer, only: Only<'_>) -> Arc<Node> {
    let mut resources: Vec<RepoPath> = Vec::new();
    let below: Vec<&RepoPath> = match only {
        Some(only) => only
            .iter()
            .filter(|path| tree.has_file(path) && path.ancestors().any(|it| it == *folder))
            .collect(),
        None => tree.index.files_below(folder).collect(),
    };
    for path in below.into_iter().filter(|path| is_candidate(path)) {
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
        let deployers = tree.deployers(self);
        if deployers.more {
            visit(Part::Problem(self.too_many_versions()));
        }
        for deployer in &deployers.all {
            for part in self.parts(tree, deployer.as_ref(), None) {
                match part {
                    Part::Document(document) => tree.read(document, visit),
                    problem @ Part::Problem(_) => visit(problem),
                }
            }
        }
    }
}
