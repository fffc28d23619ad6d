//! The verdicts on the references of a part of the tree.

use std::collections::{BTreeSet, HashSet};

use deploy::{Input, Selection, Share};
use model::{Class, Finding, Reference, Rule, Severity, Target, Verdict};
use source::Files;

use crate::error::Error;
use crate::revert::Broken;

use super::session::Sentry;

/// The verdicts on the references of a part of the tree.
pub(super) struct Seen {
    /// The units that were evaluated.
    pub(super) units: Vec<String>,
    /// References that registries confirm to be missing, or that are malformed.
    pub(super) broken: Vec<Broken>,
    /// References, and files, that could not be verified.
    pub(super) unverified: Vec<String>,
    /// All references.
    pub(super) total: usize,
    /// References that were not queried, or whose findings are ignored.
    pub(super) skipped: usize,
    /// True if there is something that may deploy images, and was not checked.
    pub(super) has_unchecked: bool,
}

impl Sentry<'_> {
    /// Evaluates a part of a tree, queries its references, and judges the answers.
    pub(super) async fn verdicts(&self, files: &dyn Files, shares: &[Share]) -> Result<Seen, Error> {
        let queries = &self.run.queries;
        let input = Input {
            head: files,
            base: None,
            selection: Selection::Shares(shares),
            max_file_size: self.run.options.max_file_size,
            renders: queries.renders()?,
            repositories: queries.repositories(),
            ignores: queries.ignores(),
        };
        let judged = queries.gate(&input).await?.judged;
        let failing = failing_registries(&judged.findings, &judged.references);
        let mut seen = Seen {
            units: units(shares, &judged.references),
            broken: Vec::new(),
            unverified: Vec::new(),
            total: judged.references.len(),
            skipped: 0,
            has_unchecked: judged.findings.iter().any(|finding| finding.rule == Rule::NotChecked),
        };
        seen.skipped = judged.references.iter().filter(|(_, verdict)| is_undecided(verdict)).count();
        let mut known: HashSet<usize> = HashSet::new();
        for finding in &judged.findings {
            let entry = finding.reference.and_then(|index| Some((index, judged.references.get(index)?)));
            if is_unverified(finding) {
                seen.unverified.push(entry.map_or_else(
                    || finding.shown_path().to_owned(),
                    |(_, (reference, _))| reference.image_or_text(),
                ));
            } else if let Some((index, (reference, _))) = entry
                && is_broken(finding)
                && known.insert(index)
            {
                if registry(reference).is_some_and(|registry| failing.contains(registry)) {
                    seen.unverified.push(reference.image_or_text());
                } else {
                    let rule = finding.rule.id().to_owned();
                    seen.broken.push(Broken { reference: reference.clone(), rule });
                }
            }
        }
        seen.unverified.sort();
        seen.unverified.dedup();
        Ok(seen)
    }
}

/// The registries that fail for some references: their word on others does not count either.
fn failing_registries<'r>(findings: &[Finding], references: &'r [(Reference, Verdict)]) -> HashSet<&'r str> {
    let mut failing = HashSet::new();
    for finding in findings {
        let is_outage = matches!(finding.rule, Rule::RateLimited | Rule::Unreachable | Rule::RegistryError);
        let reference = finding.reference.filter(|_| is_outage).and_then(|index| references.get(index));
        failing.extend(reference.and_then(|(reference, _)| registry(reference)));
    }
    failing
}

/// The registry of an image, or the address of the repository of a chart.
pub(super) fn registry(reference: &Reference) -> Option<&str> {
    match &reference.target {
        Target::Known(image) => Some(&image.registry),
        Target::Chart(request) => Some(&request.repository),
        Target::Malformed(_) | Target::Unknown(_) => None,
    }
}

/// True for what makes a pull fail, whatever the policy makes of other rules.
fn is_broken(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.rule.class() == Class::Known(Severity::Error)
}

fn is_unverified(finding: &Finding) -> bool {
    finding.rule.class() == Class::Unverified || finding.is_unseen()
}

fn is_undecided(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::Present(_) | Verdict::Unverified)
}

/// The units that deploy the references; where there are none, those that were looked at.
fn units(shares: &[Share], references: &[(Reference, Verdict)]) -> Vec<String> {
    let of_references = references.iter().map(|(reference, _)| reference.unit.to_string());
    let mut units: BTreeSet<String> = of_references.collect();
    if units.is_empty() {
        units.extend(shares.iter().map(|share| share.unit.to_string()));
    }
    units.into_iter().collect()
}
