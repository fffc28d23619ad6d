//! The places of edits in the edited files, which show if a reference there comes from an edit.

use std::collections::{BTreeMap, BTreeSet};

use deploy::Extraction;
use model::Reference;
use model::correction::Correction;
use source::{RepoPath, Site, Span};

/// An edit in the edited file.
struct Made {
    after: Span,
    /// The indices of its corrections.
    by: Vec<usize>,
}

/// The edits of each file in the order of their places, which do not overlap.
pub(super) struct Places<'a>(BTreeMap<&'a RepoPath, Vec<Made>>);

impl<'a> Places<'a> {
    pub(super) fn new(corrections: &'a [Correction]) -> Self {
        let mut edits: BTreeMap<(&RepoPath, Span), (usize, Vec<usize>)> = BTreeMap::new();
        for (by, correction) in corrections.iter().enumerate() {
            for edit in &correction.fix.edits {
                let key = (edit.site.file.path(), edit.site.span);
                edits.entry(key).or_insert((edit.replacement.len(), Vec::new())).1.push(by);
            }
        }
        let mut places: BTreeMap<&RepoPath, Vec<Made>> = BTreeMap::new();
        // The lengths of all edits before an edit move it.
        let mut moved: BTreeMap<&RepoPath, (usize, usize)> = BTreeMap::new();
        for ((path, span), (length, by)) in edits {
            let (longer, shorter) = moved.entry(path).or_default();
            let start = (span.range().start + *longer).saturating_sub(*shorter);
            *longer += length;
            *shorter += span.range().len();
            places.entry(path).or_default().push(Made { after: Span::new(start..start + length), by });
        }
        Self(places)
    }

    /// The corrections that a reference comes from.
    pub(super) fn made(&self, after: &Extraction) -> BTreeSet<usize> {
        let mut made = BTreeSet::new();
        for reference in &after.references {
            for site in sites(reference) {
                made.extend(self.at(site));
            }
        }
        made
    }

    fn at(&self, site: &Site) -> &[usize] {
        let made = self.0.get(site.file.path()).map(Vec::as_slice).unwrap_or_default();
        let next = made.partition_point(|made| made.after.end <= site.span.start);
        match made.get(next) {
            Some(made) if made.after.start < site.span.end => &made.by,
            _ => &[],
        }
    }
}

/// The places of a reference and of its parts.
fn sites(reference: &Reference) -> impl Iterator<Item = &Site> {
    let parts = [&reference.parts.repository, &reference.parts.tag, &reference.parts.digest];
    std::iter::once(&reference.site).chain(parts.into_iter().flatten())
}
