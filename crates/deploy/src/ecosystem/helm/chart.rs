//! Charts in the repository: their defaults, and the values files that override them. Templates are not
//! rendered; they only show if an empty tag means the version of the application. Source:
//! <https://helm.sh/docs/chart_template_guide/values_files/>.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::{FileProblem, Rule, UnitId};
use source::RepoPath;
use yaml::{self, Composed, Node, Style};

use super::model::ChartFile;
use crate::document::{Document, LocalChart, Role};
use crate::engine::file;
use crate::engine::file::problem_about;
use crate::engine::part::Part;
use crate::engine::tree::Tree;
use crate::engine::unit::Unit;

/// Maximum nesting of charts within charts.
const MAX_DEPTH: usize = 8;
/// Maximum number of charts of the repository that one chart uses, nested ones included.
const MAX_CHARTS: usize = 256;
/// Maximum number of entries of values that are merged for one unit.
pub(crate) const FUEL: usize = if cfg!(test) { 100_000 } else { 4_000_000 };
/// The cause of a problem with a chart that exceeds a limit.
const LIMIT: &str = "chart-limit";
/// The label of a default that another value replaces.
const DEFAULT: &str = "the chart's default";

/// A chart with only its defaults, or with a values file over them.
#[derive(Clone, Debug)]
pub(crate) struct ChartUnit {
    folder: RepoPath,
    layer: Option<RepoPath>,
}

/// The lowest layer of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lowest {
    /// The chart's own `values.yaml`.
    Own,
    /// No defaults: `valuesFiles` of Flux replace them.
    Replaced,
}

/// The merged values of a chart and of its subcharts.
pub(crate) struct Values {
    pub(crate) root: Node,
    pub(crate) within: Vec<Node>,
}

impl ChartUnit {
    /// A chart, with one of its values files.
    pub(crate) fn new(folder: RepoPath, layer: Option<RepoPath>) -> Self {
        Self { folder, layer }
    }

    /// The file that defines it: its values file or, for the defaults, `Chart.yaml`.
    pub(crate) fn file(&self) -> RepoPath {
        self.layer.clone().unwrap_or_else(|| self.folder.join("Chart.yaml"))
    }

    /// All units of a chart.
    pub(crate) fn all(tree: &Tree<'_>, folder: &RepoPath) -> Vec<Self> {
        let mut units = vec![Self::new(folder.clone(), None)];
        for path in tree.files_below(folder) {
            if is_layer(folder, path) {
                units.push(Self::new(folder.clone(), Some(path.clone())));
            }
        }
        units
    }

    /// The same unit in another tree; `before` returns the name that a path had there.
    pub(crate) fn before(
        &self,
        tree: &Tree<'_>,
        before: &dyn Fn(&RepoPath) -> Option<RepoPath>,
    ) -> Option<Self> {
        let folder = before(&self.folder.join("Chart.yaml"))?.parent();
        let layer = match &self.layer {
            Some(path) => Some(before(path).filter(|path| is_layer(&folder, path) && tree.has_file(path))?),
            None => None,
        };
        tree.is_chart(&folder).then(|| Self::new(folder, layer))
    }
}

impl Unit for ChartUnit {
    fn id(&self) -> UnitId {
        UnitId::Chart { folder: self.folder.clone(), values: self.layer.clone() }
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        let mut over = Vec::new();
        if let Some(path) = &self.layer {
            match file::read(tree, path) {
                Ok(Some(file)) => file::values(&file, &mut |part| match part {
                    Part::Document(document) => over.push(document.root),
                    problem @ Part::Problem(_) => visit(problem),
                }),
                Ok(None) => return,
                Err(problem) => visit(Part::Problem(problem)),
            }
        }
        let values =
            tree.chart_values(&self.folder, Lowest::Own, &over, &mut |part| match (&self.layer, part) {
                (None, part) => visit(part),
                // The other problems are those of the chart with its defaults.
                (Some(path), Part::Problem(problem)) if problem.cause == LIMIT => {
                    visit(Part::Problem(FileProblem { path: path.clone(), ..problem }));
                }
                _ => {}
            });
        let Some(values) = values else { return };
        let local = LocalChart { at: 0, folder: self.folder.clone(), replaces_defaults: false };
        let mut document = Document::new(Arc::new(values.root), Role::Values);
        document.beside.within = values.within.into_iter().map(Arc::new).collect();
        document.beside.local.push(local);
        document.beside.layers.push((0, over));
        visit(Part::Document(document));
    }
}

