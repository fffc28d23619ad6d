//! Could each last change be rolled back by a revert today? A revert needs the previous value of a reference,
//! and retention rules delete old tags first.

use std::collections::{BTreeMap, HashMap};

use deploy::key;
use git::Repository;
use history::Earlier;
use model::audit::{Answer, EarlierValue, NotKnown, PresentValue, PreviousValue, Rollback};
use model::{Kind, Reference, Report, Rule, Severity, Target, Verdict};

use crate::config::{Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::revert::{Cause, NotFollowed, Run, Walks};
use crate::stages::Queries;

/// The last value of a reference before the current one.
enum Past {
    /// An earlier value.
    Value(Box<Earlier>),
    /// There is no earlier value.
    New,
    /// The reason why the earlier value is not known.
    NotKnown(String),
}

/// The answer: the verdicts on the previous values of all references.
pub(super) async fn rollback(
    report: &Report,
    repository: &Repository,
    options: &Options,
    context: &Context,
) -> Result<Rollback, Error> {
    let head = options.head.as_deref().unwrap_or("HEAD");
    let files = repository.files_of(head)?;
    let queries = Queries::begin(options, context, &*files)?;
    let wanted = RevertOptions { onto: options.head.clone(), ..RevertOptions::default() };
    let run = Run::begin(Cause::default(), options, &wanted, context)?;
    let (mut found, mut not_known) = (Vec::new(), BTreeMap::new());
    let mut new = 0;
    for (reference, past) in pasts(report, &run, context).await? {
        match past {
            Past::Value(earlier) => found.push((reference, *earlier)),
            Past::New => new += 1,
            Past::NotKnown(why) => *not_known.entry(why).or_insert(0) += 1,
        }
    }
    let verdicts = queried(&found, &queries).await;
    let mut rollback = Rollback {
        answer: Answer::Yes,
        previous: 0,
        gone: 0,
        unverified: 0,
        new,
        not_included: report.references.iter().filter(|(reference, _)| reference.left_out.is_some()).count(),
        not_known: Vec::new(),
        references: Vec::new(),
        present: Vec::new(),
    };
    for (reference, earlier) in &found {
        match verdicts.get(&key(&earlier.reference)) {
            Some(Judged::Present(digest)) => {
                rollback.previous += 1;
                let (image, digest) = (earlier.reference.image_or_text(), digest.clone());
                rollback.present.push(PresentValue { image, digest });
            }
            Some(Judged::Gone(rule)) => {
                rollback.gone += 1;
                add(&mut rollback, reference, earlier, rule);
            }
            Some(Judged::Unverified) => {
                rollback.unverified += 1;
                add(&mut rollback, reference, earlier, "unverified");
            }
            Some(Judged::Skipped(why)) => *not_known.entry(why.clone()).or_insert(0) += 1,
            None => *not_known.entry("it was not queried".to_owned()).or_insert(0) += 1,
        }
    }
    rollback.not_known = not_known.into_iter().map(|(why, count)| NotKnown { why, count }).collect();
    rollback.references.sort_by(|a, b| a.order().cmp(&b.order()));
    rollback.present.sort();
    rollback.present.dedup();
    rollback.answer = rollback.answer();
    Ok(rollback)
}

fn add(rollback: &mut Rollback, reference: &Reference, earlier: &Earlier, verdict: &str) {
    rollback.previous += 1;
    rollback.references.push(PreviousValue {
        image: reference.image_or_text(),
        path: reference.site.file.path().to_string(),
        line: reference.site.location().line,
        unit: reference.unit.to_string(),
        previous: EarlierValue {
            image: earlier.reference.image_or_text(),
            commit: earlier.commit.clone(),
            digest: None,
        },
        verdict: verdict.to_owned(),
    });
}

/// The last value of each reference before the current one, in the order of the report. References of one
/// image are processed together: usually the same commits introduced them, and the history keeps the commits
/// that it read last.
async fn pasts<'r>(
    report: &'r Report,
    run: &Run<'_>,
    context: &Context,
) -> Result<Vec<(&'r Reference, Past)>, Error> {
    let mut images: BTreeMap<String, Vec<(usize, &Reference)>> = BTreeMap::new();
    for (index, (reference, _)) in report.references.iter().enumerate() {
        if is_known(reference) {
            images.entry(reference.image_or_text()).or_default().push((index, reference));
        }
    }
    let mut walks = run.walks()?;
    let mut pasts = Vec::new();
    for references in images.into_values() {
        for (index, reference) in references {
            context.events.progress(pasts.len(), report.references.len());
            let past = match context.deadline.check() {
                Ok(()) => past(run, &mut walks, reference).await?,
                Err(_) => Past::NotKnown("the deadline passed first".to_owned()),
            };
            pasts.push((index, reference, past));
        }
    }
    pasts.sort_by_key(|(index, _, _)| *index);
    Ok(pasts.into_iter().map(|(_, reference, past)| (reference, past)).collect())
}

/// True if something known deploys a reference, and a registry can be queried for it.
fn is_known(reference: &Reference) -> bool {
    let is_named = matches!(reference.target, Target::Known(_) | Target::Chart(_));
    is_named && !reference.registry_unknown && reference.left_out.is_none()
}

/// The last value of one reference. The boundary of a shallow clone is a reason, not an error.
async fn past(run: &Run<'_>, walks: &mut Walks<'_>, reference: &Reference) -> Result<Past, Error> {
    Ok(match run.past(walks, reference, 1).await? {
        Ok(mut past) => past.earlier.pop().map_or(Past::New, |earlier| Past::Value(Box::new(earlier))),
        Err(NotFollowed::Shallow { fetch, .. }) => Past::NotKnown(format!("this clone is shallow: {fetch}")),
        Err(NotFollowed::Other(why)) => Past::NotKnown(why),
    })
}

/// The verdict on a previous value.
enum Judged {
    /// The digest of its manifest.
    Present(String),
    /// The rule that it breaks.
    Gone(String),
    Unverified,
    /// The reason why it was not queried.
    Skipped(String),
}

/// Queries the previous values, each once.
async fn queried(found: &[(&Reference, Earlier)], queries: &Queries<'_>) -> HashMap<(String, Kind), Judged> {
    let references = found.iter().map(|(_, earlier)| Box::new(earlier.reference.clone())).collect();
    let judged = queries.judged(references, Vec::new()).await;
    let mut rules: HashMap<usize, &'static str> = HashMap::new();
    for finding in judged.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        if let Some(index) = finding.reference {
            rules.entry(index).or_insert(finding.rule.id());
        }
    }
    let mut verdicts = HashMap::new();
    for (index, (reference, verdict)) in judged.references.iter().enumerate() {
        let rule = rules.get(&index).copied();
        let judged = match (verdict, rule) {
            (Verdict::Present(pulled), None) => Judged::Present(pulled.digest.to_string()),
            (Verdict::Unverified | Verdict::Unasked, _) => Judged::Unverified,
            (Verdict::Skipped(why), _) => Judged::Skipped(why.clone()),
            (Verdict::Present(_), Some(rule)) => Judged::Gone(rule.to_owned()),
            // The tag that Helm prints from a number may exist.
            (Verdict::Malformed, Some(rule))
                if rule == Rule::NumericTag.id() && !reference.is_refused_number() =>
            {
                Judged::Unverified
            }
            (Verdict::Missing | Verdict::Malformed, rule) => {
                Judged::Gone(rule.unwrap_or("missing").to_owned())
            }
        };
        verdicts.insert(key(reference), judged);
    }
    verdicts
}
