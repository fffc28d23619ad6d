//! Could Git rebuild the cluster today?

use std::collections::{BTreeMap, BTreeSet};

use git::Repository;
use model::audit::{Answer, BrokenReference, NotIncluded, Rebuild};
use model::{Class, Finding, Reference, Report, Rule, Severity, SinceCommit, Verdict};

use crate::config::{Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::revert::{Broken, Cause, Run, Trace};

/// Maximum number of earlier values that are queried for one broken reference.
const MOST_BACK: usize = 20;

/// The answer: the verdicts on the references of the commit, and the past of those that cannot be pulled.
pub(super) async fn rebuild(
    report: &Report,
    repository: &Repository,
    options: &Options,
    context: &Context,
) -> Result<Rebuild, Error> {
    let broken = broken(report);
    let references = with_past(&broken, repository, options, context).await?;
    let (mut unverified, mut skipped, mut images) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (reference, verdict) in report.references.iter().filter(|(reference, _)| reference.left_out.is_none())
    {
        let image = reference.image_or_text();
        match verdict {
            Verdict::Unverified => drop(unverified.insert(image.clone())),
            Verdict::Skipped(_) | Verdict::Unasked => drop(skipped.insert(image.clone())),
            Verdict::Present(_) | Verdict::Missing | Verdict::Malformed => {}
        }
        images.insert(image);
    }
    unverified.extend(undecided(report));
    let skipped = skipped.difference(&unverified).count();
    let broken: BTreeSet<String> = broken.iter().map(|(reference, _)| reference.image_or_text()).collect();
    let not_read = report.findings.iter().filter(|finding| finding.rule.hides_content()).count();
    let errors = report.findings.iter().filter(|finding| is_known_error(report, finding)).count();
    Ok(Rebuild {
        answer: Answer::of(errors, unverified.len() + skipped + not_read),
        images: images.len(),
        broken: broken.len(),
        unverified: unverified.len(),
        skipped,
        not_read,
        suspended: report.findings.iter().filter(|finding| finding.rule == Rule::Suspended).count(),
        references,
        not_included: not_included(report),
    })
}

/// The references of manifests that nothing known deploys, each with its verdict or the rule that it breaks.
fn not_included(report: &Report) -> Vec<NotIncluded> {
    let mut rules: BTreeMap<usize, Rule> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| is_by_default(finding, Severity::Error)) {
        if let Some(index) = finding.reference {
            rules.entry(index).or_insert(finding.rule);
        }
    }
    let mut all = Vec::new();
    for (index, (reference, verdict)) in report.references.iter().enumerate() {
        if reference.left_out.is_none() {
            continue;
        }
        let verdict = match verdict {
            Verdict::Present(_) => "present",
            Verdict::Unverified => "unverified",
            Verdict::Skipped(_) | Verdict::Unasked => "skipped",
            Verdict::Missing | Verdict::Malformed => rules.get(&index).map_or("missing", |rule| rule.id()),
        };
        all.push(NotIncluded {
            path: reference.site.file.path().to_string(),
            line: reference.site.location().line,
            image: reference.image_or_text(),
            verdict: verdict.to_owned(),
        });
    }
    all.sort();
    all
}

/// True for the finding of a rule that has a severity by default.
fn is_by_default(finding: &Finding, severity: Severity) -> bool {
    finding.rule.class() == Class::Known(severity)
}

fn is_known_error(report: &Report, finding: &Finding) -> bool {
    let is_open = finding.rule.class() == Class::Unverified || report.is_undecided(finding);
    finding.severity == Severity::Error && !is_open && !is_left_out(report, finding)
}

/// True if nothing known deploys the reference of a finding.
fn is_left_out(report: &Report, finding: &Finding) -> bool {
    let about = finding.reference.and_then(|index| report.references.get(index));
    about.is_some_and(|(reference, _)| reference.left_out.is_some())
}

/// Images whose tag is a number from which Helm prints another tag, which may exist.
fn undecided(report: &Report) -> Vec<String> {
    let mut images = Vec::new();
    let open = report.findings.iter().filter(|finding| report.is_undecided(finding));
    for finding in open.filter(|finding| !is_left_out(report, finding)) {
        let reference = finding.reference.and_then(|index| report.references.get(index));
        images.extend(reference.map(|(reference, _)| reference.image_or_text()));
    }
    images
}

/// The references that cannot be pulled, each with the first rule that it breaks.
fn broken(report: &Report) -> Vec<(&Reference, Rule)> {
    let mut seen = BTreeSet::new();
    let mut broken = Vec::new();
    for finding in report.findings.iter().filter(|finding| is_known_error(report, finding)) {
        let Some(index) = finding.reference.filter(|index| seen.insert(*index)) else { continue };
        if let Some((reference, _)) = report.references.get(index) {
            broken.push((&**reference, finding.rule));
        }
    }
    broken
}

/// The broken references with the commits that introduced them and their last known good values.
async fn with_past(
    broken: &[(&Reference, Rule)],
    repository: &Repository,
    options: &Options,
    context: &Context,
) -> Result<Vec<BrokenReference>, Error> {
    if broken.is_empty() {
        return Ok(Vec::new());
    }
    let wanted =
        RevertOptions { onto: options.head.clone(), max_back: MOST_BACK, ..RevertOptions::default() };
    let run = Run::begin(Cause::default(), options, &wanted, context)?;
    let mut walks = run.walks()?;
    let mut all = Vec::new();
    for (reference, rule) in broken {
        let rule = rule.id().to_owned();
        let trace = match context.deadline.check() {
            Ok(()) => {
                let broken = Broken { reference: Box::new((*reference).clone()), rule: rule.clone() };
                run.trace(&mut walks, broken).await?
            }
            Err(_) => Trace { why: Some("the deadline passed first".to_owned()), ..Trace::default() },
        };
        all.push(described(reference, rule, trace, repository)?);
    }
    all.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(all)
}

fn described(
    reference: &Reference,
    rule: String,
    trace: Trace,
    repository: &Repository,
) -> Result<BrokenReference, Error> {
    let mut introduced = None;
    if let Some((id, adds_unit)) = trace.introduced {
        let info = repository.commit_info(&id)?;
        let (date, subject) = (info.seconds, info.subject);
        introduced = Some(SinceCommit { id, date, subject, is_exact: true, adds_unit });
    }
    Ok(BrokenReference {
        image: reference.image_or_text(),
        rule,
        path: reference.site.file.path().to_string(),
        line: reference.site.location().line,
        unit: reference.unit.to_string(),
        introduced,
        missing_since: None,
        last_present: None,
        last_known_good: trace.good,
        tried: trace.tried,
        why: trace.why,
    })
}
