//! Containers that Git deploys and the cluster does not have.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cluster::{KINDS, Workload};
use model::{LeftOut, UnitId};

use crate::declared::{Declared, named};
use crate::exclusions::Reason;
use crate::pairs::{Failing, Item, State};
use crate::run::Run;
use crate::tracked;

/// Adds the containers of Git that were not found, and excludes those about which nothing is known. `absent`: the kinds
/// that the dump does not have.
pub(crate) fn add(run: &mut Run<'_>, absent: &[&str]) {
    let present = present(run);
    let only = only_namespace(run.workloads);
    let rest: Vec<Declared> =
        run.tree.containers().filter(|declared| !run.found.contains(&declared.place)).cloned().collect();
    let alive: BTreeSet<(String, Option<String>, String)> = run
        .found
        .iter()
        .map(|place| (place.kind.clone(), place.namespace.clone(), place.name.clone()))
        .collect();
    for declared in rest {
        let place = &declared.place;
        let is_live = alive.contains(&(place.kind.clone(), place.namespace.clone(), place.name.clone()));
        let is_here = is_live || declared.ways.iter().any(|way| present.contains(&way.tree.unit));
        if let Some(reason) = reason(run, &declared, is_live, is_here) {
            let is_left_out = matches!(reason, Reason::NotIncluded | Reason::Export);
            let name = if is_left_out { declared.with_units() } else { place.to_string() };
            run.exclusions.add(reason, name);
            continue;
        }
        let namesakes = run.namesakes.get(&(place.kind.clone(), place.name.clone())).copied().unwrap_or(0);
        let is_any = place.namespace.is_none() && !is_live;
        let state = if is_any && namesakes > 1 {
            State::Unknown(format!(
                "Git names no namespace for it, and the cluster has {namesakes} of the kind {} and the name {}: add \
                 the namespace in Git",
                place.kind, place.name
            ))
        } else if is_any && namesakes == 1 {
            State::NotLive(Failing::NoContainer)
        } else if absent.contains(&place.kind.as_str()) {
            State::Unknown(format!("the dump holds no {}", place.kind))
        } else if is_live {
            State::NotLive(Failing::NoContainer)
        } else if let Some(only) =
            only.filter(|only| place.namespace.as_deref().is_some_and(|own| own != *only))
        {
            State::Unknown(format!("the dump holds nothing but the namespace {only}: write it with -A"))
        } else {
            State::NotLive(Failing::NoWorkload)
        };
        let git = declared
            .ways
            .into_iter()
            .find(|way| is_live || present.contains(&way.tree.unit))
            .map(|way| way.tree);
        run.items.push(Item { place: declared.place, git, live: None, state });
    }
    let unused = run.tree.fields.iter().enumerate().filter(|(at, _)| !run.used.contains(at));
    for (_, field) in unused {
        if let Some(reference) = run.git.references.get(field.way.tree.reference) {
            run.exclusions.add(Reason::NoContainer, named(reference, &field.way.tree.unit));
        }
    }
}

/// The reason for which nobody expects a container of Git in the cluster.
fn reason(run: &Run<'_>, declared: &Declared, is_live: bool, is_here: bool) -> Option<Reason> {
    let kind = &declared.place.kind;
    if !is_live && !run.git.takes(declared.place.namespace.as_deref()) {
        Some(Reason::OtherNamespaceInGit)
    } else if let Some(left_out) = declared.left_out() {
        Some(match left_out {
            LeftOut::NotIncluded => Reason::NotIncluded,
            LeftOut::Export => Reason::Export,
        })
    } else if declared.is_hook {
        Some(Reason::HookInGit)
    } else if !is_here {
        Some(Reason::OtherCluster)
    } else if !KINDS.iter().any(|(known, _)| known == kind) {
        Some(Reason::CustomResource)
    } else {
        (kind == "Job" && !is_live).then_some(Reason::JobInGit)
    }
}

/// The namespace of all workloads, if it is one: the dump may hold no other. That of a whole cluster has several.
fn only_namespace(workloads: &[Workload]) -> Option<&str> {
    let mut namespaces = workloads.iter().map(|workload| workload.identity.namespace.as_str());
    let first = namespaces.next()?;
    namespaces.all(|namespace| namespace == first).then_some(first)
}

/// The units that the cluster has: something of them runs, the labels of workloads name their deployer and no other of the
/// same name, or one of their namespaces is in the dump.
fn present(run: &Run<'_>) -> HashSet<UnitId> {
    let mut present = run.present.clone();
    let namespaces: BTreeSet<&str> =
        run.workloads.iter().map(|workload| workload.identity.namespace.as_str()).collect();
    for (unit, own) in &run.tree.namespaces {
        if own.iter().any(|namespace| namespaces.contains(namespace.as_str())) {
            present.insert(unit.clone());
        }
    }
    let mut by_name: BTreeMap<String, Vec<&UnitId>> = BTreeMap::new();
    for deployment in run.git.deployments {
        let is_named =
            run.workloads.iter().any(|workload| tracked::names(&workload.tracking, &deployment.by));
        if is_named {
            let name = deployment.by.name.clone().unwrap_or_default();
            by_name.entry(format!("{} {name}", deployment.by.kind)).or_default().push(&deployment.unit);
        }
    }
    for units in by_name.into_values().filter(|units| units.len() == 1) {
        present.extend(units.into_iter().cloned());
    }
    present
}
