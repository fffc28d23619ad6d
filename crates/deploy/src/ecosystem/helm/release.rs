//! What lies below the values of a release: the defaults of a chart in the repository, values files, config
//! maps. Flux's order is the chart's own, `valuesFiles`, `valuesFrom`; Argo CD's the chart's own, `valueFiles`.

use std::sync::Arc;

use source::RepoPath;
use yaml::{self, Node};

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set::glob;
use crate::ecosystem::helm::chart::FUEL;
use crate::engine::file;
use crate::engine::tree::Tree;

/// What a layer is called that another value takes the place of.
const LAYER: &str = "set by a layer below";

impl Tree<'_> {
    /// The values below those that a document writes itself: by the index of the source, 0 for a release of
    /// Flux.
    pub(crate) fn values_below(&self, document: &Document) -> Vec<(usize, Arc<Node>)> {
        if document.is("helm.toolkit.fluxcd.io", "HelmRelease") {
            return self.below_release(document).map(|values| (0, Arc::new(values))).into_iter().collect();
        }
        let all = sources(&document.root, document).into_iter().enumerate();
        all.filter_map(|(at, source)| Some((at, Arc::new(self.below_source(document, source)?)))).collect()
    }

    fn below_release(&self, document: &Document) -> Option<Node> {
        let spec = document.root.get("spec")?;
        let chart = spec.at(&["chart", "spec"]);
        let mut layers: Vec<Arc<Node>> = Vec::new();
        let folder = chart.and_then(|chart| self.chart_folder(chart));
        let files = chart.and_then(|chart| chart.get("valuesFiles")).map(Node::items).unwrap_or_default();
        let files = files.iter().filter_map(Node::text).map(RepoPath::new);
        // The chart's own are the first of the list by habit.
        let own = folder.as_ref().map(|folder| folder.join("values.yaml"));
        layers.extend(
            files.filter(|path| Some(path) != own.as_ref()).filter_map(|path| self.values_file(&path)),
        );
        let file = document.root.site().file.path().clone();
        for source in spec.get("valuesFrom").map(Node::items).unwrap_or_default() {
            if source.get("targetPath").is_none() {
                layers.extend(self.value_of(source, &file).and_then(|value| first_within(&value)));
            }
        }
        self.put_together(folder.as_ref(), &layers)
    }

    /// The value that an entry of `valuesFrom` names.
    fn value_of(&self, source: &Node, near: &RepoPath) -> Option<Node> {
        let key = source.get("valuesKey").and_then(Node::scalar).unwrap_or("values.yaml");
        self.data_of(source, near)?.data.get(key).cloned()
    }

    /// The values of other files that a document sets one by one over all others: `targetPath` of a release of Flux,
    /// `fileParameters` of Argo CD. By the index of the source.
    pub(crate) fn values_set(&self, document: &Document) -> Vec<(usize, String, Node)> {
        let mut set = Vec::new();
        let file = document.root.site().file.path().clone();
        if document.is("helm.toolkit.fluxcd.io", "HelmRelease") {
            let from = document.root.at(&["spec", "valuesFrom"]).map(Node::items).unwrap_or_default();
            for source in from {
                if let Some(path) = source.get("targetPath").and_then(Node::scalar)
                    && let Some(value) = self.value_of(source, &file)
                {
                    set.push((0, path.to_owned(), value));
                }
            }
        }
        for (at, source) in sources(&document.root, document).into_iter().enumerate() {
            let folder = source.get("path").and_then(Node::text).map(RepoPath::new);
            for parameter in source.at(&["helm", "fileParameters"]).map(Node::items).unwrap_or_default() {
                let text = |key: &str| parameter.get(key).and_then(Node::text);
                if let (Some(name), Some(named)) = (text("name"), text("path"))
                    && let Some(path) = value_file(document, folder.as_ref(), named)
                    && let Ok(Some(content)) = file::read_within(self, &path, self.limit())
                {
                    set.push((at, name.to_owned(), Node::whole_of(&content)));
                }
            }
        }
        set
    }

    /// The folder of a chart that a release of Flux takes from a repository of files.
    fn chart_folder(&self, chart: &Node) -> Option<RepoPath> {
        let kind = chart.at(&["sourceRef", "kind"]).and_then(Node::scalar);
        let path = chart.get("chart").and_then(Node::text).filter(|_| kind != Some("HelmRepository"))?;
        let folder = RepoPath::new(path.trim_start_matches('/'));
        self.is_chart(&folder).then_some(folder)
    }

    fn below_source(&self, document: &Document, source: &Node) -> Option<Node> {
        let folder = source.get("path").and_then(Node::text).map(RepoPath::new);
        let folder = folder.filter(|folder| source.get("chart").is_none() && self.is_chart(folder));
        let files = source.at(&["helm", "valueFiles"]).map(Node::items).unwrap_or_default();
        let files = files.iter().filter_map(Node::text);
        let mut layers: Vec<Arc<Node>> = Vec::new();
        for path in files.filter_map(|named| value_file(document, folder.as_ref(), named)) {
            for path in self.matching(path) {
                layers.extend(self.values_file(&path));
            }
        }
        self.put_together(folder.as_ref(), &layers)
    }

    /// The files that a path names: itself or, if it is a glob, those that match.
    fn matching(&self, path: RepoPath) -> Vec<RepoPath> {
        if !path.as_str().contains(['*', '?', '[', '{']) {
            return vec![path];
        }
        let folder = RepoPath::new(glob::fixed(path.as_str()));
        let files = self.files_below(&folder);
        files.filter(|file| glob::matches(path.as_str(), file.as_str(), false)).cloned().collect()
    }

    fn values_file(&self, path: &RepoPath) -> Option<Arc<Node>> {
        self.document(path, &mut |_| {}).filter(Node::is_mapping).map(Arc::new)
    }

    /// The defaults of a chart with layers over them, or the layers alone.
    fn put_together(&self, chart: Option<&RepoPath>, layers: &[Arc<Node>]) -> Option<Node> {
        // What cannot be read is said of the chart itself.
        if let Some(values) = chart.and_then(|folder| self.chart_values(folder, layers, &mut |_| {})) {
            return Some(values.root);
        }
        let (first, rest) = layers.split_first()?;
        let mut root = (**first).clone();
        let mut fuel = FUEL;
        for layer in rest {
            root.lay(layer, LAYER, &mut fuel);
        }
        Some(root)
    }
}

