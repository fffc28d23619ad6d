//! Kyverno: policies contain patterns of images, and look up some images themselves. Sources:
//! <https://kyverno.io/docs/policy-types/cluster-policy/external-data-sources/>.

use crate::document::{Document, Role, resource_of};
use crate::ecosystem::kubernetes::pod_spec::pod_specs;
use crate::ecosystem::kustomize::literal;
use crate::ecosystem::nested;
use crate::reference::claim::{Claim, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::{TooMuch, mappings};

/// Extracts references from Kyverno's policies.
pub(crate) struct Kyverno;

impl Extractor for Kyverno {
    fn name(&self) -> &'static str {
        "kyverno"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if !matches!(document.role, Role::Policy(_)) {
            return Ok(());
        }
        written(document, found)?;
        // A context may be in rules, targets, loops and conditions, at any depth.
        mappings(&document.root, "", |visit| {
            let entries = visit.node.get("context").into_iter().flat_map(yaml::Node::items).enumerate();
            for (index, entry) in entries {
                let Some(reference) = entry.at(&["imageRegistry", "reference"]) else { continue };
                // Most policies look up the image of the resource that they evaluate.
                if reference.scalar().is_some_and(|text| text.contains("{{")) {
                    continue;
                }
                let field = format!("{}[{index}].imageRegistry.reference", visit.path.key("context"));
                found.claim(Claim::strict(field, Shape::Text(reference.clone())));
            }
            true
        })
    }
}

/// Claims the images in rules: in patches of resources, and in generated resources.
fn written(document: &Document, found: &mut Found) -> Result<(), TooMuch> {
    let mut outcome = Ok(());
    mappings(&document.root, "", |visit| {
        if !matches!(visit.key, "mutate" | "generate" | "foreach") {
            return true;
        }
        for key in ["patchStrategicMerge", "data"] {
            if let Some(node) = visit.node.get(key)
                && outcome.is_ok()
            {
                outcome = pod_specs(node, &visit.path.key(key), &mut |_| false, found);
            }
        }
        // The kind of a generated resource is beside its data.
        if let Some(data) = visit.node.get("data")
            && let Some(resource) = resource_of(visit.node)
            && let Some(generated) = nested::known(data, resource)
            && outcome.is_ok()
        {
            outcome = nested::read(&generated, &visit.path.key("data"), found);
        }
        let operations = "patchesJson6902";
        if let Some(patch) = visit.node.get(operations)
            && outcome.is_ok()
        {
            outcome = literal::one(patch, &visit.path.key(operations), found);
        }
        true
    })?;
    outcome
}
