//! Kustomizations: their `images`, each read on its own, for what they set is what gets pulled whatever
//! the resources below say; and the charts that they inflate from registries.

use yaml::Node;

use super::charts::{self, Keys};
use super::claim::{Claim, Map, Reader, Shape};
use super::walk::TooMuch;
use super::{Extractor, Found, argo_cd};
use crate::assemble::{Document, Role};

/// Extracts from kustomizations.
pub(super) struct Kustomize;

impl Extractor for Kustomize {
    fn name(&self) -> &'static str {
        "kustomize"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.role != Role::Kustomization {
            return Ok(());
        }
        images(&document.root, "", found);
        helm_charts(&document.root, found);
        Ok(())
    }
}

/// Claims what the `images` below `holder` set; `path` is the path of the holder.
pub(super) fn images(holder: &Node, path: &str, found: &mut Found) {
    let dot = if path.is_empty() { "" } else { "." };
    for (index, image) in holder.get("images").map(Node::items).unwrap_or_default().iter().enumerate() {
        let part =
            |key: &str| image.get(key).filter(|node| !node.is_null() && node.scalar() != Some("")).cloned();
        if image.scalar().is_some() {
            argo_cd::kustomize_image(&format!("{path}{dot}images[{index}]"), image, found);
            continue;
        }
        let (name, tag, digest) = (part("newName").or(part("name")), part("newTag"), part("digest"));
        // An entry that sets neither leaves both to the resources.
        let (Some(repository), true) = (name, tag.is_some() || digest.is_some()) else { continue };
        let key = if digest.is_some() { "digest" } else { "newTag" };
        let map = Map { repository: Some(repository), tag, digest, ..Map::default() };
        let field = format!("{path}{dot}images[{index}].{key}");
        found.claim(Claim { field, shape: Shape::Map(map), reader: Reader::Strict });
    }
}

const KEYS: Keys = Keys { name: "name", ..charts::REPO };

/// Charts that a kustomization inflates.
fn helm_charts(root: &Node, found: &mut Found) {
    for (index, chart) in root.get("helmCharts").map(Node::items).unwrap_or_default().iter().enumerate() {
        charts::chart(&format!("helmCharts[{index}].version"), chart, KEYS, found);
    }
}
