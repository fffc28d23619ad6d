//! Suspended objects: those that a change suspends or resumes, those below which a change is not rolled out,
//! and, for a whole tree, all of them.

use std::collections::BTreeMap;

use model::{FileProblem, Resource, Rule};
use source::change::Change;
use source::{Files, RepoPath, Site};

use crate::engine::side::Side;
use crate::engine::words::Words;
use crate::objects::{DeployingObject, Objects, SuspendedObject, objects, objects_of};
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
    let name = named(&object.resource);
    let message = format!("{name} is suspended in Git, so no change of it is rolled out");
    problem(Rule::Suspended, name, message, object.reason.clone(), &object.site)
}

/// Objects of changed files that are suspended on one side only, and objects that are suspended on both sides
/// and change.
fn toggled(head: &Side<'_>, base: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let at_head = of_files(head, changes.iter().filter_map(|change| change.head.as_ref()));
    let at_base = of_files(base, changes.iter().filter_map(|change| change.base.as_ref()));
    let (now, before) = (by_name(&at_head), by_name(&at_base));
    let mut problems = Vec::new();
    for (name, object) in &now {
        let message = match before.get(name) {
            None => {
                let message = format!(
                    "the change suspends {}: nothing of it is rolled out until it is resumed",
                    name.1
                );
                problems.push(problem(
                    Rule::Suspends,
                    name.1.clone(),
                    message,
                    object.reason.clone(),
                    &object.site,
                ));
                continue;
            }
            Some(old) if old.content == object.content => continue,
            Some(_) => format!("{} is suspended: its change will not be rolled out", name.1),
        };
        problems.push(problem(
            Rule::SuspendedParent,
            name.1.clone(),
            message,
            object.reason.clone(),
            &object.site,
        ));
    }
    for (name, object) in &before {
        let place = at_head.found.iter().find(|(resource, _)| key(resource) == *name);
        if let (Some((_, site)), false) = (place, now.contains_key(name)) {
            let message = format!("the change resumes {}: all changes since then are rolled out", name.1);
            problems.push(problem(Rule::Resumes, name.1.clone(), message, object.reason.clone(), site));
        }
    }
    problems.extend(synced_otherwise(&at_head, &at_base));
    problems
}

/// Applications whose automated sync is removed or added. Applications without it on both sides are synced by
/// hand on purpose.
fn synced_otherwise(at_head: &Objects, at_base: &Objects) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for (resource, site) in &at_head.found {
        let is_this = |(other, _): &&(Resource, Site)| key(other) == key(resource);
        let existed = at_base.found.iter().any(|other| is_this(&other));
        let now = at_head.automated.iter().any(|other| is_this(&other));
        let before = at_base.automated.iter().any(|other| is_this(&other));
        let name = named(resource);
        if before && !now {
            let message =
                format!("the change ends the automated sync of {name}: nothing is rolled out by itself");
            problems.push(problem(Rule::Suspends, format!("sync of {name}"), message, None, site));
        } else if existed && now && !before {
            let message = format!(
                "the change starts the automated sync of {name}: all changes since then are rolled out"
            );
            problems.push(problem(Rule::Resumes, format!("sync of {name}"), message, None, site));
        }
    }
    problems
}

/// Suspended deployers below whose folder files differ: suspended themselves, or by their source.
fn below(head: &Side<'_>, changes: &[Change]) -> Vec<FileProblem> {
    let all = deploying(head);
    let mut found: BTreeMap<(Name, RepoPath), FileProblem> = BTreeMap::new();
    for DeployingObject { resource, folder, source } in &all.deploying {
        let count = changes.iter().filter(|change| change.is_below(folder)).count();
        if count == 0 {
            continue;
        }
        let files = if count == 1 { "1 changed file".to_owned() } else { format!("{count} changed files") };
        for object in &all.suspended {
            let name = named(&object.resource);
            if key(&object.resource) == key(resource) || name == format!("{} {}", source.0, source.1) {
                let message = format!("{name} is suspended: {files} below {folder} will not be rolled out");
                let cause = format!("{name} {folder}");
                let notice =
                    problem(Rule::SuspendedParent, cause, message, object.reason.clone(), &object.site);
                found.insert((key(&object.resource), folder.clone()), notice);
            }
        }
    }
    found.into_values().collect()
}

/// The objects of a side that deploy folders, including Applications of ApplicationSets, and the objects of
/// files with the field that suspends sources and releases.
fn deploying(side: &Side<'_>) -> Objects {
    let mut all = of_files(side, side.index.with_words(Words::SUSPEND));
    for root in side.graph().roots() {
        if let Some(deployer) = &root.deployer {
            let of_root = objects_of(&deployer.document, &deployer.file());
            all.deploying.extend(of_root.deploying.into_iter().filter(|object| object.folder == root.folder));
            all.suspended.extend(of_root.suspended);
        }
    }
    all
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

fn problem(rule: Rule, cause: String, message: String, reason: Option<String>, site: &Site) -> FileProblem {
    let help = reason.map(|reason| format!("the reason in its annotation: {reason}"));
    let path = site.file.path().clone();
    FileProblem { rule, path, cause, message, help, site: Some(site.clone()), about: 0 }
}
