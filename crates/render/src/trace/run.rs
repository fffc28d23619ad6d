//! The trace of one release.

use std::collections::BTreeSet;

use run::Deadline;
use yaml::Node;

use super::attempt::Attempts;
use super::images::{self, ImageLine};
use super::layout::Layout;
use super::marked::Marks;
use super::weave::{Woven, weave};
use super::{collect, leftover};
use crate::{Chart, Document, Failure, Helm, Limits, Release, Rendered};

/// A rendering whose scalars know where they come from.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// The documents of the plain rendering, in its order. A scalar, and a part of one, has the place of the characters in
    /// the chart or in the values that it is made of, if they are known, and the place of the fallback otherwise.
    pub documents: Vec<Document>,
    /// The images of the rendering, traced or not.
    pub images: Vec<ImageLine>,
    /// Runs of helm that it took, beside the plain rendering.
    pub renderings: usize,
}

impl Traced {
    /// The images that do not lead to characters of the chart or the values.
    pub fn untraced(&self) -> impl Iterator<Item = &ImageLine> {
        self.images.iter().filter(|image| !image.is_traced)
    }
}

/// Traces the scalars of a plain rendering. `fallback` is the place of all that cannot be traced: the key that names the
/// chart.
///
/// If the chart takes no marked value at all, everything is at the fallback; that is no failure.
///
/// # Errors
/// [`Failure`] if the copy cannot be made.
pub fn trace(
    helm: &Helm,
    chart: &Chart,
    release: &Release,
    limits: &Limits,
    deadline: &Deadline,
    rendered: &Rendered,
    fallback: &Node,
) -> Result<Traced, Failure> {
    let mut attempts = Attempts::new(helm, chart, release, limits, deadline)?;
    let mut woven = None;
    if let Some(mut marks) = Marks::new(&rendered.text) {
        woven = follow(&mut attempts, &mut marks, rendered, fallback)?;
    }
    let woven = woven.unwrap_or_else(|| unwoven(rendered, fallback));
    let lines = images::lines(&woven.images, chart, &Layout::of(chart));
    deadline.check().map_err(Failure::Overdue)?;
    Ok(Traced { documents: woven.documents, images: lines, renderings: attempts.count })
}

/// The first attempt, and the second one for what it leaves; `None` if the chart takes no marked value.
fn follow(
    attempts: &mut Attempts<'_>,
    marks: &mut Marks,
    rendered: &Rendered,
    fallback: &Node,
) -> Result<Option<Woven>, Failure> {
    let plain = &rendered.documents;
    let candidates = marks.add(collect::candidates(attempts.chart, attempts.release)?);
    let first = attempts.settle(marks, &BTreeSet::new(), candidates);
    let woven = first.as_ref().map(|first| weave(plain, &[&first.rendered.documents], marks, fallback));
    let images = match &woven {
        Some(woven) => woven.images.clone(),
        None => unwoven(rendered, fallback).images,
    };
    let more = leftover::candidates(&images, marks, attempts.chart, attempts.release)?;
    if more.is_empty() {
        return Ok(woven);
    }
    let chosen = first.as_ref().map(|first| first.chosen.clone()).unwrap_or_default();
    let more = marks.add(more);
    let Some(second) = attempts.settle(marks, &chosen, more) else { return Ok(woven) };
    let mut marked = vec![second.rendered.documents.as_slice()];
    marked.extend(first.as_ref().map(|first| first.rendered.documents.as_slice()));
    Ok(Some(weave(plain, &marked, marks, fallback)))
}

/// The documents of a plain rendering with all of their places at the fallback, without another run of helm.
pub fn untraced(rendered: &Rendered, fallback: &Node) -> Vec<Document> {
    unwoven(rendered, fallback).documents
}

fn unwoven(rendered: &Rendered, fallback: &Node) -> Woven {
    Marks::new("").map(|none| weave(&rendered.documents, &[], &none, fallback)).unwrap_or_default()
}
