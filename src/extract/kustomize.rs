//! The `images` of a kustomization, each read on its own: what it sets is what gets pulled, whatever
//! the resources below say.

use super::claim::{Claim, Map, Reader, Shape};
use super::document::{Document, Role};
use super::walk::TooMuch;
use super::{Extractor, Found};

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
        let images = document.root.get("images").map(crate::yaml::Node::items).unwrap_or_default();
        for (index, image) in images.iter().enumerate() {
            let part = |key: &str| image.get(key).filter(|node| !node.is_null()).cloned();
            let (name, tag, digest) = (part("newName").or(part("name")), part("newTag"), part("digest"));
            // An entry that sets neither leaves both to the resources.
            let (Some(repository), true) = (name, tag.is_some() || digest.is_some()) else { continue };
            let key = if digest.is_some() { "digest" } else { "newTag" };
            let map = Map { repository: Some(repository), tag, digest, ..Map::default() };
            let field = format!("images[{index}].{key}");
            found.claim(Claim { field, shape: Shape::Map(map), reader: Reader::Strict });
        }
        Ok(())
    }
}
