//! The objects that charts of the repository generate and that deploy other resources: Applications,
//! ApplicationSets, objects of Flux. They are known after these charts are rendered, and are then treated
//! like objects in files.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::{FileProblem, Rule, UnitId};
use source::{RepoPath, Site};
use yaml::Node;

use crate::document::{Document, LocalChart, Role};
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::{HelmRelease, Kustomization};
use crate::ecosystem::helm::chart::ChartUnit;
use crate::ecosystem::helm::charts_of;
use crate::ecosystem::helm::embedded::embedded;
use crate::engine::chart_object::ChartObject;
use crate::engine::content;
use crate::engine::file;
use crate::engine::part::Part;
use crate::engine::reads::Reads;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Unit};
use crate::engine::words::Words;

/// Maximum number of objects of the charts of a side.
pub(crate) const MAX_OBJECTS: usize = if cfg!(test) { 100 } else { 10_000 };
/// Maximum number of nodes of values that are searched for such objects. Larger values may hold one.
const MAX_NODES: usize = if cfg!(test) { 2_000 } else { 200_000 };

/// The kinds of such objects.
const NAMES: [&str; 4] = ["Application", "ApplicationSet", "Kustomization", "HelmRelease"];

/// The kinds of such objects in a template, or a kind that a template makes. `None` only if the pattern is
/// invalid, which the tests would show.
static KINDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"kind["']?\s*:\s*(?:\{\{|["']?(?:Application|ApplicationSet|Kustomization|HelmRelease)\b)"#)
        .ok()
});

/// A release of a chart that may make such objects.
#[derive(Clone, Debug)]
pub(crate) struct Maker {
    pub(crate) document: Document,
    reads: Arc<Reads>,
}

/// The releases of a side whose charts may generate objects that deploy other resources: the releases that
/// name such a chart and, if no release names a chart, the chart with its defaults and with each of its
/// values files.
pub(crate) fn makers(side: &Side<'_>) -> Vec<Maker> {
    let tree = Tree::new(side);
    let charts = making(&tree);
    if tree.charts().next().is_none() {
        return Vec::new();
    }
    let mut makers = Vec::new();
    for document in written_releases(side) {
        add(side, &charts, &mut makers, &Written(document));
    }
    for object in &side.objects {
        add(side, &charts, &mut makers, object);
    }
    let mut named: HashSet<RepoPath> = HashSet::new();
    for maker in &makers {
        named.extend(maker.document.beside.local.iter().map(|local| local.folder.clone()));
    }
    for folder in charts.iter().filter(|folder| !named.contains(*folder)) {
        for unit in ChartUnit::all(&tree, folder) {
            add(side, &charts, &mut makers, &unit);
        }
    }
    makers
}

/// Adds the documents of a unit that use one of the charts, or whose values hold such objects.
fn add(side: &Side<'_>, charts: &BTreeSet<RepoPath>, makers: &mut Vec<Maker>, unit: &dyn Unit) {
    let Assembled { parts, reads } = Assembled::new(unit, side);
    let reads = Arc::new(reads);
    for part in parts {
        if let Part::Document(document) = part
            && (document.beside.local.iter().any(|local| charts.contains(&local.folder))
                || !document.beside.local.is_empty() && gives_objects(&document))
        {
            makers.push(Maker { document, reads: Arc::clone(&reads) });
        }
    }
}

/// True if the values of a release hold such objects, which a chart may write as they are.
fn gives_objects(release: &Document) -> bool {
    let mut fuel = MAX_NODES;
    let own = embedded(release).into_iter().filter_map(|embedded| embedded.values.cloned());
    let layers =
        release.beside.layers.iter().flat_map(|(_, layers)| layers.iter().map(|layer| Node::clone(layer)));
    own.chain(layers).any(|values| holds_object(&values, &mut fuel))
}

/// True if a tree, or YAML in a string in it, holds such an object.
fn holds_object(node: &Node, fuel: &mut usize) -> bool {
    let Some(left) = fuel.checked_sub(1) else { return true };
    *fuel = left;
    if let Some(text) = node.scalar() {
        return text.contains('\n') && is_kind(text);
    }
    let kind = node.get("kind").and_then(Node::scalar);
    kind.is_some_and(|kind| NAMES.contains(&kind) || kind.contains("{{"))
        || node.items().iter().any(|item| holds_object(item, fuel))
        || node.entries().iter().any(|(_, value)| holds_object(value, fuel))
}

/// A release as it is written in a file.
struct Written(Document);

impl Unit for Written {
    fn id(&self) -> UnitId {
        UnitId::File(self.0.root.site().file.path().clone())
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        tree.depends_on(self.0.root.site().file.path());
        tree.read(self.0.clone(), visit);
    }
}

/// The charts that may make such an object: a file of the chart, or of a chart that it depends on, holds one.
fn making(tree: &Tree<'_>) -> BTreeSet<RepoPath> {
    let all: BTreeSet<RepoPath> = tree.charts().collect();
    let (mut known, mut open) = (all.clone(), Vec::from_iter(all.clone()));
    let (mut users, mut making) = (HashMap::<RepoPath, Vec<RepoPath>>::new(), Vec::new());
    while let Some(chart) = open.pop() {
        for below in charts_of::local_dependencies(tree, &chart) {
            users.entry(below.clone()).or_default().push(chart.clone());
            // It may be a part of another chart.
            if known.insert(below.clone()) {
                open.push(below);
            }
        }
        let mut files = tree.side().index.files_below(&chart);
        if files.any(|path| path.file_name() != "README.md" && holds_kind(tree, path)) {
            making.push(chart);
        }
    }
    let mut found = BTreeSet::new();
    while let Some(chart) = making.pop() {
        making.extend(users.remove(&chart).unwrap_or_default());
        found.insert(chart);
    }
    found.retain(|chart| all.contains(chart));
    found
}

