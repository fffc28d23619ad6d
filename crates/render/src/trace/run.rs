//! The trace of one release.

use std::collections::BTreeSet;

use run::Deadline;
use yaml::Node;

use super::attempt::{Attempts, Success};
use super::images::{self, Found, ImageLine};
use super::layout::Layout;
use super::marked::Marks;
use super::shape::Part;
use super::weave::{Woven, weave};
use super::{collect, leftover};
use crate::{Chart, Document, Failure, Helm, Limits, Release, Rendered};

/// A rendering whose scalars have their places of origin.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// The documents of the plain rendering, in its order. A scalar, or a part of one, has the place of its
    /// characters in the chart or in the values if they are known, and the place of the fallback otherwise.
    pub documents: Vec<Document>,
    /// The images of the rendering, traced or not.
    pub images: Vec<ImageLine>,
    /// The number of runs of helm, besides the plain rendering.
    pub renderings: usize,
}

impl Traced {
    /// The images whose characters are not known.
    pub fn untraced(&self) -> impl Iterator<Item = &ImageLine> {
        self.images.iter().filter(|image| !image.is_traced)
    }
}

/// Traces the scalars of a plain rendering. `fallback`: the place of all text that cannot be traced, which is
/// the key that names the chart.
///
/// If the chart accepts no marked value, all text is at the fallback; this is not a failure.
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

/// The steps of a trace; the next one is taken while there are images that are not traced.
const STEPS: [Step; 5] = [
    Step::Keys,
    Step::Texts { known: false },
    Step::Only(Part::Version),
    Step::Only(Part::Name),
    Step::Texts { known: true },
];

/// A step of a trace: the candidates that get numbers.
#[derive(Clone, Copy)]
enum Step {
    /// All values with the key of an image.
    Keys,
    /// The texts of untraced images in any place; or only those that a key has already, because a template
    /// that compares two such texts behaves differently if only one of them has a number.
    Texts { known: bool },
    /// One part of each reference: a template may use one part to look up the other.
    Only(Part),
}

/// Runs the steps; `None` if the chart accepts no marked value.
fn follow(
    attempts: &mut Attempts<'_>,
    marks: &mut Marks,
    rendered: &Rendered,
    fallback: &Node,
) -> Result<Option<Woven>, Failure> {
    let mut successes: Vec<Success> = Vec::new();
    let mut chosen = BTreeSet::new();
    let mut woven = unwoven(rendered, fallback);
    for step in STEPS {
        let (candidates, base) = match step {
            Step::Keys => (collect::candidates(attempts.chart, attempts.release)?, BTreeSet::new()),
            Step::Texts { known } => {
                let needles = leftover::needles(&woven.images, marks, known);
                (leftover::candidates(&needles, marks, attempts.chart, attempts.release)?, chosen.clone())
            }
            Step::Only(part) => {
                let of_part = |index: &usize| marks.candidates.get(*index)?.only(part);
                (chosen.iter().filter_map(of_part).collect(), BTreeSet::new())
            }
        };
        let added = marks.add(candidates);
        let Some(success) = attempts.settle(marks, &base, added) else { continue };
        if !matches!(step, Step::Only(_)) {
            chosen.clone_from(&success.chosen);
        }
        successes.push(success);
        woven = together(&successes, rendered, marks, fallback);
        if woven.images.iter().all(Found::is_traced) {
            break;
        }
    }
    Ok((!successes.is_empty()).then_some(woven))
}

/// The plain documents with the places from all marked renderings.
fn together(successes: &[Success], rendered: &Rendered, marks: &Marks, fallback: &Node) -> Woven {
    let marked: Vec<&[Document]> =
        successes.iter().map(|success| success.rendered.documents.as_slice()).collect();
    weave(&rendered.documents, &marked, marks, fallback)
}

/// The documents of a plain rendering with all of their places at the fallback, without another run of helm.
pub fn untraced(rendered: &Rendered, fallback: &Node) -> Vec<Document> {
    unwoven(rendered, fallback).documents
}

fn unwoven(rendered: &Rendered, fallback: &Node) -> Woven {
    Marks::new("").map(|none| weave(&rendered.documents, &[], &none, fallback)).unwrap_or_default()
}
