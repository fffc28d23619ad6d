//! Flux: artifacts from registries, and the image transformers of Kustomizations and post-renderers.
//! Sources: <https://fluxcd.io/flux/components/source/ocirepositories/>.

use model::{FileProblem, Kind, Rule};

use super::model::{
    ChartTemplate, HelmRelease, Kustomization, OciRepository, OciRevision, instance, watched_image,
};
use crate::document::Document;
use crate::ecosystem::helm::{charts, sources};
use crate::ecosystem::kustomize::{literal, references};
use crate::engine::broken::hash;
use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts references from Flux's resources. The values of a HelmRelease are read as values.
pub(crate) struct Flux;

impl Extractor for Flux {
    fn name(&self) -> &'static str {
        "flux"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if let Some(repository) = OciRepository::read(document) {
            artifact(&repository, found);
        }
        if let Some(kustomization) = Kustomization::read(document) {
            references::images(kustomization.spec, "spec", found);
        }
        if let Some(template) = ChartTemplate::read(document) {
            chart(&template, document, found);
        }
        // The transformers of a rendered release have already changed its result.
        if let Some(release) = HelmRelease::read(document).filter(|_| document.beside.rendered.is_empty()) {
            post_renderers(&release, found)?;
        }
        if let Some(instance) = instance(document) {
            if let Some(kustomize) = instance.kustomize {
                literal::images(kustomize, "spec.kustomize", found)?;
            }
            if let Some(repository) = instance.artifact {
                let map = Map {
                    repository: Some(repository.clone()),
                    tag: instance.tag.cloned(),
                    ..Map::default()
                };
                claim("spec.sync.ref", Kind::Artifact, map, found);
            }
        }
        if let Some(image) = watched_image(document) {
            // A repository whose tags are watched: never `latest`.
            let map = Map { repository: Some(image.clone()), ..Map::default() };
            claim("spec.image", Kind::Repository, map, found);
        }
        Ok(())
    }
}

fn post_renderers(release: &HelmRelease<'_>, found: &mut Found) -> Result<(), TooMuch> {
    for (index, kustomize) in &release.post_renderers {
        let path = format!("spec.postRenderers[{index}].kustomize");
        references::images(kustomize, &path, found);
        literal::images(kustomize, &path, found)?;
    }
    Ok(())
}

fn claim(field: &str, kind: Kind, map: Map, found: &mut Found) {
    found.claim(Claim::strict(field.to_owned(), Shape::Oci(kind, map)));
}

/// A chart of a `HelmRepository` that is in the tree. Without a version it is the newest.
fn chart(template: &ChartTemplate<'_>, document: &Document, found: &mut Found) {
    let Some(chart) = sources::of_template(template, document) else {
        return unknown_source(template, document, found);
    };
    let key = if chart.version.is_some() { "version" } else { "chart" };
    charts::claim(format!("{}.{key}", template.path), chart, found);
}

/// A chart whose `HelmRepository` is not in the tree.
fn unknown_source(template: &ChartTemplate<'_>, document: &Document, found: &mut Found) {
    if let Some(name) = template.repository()
        && document.beside.repository.is_none()
        && let Some(chart) = template.chart
    {
        let message = "the HelmRepository of a chart is not in this repository, so the chart is not checked";
        found.not_checked(FileProblem {
            rule: Rule::NotChecked,
            path: chart.site().file.path().clone(),
            cause: "helm-repository-elsewhere".to_owned(),
            message: message.to_owned(),
            help: Some(format!("the release takes it from {name}, which may be in another repository")),
            about: hash(&format!("{name} {}", chart.scalar().unwrap_or_default())),
            site: Some(chart.site()),
        });
    }
}

fn artifact(source: &OciRepository<'_>, found: &mut Found) {
    let repository = source.url.cloned();
    match source.revision {
        OciRevision::Digest(digest, tag) => {
            let (digest, tag) = (Some(digest.clone()), tag.cloned());
            let map = Map { repository, tag, digest, ..Map::default() };
            claim("spec.ref.digest", Kind::Artifact, map, found);
        }
        OciRevision::Range(range) => {
            let map = Map { repository, tag: Some(range.clone()), ..Map::default() };
            claim("spec.ref.semver", Kind::Repository, map, found);
        }
        OciRevision::Tag(tag) => {
            let field = if tag.is_some() { "spec.ref.tag" } else { "spec.url" };
            let map = Map { repository, tag: tag.cloned(), ..Map::default() };
            claim(field, Kind::Artifact, map, found);
        }
    }
}
