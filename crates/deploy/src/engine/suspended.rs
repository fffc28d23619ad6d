//! Objects that controllers leave alone: those that a change suspends or resumes, those below which a change is not
//! rolled out, and, of a whole tree, all of them.

use std::collections::BTreeMap;

use model::{FileProblem, Resource, Rule};
use source::change::Change;
use source::{Files, RepoPath, Site};

use crate::ecosystem::suspension::suspended_by;
use crate::engine::side::Side;
use crate::objects::{Objects, SuspendedObject, objects, objects_of};
use crate::plan::Plan;

/// Notices on suspended objects.
pub(crate) fn notices(plan: &Plan<'_>) -> Vec<FileProblem> {
    let head = &plan.head;
    let Some(changes) = plan.changes else {
        let all = objects(&head.files, head.limit, None).unwrap_or_default();
        return all.suspended.iter().map(suspended).collect();
    };
    let mut problems = Vec::new();
    if let Some(base) = &plan.base {
        problems.extend(toggled(head, base, changes));
    }
    problems.extend(below(head, changes));
    problems
}

fn suspended(object: &SuspendedObject) -> FileProblem {
    let message =
        format!("{} is suspended in Git, so no change of it is rolled out", named(&object.resource));
    problem(Rule::Suspended, message, object.reason.clone(), &object.site)
}

/// Objects of changed files that are suspended on one side only.
fn toggled(head: &Side<'_>, base: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let at_head = of_files(head, changes.iter().filter_map(|change| change.head.as_ref()));
    let at_base = of_files(base, changes.iter().filter_map(|change| change.base.as_ref()));
    let (now, before) = (by_name(&at_head), by_name(&at_base));
    let mut problems = Vec::new();
    for (name, object) in &now {
        if !before.contains_key(name) {
            let message =
                format!("the change suspends {}: nothing of it is rolled out until it is resumed", name.1);
            problems.push(problem(Rule::Suspends, message, object.reason.clone(), &object.site));
        }
    }
    for (name, object) in &before {
        let place = at_head.found.iter().find(|(resource, _)| key(resource) == *name);
        if let (Some((_, site)), false) = (place, now.contains_key(name)) {
            let message =
                format!("the change resumes {}: all that was changed meanwhile is rolled out", name.1);
            problems.push(problem(Rule::Resumes, message, object.reason.clone(), site));
        }
    }
    problems
}

/// Suspended deployers below whose folder files differ.
fn below(head: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for (path, facts) in head.index.facts() {
        for document in &facts.deployers {
            let Some(site) = suspended_by(document) else { continue };
            let found = objects_of(document, path);
            let (Some(object), Some(deploying)) = (found.suspended.first(), found.deploying.first()) else {
                continue;
            };
            let count = changes.iter().filter(|change| is_below(change, &deploying.folder)).count();
            if count > 0 {
                let files =
                    if count == 1 { "1 changed file".to_owned() } else { format!("{count} changed files") };
                let (name, folder) = (named(&object.resource), &deploying.folder);
                let message = format!("{name} is suspended: {files} below {folder} will not be rolled out");
                problems.push(problem(Rule::SuspendedParent, message, object.reason.clone(), &site));
            }
        }
    }
    problems
}

fn is_below(change: &Change, folder: &RepoPath) -> bool {
    change.base.iter().chain(&change.head).any(|path| path.ancestors().any(|above| above == *folder))
}

fn of_files<'p>(side: &Side<'_>, paths: impl Iterator<Item = &'p RepoPath>) -> Objects {
    let paths: Vec<RepoPath> = paths.cloned().collect();
    objects(&side.files as &dyn Files, side.limit, Some(&paths)).unwrap_or_default()
}

/// Group and namespace, then kind and name.
type Name = (String, String);

fn key(resource: &Resource) -> Name {
    let group = resource.api_version.split_once('/').map_or("", |(group, _)| group);
    let namespace = resource.namespace.clone().unwrap_or_default();
    (format!("{group}/{namespace}"), named(resource))
}

fn by_name(objects: &Objects) -> BTreeMap<Name, &SuspendedObject> {
    objects.suspended.iter().map(|object| (key(&object.resource), object)).collect()
}

fn named(resource: &Resource) -> String {
    format!("{} {}", resource.kind, resource.name.clone().unwrap_or_default())
}

fn problem(rule: Rule, message: String, reason: Option<String>, site: &Site) -> FileProblem {
    let help = reason.map(|reason| format!("the reason in its annotation: {reason}"));
    FileProblem { rule, path: site.file.path().clone(), message, help, site: Some(site.clone()), about: 0 }
}
