//! The units of a side: roots, charts, and files on their own.

use std::collections::HashSet;

use model::UnitId;
use source::RepoPath;

use crate::document::is_kustomization_file;
use crate::ecosystem::helm::chart::ChartUnit;
use crate::engine::file_unit::FileUnit;
use crate::engine::index::is_candidate;
use crate::engine::reads::Difference;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Pair, Unit};

/// All units of a side; files on their own only if they are `wanted`.
pub(crate) fn all(side: &Side<'_>, wanted: fn(&RepoPath) -> bool) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for root in side.graph().roots() {
        pairs.push(Pair::alone(root.clone()));
    }
    for chart in charts(side) {
        pairs.push(Pair::alone(chart));
    }
    for object in &side.objects {
        pairs.push(Pair::alone(object.clone()));
    }
    for path in files(side).filter(|path| wanted(path)) {
        pairs.push(Pair::alone(FileUnit::new(path.clone())));
    }
    pairs
}

/// The units of a side on a path: roots, charts, a file.
pub(crate) fn on(side: &Side<'_>, path: &RepoPath) -> Vec<Box<dyn Unit>> {
    let mut units: Vec<Box<dyn Unit>> = Vec::new();
    for root in side.graph().roots_on(path) {
        units.push(Box::new(root.clone()));
    }
    for chart in charts(side).into_iter().filter(|chart| chart.id().path() == path) {
        units.push(Box::new(chart));
    }
    if side.index.has_file(path) && is_unit(side, path) {
        units.push(Box::new(FileUnit::new(path.clone())));
    }
    units
}

/// The units of base whose file, chart or folder head does not have. `kept`: the units of base that have a
/// counterpart at head.
pub(crate) fn gone(
    head: &Side<'_>,
    base: &Side<'_>,
    difference: &Difference,
    kept: &HashSet<UnitId>,
) -> Vec<Box<dyn Unit>> {
    let mut units: Vec<Box<dyn Unit>> = Vec::new();
    if head.graph().is_built_as(base.graph()) {
        return units;
    }
    for root in base.graph().roots() {
        let is_deployed = head.graph().roots_on(&root.folder).next().is_some();
        if !is_deployed && !kept.contains(&root.id) {
            units.push(Box::new(root.clone()));
        }
    }
    let mut files: Vec<&RepoPath> = Vec::new();
    for path in difference.files() {
        if base.index.has_file(path) && !head.index.has_file(path) {
            files.push(path);
        }
    }
    let charts = if files.is_empty() { Vec::new() } else { charts(base) };
    for chart in charts {
        if files.contains(&&chart.file()) && !kept.contains(&chart.id()) {
            units.push(Box::new(chart));
        }
    }
    for object in base.objects.iter().filter(|object| object.same_in(head).is_none()) {
        units.push(Box::new(object.clone()));
    }
    files.sort();
    for path in files.into_iter().filter(|path| is_candidate(path) && is_unit(base, path)) {
        let unit = FileUnit::new(path.clone());
        if !kept.contains(&unit.id()) {
            units.push(Box::new(unit));
        }
    }
    units
}

/// The charts of a side, each with its defaults and with each of its values files.
pub(crate) fn charts(side: &Side<'_>) -> Vec<ChartUnit> {
    let tree = Tree::new(side);
    tree.charts().flat_map(|folder| ChartUnit::all(&tree, &folder)).collect()
}

/// The files of a side that are separate units.
pub(crate) fn files<'s>(side: &'s Side<'_>) -> impl Iterator<Item = &'s RepoPath> {
    side.index.files().filter(|path| is_unit(side, path))
}

/// True if a file is a separate unit. A link is a unit if it may contain references by its name, and its
/// target may not.
pub(crate) fn is_unit(side: &Side<'_>, path: &RepoPath) -> bool {
    let is_file = match side.files.real(path) {
        Some(target) => is_candidate(path) && !is_candidate(target),
        None => true,
    };
    is_file && stands_alone(side, path)
}

/// True if no other unit reads a file as its own.
fn stands_alone(side: &Side<'_>, path: &RepoPath) -> bool {
    if is_kustomization_file(path) && side.index.kustomization(&path.parent()).is_none() {
        // It could not be read, so no root reports it.
        return true;
    }
    !side.graph().takes_part(path) && !Tree::new(side).is_values_of_chart(path)
}
