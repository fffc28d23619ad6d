//! Charts that kustomize renders: their values, and the transformers of their results. A root is built a
//! second time with the resources of the rendered charts. For charts that were not rendered, the values are
//! read.

use std::sync::Arc;

use model::{FileProblem, Rule};
use source::RepoPath;
use yaml::{Composed, Node, Style};

use super::built::{Built, BuiltChart};
use super::images::{Entry, split};
use super::model::{HelmChart, ImageEntry, Kustomization, ValuesMerge};
use super::problem::exceeded;
use super::work::Work;
use crate::ecosystem::helm::chart::Lowest;
use crate::engine::part::Part;

/// The folder of charts if a kustomization names none.
const HOME: &str = "charts";
/// Maximum number of entries of values that are merged or searched for one chart.
const FUEL: usize = if cfg!(test) { 100_000 } else { 4_000_000 };
/// Maximum nesting of values: the parser ends at 255, but aliases may exceed this.
const MAX_DEPTH: usize = 512;
/// The message about a chart that exceeds a limit.
const TOO_LARGE: &str = "the values of this chart are too large; only a part of them was read";
/// The label of a value that a higher layer overrides.
const LAYER: &str = "set by a layer below";

/// Adds the charts of a kustomization.
pub(super) fn add(work: &Work<'_, '_>, folder: &RepoPath, kustomization: &Kustomization, built: &mut Built) {
    for chart in &kustomization.charts {
        let namespace = chart.namespace.clone().or_else(|| kustomization.namespace.clone());
        let chart = HelmChart { namespace, ..chart.clone() };
        add_one(work, folder, kustomization.chart_home.as_ref(), &chart, built);
    }
}

/// Adds one chart, or its resources if it was rendered. `home`: the folder of the charts in the repository,
/// if the chart names none itself.
pub(super) fn add_one(
    work: &Work<'_, '_>,
    folder: &RepoPath,
    home: Option<&Node>,
    chart: &HelmChart,
    built: &mut Built,
) {
    let home = chart.home.as_ref().or(home).and_then(Node::scalar).unwrap_or(HOME);
    let local = local(work, &folder.join(home), chart);
    let layers = layers(work, folder, chart, built);
    let mut hidden = None;
    let root = chart.alone(values(work, local.as_ref(), &layers, &mut hidden));
    if let Some(message) = hidden {
        built.problems.push(exceeded(&chart.node, message));
    }
    let chart = BuiltChart { root, local, layers, images: Vec::new(), patches: Vec::new(), rendered: None };
    let Some(rendered) = work.tree.rendered_chart(&chart.clone().document()) else {
        built.is_open = true;
        return built.charts.push(chart);
    };
    built.is_open |= rendered.is_open;
    built.charts.push(BuiltChart { rendered: Some(rendered.is_open), ..chart });
    for resource in rendered.resources() {
        built.add(resource);
    }
}

/// The values of a chart. If the chart is in the repository, its defaults are the lowest layer. `hidden` gets the reason why
/// a part of them is not read.
fn values(
    work: &Work<'_, '_>,
    local: Option<&RepoPath>,
    layers: &[Arc<Node>],
    hidden: &mut Option<String>,
) -> Option<Node> {
    let mut of_chart = |part| {
        if let Part::Problem(FileProblem { rule: Rule::UnreadableFile, path, message, .. }) = part {
            hidden.get_or_insert(format!("{path} of this chart: {message}"));
        }
    };
    if let Some(local) = local
        && let Some(values) = work.tree.chart_values(local, Lowest::Own, layers, &mut of_chart)
    {
        return Some(values.root);
    }
    let (first, rest) = layers.split_first()?;
    let mut values = (**first).clone();
    let mut fuel = FUEL;
    for layer in rest {
        if !values.merge(layer, LAYER, &mut fuel) {
            hidden.get_or_insert(TOO_LARGE.to_owned());
        }
    }
    Some(values)
}

/// The values that the entry contains or names, the lowest first. kustomize itself merges those of the entry
/// and of its file, where a null removes a key. Helm gets the result, and the additional files over it.
fn layers(work: &Work<'_, '_>, folder: &RepoPath, chart: &HelmChart, built: &mut Built) -> Vec<Arc<Node>> {
    let mut fits = true;
    let inline = chart.values.as_ref().filter(|values| !values.entries().is_empty());
    let is_read = chart.merge != ValuesMerge::Replace || inline.is_none();
    let file = chart.values_file.as_ref().filter(|_| is_read);
    let file = file.and_then(|entry| values_file(work, folder, entry, built));
    let mut layers = Vec::new();
    layers.extend(match (inline, chart.merge) {
        (None, _) => file,
        (Some(inline), ValuesMerge::Replace) => Some(Arc::new(inline.clone())),
        (Some(inline), ValuesMerge::Override) => Some(merged(file.as_deref(), inline, &mut fits)),
        (Some(inline), ValuesMerge::Merge) => match file {
            Some(file) => Some(merged(Some(inline), &file, &mut fits)),
            None => Some(Arc::new(inline.clone())),
        },
    });
    if !fits {
        built.problems.push(exceeded(&chart.node, TOO_LARGE.to_owned()));
    }
    for entry in &chart.additional_values_files {
        layers.extend(values_file(work, folder, entry, built));
    }
    layers
}

/// Values merged over others, as kustomize does: a null removes the key below, and is left out itself.
fn merged(below: Option<&Node>, over: &Node, fits: &mut bool) -> Arc<Node> {
    let mut all = below.cloned().unwrap_or_else(|| over.emptied());
    *fits &= all.merge(over, LAYER, &mut FUEL.clone());
    *fits &= remove_nulls(&mut all, below, 0);
    Arc::new(all)
}