/// True if a file of a chart's folder has values that override its defaults: `values-prod.yaml` beside
/// `values.yaml`, or values for the chart's tests.
pub(crate) fn is_layer(folder: &RepoPath, path: &RepoPath) -> bool {
    let name = path.file_name();
    let parent = path.parent();
    let Some(stem) = name.strip_suffix(".yaml").or(name.strip_suffix(".yml")) else { return false };
    let is_beside = parent == *folder && name.starts_with("values") && !is_defaults(path);
    let is_test = parent == folder.join("ci") && stem.ends_with("values");
    is_beside || is_test
}

/// True if a file holds the defaults of its chart.
pub(crate) fn is_defaults(path: &RepoPath) -> bool {
    matches!(path.file_name(), "values.yaml" | "values.yml")
}

impl Tree<'_> {
    pub(crate) fn is_chart(&self, folder: &RepoPath) -> bool {
        self.has_file(&folder.join("Chart.yaml"))
    }

    /// The charts that are not part of another one.
    pub(crate) fn charts(&self) -> impl Iterator<Item = RepoPath> {
        let metas = self.side().regular_files().filter(|path| path.file_name() == "Chart.yaml");
        metas.map(RepoPath::parent).filter(|folder| self.outer(folder).is_none())
    }

    /// The chart that contains another one in its `charts` folder.
    fn outer(&self, folder: &RepoPath) -> Option<RepoPath> {
        let charts = folder.parent();
        (charts.file_name() == "charts" && self.is_chart(&charts.parent())).then(|| charts.parent())
    }

    /// True if a file has the values of a chart, so that it is read with the chart.
    pub(crate) fn is_values_of_chart(&self, path: &RepoPath) -> bool {
        let folder = path.parent();
        let own = is_defaults(path) && self.is_chart(&folder);
        own || [folder.clone(), folder.parent()].iter().any(|it| is_layer(it, path) && self.is_chart(it))
    }

    /// The defaults of the chart that a values file lies over.
    pub(crate) fn defaults_below(&self, path: &RepoPath) -> Option<Node> {
        let folder = path.parent();
        let mut folders = [folder.clone(), folder.parent()].into_iter();
        let chart = folders.find(|it| is_layer(it, path) && self.is_chart(it))?;
        let mut names = ["values.yaml", "values.yml"].into_iter();
        names.find_map(|name| self.document(&chart.join(name), &mut |_| {}))
    }

    /// The values of a chart, overridden by others; `None` if it is not a chart.
    pub(crate) fn chart_values(
        &self,
        folder: &RepoPath,
        lowest: Lowest,
        over: &[Arc<Node>],
        complain: &mut dyn FnMut(Part),
    ) -> Option<Values> {
        let mut work = Work { tree: self, top: folder, fuel: FUEL, charts: MAX_CHARTS, complain };
        let mut within = Vec::new();
        let layers: Vec<&Node> = over.iter().map(|node| &**node).collect();
        let root = work.values(folder, lowest, &layers, 0, &mut within)?;
        Some(Values { root, within })
    }

    /// The first document of a file.
    pub(crate) fn document(&self, path: &RepoPath, complain: &mut dyn FnMut(Part)) -> Option<Node> {
        let mut first = None;
        match file::read(self, path) {
            Ok(Some(file)) => yaml::each_document(&file, |document| match document {
                Ok(root) => _ = first.get_or_insert(root),
                Err(error) => complain(Part::Problem(crate::engine::broken::document(&file, &error))),
            }),
            Ok(None) => {}
            Err(problem) => complain(Part::Problem(problem)),
        }
        first
    }
}

