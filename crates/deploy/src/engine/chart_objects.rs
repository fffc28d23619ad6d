//! The objects that charts of the repository generate and that deploy other resources: Applications,
//! ApplicationSets, objects of Flux. They are known after these charts are rendered, and are then treated
//! like objects in files.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::{FileProblem, Rule, UnitId};
use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::{HelmRelease, Kustomization};
use crate::ecosystem::helm::chart::ChartUnit;
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
const MAX_OBJECTS: usize = 10_000;

/// The kinds of such objects in a template, or a kind that a template makes. `None` only if the pattern is
/// invalid, which the tests would show.
static KINDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"kind["']?:\s*(?:\{\{|["']?(?:Application|ApplicationSet|Kustomization|HelmRelease)\b)"#)
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
    let charts: BTreeSet<RepoPath> = tree.charts().filter(|folder| may_make(&tree, folder)).collect();
    if charts.is_empty() {
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

/// Adds the documents of a unit that use one of the charts.
fn add(side: &Side<'_>, charts: &BTreeSet<RepoPath>, makers: &mut Vec<Maker>, unit: &dyn Unit) {
    let Assembled { parts, reads } = Assembled::new(unit, side);
    let reads = Arc::new(reads);
    for part in parts {
        if let Part::Document(document) = part
            && document.beside.local.iter().any(|local| charts.contains(&local.folder))
        {
            makers.push(Maker { document, reads: Arc::clone(&reads) });
        }
    }
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

/// True if a template of a chart may make such an object.
fn may_make(tree: &Tree<'_>, folder: &RepoPath) -> bool {
    let mut templates = tree.side().index.files_below(&folder.join("templates"));
    templates.any(|path| {
        let words = tree.side().index.words(path);
        (words.holds(Words::DEPLOYER) || words.holds(Words::HELM_RELEASE))
            && matches!(file::read(tree, path), Ok(Some(file)) if is_kind(file.text()))
    })
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

/// Adds the objects among the rendered documents of a release. Equal objects of several releases are added
/// once.
pub(crate) fn follow(side: &mut Side<'_>, maker: &Maker, documents: &[(RepoPath, Node)]) {
    let Some(local) = maker.document.beside.local.first() else { return };
    for (template, root) in documents {
        for document in Document::classify(root.clone(), template).0 {
            let deploys = is_release(&document)
                || Kustomization::is(&document)
                || HelmRelease::read(&document).is_some();
            if !deploys || side.known_objects.contains(&content::hash(&document)) {
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
