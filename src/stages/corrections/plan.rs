//! The corrections of a report, before they are proven.

use std::collections::BTreeSet;

use model::correction::{Correction, Refused};
use model::{Edit, Finding, Rule};
use source::{RepoPath, Site, Span};

/// Corrections, and the references that are not changed.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) corrections: Vec<Correction>,
    pub(super) refused: Vec<Refused>,
}

impl Plan {
    /// Joins corrections with the same edits: several units may deploy one scalar. A reference that is not
    /// changed is listed once for each place and reason.
    pub(super) fn join(&mut self) {
        let mut joined: Vec<Correction> = Vec::new();
        let mut sorted = std::mem::take(&mut self.corrections);
        sorted.sort_by_cached_key(|correction| key(&correction.fix.edits));
        for correction in sorted {
            match joined.last_mut() {
                Some(last)
                    if key(&last.fix.edits) == key(&correction.fix.edits)
                        && last.fix.image == correction.fix.image =>
                {
                    last.from.extend(correction.from);
                }
                _ => joined.push(correction),
            }
        }
        for correction in &mut joined {
            correction.from.sort();
            correction.from.dedup();
        }
        self.corrections = joined;
        self.refused.sort_by_cached_key(refusal);
        self.refused.dedup_by_key(|refused| refusal(refused));
    }

    /// Drops a correction, for a reason.
    pub(super) fn refuse(&mut self, correction: &Correction, reason: &str) {
        let Some(site) = correction.site() else { return };
        for from in &correction.from {
            self.refused.push(Refused {
                rule: correction.rule,
                site: site.clone(),
                image: from.clone(),
                reason: reason.to_owned(),
            });
        }
    }
}

/// The order of places.
pub(super) fn order(site: &Site) -> (RepoPath, Span) {
    (site.file.path().clone(), site.span)
}

/// The findings that have corrections.
pub(super) struct Corrected(BTreeSet<(Option<Rule>, Key)>);

/// Edits in comparable form.
type Key = Vec<(RepoPath, Span, String)>;

impl Corrected {
    pub(super) fn new(corrections: &[Correction]) -> Self {
        let mut all = BTreeSet::new();
        for correction in corrections {
            all.insert((correction.rule, key(&correction.fix.edits)));
        }
        Self(all)
    }

    /// True if a finding has a correction.
    pub(super) fn holds(&self, finding: &Finding) -> bool {
        let candidates = finding.candidates.iter().map(|candidate| &candidate.fix);
        let mut fixes = finding.fixes.iter().chain(candidates);
        fixes.any(|fix| self.0.contains(&(Some(finding.rule), key(&fix.edits))))
    }
}

fn key(edits: &[Edit]) -> Key {
    let mut keys = Vec::new();
    for edit in edits {
        let (path, span) = order(&edit.site);
        keys.push((path, span, edit.replacement.clone()));
    }
    keys
}

fn refusal(refused: &Refused) -> (RepoPath, Span, String, String) {
    let (path, span) = order(&refused.site);
    (path, span, refused.image.clone(), refused.reason.clone())
}