struct Work<'a, 't> {
    tree: &'t Tree<'a>,
    /// The folder of the chart that is read.
    top: &'t RepoPath,
    fuel: usize,
    charts: usize,
    complain: &'t mut dyn FnMut(Part),
}

impl Work<'_, '_> {
    fn values(
        &mut self,
        folder: &RepoPath,
        lowest: Lowest,
        over: &[&Node],
        depth: usize,
        within: &mut Vec<Node>,
    ) -> Option<Node> {
        let Some(left) = self.charts.checked_sub(1).filter(|_| depth < MAX_DEPTH) else {
            self.exceeds(folder, "the chart uses too many charts, or they nest too deeply");
            return None;
        };
        self.charts = left;
        if self.tree.renders() {
            // Templates and plain files decide the rendered result.
            for path in self.tree.files_below(folder) {
                self.tree.depends_on(path);
            }
        }
        let meta = self.meta(folder)?;
        let own = if lowest == Lowest::Own { self.own_values(folder) } else { None };
        let mut root = own.unwrap_or_else(|| Node::mapping_at(Vec::new(), &meta));
        for layer in over {
            if !root.merge(layer, DEFAULT, &mut self.fuel) {
                self.exceeds(folder, "the values of the chart are too many");
            }
        }
        self.app_versions(folder, &meta, &mut root);
        self.dependencies(folder, &meta, &root, depth, within);
        Some(root)
    }

    /// Reports a chart whose values are not read because it exceeds a limit of this program.
    fn exceeds(&mut self, folder: &RepoPath, message: &str) {
        let (rule, path) = ((Rule::UnreadableFile, LIMIT), folder.join("Chart.yaml"));
        let help = Some("values in it are not checked");
        let mut problem = problem_about("", rule, &path, message.to_owned(), help, None);
        // Each change of the chart, and of the one that contains it, is not verified.
        for folder in [folder, self.top] {
            problem.about = problem.about.wrapping_add(content_below(self.tree, folder));
        }
        (self.complain)(Part::Problem(problem));
    }

    /// The content of `Chart.yaml`. Each change of a chart is not verified whose `Chart.yaml` only Helm may read.
    fn meta(&mut self, folder: &RepoPath) -> Option<Node> {
        let Self { tree, complain, .. } = self;
        tree.document(&folder.join("Chart.yaml"), &mut |part| {
            if let Part::Problem(mut problem) = part
                && problem.rule == Rule::UnreadableFile
            {
                problem.about = problem.about.wrapping_add(content_below(tree, folder));
                complain(Part::Problem(problem));
            }
        })
    }

    /// The defaults of a chart.
    fn own_values(&mut self, folder: &RepoPath) -> Option<Node> {
        let names = ["values.yaml", "values.yml"].map(|name| folder.join(name));
        let path = names.iter().find(|path| self.tree.has_file(path))?;
        self.tree.document(path, self.complain).filter(Node::is_mapping)
    }

    /// Fills in each empty tag for which a template uses the version of the application.
    fn app_versions(&self, folder: &RepoPath, meta: &Node, values: &mut Node) {
        let Some(version) = ChartFile::read(meta).app_version else { return };
        for (path, prefix) in defaulted(self.tree, folder) {
            let keys: Vec<&str> = path.split('.').collect();
            if !values.at(&keys).is_some_and(has_no_tag) {
                continue;
            }
            let map = keys.iter().try_fold(&mut *values, |node, key| node.get_mut(key));
            let Some(map) = map.filter(|map| map.is_mapping()) else { continue };
            let mut made = Composed::default();
            made.literal(&prefix);
            made.part(version, 0..version.scalar().unwrap_or_default().len());
            let tag = made.node(version, Style::Quoted, Vec::new());
            map.insert(Node::text_at("tag", version), tag);
        }
    }

