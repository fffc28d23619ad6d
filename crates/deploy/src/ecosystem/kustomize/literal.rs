//! Images that patches write: strategic merge patches and JSON patches, whose target is remote.

use yaml::Node;

use super::problem::unparsed;
use crate::ecosystem::kubernetes::pod_spec::{containers, pod_specs};
use crate::reference::claim::{Claim, Shape};
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Claims the literal images of the `patches` of a kustomization that is written within another resource.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub(crate) fn images(kustomize: &Node, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    for key in ["patches", "patchesJson6902"] {
        for (index, entry) in list(kustomize, key).iter().enumerate() {
            if let Some(patch) = entry.get("patch") {
                one(patch, &format!("{path}.{key}[{index}].patch"), found)?;
            }
        }
    }
    for (index, patch) in list(kustomize, "patchesStrategicMerge").iter().enumerate() {
        one(patch, &format!("{path}.patchesStrategicMerge[{index}]"), found)?;
    }
    Ok(())
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

/// Claims the literal images of a patch, which is YAML or a string that contains YAML.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub(crate) fn one(patch: &Node, field: &str, found: &mut Found) -> Result<(), TooMuch> {
    if patch.scalar().is_none() {
        return body(patch, field, found);
    }
    let mut outcome = Ok(());
    yaml::within(patch, |document| match document {
        Ok(root) if outcome.is_ok() => outcome = body(&root, field, found),
        Err(error) if error.is_ambiguous && !error.read => found.problem(unparsed(patch, &error)),
        _ => {}
    });
    outcome
}

fn body(patch: &Node, start: &str, found: &mut Found) -> Result<(), TooMuch> {
    if patch.is_mapping() {
        return pod_specs(patch, start, &mut |_| false, found);
    }
    for (index, operation) in patch.items().iter().enumerate() {
        let at = operation.get("path").and_then(Node::scalar).unwrap_or_default();
        let Some(value) = operation.get("value") else { continue };
        let field = format!("{start}[{index}].value");
        if value.scalar().is_some() {
            if at.ends_with("/image") || at.ends_with("/image/reference") {
                let shape = Shape::Text(value.clone());
                found.claim(Claim::strict(field, shape));
            }
        } else if value.is_sequence() {
            let is_volume = |item: &Node| item.get("image").is_some_and(Node::is_mapping);
            if value.items().iter().any(is_volume) {
                volumes(&field, value, found);
            } else {
                containers(&field, value, found);
            }
        } else {
            // A container, an image volume, or the image of the latter.
            let above = if at.ends_with("/image") { "reference" } else { "image" };
            for names in [&[above][..], &["image", "reference"]] {
                if let Some(image) = value.at(names).filter(|image| image.scalar().is_some()) {
                    let shape = Shape::Text(image.clone());
                    found.claim(Claim::strict(format!("{field}.{}", names.join(".")), shape));
                }
            }
            pod_specs(value, &field, &mut |_| false, found)?;
        }
    }
    Ok(())
}

/// Claims the images of a list of volumes.
fn volumes(field: &str, list: &Node, found: &mut Found) {
    for (index, volume) in list.items().iter().enumerate() {
        if let Some(image) = volume.at(&["image", "reference"]).filter(|image| image.scalar().is_some()) {
            let shape = Shape::Text(image.clone());
            found.claim(Claim::strict(format!("{field}[{index}].image.reference"), shape));
        }
    }
}
