//! Roots: kustomizations that no other includes, and the folders that Flux and Argo CD deploy. Data only: `root_parts`
//! evaluates them.

use std::sync::Arc;

use model::{System, UnitId};
use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::directory::Directory;
use crate::ecosystem::argo_cd::model::{self as argo_cd, Which};
use crate::engine::reads::Reads;

/// A root.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) id: UnitId,
    /// The folder that it deploys.
    pub(crate) folder: RepoPath,
    /// Its number among the roots of its tree.
    pub(crate) at: usize,
    pub(crate) deployer: Option<Deployer>,
    /// The reads of the generators of an ApplicationSet that define the root.
    pub(crate) origin: Arc<Reads>,
}

/// The resource that deploys a folder.
#[derive(Clone, Debug)]
pub(crate) struct Deployer {
    /// The Flux Kustomization or the Argo CD Application.
    pub(crate) document: Document,
    /// The source of an Application.
    pub(crate) which: Which,
    /// The fields that it adds to the kustomization of the folder.
    pub(crate) layer: Arc<Node>,
    /// The name of the repository of the folder, if its URL is unknown.
    pub(crate) unknown_repository: Option<String>,
    /// The files that Argo CD takes from a folder of plain manifests.
    pub(crate) directory: Directory,
}

/// The resources that deploy a root. Several entries are versions of one resource, each built by another
/// root; none is preferred.
#[derive(Debug, Default)]
pub(crate) struct Deployers {
    pub(crate) all: Vec<Option<Deployer>>,
    /// The reason why some are missing.
    pub(crate) missing: Option<&'static str>,
}

impl Root {
    /// A kustomization that no other includes.
    pub(crate) fn bare(folder: RepoPath) -> Self {
        Self {
            id: UnitId::Kustomization(folder.clone()),
            folder,
            at: 0,
            deployer: None,
            origin: Arc::default(),
        }
    }

    /// A folder that a resource deploys.
    pub(crate) fn deployed(folder: RepoPath, deployer: Deployer) -> Self {
        let system = if deployer.is_flux() { System::Flux } else { System::ArgoCd };
        let by = model::Deployer { system, name: None, file: None };
        let id = UnitId::Deployed { folder: folder.clone(), by };
        Self { id, folder, at: 0, deployer: Some(deployer), origin: Arc::default() }
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
        self.deployer.as_ref()?.group()
    }

    /// True if Flux deploys it. Flux generates a kustomization for a folder without one.
    pub(crate) fn is_flux(&self) -> bool {
        self.deployer.as_ref().is_some_and(Deployer::is_flux)
    }

    /// Completes its identity with the name of its deployer, and with its file unless the name is unique.
    pub(crate) fn name_in_full(&mut self, is_alone: bool) {
        let (name, file) = (self.name().map(str::to_owned), self.file());
        if let UnitId::Deployed { by, .. } = &mut self.id {
            by.file = file.filter(|_| !is_alone && name.is_some());
            by.name = name;
        }
    }

    /// Removes `images` from the deployer's document: they are evaluated with the root.
    pub(crate) fn without_images(&self, document: &mut Document) {
        let Some(deployer) = &self.deployer else { return };
        let Some(spec) = Arc::make_mut(&mut document.root).get_mut("spec") else { return };
        if self.is_flux() {
            _ = spec.remove("images");
        } else {
            argo_cd::remove_images(spec, deployer.which);
        }
    }
}

impl Deployer {
    fn group(&self) -> Option<&str> {
        Some(self.document.group_and_kind()?.0)
    }

    /// True if it is an object of Flux.
    pub(crate) fn is_flux(&self) -> bool {
        self.group().is_some_and(|group| !argo_cd::is_group(group))
    }

    /// The file of its document.
    pub(crate) fn file(&self) -> RepoPath {
        self.document.root.site().file.path().clone()
    }
}