    /// The values of the charts of the repository that a chart depends on.
    fn dependencies(
        &mut self,
        folder: &RepoPath,
        meta: &Node,
        values: &Node,
        depth: usize,
        within: &mut Vec<Node>,
    ) {
        for dependency in ChartFile::read(meta).dependencies {
            let Some(below) = local(self.tree, folder, dependency.name, dependency.repository) else {
                continue;
            };
            if dependency.is_off(values) {
                continue;
            }
            let global = values.get("global").map(|global| {
                Node::mapping_at(vec![(Node::text_at("global", global), global.clone())], global)
            });
            let over: Vec<&Node> = values.get(dependency.key).into_iter().chain(&global).collect();
            if let Some(root) = self.values(&below, Lowest::Own, &over, depth + 1, within) {
                within.push(root);
            }
        }
    }
}

/// A hash of the files below a folder.
fn content_below(tree: &Tree<'_>, folder: &RepoPath) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in tree.files_below(folder) {
        (path, tree.bytes(path, tree.limit(), false).ok().flatten()).hash(&mut hasher);
    }
    hasher.finish()
}

/// True if a map of values leaves its tag open.
fn has_no_tag(map: &Node) -> bool {
    match map.get("tag") {
        Some(tag) => tag.scalar() == Some("") || tag.is_null(),
        None => true,
    }
}

/// The folder of a chart of the repository that another one depends on.
pub(crate) fn local(
    tree: &Tree<'_>,
    folder: &RepoPath,
    name: &str,
    repository: Option<&str>,
) -> Option<RepoPath> {
    let path = match repository.and_then(|url| url.strip_prefix("file://")) {
        Some(path) => folder.join(path),
        None => folder.join(&format!("charts/{name}")),
    };
    (tree.is_chart(&path) && path != *folder).then_some(path)
}

/// `None` only if a pattern is invalid, which a test would show.
static DEFAULTED: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    let version = r#"(?:\(\s*printf\s+"(v?)%s"\s+[$\w]*\.Chart\.AppVersion\s*\)|[$\w]*\.Chart\.AppVersion)"#;
    let tag = r"[$\w]*\.Values\.([A-Za-z0-9_.]+)\.tag";
    Some([
        Regex::new(&format!(r"(?m){tag}(?:\s+[.$])?\s*\|\s*default\s+{version}(.*)$")).ok()?,
        Regex::new(&format!(r"(?m)^(.*)default\s+{version}\s+{tag}(.*)$")).ok()?,
    ])
});

/// The maps of values whose empty tag means the version of the application, each with the text that a
/// template puts before it. If templates differ, or append a text, the map is left out.
fn defaulted(tree: &Tree<'_>, folder: &RepoPath) -> Vec<(String, String)> {
    let Some([piped, called]) = DEFAULTED.as_ref() else { return Vec::new() };
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    for path in tree.files_below(&folder.join("templates")) {
        let Ok(Some(file)) = file::read(tree, path) else { continue };
        let text = file.text();
        let all = piped.captures_iter(text).map(|it| (it.get(1), it.get(2), None, it.get(3)));
        let all =
            all.chain(called.captures_iter(text).map(|it| (it.get(3), it.get(2), it.get(1), it.get(4))));
        for (path, prefix, before, behind) in all {
            let text =
                |group: Option<regex::Match<'_>>| group.map(|it| it.as_str().to_owned()).unwrap_or_default();
            let prefix = Some(text(prefix)).filter(|_| is_all(&text(before), &text(behind)));
            let known = found.entry(text(path)).or_insert_with(|| prefix.clone());
            if *known != prefix {
                *known = None;
            }
        }
    }
    found.into_iter().filter_map(|(path, prefix)| Some((path, prefix?))).collect()
}

/// True if the rest of the line appends nothing to a tag.
fn is_all(before: &str, behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', ')', '-']);
    let behind = behind.strip_prefix("| quote").unwrap_or(behind).trim_start_matches([' ', '-']);
    let closed = behind.strip_prefix("}}").unwrap_or(behind);
    let plain = !before.contains("%s%s") && !behind.contains("ternary");
    plain && (closed.is_empty() || closed.starts_with(['"', '\'', '@']) || behind.starts_with(['.', '$']))
}
