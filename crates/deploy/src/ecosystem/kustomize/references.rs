//! Kustomizations: their `images`, each read separately, because they decide the pulled image independently
//! of the resources below; the charts that they render; and the fields that they declare to contain images.

use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::references;
use crate::ecosystem::helm::charts;
use crate::ecosystem::helm::sources::{KUSTOMIZE, of_entry};
use crate::ecosystem::kustomize::model::{HelmChart, ImageEntry, Kustomization};
use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::complete::has_tag;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts references from kustomizations.
pub(crate) struct Kustomize;

impl Extractor for Kustomize {
    fn name(&self) -> &'static str {
        "kustomize"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.role == Role::Kustomization {
            let kustomization = Kustomization::read(&document.root);
            each_image(&kustomization.images, "", found);
            for (index, chart) in kustomization.charts.iter().enumerate() {
                helm_chart(chart, index, found);
            }
            return Ok(());
        }
        for path in &document.beside.images {
            field(&document.root, path, "", found);
        }
        Ok(())
    }
}

/// Claims the `images` of `holder`; `path` is the path of the holder.
pub(crate) fn images(holder: &Node, path: &str, found: &mut Found) {
    each_image(&Kustomization::read(holder).images, path, found);
}

fn each_image(images: &[ImageEntry], path: &str, found: &mut Found) {
    let dot = if path.is_empty() { "" } else { "." };
    for (index, image) in images.iter().enumerate() {
        let field = format!("{path}{dot}images[{index}]");
        if image.node.scalar().is_some() {
            references::kustomize_image(&field, &image.node, found);
            continue;
        }
        // An entry that sets neither keeps the tag and digest of the resources.
        let key = match (&image.digest, &image.new_tag) {
            (Some(_), _) => "digest",
            (None, Some(_)) => "newTag",
            (None, None) => continue,
        };
        let Some(repository) = image.new_name.clone().or(image.name.clone()) else { continue };
        let (tag, digest) = (image.new_tag.clone(), image.digest.clone());
        let map = Map { repository: Some(repository), tag, digest, ..Map::default() };
        found.claim(Claim::strict(format!("{field}.{key}"), Shape::Map(map)));
    }
}

/// Claims a chart that a kustomization renders.
fn helm_chart(chart: &HelmChart, index: usize, found: &mut Found) {
    if let Some(chart) = of_entry(&chart.node, KUSTOMIZE) {
        charts::claim(format!("helmCharts[{index}].version"), chart, found);
    }
}

/// Claims the image of a field: keys between slashes, and lists on the way are searched. Another program may
/// complete a name without tag and digest, unless `images` have set it.
fn field(node: &Node, path: &str, at: &str, found: &mut Found) {
    if node.is_sequence() {
        for (index, item) in node.items().iter().enumerate() {
            field(item, path, &format!("{at}[{index}]"), found);
        }
        return;
    }
    let (first, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let key = first.trim_start_matches('/').trim_end_matches("[]");
    let Some(below) = node.get(key) else { return };
    let at = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    if !rest.is_empty() {
        return field(below, rest, &at, found);
    }
    let is_whole = below.scalar().is_some_and(has_tag) || !below.history().is_empty();
    if below.scalar().is_some_and(|text| !text.is_empty()) && is_whole {
        found.claim(Claim::strict(at, Shape::Text(below.clone())));
    }
}
