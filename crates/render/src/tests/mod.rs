//! Charts rendered by a real helm: `go install helm.sh/helm/v3/cmd/helm@v3.22.0`. With
//! `PULLABLE_REQUIRE_HELM` set, these tests fail if helm is absent; otherwise they are skipped.

mod hostile;
mod plain;
mod sandbox;
mod traces;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::run::Deadline;
use source::{RepoPath, SourceFile};
use yaml::Node;

use crate::{Chart, Document, Failure, Helm, Limits, Release, Rendered, Traced};

const REQUIRED: &str = "PULLABLE_REQUIRE_HELM";

fn long() -> Deadline {
    Deadline::after(Duration::from_mins(5))
}

/// The helm in `PATH`; `None` if it is not installed.
fn helm() -> Option<Helm> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = Helm::find(&path, Path::new("/nonexistent"), &Limits::default(), &long()).unwrap();
    if found.is_none() {
        let text = "helm is not in PATH: go install helm.sh/helm/v3/cmd/helm@v3.22.0";
        assert!(std::env::var_os(REQUIRED).is_none(), "{text}");
        eprintln!("left out: {text}");
    }
    found
}

const CHART_YAML: (&str, &str) =
    ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.3.1\nappVersion: \"2.5.7\"\n");

/// A chart in `charts/app`; Chart.yaml is added if it is not among the files.
fn chart(files: &[(&str, &str)]) -> Chart {
    let mut chart = Chart::default();
    for (path, text) in [CHART_YAML].iter().chain(files) {
        chart.add(RepoPath::new(path), &RepoPath::new("charts/app").join(path), text.as_bytes().to_vec());
    }
    chart
}

fn root(path: &str, text: &str) -> Node {
    let file = SourceFile::decode(RepoPath::new(path), text.as_bytes().to_vec()).unwrap();
    let mut roots = Vec::new();
    yaml::each_document(&Arc::new(file), |document| roots.push(document.unwrap()));
    roots.remove(0)
}

/// A release with values.
fn release(values: &str) -> Release {
    let values = (!values.is_empty()).then(|| root("release.yaml", values));
    Release { values, ..Release::new("rel", "shop", "1.33.0") }
}

fn rendered(helm: &Helm, chart: &Chart, release: &Release) -> Result<Rendered, Failure> {
    crate::render(helm, chart, release, &Limits::default(), &long())
}

fn traced(helm: &Helm, chart: &Chart, release: &Release) -> Traced {
    let plain = rendered(helm, chart, release).unwrap();
    let fallback = root("fallback.yaml", "chart: app\n").get("chart").unwrap().clone();
    crate::trace(helm, chart, release, &Limits::default(), &long(), &plain, &fallback).unwrap()
}

/// The images, each part of a reference with its place: `name=path:line:text version=…`.
fn places(traced: &Traced) -> Vec<String> {
    let mut found = Vec::new();
    for node in images(&traced.documents) {
        let image = node.scalar().unwrap();
        let name_end = image.find('@').unwrap_or_else(|| {
            image.rfind(':').filter(|at| *at > image.rfind('/').unwrap_or_default()).unwrap_or(image.len())
        });
        let name = place(&node, 0..name_end);
        let version =
            if name_end < image.len() { place(&node, name_end + 1..image.len()) } else { String::new() };
        found.push(format!("{image}: {name} {version}").trim_end().to_owned());
    }
    found
}

fn place(node: &Node, part: std::ops::Range<usize>) -> String {
    let site = node.place(part);
    format!("{}:{}[{}]", site.file.path(), site.location().line, site.text())
}

/// The images of documents, in their order.
fn images(documents: &[Document]) -> Vec<Node> {
    let mut found = Vec::new();
    for document in documents {
        walk(&document.root, &mut found);
    }
    found
}

fn walk(node: &Node, found: &mut Vec<Node>) {
    for item in node.items() {
        walk(item, found);
    }
    for (key, value) in node.entries() {
        if key.scalar() == Some("image") {
            found.push(value.clone());
        }
        walk(value, found);
    }
}
