//! The verdicts on the references of a part of the tree.

use std::collections::{BTreeSet, HashSet};

use deploy::{Input, Selection, Share};
use judge::Judged;
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
    pub(super) unverified: BTreeSet<String>,
    /// The reason why the first of these could not be verified.
    pub(super) cause: Option<String>,
    /// References that Git does not decide: a guess, a variable, a number as a tag, a default that the chart may not deploy.
    pub(super) undecided: BTreeSet<String>,
    /// References that can be pulled.
    pub(super) present: usize,
    /// References that the configuration excludes.
    pub(super) left_out: usize,
    /// True if a file or object may deploy images, but was not checked.
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
            excluded: None,
        };
        let judged = queries.gate(&input).await?.judged;
        let failing = failing_registries(&judged);
        let count = |wanted| judged.references.iter().filter(|entry| standing(entry) == wanted).count();
        let mut seen = Seen {
            units: units(shares, &judged.references),
            broken: Vec::new(),
            unverified: unverified(&judged),
            cause: judged
                .findings
                .iter()
                .find(|finding| is_unverified(finding))
                .map(|one| one.message.clone()),
            undecided: BTreeSet::new(),
            present: count(Standing::Present),
            left_out: count(Standing::LeftOut),
            has_unchecked: judged.findings.iter().any(is_unchecked),
        };
        let mut known: HashSet<usize> = HashSet::new();
        for finding in judged.findings.iter().filter(|finding| is_broken(finding)) {
            let Some(index) = finding.reference.filter(|index| known.insert(*index)) else { continue };
            let Some((reference, verdict)) = judged.references.get(index) else { continue };
            let is_open = *verdict != Verdict::Missing && !reference.is_refused_number();
            if finding.rule == Rule::NumericTag && is_open {
                // The tag that Helm makes of the number may be there.
                seen.undecided.insert(reference.image_or_text());
            } else if registry(reference).is_some_and(|registry| failing.contains(registry)) {
                seen.unverified.insert(reference.image_or_text());
            } else {
                let rule = finding.rule.id().to_owned();
                seen.broken.push(Broken { reference: reference.clone(), rule });
            }
        }
        for (index, entry) in judged.references.iter().enumerate() {
            if standing(entry) == Standing::Undecided && !known.contains(&index) {
                seen.undecided.insert(entry.0.image_or_text());
            }
        }
        Ok(seen)
    }
}

/// The meaning of a verdict for the cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It can be pulled.
    Present,
    /// It could not be verified.
    Unverified,
    /// Git does not determine the deployed image; or it is missing, and broken unless the chart does not
    /// deploy it.
    Undecided,
    /// The configuration excludes it.
    LeftOut,
}

fn standing((reference, verdict): &(Box<Reference>, Verdict)) -> Standing {
    match verdict {
        Verdict::Present(_) => Standing::Present,
        Verdict::Unverified => Standing::Unverified,
        Verdict::Skipped(_) if !verdict.is_guess() && !matches!(reference.target, Target::Unknown(_)) => {
            Standing::LeftOut
        }
        Verdict::Skipped(_) | Verdict::Missing | Verdict::Malformed | Verdict::Unasked => Standing::Undecided,
    }
}

/// The references and the files that could not be verified. A finding may be about several references, a verdict is about one.
fn unverified(judged: &Judged) -> BTreeSet<String> {
    let mut unverified = BTreeSet::new();
    for entry in &judged.references {
        if standing(entry) == Standing::Unverified {
            unverified.insert(entry.0.image_or_text());
        }
    }
    for finding in judged.findings.iter().filter(|finding| finding.reference.is_none()) {
        if is_unverified(finding) {
            unverified.insert(finding.shown_path().to_owned());
        }
    }
    unverified
}

/// The registries that fail for some references: their answers about others do not count either.
fn failing_registries(judged: &Judged) -> HashSet<&str> {
    let mut failing = HashSet::new();
    for finding in &judged.findings {
        let is_outage = matches!(finding.rule, Rule::RateLimited | Rule::Unreachable | Rule::RegistryError);
        let reference =
            finding.reference.filter(|_| is_outage).and_then(|index| judged.references.get(index));
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

/// True for a finding that makes a pull fail, independent of the policy for other rules.
fn is_broken(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.rule.class() == Class::Known(Severity::Error)
}

fn is_unverified(finding: &Finding) -> bool {
    finding.rule.class() == Class::Unverified || finding.is_unseen()
}

/// True for findings about files and objects; an excluded reference has such a finding too.
fn is_unchecked(finding: &Finding) -> bool {
    finding.rule == Rule::NotChecked && finding.reference.is_none()
}

/// The units that deploy the references; if there are none, those that were examined.
fn units(shares: &[Share], references: &[(Box<Reference>, Verdict)]) -> Vec<String> {
    let of_references = references.iter().map(|(reference, _)| reference.unit.to_string());
    let mut units: BTreeSet<String> = of_references.collect();
    if units.is_empty() {
        units.extend(shares.iter().map(|share| share.unit.to_string()));
    }
    units.into_iter().collect()
}
