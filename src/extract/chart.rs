//! Charts in the repository: the dependencies that they take from registries.

use crate::finding::Kind;
use crate::yaml::Node;

use super::claim::{Claim, Map, Reader, Shape};
use super::document::{Document, Role};
use super::walk::TooMuch;
use super::{Extractor, Found};

/// Extracts from `Chart.yaml`.
pub(super) struct HelmChart;

impl Extractor for HelmChart {
    fn name(&self) -> &'static str {
        "helm-chart"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.role != Role::Chart {
            return Ok(());
        }
        let dependencies = document.root.get("dependencies").map(Node::items).unwrap_or_default();
        for (index, dependency) in dependencies.iter().enumerate() {
            let is_oci = |node: &&Node| node.scalar().is_some_and(|text| text.starts_with("oci://"));
            let Some(repository) = dependency.get("repository").filter(is_oci) else { continue };
            let map = Map {
                repository: Some(repository.clone()),
                image: dependency.get("name").cloned(),
                tag: dependency.get("version").cloned(),
                ..Map::default()
            };
            let field = format!("dependencies[{index}].version");
            found.claim(Claim { field, shape: Shape::Oci(Kind::Chart, map), reader: Reader::Strict });
        }
        Ok(())
    }
}
