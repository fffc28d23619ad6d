//! The merged values of each release of a document.

use std::collections::HashMap;

use model::{FileProblem, Rule};
use source::Span;
use yaml::{self, Node};

use super::embedded::{Embedded, MAX_RELEASES, embedded};
use super::set::Set;
use crate::document::{Document, Fetched};
use crate::ecosystem::flux::model::HelmRelease;
use crate::ecosystem::kustomize::changed_images;
use crate::engine::broken;
use crate::engine::file::problem_about;
use crate::reference::archive::Archive;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// The merged values of one release.
pub(crate) struct Release<'a> {
    /// All of them.
    pub(crate) root: &'a Node,
    /// Their path in the document.
    pub(crate) path: &'a str,
    /// The fields of single settings, by the span of the value.
    pub(crate) set: &'a HashMap<Span, &'a str>,
}

/// Reads the values of a release.
type Visit<'v> = &'v mut dyn FnMut(&Release<'_>, &mut Found) -> Result<(), TooMuch>;

/// Reads the values of all releases. If aliases repeat values, no more is read than would fit in the file.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound.
pub(crate) fn each_release(document: &Document, found: &mut Found, visit: Visit<'_>) -> Result<(), TooMuch> {
    let mut fuel = 2 * document.root.site().file.text().len() + (1 << 20);
    let releases = embedded(document);
    if releases.len() > MAX_RELEASES {
        return Err(TooMuch);
    }
    let images = images_over(document);
    for release in releases.iter().filter(|release| !document.beside.rendered.contains(&release.at)) {
        let fetched = document.beside.fetched.iter().find(|fetched| fetched.at == release.at);
        // A rendered result may hold releases.
        let outer = found.read_archive(None);
        let archive = fetched.map(|fetched| Archive { place: fetched.place.clone(), is_rendered: false });
        found.read_archive(archive.or(outer.clone()));
        found.set_guess(document.beside.open.contains(&release.at));
        for set in &release.set {
            if let Some(why) = set.problem {
                found.problem(not_set(set, why));
            }
        }
        let outcome = each_values(document, release, &mut fuel, found, &mut |root, found| {
            read(root, release, fetched, &images, found, visit)
        });
        found.set_guess(false);
        found.read_archive(outer);
        outcome?;
    }
    Ok(())
}

/// The problem of a setting whose result is not known.
fn not_set(set: &Set<'_>, why: &str) -> FileProblem {
    let (site, field) = (set.value.site(), &set.field);
    let message = format!("{field} is not read as Helm reads it: {why}");
    let rule = (Rule::UnreadableFile, "setting");
    let text = format!("{}={}", set.name, set.value.scalar().unwrap_or_default());
    problem_about(&text, rule, &site.file.path().clone(), message, None, Some(site))
}

/// Visits the values of a release that the document writes: a mapping, or the documents within a string.
fn each_values(
    document: &Document,
    release: &Embedded<'_>,
    fuel: &mut usize,
    found: &mut Found,
    visit: &mut dyn FnMut(Node, &mut Found) -> Result<(), TooMuch>,
) -> Result<(), TooMuch> {
    let empty = document.root.emptied();
    let Some(values) = release.values else {
        return visit(release.put_together(&empty, fuel)?, found);
    };
    let Some(text) = values.scalar() else {
        return visit(release.put_together(values, fuel)?, found);
    };
    *fuel = fuel.checked_sub(text.len()).ok_or(TooMuch)?;
    let mut outcome = Ok(());
    yaml::within(values, |part| match part {
        Ok(root) if outcome.is_ok() && root.is_mapping() => {
            outcome = release.put_together(&root, fuel).and_then(|all| visit(all, found));
        }
        // An empty document, over which only parameters are set.
        Ok(root) if outcome.is_ok() && root.is_null() => {
            outcome = release.put_together(&root.emptied(), fuel).and_then(|all| visit(all, found));
        }
        Ok(_) => {}
        Err(error) => found.problem(broken::in_string(values, &error)),
    });
    outcome
}

fn read(
    mut root: Node,
    release: &Embedded<'_>,
    fetched: Option<&Fetched>,
    images: &[Node],
    found: &mut Found,
    visit: Visit<'_>,
) -> Result<(), TooMuch> {
    let mut fields = HashMap::new();
    for set in &release.set {
        fields.insert(set.value.site().span, set.field.as_str());
    }
    let mut fits = changed_images(&mut root, images);
    visit(&Release { root: &root, path: &release.path, set: &fields }, found)?;
    for values in fetched.map(|fetched| fetched.within.as_slice()).unwrap_or_default() {
        let mut values = (**values).clone();
        fits &= changed_images(&mut values, images);
        visit(&Release { root: &values, path: &release.path, set: &HashMap::new() }, found)?;
    }
    if fits { Ok(()) } else { Err(TooMuch) }
}

/// The entries of `images` that change the rendered result of a chart.
pub(crate) fn images_over(document: &Document) -> Vec<Node> {
    let mut images = document.beside.images_over.clone();
    for (_, kustomize) in HelmRelease::read(document).map(|it| it.post_renderers).unwrap_or_default() {
        images.extend_from_slice(kustomize.list("images"));
    }
    images
}

impl Embedded<'_> {
    /// All values: the layers below, overridden by those of the document, overridden by single settings.
    fn put_together(&self, values: &Node, fuel: &mut usize) -> Result<Node, TooMuch> {
        let mut all = values.target().clone();
        if let Some(below) = self.below {
            all = below.clone();
            *fuel += below.site().file.text().len();
            if !all.merge(values, "the default", fuel) {
                return Err(TooMuch);
            }
        }
        if !self.set.is_empty() {
            let cost = all.site().span.range().len();
            *fuel = fuel.checked_sub(cost).ok_or(TooMuch)?;
        }
        self.set.iter().try_for_each(|set| set.put(&mut all, fuel))?;
        Ok(all)
    }
}
