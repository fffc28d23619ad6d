//! Roots: kustomizations that no other includes, and the folders that Flux and Argo CD deploy. Data only: `root_parts`
//! evaluates them.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::directory::Directory;
use crate::ecosystem::argo_cd::sources;
use crate::ecosystem::argo_cd::sources::{Source, Which};
use crate::engine::path::escapes;
use crate::engine::reads::Reads;

/// A root.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) id: RepoPath,
    /// The folder that it deploys.
    pub(crate) folder: RepoPath,
    /// Its number among the roots of its tree.
    pub(crate) at: usize,
    pub(crate) deployer: Option<Deployer>,
    /// The reads that the generators of an ApplicationSet made for it.
    pub(crate) origin: Arc<Reads>,
}

/// The resource that deploys a folder.
#[derive(Clone, Debug)]
pub(crate) struct Deployer {
    /// The Flux Kustomization or the Argo CD Application.
    pub(crate) document: Document,
    /// The source among several of an Application.
    pub(crate) which: Which,
    /// The fields that it adds to the kustomization of the folder.
    pub(crate) layer: Arc<Node>,
    /// The repository that the folder is in, if it is named by URL.
    pub(crate) repository: Option<String>,
    /// The files that Argo CD takes from a folder of plain manifests.
    pub(crate) directory: Directory,
}

/// The resources that deploy a root. Several are versions of one, each of which another root makes; none is preferred.
#[derive(Debug, Default)]
pub(crate) struct Deployers {
    pub(crate) all: Vec<Option<Deployer>>,
    /// There are more.
    pub(crate) more: bool,
}

impl Root {
    /// A kustomization that no other includes.
    pub(crate) fn bare(folder: RepoPath) -> Self {
        Self { id: folder.clone(), folder, at: 0, deployer: None, origin: Arc::default() }
    }

    fn deployed(folder: RepoPath, deployer: Deployer) -> Self {
        Self { id: folder.clone(), folder, at: 0, deployer: Some(deployer), origin: Arc::default() }
    }

    /// The roots that a resource makes; none for a resource that deploys from elsewhere.
    pub(crate) fn of(document: &Document) -> Vec<Self> {
        let Some(spec) = document.root.get("spec") else { return Vec::new() };
        if document.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            return Self::of_flux(document, spec).into_iter().collect();
        }
        if !document.is(sources::GROUP, "Application") {
            return Vec::new();
        }
        let mut roots = Vec::new();
        for Source { which, node, folder } in sources::sources(spec) {
            let layer = node.get("kustomize").cloned().unwrap_or_else(|| node.emptied());
            let repository = node.get("repoURL").and_then(Node::scalar).map(sources::repository);
            let directory = Directory::of(node);
            let (document, layer) = (document.clone(), Arc::new(layer));
            roots.push(Self::deployed(folder, Deployer { document, which, layer, repository, directory }));
        }
        roots
    }

    fn of_flux(document: &Document, spec: &Node) -> Option<Self> {
        let path = spec.get("path").and_then(Node::text).unwrap_or_default().trim_start_matches('/');
        if path.contains('$') || escapes(&RepoPath::default(), path) {
            return None;
        }
        let folder = RepoPath::new(path);
        // The whole of a source is rarely the whole of this repository.
        let source = spec.at(&["sourceRef", "name"]).and_then(Node::scalar);
        if folder.as_str().is_empty() && source != Some("flux-system") {
            return None;
        }
        let (document, layer) = (document.clone(), Arc::new(spec.clone()));
        let directory = Directory::default();
        Some(Self::deployed(folder, Deployer { document, which: None, layer, repository: None, directory }))
    }

    /// The name of its deployer.
    pub(crate) fn name(&self) -> Option<&str> {
        self.deployer.as_ref()?.document.resource()?.name.as_deref()
    }

    /// The file of its deployer.
    pub(crate) fn file(&self) -> Option<RepoPath> {
        Some(self.deployer.as_ref()?.file())
    }

    /// The API group of its deployer; `None` for a bare kustomization.
    pub(crate) fn group(&self) -> Option<&str> {
        Some(self.deployer.as_ref()?.document.group_and_kind()?.0)
    }

    /// Whether Flux deploys it, which makes a kustomization of a folder without one.
    pub(crate) fn is_flux(&self) -> bool {
        self.group().is_some_and(|group| group != sources::GROUP)
    }

    /// Its identifier with the name of its deployer, and with its file unless the name is unique.
    pub(crate) fn name_in_full(&mut self, is_alone: bool) {
        if let (Some(name), Some(file)) = (self.name(), self.file()) {
            let file = if is_alone { String::new() } else { format!(" of {file}") };
            self.id = RepoPath::new(&format!("{} ({name}{file})", self.id));
        }
    }

    /// Removes `images` from the deployer's document: they are evaluated with the root.
    pub(crate) fn without_images(&self, document: &mut Document) {
        let Some(deployer) = &self.deployer else { return };
        let Some(spec) = Arc::make_mut(&mut document.root).get_mut("spec") else { return };
        let holder = if self.is_flux() {
            Some(spec)
        } else {
            sources::source_mut(spec, deployer.which).and_then(|source| source.get_mut("kustomize"))
        };
        _ = holder.and_then(|holder| holder.remove("images"));
    }
}

impl Deployer {
    /// This deployer as another version of its document has it; `None` if that deploys nothing of this tree.
    pub(crate) fn again(&self, document: &Document) -> Option<Self> {
        let deployers = Root::of(document).into_iter().filter_map(|root| root.deployer);
        deployers.into_iter().find(|deployer| deployer.which == self.which)
    }

    /// The file of its document.
    pub(crate) fn file(&self) -> RepoPath {
        self.document.root.site().file.path().clone()
    }
}
