//! References to charts in chart repositories, over HTTP and in registries.

use model::{FileProblem, Rule};

use super::sources::{DEPENDENCY, Keys, REPO, RESOURCES, of_dependency, of_entry};
use crate::document::{Document, Role};
use crate::engine::broken::hash;
use crate::reference::chart::NamedChart;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::select::select;
use crate::reference::walk::TooMuch;

/// Extracts references from `Chart.yaml`, and from the files of tools that deploy charts.
pub(crate) struct Charts;

/// The fields of Fleet's own file that name them.
const FLEET: &[&str] = &["helm", "targetCustomizations[].helm"];

impl Extractor for Charts {
    fn name(&self) -> &'static str {
        "helm-chart"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.role == Role::Chart {
            return dependencies(document, found);
        }
        if document.role == Role::Values && is_fleet(document) {
            return FLEET.iter().try_for_each(|path| charts(document, path, REPO, found));
        }
        if document.is("helm.cattle.io", "HelmChart") {
            content(document, found);
        }
        let resources = RESOURCES.iter().filter(|(group, kind, ..)| document.is(group, kind));
        resources.into_iter().try_for_each(|(_, _, path, keys)| charts(document, path, *keys, found))
    }
}

fn is_fleet(document: &Document) -> bool {
    matches!(document.root.site().file.path().file_name(), "fleet.yaml" | "fleet.yml")
}

/// The dependencies of a chart. One that is in the repository is not downloaded, and the lock file decides the version.
fn dependencies(document: &Document, found: &mut Found) -> Result<(), TooMuch> {
    select(&document.root, "dependencies[]", &mut |selected| {
        if let Some((_, chart)) = of_dependency(selected.node, &document.beside.lock) {
            claim(selected.field.key(DEPENDENCY.version), chart, found);
        }
    })
}

fn charts(document: &Document, path: &str, keys: Keys, found: &mut Found) -> Result<(), TooMuch> {
    select(&document.root, path, &mut |selected| {
        if let Some(chart) = of_entry(selected.node, keys) {
            claim(selected.field.key(keys.version), chart, found);
        }
    })
}

/// A notice about a chart whose archive is in the resource itself. It takes precedence over the chart that the resource names.
fn content(document: &Document, found: &mut Found) {
    let archive = document.root.at(&["spec", "chartContent"]);
    let Some(archive) = archive.filter(|archive| archive.scalar().is_some_and(|text| !text.is_empty()))
    else {
        return;
    };
    let site = archive.site();
    found.not_checked(FileProblem {
        rule: Rule::NotChecked,
        path: site.file.path().clone(),
        cause: "chart-content".to_owned(),
        message: "the archive of a chart within a resource is not read, so its images are not checked"
            .to_owned(),
        help: Some(
            "name the repository of the chart, its name and its version to have it checked".to_owned(),
        ),
        about: hash(site.text()),
        site: Some(site.part(0..0)),
    });
}

/// Claims a chart; `field` is the path of its version.
pub(crate) fn claim(field: String, chart: NamedChart, found: &mut Found) {
    if chart.is_archive() {
        return found.not_checked(archive(&chart));
    }
    found.claim(chart.claim(field));
}

/// The problem of a chart that is named by the address of its archive: no index lists it.
fn archive(chart: &NamedChart) -> FileProblem {
    let place = chart.repository.site();
    FileProblem {
        rule: Rule::NotChecked,
        path: place.file.path().clone(),
        cause: "chart-archive".to_owned(),
        message: "a chart that is named by the address of its archive is not looked up".to_owned(),
        help: Some("name its repository, chart and version to have it checked".to_owned()),
        about: hash(place.text()),
        site: Some(place),
    }
}
