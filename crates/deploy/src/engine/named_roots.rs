//! The roots that a resource names: the folder of a Flux Kustomization, and those of the sources of an Application.

use std::sync::Arc;

use crate::document::Document;
use crate::ecosystem::argo_cd::directory::Directory;
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::argo_cd::overrides;
use crate::ecosystem::flux::model::Kustomization;
use crate::engine::root::{Deployer, Root};
use crate::engine::tree::Tree;
use crate::repositories;

impl Tree<'_> {
    /// The roots that a resource names; none for a resource that deploys from another repository.
    pub(crate) fn roots_of(&self, document: &Document) -> Vec<Root> {
        if let Some(kustomization) = Kustomization::read(document) {
            return self.root_of_flux(document, &kustomization).into_iter().collect();
        }
        if !argo_cd::is_application(document) {
            return Vec::new();
        }
        let mut roots = Vec::new();
        for source in argo_cd::sources(document) {
            let Some(folder) = self.folder_of(&source) else { continue };
            let layer = source.kustomize.cloned().unwrap_or_else(|| source.node.emptied());
            let unknown = source.repository().filter(|url| self.repository_folder(url).is_none());
            let deployer = Deployer {
                document: document.clone(),
                which: source.which,
                layer: Arc::new(layer),
                unknown_repository: unknown.map(repositories::name),
                directory: source.directory(),
            };
            roots.push(Root::deployed(folder, deployer));
        }
        roots
    }

    fn root_of_flux(&self, document: &Document, kustomization: &Kustomization<'_>) -> Option<Root> {
        let repository = self.source_folder(&kustomization.source, document);
        let folder = kustomization.folder(repository.as_ref())?;
        let deployer = Deployer {
            document: document.clone(),
            which: None,
            layer: Arc::new(kustomization.spec.clone()),
            unknown_repository: None,
            directory: Directory::default(),
        };
        Some(Root::deployed(folder, deployer))
    }

    /// A deployer with another version of its document; `None` if that deploys nothing of this tree.
    pub(crate) fn again(&self, deployer: &Deployer, document: &Document) -> Option<Deployer> {
        let document = overrides::applied(self, document.clone(), &mut |_| {});
        let deployers = self.roots_of(&document).into_iter().filter_map(|root| root.deployer);
        deployers.into_iter().find(|other| other.which == deployer.which)
    }
}
