//! Charts that kustomize renders: the values that they get, and the `images` that change them afterwards. Templates are
//! not rendered, so both are read from the values.

use std::sync::Arc;

use model::Resource;
use source::RepoPath;
use yaml::{Composed, Node, Style};

use super::built::{Built, BuiltChart};
use super::fields;
use super::fields::FieldSpec;
use super::images::{Entry, split};
use super::item::Item;
use super::model::{HelmChart, ImageEntry, Kustomization, ValuesMerge};
use super::work::Work;
use crate::ecosystem::helm::chart::Lowest;

/// The folder of charts where a kustomization names none.
const HOME: &str = "charts";
/// Most entries of values that are merged or searched for one chart.
const FUEL: usize = 4_000_000;
/// Deepest nesting of values: the parser ends at 255, aliases may add up.
const MAX_DEPTH: usize = 512;
/// The label of a value that one of a layer above replaces.
const LAYER: &str = "set by a layer below";

/// Adds the charts of a kustomization.
pub(super) fn add(work: &Work<'_, '_>, folder: &RepoPath, kustomization: &Kustomization, built: &mut Built) {
    for chart in &kustomization.charts {
        add_one(work, folder, kustomization.chart_home.as_ref(), chart, built);
    }
}

/// Adds one chart. `home`: the folder of the charts in the repository, where the chart names none itself.
pub(super) fn add_one(
    work: &Work<'_, '_>,
    folder: &RepoPath,
    home: Option<&Node>,
    chart: &HelmChart,
    built: &mut Built,
) {
    built.is_open = true;
    let home = chart.home.as_ref().or(home).and_then(Node::scalar).unwrap_or(HOME);
    let home = folder.join(home);
    let values = values(work, folder, &home, chart, built);
    let is_local = local(work, &home, chart).is_some();
    built.charts.push(BuiltChart { root: chart.alone(values), is_local, images: Vec::new() });
}

/// The values of a chart, the defaults of a chart in the repository below them.
fn values(
    work: &Work<'_, '_>,
    folder: &RepoPath,
    home: &RepoPath,
    chart: &HelmChart,
    built: &mut Built,
) -> Option<Node> {
    let layers = layers(work, folder, chart, built);
    if let Some(local) = local(work, home, chart)
        && let Some(values) = work.tree.chart_values(&local, Lowest::Own, &layers, &mut |_| {})
    {
        return Some(values.root);
    }
    let (first, rest) = layers.split_first()?;
    let mut values = (**first).clone();
    let mut fuel = FUEL;
    for layer in rest {
        values.lay(layer, LAYER, &mut fuel);
    }
    Some(values)
}

/// The values that the entry has or names, the lowest first.
fn layers(work: &Work<'_, '_>, folder: &RepoPath, chart: &HelmChart, built: &mut Built) -> Vec<Arc<Node>> {
    let inline = chart.values.clone().map(Arc::new);
    let is_read = chart.merge != ValuesMerge::Replace || inline.is_none();
    let file = chart.values_file.as_ref().filter(|_| is_read);
    let file = file.and_then(|entry| values_file(work, folder, entry, built));
    let mut layers: Vec<Arc<Node>> = match chart.merge {
        ValuesMerge::Merge => inline.into_iter().chain(file).collect(),
        ValuesMerge::Override | ValuesMerge::Replace => file.into_iter().chain(inline).collect(),
    };
    for entry in &chart.additional_values_files {
        layers.extend(values_file(work, folder, entry, built));
    }
    layers
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

/// Applies `images` to the images that the values of charts name. Those of a chart that is fetched are changed once its
/// defaults are known.
pub(super) fn apply_images(built: &mut Built, entries: &mut [Entry]) {
    for chart in &mut built.charts {
        let mut root = Arc::clone(&chart.root);
        if let Some(values) = HelmChart::values_mut(Arc::make_mut(&mut root)) {
            apply(values, "", entries, &mut FUEL.clone(), 0);
        }
        if chart.is_local {
            chart.root = root;
        } else {
            chart.images.extend(entries.iter().map(|entry| entry.node.clone()));
        }
    }
}

/// Applies entries of `images` to the images that the values of a chart name.
pub(crate) fn changed_images(values: &mut Node, entries: &[Node]) {
    let mut read = Vec::new();
    for entry in entries {
        read.push(Entry::new(&ImageEntry::read(entry)));
    }
    if !read.is_empty() {
        apply(values, "", &mut read, &mut FUEL.clone(), 0);
    }
}

/// A rendered resource with entries of `images` applied to its pods.
pub(crate) fn changed_resource(root: Arc<Node>, resource: &Resource, entries: &[Node]) -> Arc<Node> {
    let mut read = Vec::new();
    for entry in entries {
        read.push(Entry::new(&ImageEntry::read(entry)));
    }
    if read.is_empty() {
        return root;
    }
    let mut item = Item::new(root, resource.clone());
    fields::apply(&mut item, &mut read, &FieldSpec::defaults());
    item.into_parts().0
}

fn apply(node: &mut Node, key: &str, entries: &mut [Entry], fuel: &mut usize, depth: usize) {
    let Some(left) = fuel.checked_sub(1).filter(|_| depth < MAX_DEPTH) else { return };
    *fuel = left;
    if node.scalar().is_some() {
        if key.to_ascii_lowercase().ends_with("image")
            && let Some(new) = applied(node, entries)
        {
            *node = new;
        }
        return;
    }
    if node.is_sequence() {
        for item in node.items_mut().into_iter().flatten() {
            apply(item, "", entries, fuel, depth + 1);
        }
        return;
    }
    apply_to_parts(node, entries);
    for (key, value) in node.entries_mut().into_iter().flatten() {
        let key = key.scalar().unwrap_or_default().to_owned();
        apply(value, &key, entries, fuel, depth + 1);
    }
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
