//! Flux: artifacts from registries, and the image transformers of Kustomizations and post-renderers.
//! Sources: <https://fluxcd.io/flux/components/source/ocirepositories/>.

use model::Kind;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::helm::charts;
use crate::ecosystem::kustomize::{literal, references};
use crate::reference::claim::{Claim, Map, Reader, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts from Flux's resources. The values of a HelmRelease are read as values.
pub(crate) struct Flux;

impl Extractor for Flux {
    fn name(&self) -> &'static str {
        "flux"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let Some(spec) = document.root.get("spec") else { return Ok(()) };
        if document.is("source.toolkit.fluxcd.io", "OCIRepository") {
            artifact(spec, found);
        } else if document.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            references::images(spec, "spec", found);
        } else if document.is("source.toolkit.fluxcd.io", "HelmChart") {
            chart(spec, "spec", document, found);
        } else if document.is("helm.toolkit.fluxcd.io", "HelmRelease") {
            if let Some(spec) = spec.at(&["chart", "spec"]) {
                chart(spec, "spec.chart.spec", document, found);
            }
            let renderers = spec.get("postRenderers").map(Node::items).unwrap_or_default();
            for (index, renderer) in renderers.iter().enumerate() {
                if let Some(kustomize) = renderer.get("kustomize") {
                    let path = format!("spec.postRenderers[{index}].kustomize");
                    references::images(kustomize, &path, found);
                    literal::images(kustomize, &path, found)?;
                }
            }
        } else if document.is("image.toolkit.fluxcd.io", "ImageRepository") {
            // A repository whose tags are watched: never `latest`.
            let map = Map { repository: spec.get("image").cloned(), ..Map::default() };
            found.claim(Claim {
                field: "spec.image".to_owned(),
                shape: Shape::Oci(Kind::Repository, map),
                reader: Reader::Strict,
            });
        }
        Ok(())
    }
}

/// A chart of a `HelmRepository`, where that stands in the tree. Without a version the newest is taken.
fn chart(spec: &Node, path: &str, document: &Document, found: &mut Found) {
    let repository = document.beside.repository.as_ref().and_then(|it| it.at(&["spec", "url"]));
    let (Some(url), Some(name)) = (repository, spec.get("chart")) else { return };
    let version = spec.get("version");
    if charts::is_http(url) {
        let parts: Vec<&Node> = [Some(url), Some(name), version].into_iter().flatten().collect();
        return charts::unchecked(version.unwrap_or(name), &parts, found);
    }
    let map = Map {
        repository: Some(url.clone()),
        image: Some(name.clone()),
        tag: version.cloned(),
        ..Map::default()
    };
    let key = if version.is_some() { "version" } else { "chart" };
    let shape = Shape::Oci(Kind::Chart, map);
    found.claim(Claim { field: format!("{path}.{key}"), shape, reader: Reader::Strict });
}

/// An `OCIRepository`: of `ref` the digest counts before the range of versions, and that before the tag;
/// without it the tag is `latest`.
fn artifact(spec: &Node, found: &mut Found) {
    let written = |key: &str| spec.at(&["ref", key]).filter(|node| !node.is_null());
    let repository = spec.get("url").cloned();
    let (key, kind, map) = if let Some(digest) = written("digest") {
        let map = Map { repository, digest: Some(digest.clone()), ..Map::default() };
        ("spec.ref.digest", Kind::Artifact, map)
    } else if let Some(range) = written("semver") {
        let map = Map { repository, tag: Some(range.clone()), ..Map::default() };
        ("spec.ref.semver", Kind::Repository, map)
    } else {
        let tag = written("tag").cloned();
        let key = if tag.is_some() { "spec.ref.tag" } else { "spec.url" };
        (key, Kind::Artifact, Map { repository, tag, ..Map::default() })
    };
    found.claim(Claim { field: key.to_owned(), shape: Shape::Oci(kind, map), reader: Reader::Strict });
}
