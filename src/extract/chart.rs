//! Charts in the repository: the dependencies that they take from registries.

use crate::yaml::Node;

use super::claim::Claim;
use super::walk::TooMuch;
use super::{Extractor, Found};
use crate::assemble::{Document, Role};

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
            if let Some(claim) =
                Claim::chart(format!("dependencies[{index}].version"), dependency, "repository")
            {
                found.claim(claim);
            }
        }
        Ok(())
    }
}
