//! The charts that the sources of a document use, in the repository or fetched, and their files.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Rule;
use model::chart::Request;
use source::{RepoPath, SourceFile};
use yaml::Node;

use super::chart::local;
use super::fetched::{Surveyed, values_files};
use super::model::ChartFile as Meta;
use super::release::template;
use super::rendering::merged;
use super::sources::{of_dependency, released};
use crate::document::{Document, LocalChart, Role};
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::HelmRelease;
use crate::engine::file;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::reference::chart::NamedChart;

/// Maximum number of files that are read of one chart: more than the limit of a rendering, which refuses the chart.
const MAX_FILES: usize = 10_001;
/// Maximum size of a file of a chart, in bytes: Helm refuses a larger one.
const MAX_FILE: u64 = 5 << 20;

/// A file of a chart.
#[derive(Clone, Debug)]
pub enum ChartFile {
    /// Text.
    Text(Arc<SourceFile>),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
}

/// A chart that a source of a document uses.
pub(crate) struct Taken {
    /// The index of the source.
    pub(crate) at: usize,
    origin: Origin,
}

enum Origin {
    Repository(LocalChart),
    Fetched(Box<NamedChart>),
}

/// A chart with its files.
pub(crate) struct Opened {
    /// Its name, with its version if it was fetched.
    pub(crate) name: String,
    /// The scalar that decides which chart it is.
    pub(crate) place: Node,
    /// The files, subcharts included, by their path below its folder.
    pub(crate) files: Vec<(RepoPath, ChartFile)>,
    /// Values in place of the chart's own.
    pub(crate) defaults: Option<Node>,
    /// The layers above the defaults, the lowest first.
    pub(crate) layers: Vec<Arc<Node>>,
}

/// The charts that the sources of a document use. kustomize prefers a chart in the repository.
pub(crate) fn taken(document: &Document) -> Vec<Taken> {
    let mut all = Vec::new();
    for local in &document.beside.local {
        all.push(Taken { at: local.at, origin: Origin::Repository(local.clone()) });
    }
    for (at, named) in fetched(document) {
        all.push(Taken { at, origin: Origin::Fetched(Box::new(named)) });
    }
    all
}

/// The charts of chart repositories that the sources of a document use, by the index of the source.
pub(crate) fn fetched(document: &Document) -> Vec<(usize, NamedChart)> {
    let mut all = released(document);
    if document.role == Role::Kustomization {
        all.retain(|(at, _)| !document.beside.local.iter().any(|local| local.at == *at));
    }
    all
}

/// The charts of chart repositories that the charts of a document depend on, without those in the repository.
pub(crate) fn dependencies(document: &Document, side: &Side<'_>) -> Vec<Request> {
    let mut requests = Vec::new();
    for local in &document.beside.local {
        for (_, named) in remote_dependencies(&Tree::new(side), &local.folder) {
            requests.extend(named.request());
        }
    }
    requests
}

/// The folders of the charts of the repository that a document uses, and of those that they depend on.
pub(crate) fn folders(document: &Document, tree: &Tree<'_>) -> BTreeSet<RepoPath> {
    let mut open: Vec<RepoPath> = document.beside.local.iter().map(|local| local.folder.clone()).collect();
    let mut all = BTreeSet::new();
    while let Some(folder) = open.pop() {
        if !all.contains(&folder) {
            open.extend(local_dependencies(tree, &folder));
            all.insert(folder);
        }
    }
    all
}

/// The charts of the repository that a chart depends on.
pub(crate) fn local_dependencies(tree: &Tree<'_>, folder: &RepoPath) -> Vec<RepoPath> {
    let Some(meta) = tree.document(&folder.join("Chart.yaml"), &mut |_| {}) else { return Vec::new() };
    let mut found = Vec::new();
    for dependency in Meta::read(&meta).dependencies {
        found.extend(local(tree, folder, dependency.name, dependency.repository));
    }
    found
}

impl Taken {
    /// The chart with its files; `None` if it is not known, and for a chart that cannot be installed.
    pub(crate) fn open(&self, document: &Document, side: &Side<'_>, charts: &Surveyed<'_>) -> Option<Opened> {
        match &self.origin {
            Origin::Repository(local) => self.open_local(document, local, side, charts),
            Origin::Fetched(named) => {
                let fetched = charts.get(&named.request()?)?;
                let tree = Tree::new(fetched);
                let root = RepoPath::default();
                if is_library(&tree, &root) {
                    return None;
                }
                // Its problems are reported with the values.
                let own = values_files(document, &tree, &mut |_| {});
                let defaults = merged(&own);
                Some(Opened {
                    name: tree.origin().map(ToString::to_string).unwrap_or_default(),
                    place: named.deciding().clone(),
                    files: files_of(&tree, &root),
                    defaults,
                    layers: self.layers(document),
                })
            }
        }
    }