/// The sources of an Argo CD Application.
fn sources<'a>(root: &'a Node, document: &Document) -> Vec<&'a Node> {
    if !document.is("argoproj.io", "Application") {
        return Vec::new();
    }
    // Argo CD ignores `source` beside `sources`.
    let several = root.at(&["spec", "sources"]).map(Node::items).unwrap_or_default();
    let one = root.at(&["spec", "source"]).filter(|_| several.is_empty());
    one.into_iter().chain(several).collect()
}

/// The path of a values file that an Application names: `$ref/path` from the top of the source of that name,
/// `/path` from the top of this one, else beside the chart. `None` for what is fetched or made by a template.
fn value_file(document: &Document, folder: Option<&RepoPath>, named: &str) -> Option<RepoPath> {
    if named.contains("://") || named.contains("{{") {
        return None;
    }
    if let Some((reference, path)) = named.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
        let is_it = |source: &&Node| source.get("ref").and_then(Node::scalar) == Some(reference);
        sources(&document.root, document).into_iter().find(|source| is_it(source))?;
        return Some(RepoPath::new(path));
    }
    match named.strip_prefix('/') {
        Some(path) => Some(RepoPath::new(path)),
        None => Some(folder?.join(named)),
    }
}

/// The first document within a scalar.
fn first_within(text: &Node) -> Option<Arc<Node>> {
    let mut first = None;
    yaml::within(text, |document| {
        if let Ok(root) = document {
            first.get_or_insert(root);
        }
    });
    first.filter(Node::is_mapping).map(Arc::new)
}
