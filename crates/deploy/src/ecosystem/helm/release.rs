//! The values below those of a release: the defaults of a chart in the repository, values files, config maps.
//! The order of Flux: `valuesFiles`, or the chart's own values without them, then `valuesFrom`, then values
//! with a `targetPath`, which override all. The order of Argo CD: the chart's own values, then `valueFiles`.

use std::sync::Arc;

use model::{FileProblem, Rule};
use source::RepoPath;
use yaml::{self, Node};

use crate::document::Document;
use crate::ecosystem::argo_cd::application_set::glob;
use crate::ecosystem::argo_cd::model::{self as argo_cd, Source};
use crate::ecosystem::flux::model::{ChartTemplate, HelmRelease, ValuesFrom};
use crate::ecosystem::helm::chart::{FUEL, Lowest};
use crate::engine::broken;
use crate::engine::content;
use crate::engine::file;
use crate::engine::file::problem_about;
use crate::engine::part::Part;
use crate::engine::tree::Tree;

/// The values below those in a document itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Below {
    /// All of them, over the defaults of a chart in the repository.
    pub(crate) merged: Option<Node>,
    /// The layers, the lowest first, without the defaults of a chart.
    pub(crate) layers: Vec<Arc<Node>>,
    /// The folder of a chart in the repository.
    pub(crate) chart: Option<RepoPath>,
    /// True if the first layers replace the chart's own values.
    pub(crate) replaces_defaults: bool,
}

/// The label of a value that a higher layer overrides.
const LAYER: &str = "set by a layer below";

