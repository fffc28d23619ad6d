//! Argo CD: charts and artifacts from registries, and the kustomize images of Applications. An `ApplicationSet` is read as
//! the Applications that it makes, and values within them are read as values.

use model::{FileProblem, Kind, Rule};
use yaml::Node;

use super::environment;
use super::model::{MAX_SOURCES, Source, is_application, sources};
use super::overrides::odd_key;
use crate::document::Document;
use crate::ecosystem::helm::charts;
use crate::ecosystem::helm::sources::of_source;
use crate::engine::file::problem_about;
use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts references from Applications, and from the override files of their sources.
pub(crate) struct ArgoCd;

impl Extractor for ArgoCd {
    fn name(&self) -> &'static str {
        "argo-cd"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let sources = sources(document);
        if sources.len() > MAX_SOURCES {
            return Err(TooMuch);
        }
        if !is_application(document)
            && let Some(key) = sources.first().and_then(|source| odd_key(source.node, 0))
        {
            let message = "Argo CD reads the keys of this file without regard to case, so other values may apply than those that were checked";
            let text = key.site().file.text().to_owned();
            found.problem(unverified(key, "key-case", &text, message));
        }
        for source in &sources {
            let files =
                if is_application(document) { environment::unknown(source, &sources) } else { Vec::new() };
            for file in files {
                let text = file.scalar().unwrap_or_default();
                let message = "the name of this file depends on a variable that is known only when Argo CD builds it, so the file was not checked";
                found.problem(unverified(file, "build-environment", text, message));
            }
            chart(source, found);
            remote_values(source, found);
            for (index, image) in source.images().iter().enumerate() {
                kustomize_image(&format!("{}kustomize.images[{index}]", source.field), image, found);
            }
        }
        Ok(())
    }
}

/// A notice for each values file that Argo CD fetches.
fn remote_values(source: &Source<'_>, found: &mut Found) {
    for file in source.helm_items("valueFiles") {
        let text = file.text().unwrap_or_default();
        if !text.contains("://") {
            continue;
        }
        let message = "Argo CD fetches this values file, so images in it are not checked".to_owned();
        let (site, rule) = (file.site(), (Rule::NotChecked, "remote-values"));
        let path = site.file.path().clone();
        found.not_checked(problem_about(text, rule, &path, message, None, Some(site)));
    }
}

/// A chart of a repository, or an artifact. The address of a registry has no scheme, or `oci://`.
fn chart(source: &Source<'_>, found: &mut Found) {
    let Some(url) = source.url else { return };
    if source.chart.is_none() {
        return artifact(url, source, found);
    }
    let text = url.scalar().unwrap_or_default();
    let is_repository = ["oci://", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    if let Some(chart) = of_source(source)
        && (is_repository || !text.contains("://"))
    {
        charts::claim(format!("{}targetRevision", source.field), chart, found);
    }
}

/// An artifact of a registry; without a revision it means the newest.
fn artifact(url: &Node, source: &Source<'_>, found: &mut Found) {
    if url.scalar().is_some_and(|text| text.starts_with("oci://")) {
        let map = Map { repository: Some(url.clone()), tag: source.revision.cloned(), ..Map::default() };
        let field = format!("{}repoURL", source.field);
        found.claim(Claim::strict(field, Shape::Oci(Kind::Artifact, map)));
    }
}

/// `[old=]new[:tag][@digest]`; without tag and digest, those of the resources are used.
pub(crate) fn kustomize_image(field: &str, node: &Node, found: &mut Found) {
    let Some(text) = node.text() else { return };
    let start = text.find('=').map_or(0, |equals| equals + 1);
    let new = text.get(start..).unwrap_or_default();
    let last = new.rsplit('/').next().unwrap_or_default();
    // A `*` keeps the value of the kustomization.
    if last.contains([':', '@']) && !new.contains('*') {
        let shape = Shape::Within(node.clone(), start..text.len());
        found.claim(Claim::strict(field.to_owned(), shape));
    }
}

/// A part of a source that Argo CD reads in another way than this program. `about`: the text that decides it.
fn unverified(at: &Node, cause: &str, about: &str, message: &str) -> FileProblem {
    let site = at.site();
    let path = site.file.path().clone();
    problem_about(about, (Rule::UnreadableFile, cause), &path, message.to_owned(), None, Some(site))
}
