//! The candidates of the first attempt: values under the keys of images, versions of Chart.yaml, literal
//! images in templates, and plain files that templates may read.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use source::{RepoPath, SourceFile, Span};
use yaml::{Node, Style};

use super::candidate::{Candidate, Place, printed};
use super::keys;
use super::layout::first_document;
use super::shape::{self, Shape};
use crate::chart::{is_prose, is_template, own_part};
use crate::plain::VALUES;
use crate::schema::is_schema;
use crate::{Chart, Failure, Release, emit};

/// Maximum size of a plain file that is read.
const MOST_PLAIN: usize = 256 << 10;
/// Files of a chart that templates do not read.
const OTHER: [&str; 3] = [".helmignore", "Chart.lock", "requirements.lock"];

/// True for the files that the marked copy lacks: notes, which may refuse images other than the chart's own,
/// and schemas, which the plain rendering has passed.
pub(crate) fn is_left_out(path: &RepoPath) -> bool {
    own_part(path) == "templates/NOTES.txt" || is_schema(path)
}

/// The candidates of a chart and a release.
pub(crate) fn candidates(chart: &Chart, release: &Release) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    for (root, place) in
        [(&release.values, Place::Values as fn(usize) -> Place), (&release.defaults, Place::Defaults)]
    {
        if let Some(root) = root {
            in_values(root, place, &mut found)?;
        }
    }
    for (path, file) in chart.texts() {
        match own_part(path) {
            VALUES if path.as_str() == VALUES && release.defaults.is_some() => {}
            VALUES => in_yaml(path, file, keys::shape, &mut found)?,
            "Chart.yaml" if path.as_str() == "Chart.yaml" => in_yaml(path, file, own_version, &mut found)?,
            "Chart.yaml" => in_yaml(path, file, app_version, &mut found)?,
            _ if is_prose(path) || is_left_out(path) => {}
            _ if is_template(path) => in_template(path, file, &mut found),
            own if own.starts_with("crds/") || OTHER.contains(&own) => {}
            _ => in_plain_file(path, file, &mut found)?,
        }
    }
    Ok(found)
}

/// The scalars of a tree of values.
fn in_values(root: &Node, place: fn(usize) -> Place, found: &mut Vec<Candidate>) -> Result<(), Failure> {
    emit::each_scalar(root, |scalar| {
        let Some(text) = printed(scalar.node) else { return };
        let Some(shape) = keys::shape(scalar.keys, &text) else { return };
        push(found, place(scalar.number), scalar.node.clone(), text, shape);
    })
}

/// The form of a value, by the keys above it and its text.
type Classify = fn(&[String], &str) -> Option<Shape>;

/// The scalars of a YAML file of the chart.
fn in_yaml(
    path: &RepoPath,
    file: &Arc<SourceFile>,
    classify: Classify,
    found: &mut Vec<Candidate>,
) -> Result<(), Failure> {
    let Some(root) = first_document(file) else { return Ok(()) };
    // An alias has the scalar of its anchor.
    let mut seen = HashSet::new();
    emit::each_scalar(&root, |scalar| {
        let node = scalar.node.target();
        let Some(text) = printed(node) else { return };
        let Some(shape) = classify(scalar.keys, &text) else { return };
        let Some(range) = whole_scalar(file, node) else { return };
        if seen.insert(range.start) {
            let place = Place::File { path: path.clone(), range, is_scalar: true };
            push(found, place, node.clone(), text, shape);
        }
    })
}

/// The bytes of a scalar on one line, with its quotes.
fn whole_scalar(file: &SourceFile, node: &Node) -> Option<Range<usize>> {
    let inside = node.span.range();
    if file.slice(node.span).contains('\n') || inside.is_empty() {
        return None;
    }
    match node.style()? {
        Style::Plain => Some(inside),
        Style::Quoted => Some(inside.start.checked_sub(1)?..inside.end + 1),
        Style::Block => None,
    }
}

/// The versions of a subchart. Its own version has to match the parent's constraint, and is not changed.
fn app_version(keys: &[String], text: &str) -> Option<Shape> {
    (keys == ["appVersion"] && keys::may_be_part(text)).then_some(Shape::Tag)
}

/// The versions of the chart itself.
fn own_version(keys: &[String], text: &str) -> Option<Shape> {
    (keys == ["version"]).then_some(Shape::Tag).or_else(|| app_version(keys, text))
}

/// The literal images in a template: `image: busybox:1.36`.
fn in_template(path: &RepoPath, file: &Arc<SourceFile>, found: &mut Vec<Candidate>) {
    let mut offset = 0;
    for line in file.text().split_inclusive('\n') {
        let value = line.split_once("image:").map(|(before, value)| (before.trim_start(), value));
        if let Some((_, value)) = value.filter(|(before, _)| before.is_empty() || *before == "- ") {
            let text = value.trim().trim_matches(['"', '\'']);
            let is_reference =
                keys::may_be_part(text) && !text.starts_with(['&', '*', '|', '>', '#', '{', '[']);
            if is_reference && let Some(at) = line.rfind(text) {
                push_raw(found, path, file, offset + at..offset + at + text.len(), Shape::Image);
            }
        }
        offset += line.len();
    }
}

/// A file that templates may read: only a tag or a reference, or YAML with the keys of images.
fn in_plain_file(path: &RepoPath, file: &Arc<SourceFile>, found: &mut Vec<Candidate>) -> Result<(), Failure> {
    let text = file.text();
    if text.len() > MOST_PLAIN {
        return Ok(());
    }
    if path.is_yaml() {
        return in_yaml(path, file, keys::shape, found);
    }
    let alone = text.trim();
    if keys::may_be_part(alone) {
        let start = text.len() - text.trim_start().len();
        let shape = if alone.contains(['/', ':']) { Shape::Image } else { Shape::Tag };
        push_raw(found, path, file, start..start + alone.len(), shape);
    }
    Ok(())
}

/// Adds a part of a file as a candidate.
pub(super) fn push_raw(
    found: &mut Vec<Candidate>,
    path: &RepoPath,
    file: &Arc<SourceFile>,
    range: Range<usize>,
    shape: Shape,
) {
    let mut node = Node::whole_of(file);
    node.span = Span::new(range.clone());
    let text = file.slice(node.span).to_owned();
    push(found, Place::File { path: path.clone(), range, is_scalar: false }, node, text, shape);
}

fn push(found: &mut Vec<Candidate>, place: Place, node: Node, text: String, shape: Shape) {
    let slots = shape::slots(&text, shape);
    if !slots.is_empty() {
        found.push(Candidate { place, node, text, slots });
    }
}