fn holds_kind(tree: &Tree<'_>, path: &RepoPath) -> bool {
    let is_possible = |words: Words| words.holds(Words::GROUP.with(Words::HELM_RELEASE));
    is_possible(tree.side().index.words(path))
        && matches!(file::read(tree, path), Ok(Some(file)) if is_possible(Words::of(file.text().as_bytes())) && is_kind(file.text()))
}

fn is_kind(template: &str) -> bool {
    KINDS.as_ref().is_some_and(|kinds| kinds.is_match(template))
}

/// The documents of a side that may use charts of the repository, as they are written.
fn written_releases(side: &Side<'_>) -> Vec<Document> {
    let (tree, mut all) = (Tree::new(side), Vec::new());
    for (_, facts) in side.index.facts().filter(|(path, _)| !tree.is_chart_template(path)) {
        all.extend(facts.deployers.iter().filter(|document| is_release(document)).cloned());
    }
    for path in side.index.with_words(Words::HELM_RELEASE).filter(|path| !tree.is_chart_template(path)) {
        if let Ok(Some(file)) = file::read(&tree, path) {
            file::documents(&file, &mut |part| match part {
                Part::Document(document) if HelmRelease::read(&document).is_some() => all.push(document),
                _ => {}
            });
        }
    }
    all
}

fn is_release(document: &Document) -> bool {
    argo_cd::is_application(document) || argo_cd::is_set(document)
}

/// The problem of a release whose objects are not followed, or not all of them.
pub(crate) fn not_followed(maker: &Maker, why: &str) -> FileProblem {
    let at = maker.document.root.site();
    let message = format!("objects that a chart makes here, and that deploy others, are not followed: {why}");
    let help = Some("the folders and images that they name were not verified");
    let rule = (Rule::UnreadableFile, "chart-objects");
    file::problem_about("", rule, &at.file.path().clone(), message, help, Some(at))
}

/// True for an object that deploys other resources.
fn deploys(document: &Document) -> bool {
    is_release(document) || Kustomization::is(document) || HelmRelease::read(document).is_some()
}

/// True if releases name the chart of a document: the objects of the chart with its defaults are not deployed then.
pub(crate) fn is_replaced(side: &Side<'_>, release: &Document) -> bool {
    let makes_others = |local: &LocalChart| side.objects.iter().any(|known| known.folder == local.folder);
    release.role == Role::Values && release.beside.local.iter().any(makes_others)
}

/// The problem of an object that a chart makes, that deploys a chart or a folder of the repository, and that was not found
/// before the plan of the run: a fetched chart is rendered later. `at`: the place of the release.
pub(crate) fn unfollowed(tree: &Tree<'_>, at: &Site, object: &Document) -> Option<FileProblem> {
    if tree.side().known_objects.contains(&content::hash(object)) || !deploys(object) {
        return None;
    }
    let mut objects = vec![object.clone()];
    if argo_cd::is_set(object) {
        objects = tree.expanded(object).applications;
    }
    let is_here = |object: &Document| {
        tree.roots_of(object).iter().any(|root| {
            let unknown = root.deployer.as_ref().and_then(|deployer| deployer.unknown_repository.as_ref());
            tree.has_folder(&root.folder) && !unknown.is_some_and(|url| tree.is_elsewhere(url))
        }) || tree.values_below(object, &mut |_| {}).iter().any(|(_, below)| below.chart.is_some())
    };
    let has_chart =
        |object: &Document| HelmRelease::read(object).is_some() || !charts_of::fetched(object).is_empty();
    if !objects.iter().any(|object| has_chart(object) || is_here(object)) {
        return None;
    }
    let name = object.resource().and_then(|resource| resource.name.clone()).unwrap_or_default();
    let kind = object.resource().map(|resource| resource.kind.clone()).unwrap_or_default();
    let message = format!("a chart that is named here makes the {kind} {name}, which is not followed");
    let help =
        Some("the images that it deploys were not verified; an object that is written in a file is followed");
    let rule = (Rule::UnreadableFile, "chart-object");
    let about = content::hash(object).to_string();
    Some(file::problem_about(&about, rule, at.file.path(), message, help, Some(at.clone())))
}

/// Adds the objects among the rendered documents of a release. Equal objects of several releases are added
/// once.
pub(crate) fn follow(side: &mut Side<'_>, maker: &Maker, documents: &[(RepoPath, Node)]) {
    let Some(local) = maker.document.beside.local.first() else { return };
    for (template, root) in documents {
        for document in Document::classify(root.clone(), template).0 {
            if !deploys(&document) || side.known_objects.contains(&content::hash(&document)) {
                continue;
            }
            if side.objects.len() >= MAX_OBJECTS {
                side.hides(not_followed(maker, "the charts make too many objects"));
                return;
            }
            if side.known_objects.insert(content::hash(&document)) {
                let (reads, folder) = (Arc::clone(&maker.reads), local.folder.clone());
                side.objects.push(ChartObject { document, reads, folder });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_kind;

    #[test]
    fn kinds_in_templates() {
        for template in [
            "kind: Application\n",
            "kind: \"ApplicationSet\"",
            "{\"kind\": \"HelmRelease\"}",
            "kind: {{ .kind }}",
            "kind:   Kustomization",
            "kind : Application",
        ] {
            assert!(is_kind(template), "{template}");
        }
        for template in
            ["kind: Rollout\n", "kind: Applications", "kinds: [Application]", "apiVersion: argoproj.io/v1"]
        {
            assert!(!is_kind(template), "{template}");
        }
    }
}