    fn open_local(
        &self,
        document: &Document,
        local: &LocalChart,
        side: &Side<'_>,
        charts: &Surveyed<'_>,
    ) -> Option<Opened> {
        let tree = Tree::new(side);
        let meta = tree.document(&local.folder.join("Chart.yaml"), &mut |part| match part {
            Part::Problem(problem) if problem.rule == Rule::UnreadableFile => side.hides(problem),
            _ => {}
        })?;
        if is_library(&tree, &local.folder) {
            return None;
        }
        let name = meta.get("name").unwrap_or(&meta);
        let mut files = files_of(&tree, &local.folder);
        add_dependencies(&tree, &local.folder, &meta, charts, &mut files);
        let layers = self.layers(document);
        let (defaults, layers) =
            if local.replaces_defaults { (merged(&layers), Vec::new()) } else { (None, layers) };
        Some(Opened {
            name: name.scalar().unwrap_or_default().to_owned(),
            place: named_by(document, self.at).unwrap_or_else(|| name.clone()),
            files,
            defaults,
            layers,
        })
    }

    fn layers(&self, document: &Document) -> Vec<Arc<Node>> {
        let mut layers = Vec::new();
        for (_, below) in document.beside.layers.iter().filter(|(at, _)| *at == self.at) {
            layers.extend(below.iter().cloned());
        }
        layers
    }
}

/// The scalar of a release or a kustomization that names a chart of the repository.
fn named_by(document: &Document, at: usize) -> Option<Node> {
    if document.role == Role::Kustomization {
        return document.root.list("helmCharts").get(at)?.get("name").cloned();
    }
    if HelmRelease::read(document).is_some() {
        return template(document)?.0.chart.cloned();
    }
    argo_cd::application_sources(document).get(at)?.path.cloned()
}

fn is_library(tree: &Tree<'_>, folder: &RepoPath) -> bool {
    let meta = tree.document(&folder.join("Chart.yaml"), &mut |_| {});
    meta.is_some_and(|meta| meta.get("type").and_then(Node::scalar) == Some("library"))
}

/// The files below a folder, by their path below it.
fn files_of(tree: &Tree<'_>, folder: &RepoPath) -> Vec<(RepoPath, ChartFile)> {
    let depth = folder.as_str().split('/').filter(|part| !part.is_empty()).count();
    let mut files = Vec::new();
    let unlisted = tree.unlisted(folder);
    for path in tree.files_below(folder).chain(&unlisted).take(MAX_FILES) {
        let below: Vec<&str> = path.as_str().split('/').skip(depth).collect();
        let content = match file::read(tree, path) {
            Ok(Some(file)) => ChartFile::Text(file),
            _ => match tree.bytes(path, tree.limit().max(MAX_FILE), true) {
                Ok(Some(bytes)) => ChartFile::Bytes(bytes),
                _ => continue,
            },
        };
        files.push((RepoPath::new(&below.join("/")), content));
    }
    files
}

/// Adds the dependencies that are not below `charts/`: those of the repository, and those that were fetched.
fn add_dependencies(
    tree: &Tree<'_>,
    folder: &RepoPath,
    meta: &Node,
    charts: &Surveyed<'_>,
    files: &mut Vec<(RepoPath, ChartFile)>,
) {
    for dependency in Meta::read(meta).dependencies {
        let is_file = dependency.repository.is_some_and(|url| url.starts_with("file://"));
        if let Some(path) = local(tree, folder, dependency.name, dependency.repository).filter(|_| is_file) {
            add_below(dependency.name, files_of(tree, &path), files);
        }
    }
    for (name, named) in remote_dependencies(tree, folder) {
        if let Some(fetched) = named.request().and_then(|request| charts.get(&request)) {
            add_below(&name, files_of(&Tree::new(fetched), &RepoPath::default()), files);
        }
    }
}

fn add_below(name: &str, below: Vec<(RepoPath, ChartFile)>, files: &mut Vec<(RepoPath, ChartFile)>) {
    let folder = RepoPath::new("charts").join(name);
    for (path, file) in below {
        files.push((folder.join(path.as_str()), file));
    }
}

/// The dependencies of a chart that are fetched, by name: not those that are below `charts/`.
fn remote_dependencies(tree: &Tree<'_>, folder: &RepoPath) -> Vec<(String, NamedChart)> {
    let mut found = Vec::new();
    let Some(meta) = tree.document(&folder.join("Chart.yaml"), &mut |_| {}) else { return found };
    let lock = tree.lock(folder);
    for entry in meta.list("dependencies") {
        found.extend(of_dependency(entry, &lock));
    }
    found
}
