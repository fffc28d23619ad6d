//! The kustomization of a folder with its deployer.

use std::sync::Arc;

use source::RepoPath;
use yaml::Node;

use super::model::schema::KUSTOMIZATION;
use super::model::{Kustomization, canonical};
use crate::document::is_kustomization_file;

/// The kustomization of a folder, with the fields that a Flux Kustomization or an Argo CD Application adds to
/// it.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) folder: RepoPath,
    /// The kustomization itself first.
    pub(crate) sources: Vec<Arc<Node>>,
}

impl Layer {
    /// All sources merged into one kustomization.
    pub(super) fn kustomization(&self) -> Kustomization {
        let mut sources = self.sources.iter();
        let own = sources.next().map(|own| Kustomization::read(&canonical(own, &KUSTOMIZATION)));
        let mut all = own.unwrap_or_default();
        for added in sources {
            all.add(Kustomization::read(added));
        }
        all
    }

    /// True if a Flux Kustomization deploys it.
    pub(super) fn is_flux(&self) -> bool {
        self.sources.iter().any(|source| source.get("sourceRef").is_some())
    }

    /// The kustomization in the folder; `None` if Flux generates one.
    pub(super) fn written(&self) -> Option<&Arc<Node>> {
        let own = self.sources.first()?;
        let site = own.site();
        let path = site.file.path();
        (path.parent() == self.folder && is_kustomization_file(path)).then_some(own)
    }
}