/// Removes each null that is not in the values below. False if the values are nested too deep.
fn remove_nulls(values: &mut Node, below: Option<&Node>, depth: usize) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    let mut fits = true;
    let mut nulls = Vec::new();
    for (key, value) in values.entries_mut().into_iter().flatten() {
        let Some(name) = key.scalar() else { continue };
        let below = below.and_then(|below| below.get(name));
        if value.is_null() && below.is_none() {
            nulls.push(name.to_owned());
        } else if value.is_mapping() {
            fits &= remove_nulls(value, below, depth + 1);
        }
    }
    for name in nulls {
        values.remove(&name);
    }
    fits
}

fn values_file(work: &Work<'_, '_>, folder: &RepoPath, entry: &Node, built: &mut Built) -> Option<Arc<Node>> {
    let documents = work.documents(folder, entry, entry.scalar()?, built);
    documents.into_iter().next().filter(|values| values.is_mapping())
}

/// The folder of a chart in the repository, where kustomize looks before it downloads one.
fn local(work: &Work<'_, '_>, home: &RepoPath, chart: &HelmChart) -> Option<RepoPath> {
    let name = chart.name.as_ref().and_then(Node::scalar)?;
    let version = chart.version.as_ref().and_then(Node::scalar);
    let folder = match version.filter(|_| chart.repository.is_some()) {
        Some(version) => home.join(&format!("{name}-{version}/{name}")),
        None => home.join(name),
    };
    work.tree.is_chart(&folder).then_some(folder)
}

/// Notes `images` that change the rendered results of charts, and marks those that apply to an image in the
/// values of a chart.
pub(super) fn apply_images(built: &mut Built, entries: &mut [Entry]) {
    for chart in built.charts.iter_mut().filter(|chart| chart.rendered != Some(false)) {
        if let Some(values) = HelmChart::values_in(&chart.root)
            && !apply(&mut values.clone(), "", entries, &mut FUEL.clone(), 0)
        {
            built.problems.push(exceeded(&chart.root, TOO_LARGE.to_owned()));
        }
        chart.images.extend(entries.iter().map(|entry| entry.node.clone()));
    }
}

/// Notes patches that may change the rendered results of charts.
pub(super) fn note_patches(built: &mut Built, patches: &[Arc<Node>]) {
    for chart in &mut built.charts {
        chart.patches.extend(patches.iter().cloned());
    }
}

/// Applies entries of `images` to the images that the values of a chart name; false if a limit is exceeded, so that a part was
/// not searched.
pub(crate) fn changed_images(values: &mut Node, entries: &[Node]) -> bool {
    let mut read = Vec::new();
    for entry in entries {
        read.push(Entry::new(&ImageEntry::read(entry)));
    }
    read.is_empty() || apply(values, "", &mut read, &mut FUEL.clone(), 0)
}

/// False if a limit is exceeded, so that a part was not searched.
fn apply(node: &mut Node, key: &str, entries: &mut [Entry], fuel: &mut usize, depth: usize) -> bool {
    let Some(left) = fuel.checked_sub(1).filter(|_| depth < MAX_DEPTH) else { return false };
    *fuel = left;
    let mut fits = true;
    if node.scalar().is_some() {
        if key.to_ascii_lowercase().ends_with("image")
            && let Some(new) = applied(node, entries)
        {
            *node = new;
        }
        return fits;
    }
    if node.is_sequence() {
        for item in node.items_mut().into_iter().flatten() {
            fits &= apply(item, "", entries, fuel, depth + 1);
        }
        return fits;
    }
    apply_to_parts(node, entries);
    for (key, value) in node.entries_mut().into_iter().flatten() {
        let key = key.scalar().unwrap_or_default().to_owned();
        fits &= apply(value, &key, entries, fuel, depth + 1);
    }
    fits
}

fn applied(image: &Node, entries: &mut [Entry]) -> Option<Node> {
    let mut new = None;
    for entry in entries {
        if let Some(image) = entry.applied(new.as_ref().unwrap_or(image)) {
            new = Some(image);
        }
    }
    new
}

/// Applies entries to a mapping of `registry`, `repository`, `tag` and `digest`.
fn apply_to_parts(map: &mut Node, entries: &mut [Entry]) {
    let Some(repository) = part(map, "repository") else { return };
    let mut image = Composed::default();
    for (key, separator) in [("registry", "/"), ("repository", "")] {
        if let Some(part) = part(map, key) {
            image.part(&part, 0..part.scalar().unwrap_or_default().len());
            image.literal(separator);
        }
    }
    for (key, separator) in [("tag", ":"), ("digest", "@")] {
        if let Some(part) = part(map, key) {
            image.literal(separator);
            image.part(&part, 0..part.scalar().unwrap_or_default().len());
        }
    }
    let image = image.node(&repository, Style::Quoted, Vec::new());
    let Some(new) = applied(&image, entries) else { return };
    let ranges = split(new.scalar().unwrap_or_default());
    map.remove("registry");
    for (key, range) in ["repository", "tag", "digest"].into_iter().zip(ranges) {
        if range.is_empty() {
            map.remove(key);
            continue;
        }
        let mut part = Composed::default();
        part.part(&new, range);
        let part = part.node(&new, Style::Quoted, new.history().to_vec());
        map.insert(Node::text_at(key, &part), part);
    }
}

/// A part of an image that is written.
fn part(map: &Node, key: &str) -> Option<Node> {
    map.get(key).filter(|part| !part.is_null() && part.scalar().is_some_and(|text| !text.is_empty())).cloned()
}