impl Tree<'_> {
    /// The values below those in a document itself: by the index of the source, 0 for a release of Flux. A
    /// values file that cannot be read is a problem.
    pub(crate) fn values_below(
        &self,
        document: &Document,
        complain: &mut dyn FnMut(Part),
    ) -> Vec<(usize, Below)> {
        let mut below = Vec::new();
        if let Some(release) = HelmRelease::read(document) {
            below.push((0, self.below_release(&release, document, complain)));
        }
        let sources = argo_cd::application_sources(document);
        for (at, source) in sources.iter().enumerate() {
            below.push((at, self.below_source(document, &sources, source, complain)));
        }
        below
    }

    fn below_release(
        &self,
        release: &HelmRelease<'_>,
        document: &Document,
        complain: &mut dyn FnMut(Part),
    ) -> Below {
        let near = document.root.site().file.path().clone();
        let mut layers: Vec<Arc<Node>> = Vec::new();
        let template = template(document);
        let repository = template.and_then(|(chart, holder)| self.source_folder(&chart.source, holder));
        let chart = template.map(|(chart, _)| chart);
        let folder = chart.and_then(|chart| chart.folder(repository.as_ref()));
        // The values files of a chart from a chart repository are files of the chart.
        let files = chart.filter(|_| folder.is_some()).map(|chart| chart.values_files);
        for path in files.unwrap_or_default().iter().filter_map(Node::text) {
            let path = repository.clone().unwrap_or_default().join(path);
            layers.extend(self.values_file(&path, complain));
        }
        let folder = folder.filter(|folder| self.is_chart(folder));
        let lowest = if layers.is_empty() { Lowest::Own } else { Lowest::Replaced };
        for source in release.values_from.iter().filter(|source| source.target_path.is_none()) {
            layers.extend(self.value_of(source, &near).and_then(|value| first_within(&value, complain)));
        }
        let merged = self.put_together(document, folder.as_ref(), lowest, &layers, complain);
        Below { merged, layers, chart: folder, replaces_defaults: lowest == Lowest::Replaced }
    }

    /// The value that an entry of `valuesFrom` names.
    fn value_of(&self, source: &ValuesFrom<'_>, near: &RepoPath) -> Option<Node> {
        self.data_of(source.node, near)?.data.get(source.key).cloned()
    }

    /// The single values from other files that override all others, by the index of the source: `targetPath`
    /// of a release of Flux, `fileParameters` of Argo CD.
    pub(crate) fn values_set(&self, document: &Document) -> Vec<(usize, String, Node)> {
        let mut set = Vec::new();
        let near = document.root.site().file.path().clone();
        for source in HelmRelease::read(document).map(|release| release.values_from).unwrap_or_default() {
            if let Some(path) = source.target_path
                && let Some(value) = self.value_of(&source, &near)
            {
                set.push((0, path.to_owned(), value));
            }
        }
        let sources = argo_cd::application_sources(document);
        for (at, source) in sources.iter().enumerate() {
            for parameter in source.file_parameters() {
                if let Some(named) = parameter.value.and_then(Node::text)
                    && let Some(path) = self.value_file(&sources, source, named)
                    && let Ok(Some(content)) = file::read_within(self, &path, self.limit())
                {
                    set.push((at, parameter.name.to_owned(), Node::whole_of(&content)));
                }
            }
        }
        set
    }

    fn below_source(
        &self,
        document: &Document,
        sources: &[Source<'_>],
        source: &Source<'_>,
        complain: &mut dyn FnMut(Part),
    ) -> Below {
        let folder = self.named_by(source);
        let folder = folder.filter(|folder| source.chart.is_none() && self.is_chart(folder));
        let mut layers: Vec<Arc<Node>> = Vec::new();
        for named in source.value_files() {
            let Some(path) = self.value_file(sources, source, named) else { continue };
            for matching in self.matching(path) {
                layers.extend(self.values_file(&matching, complain));
            }
        }
        let merged = self.put_together(document, folder.as_ref(), Lowest::Own, &layers, complain);
        Below { merged, layers, chart: folder, replaces_defaults: false }
    }

    /// The folder of this tree that is the repository of a source; the root of this tree if the repository is
    /// unknown.
    fn top_of(&self, source: &Source<'_>) -> RepoPath {
        source.repository().and_then(|url| self.repository_folder(url)).cloned().unwrap_or_default()
    }

    /// The folder that a source names, a chart or not.
    fn named_by(&self, source: &Source<'_>) -> Option<RepoPath> {
        Some(self.top_of(source).join(source.path?.text()?))
    }

    /// The path of a values file that a source names: `$ref/path` is relative to the source of that name,
    /// `/path` to the root of this source, any other path to the chart. `None` for a file that is fetched, or
    /// a path that a template makes.
    fn value_file(&self, sources: &[Source<'_>], source: &Source<'_>, named: &str) -> Option<RepoPath> {
        if named.contains("://") || named.contains("{{") {
            return None;
        }
        if let Some((reference, path)) = named.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
            let other = sources.iter().find(|source| source.reference == Some(reference))?;
            return Some(self.top_of(other).join(path));
        }
        match named.strip_prefix('/') {
            Some(path) => Some(self.top_of(source).join(path)),
            None => Some(self.named_by(source)?.join(named)),
        }
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

    fn values_file(&self, path: &RepoPath, complain: &mut dyn FnMut(Part)) -> Option<Arc<Node>> {
        self.document(path, complain).filter(Node::is_mapping).map(Arc::new)
    }

    /// The defaults of a chart merged with layers, or only the layers.
    fn put_together(
        &self,
        release: &Document,
        chart: Option<&RepoPath>,
        lowest: Lowest,
        layers: &[Arc<Node>],
        complain: &mut dyn FnMut(Part),
    ) -> Option<Node> {
        let mut of_chart = |part| {
            if let Part::Problem(problem) = part {
                of_release(release, layers, problem, complain);
            }
        };
        if let Some(values) =
            chart.and_then(|folder| self.chart_values(folder, lowest, layers, &mut of_chart))
        {
            return Some(values.root);
        }
        let (first, rest) = layers.split_first()?;
        let mut root = (**first).clone();
        let mut fuel = FUEL;
        for layer in rest {
            if !root.merge(layer, LAYER, &mut fuel) {
                complain(Part::Problem(too_many(layer)));
            }
        }
        Some(root)
    }
}

/// The chart that a release of Flux names, and the document that names it: the release, or the `HelmChart` of its `chartRef`.
pub(crate) fn template(release: &Document) -> Option<(ChartTemplate<'_>, &Document)> {
    let holder = release.beside.chart.as_deref().unwrap_or(release);
    Some((ChartTemplate::read(holder)?, holder))
}

/// Reports a file of a chart that hides what a release deploys: each change of the release is not verified. Other problems
/// are those of the chart itself.
fn of_release(
    release: &Document,
    layers: &[Arc<Node>],
    mut problem: FileProblem,
    complain: &mut dyn FnMut(Part),
) {
    if problem.rule == Rule::UnreadableFile {
        let mut with_layers = release.clone();
        with_layers.beside.layers.push((0, layers.to_vec()));
        problem.about = problem.about.wrapping_add(content::hash(&with_layers));
        complain(Part::Problem(problem));
    }
}

/// The problem of values that are not merged completely.
pub(crate) fn too_many(layer: &Node) -> FileProblem {
    let (rule, path) = ((Rule::UnreadableFile, "many-values"), layer.site().file.path().clone());
    let message = "the values are too many, or nest too deeply; only a part of them was checked".to_owned();
    problem_about(layer.site().text(), rule, &path, message, None, None)
}

/// The first document within a scalar. A document that only the deployer may read is a problem.
fn first_within(text: &Node, complain: &mut dyn FnMut(Part)) -> Option<Arc<Node>> {
    let mut first = None;
    yaml::within(text, |document| match document {
        Ok(root) => _ = first.get_or_insert(root),
        Err(broken) if broken.is_ambiguous && first.is_none() => {
            complain(Part::Problem(broken::in_string(text, &broken)));
        }
        Err(_) => {}
    });
    first.filter(Node::is_mapping).map(Arc::new)
}
