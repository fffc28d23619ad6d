//! Manifests: the images of the pod specs in them.

use super::pod_spec::pod_specs;
use crate::document::{Document, Role};
use crate::ecosystem::helm::embedded::paths_of_values;
use crate::ecosystem::{argo_workflows, tekton};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts references from manifests.
pub(crate) struct Kubernetes;

impl Extractor for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let Role::Manifest(_) = document.role else { return Ok(()) };
        // Their images hold parameters, which only their own extractors know.
        if argo_workflows::owns(document) || tekton::owns(document) {
            return Ok(());
        }
        let embedded = paths_of_values(document);
        // The status is not deployed, and values are read as values.
        pod_specs(&document.root, "", &mut |path| path == "status" || embedded.contains(path), found)
    }
}
