//! Resources within other resources: the runs that a `TriggerTemplate` makes, the workflow of a `Sensor`, the objects of a
//! `Template`. Their pod specs are read with the outer resource, so that only kinds with images in other fields are read
//! here.

use std::sync::Arc;

use model::Resource;
use yaml::Node;

use crate::document::{Document, Role, resource_of, role_of};
use crate::ecosystem::argo_workflows::{self, ArgoWorkflows};
use crate::ecosystem::custom::{self, CustomResources};
use crate::ecosystem::helm::embedded::paths_of_values;
use crate::ecosystem::tekton::{self, Tekton};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::{TooMuch, mappings};

/// The extractors of kinds whose images are not in pod specs.
const KINDS: &[&dyn Extractor] = &[&ArgoWorkflows, &Tekton, &CustomResources];

/// Extracts from resources within others.
pub(crate) struct Nested;

impl Extractor for Nested {
    fn name(&self) -> &'static str {
        "nested-resource"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let Role::Manifest(_) = document.role else { return Ok(()) };
        // Values of charts are read as values.
        let values = paths_of_values(document);
        let mut all = Vec::new();
        mappings(&document.root, "", |visit| {
            let path = visit.path.as_str();
            if path == "status" || values.contains(path) {
                return false;
            }
            if let Some(resource) = resource_of(visit.node).filter(|_| !path.is_empty()) {
                all.extend(known(visit.node, resource).map(|inner| (path.to_owned(), inner)));
            }
            true
        })?;
        for (path, inner) in all {
            read(&inner, &path, found)?;
        }
        Ok(())
    }
}

/// A resource of a kind whose images are not in pod specs, as a document.
pub(crate) fn known(root: &Node, resource: Resource) -> Option<Document> {
    let document = Document::new(Arc::new(root.emptied()), role_of(resource));
    let (group, kind) = document.group_and_kind()?;
    let is_known =
        argo_workflows::owns(&document) || tekton::owns(&document) || custom::is_known(group, kind);
    is_known.then(|| Document { root: Arc::new(root.clone()), ..document })
}

/// Extracts from a resource at a path of another one.
pub(crate) fn read(document: &Document, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    found.read_within(path);
    let outcome = KINDS.iter().try_for_each(|kind| kind.extract(document, found));
    found.read_within("");
    outcome
}
