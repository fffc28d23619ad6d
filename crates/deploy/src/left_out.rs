//! Manifests that nothing known deploys: a kustomization beside or above them does not include them, or they are an export
//! of a cluster.

use std::collections::HashMap;

use model::{FileProblem, LeftOut, Reference, Rule, UnitId};
use source::RepoPath;
use yaml::Node;

use crate::build::Extraction;
use crate::document::{Document, is_kustomization_file};
use crate::engine::file;
use crate::engine::part::Part;
use crate::engine::plugins;
use crate::engine::tree::Tree;
use crate::units::Survey;

/// The first words of causes that leave open which folders are deployed.
const OPEN: [&str; 3] = ["set-", "composed-path", "versions-of-deployer"];
/// Those of charts that were not rendered, which may make objects that deploy folders.
const NOT_RENDERED: [&str; 2] = ["template", "not-rendered"];

impl Extraction {
    /// The files on their own that a kustomization beside or above them does not include, and exports. `roots`: files that
    /// are deployed in any case. A kustomization with an error may include what is not found there, a plug-in renders its
    /// folder in a way of its own, and a deployer whose folders are not known may deploy any.
    pub fn left_out(&self, survey: &Survey<'_>, roots: &[RepoPath]) -> HashMap<UnitId, LeftOut> {
        let mut open = self.broken_folders();
        open.extend(plugins::folders(&survey.side).into_iter().map(|(folder, _)| folder));
        let is_known = !self.has_cause(&OPEN);
        let mut seen: HashMap<UnitId, Option<LeftOut>> = HashMap::new();
        for holder in self.references.iter().flat_map(|reference| reference.holders()) {
            let path = holder.unit.path();
            if matches!(holder.unit, UnitId::File(_))
                && !roots.contains(path)
                && !seen.contains_key(&holder.unit)
            {
                let is_known = is_known && !open.iter().any(|folder| path.is_on_or_below(folder));
                let why = if survey.is_export(path) {
                    Some(LeftOut::Export)
                } else {
                    (is_known && survey.is_left_out(path)).then_some(LeftOut::NotIncluded)
                };
                seen.insert(holder.unit, why);
            }
        }
        seen.into_iter().filter_map(|(unit, why)| Some((unit, why?))).collect()
    }

    /// Marks the containers of workloads that nothing known deploys. Whatever else such a file holds may be applied by hand:
    /// the objects that deploy others, and values.
    pub fn mark_left_out(&mut self, survey: &Survey<'_>) {
        let mut left_out = self.left_out(survey, &[]);
        if self.has_cause(&NOT_RENDERED) {
            left_out.retain(|_, why| *why == LeftOut::Export);
        }
        for reference in &mut self.references {
            reference.left_out = of_container(reference, &left_out);
        }
    }

    /// True if something is not checked or not verified for one of these causes.
    fn has_cause(&self, words: &[&str]) -> bool {
        let is_open =
            |problem: &&FileProblem| matches!(problem.rule, Rule::NotChecked | Rule::UnreadableFile);
        self.problems
            .iter()
            .filter(is_open)
            .any(|problem| words.iter().any(|word| problem.cause.starts_with(word)))
    }

    /// The folders of kustomizations that could not be read, that kustomize refuses, or whose generators are not run.
    fn broken_folders(&self) -> Vec<RepoPath> {
        let mut folders = Vec::new();
        for problem in self.problems.iter().filter(|problem| is_kustomization_file(&problem.path)) {
            let is_open = match problem.rule {
                Rule::UnreadableFile | Rule::UnparseableFile | Rule::BrokenKustomization => true,
                Rule::NotChecked => problem.cause.starts_with("generator "),
                _ => false,
            };
            if is_open {
                folders.push(problem.path.parent());
            }
        }
        folders
    }
}

impl Survey<'_> {
    /// True for a file whose objects all have what a cluster writes: a dump of kubectl. The API server refuses to create an
    /// object with a `resourceVersion`, so nothing can be rebuilt from such a file.
    pub fn is_export(&self, path: &RepoPath) -> bool {
        let tree = Tree::new(&self.side);
        let Ok(Some(file)) = file::read(&tree, path) else { return false };
        if !file.text().contains("resourceVersion") {
            return false;
        }
        let (mut objects, mut others) = (0, 0);
        file::documents(&file, &mut |part| match part {
            Part::Document(document) if is_written_by_cluster(&document) => objects += 1,
            _ => others += 1,
        });
        objects > 0 && others == 0
    }
}

fn is_written_by_cluster(document: &Document) -> bool {
    let has = |key| {
        document.root.at(&["metadata", key]).and_then(Node::scalar).is_some_and(|text| !text.is_empty())
    };
    document.resource().is_some() && has("uid") && has("resourceVersion")
}

/// The reason why nothing known deploys a reference: each holder is a container of a workload in such a unit.
fn of_container(reference: &Reference, units: &HashMap<UnitId, LeftOut>) -> Option<LeftOut> {
    let mut why = None;
    for holder in reference.holders() {
        let of_holder =
            units.get(&holder.unit).filter(|_| holder.container.is_some() && holder.release.is_none());
        why = Some(*of_holder?);
    }
    why
}
