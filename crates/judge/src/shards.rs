//! Merges the reports of shards into the report of the whole. The result is the same, byte for byte, as if
//! one machine had made it.

use std::collections::BTreeMap;

use thiserror::Error;

use model::audit::{Answer, Audit, NotKnown, Rebuild, Rollback, Shard};
use model::report::{Document, FindingEntry, ReferenceEntry, VerdictName};
use model::{GUESSED, Rule, Severity, Summary};

use super::merge::{Counted, name, shared};

/// The reason why reports cannot be merged. Reports are named by their position, from 0.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MergeError {
    /// There is no report.
    #[error("there is no report to merge")]
    Nothing,
    /// A report without a shard, or of another command.
    #[error("this is not the report of a shard")]
    NoShard(usize),
    /// Two reports do not belong together.
    #[error("{what} is {there}, and {here} in the first report")]
    Differs {
        /// The report.
        report: usize,
        /// The property.
        what: &'static str,
        /// Its value in the report.
        there: String,
        /// Its value in the first report.
        here: String,
    },
    /// Two reports of one shard are not the same.
    #[error("shard {shard} has two reports with different results")]
    Twice {
        /// The second report.
        report: usize,
        /// The number of the shard.
        shard: usize,
    },
}

impl MergeError {
    /// The position of the affected report.
    pub fn report(&self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::NoShard(report) | Self::Differs { report, .. } | Self::Twice { report, .. } => {
                Some(*report)
            }
        }
    }
}

/// Merges reports of shards. Shards without a report are named in the result. Its answers are not yes then.
///
/// # Errors
/// [`MergeError`] if one is not a report of a shard, or they are of different commits, numbers of shards, or
/// versions.
pub fn merge_shards(reports: Vec<Document>) -> Result<Document, MergeError> {
    let (total, mut shards) = sorted(reports)?;
    let missing: Vec<usize> = (1..=total).filter(|index| !shards.contains_key(index)).collect();
    let audits: Vec<Audit> = shards.values().filter_map(|report| report.audit.clone()).collect();
    let Some((_, mut whole)) = shards.pop_first() else { return Err(MergeError::Nothing) };
    for (_, report) in shards {
        let before = whole.references.len();
        whole.references.extend(report.references);
        // Findings about files are the same in all shards.
        for mut finding in report.findings {
            let Some(index) = finding.reference else { continue };
            finding.reference = Some(before + index);
            whole.findings.push(finding);
        }
        whole.summary.images += report.summary.images;
    }
    sort_references(&mut whole);
    join_findings(&mut whole);
    whole.summary = summary(&whole);
    whole.audit = audit(&audits, &whole, missing);
    Ok(whole)
}

/// The number of shards, and the reports by the numbers of their shards.
fn sorted(reports: Vec<Document>) -> Result<(usize, BTreeMap<usize, Document>), MergeError> {
    let mut shards: BTreeMap<usize, Document> = BTreeMap::new();
    let mut first: Option<(Shard, String, String)> = None;
    for (at, report) in reports.into_iter().enumerate() {
        let Some(audit) = &report.audit else { return Err(MergeError::NoShard(at)) };
        let Some(shard) = audit.shard else { return Err(MergeError::NoShard(at)) };
        let (commit, version) = (audit.commit.clone(), report.tool.version.clone());
        let (expected, head, tool) = first.get_or_insert_with(|| (shard, commit.clone(), version.clone()));
        let differs = |what, there: &str, here: &str| {
            let (there, here) = (there.to_owned(), here.to_owned());
            Err(MergeError::Differs { report: at, what, there, here })
        };
        if commit != *head {
            return differs("the commit", &commit, head);
        }
        if shard.total != expected.total {
            return differs("the number of shards", &shard.total.to_string(), &expected.total.to_string());
        }
        if version != *tool {
            return differs("the version of pullable", &version, tool);
        }
        match shards.get(&shard.index) {
            Some(known) if *known != report => {
                return Err(MergeError::Twice { report: at, shard: shard.index });
            }
            Some(_) => {}
            None => drop(shards.insert(shard.index, report)),
        }
    }
    let total = first.map_or(0, |(shard, _, _)| shard.total);
    Ok((total, shards))
}

/// Puts references in the order of a report, and corrects the indexes of findings.
fn sort_references(whole: &mut Document) {
    let mut numbered: Vec<(usize, ReferenceEntry)> =
        std::mem::take(&mut whole.references).into_iter().enumerate().collect();
    numbered.sort_by(|(_, a), (_, b)| order(a).cmp(&order(b)));
    let mut index_of = BTreeMap::new();
    for (new, (old, reference)) in numbered.into_iter().enumerate() {
        index_of.insert(old, new);
        whole.references.push(reference);
    }
    for finding in &mut whole.findings {
        finding.reference = finding.reference.and_then(|old| index_of.get(&old).copied());
    }
}

fn order(reference: &ReferenceEntry) -> (&str, usize, usize, &str, &str) {
    let ReferenceEntry { path, byte_start, byte_end, field, unit, .. } = reference;
    (path, *byte_start, *byte_end, field, unit)
}

/// Combines the findings that share a cause, and sorts all findings in the order of a report.
fn join_findings(whole: &mut Document) {
    let mut findings = std::mem::take(&mut whole.findings);
    findings.sort_by_key(|finding| finding.reference);
    let mut causes: BTreeMap<(String, String), (usize, Counted, Vec<String>)> = BTreeMap::new();
    for finding in findings {
        let reference = finding.reference.and_then(|index| whole.references.get(index));
        let rule = Rule::from_id(&finding.rule).filter(|rule| *rule != Rule::UnresolvedReference);
        if let (Some(reference), Some(rule)) = (reference, rule)
            && let Some((counted, cause)) =
                shared(rule, &reference.path, &finding.message, reference.not_included)
        {
            let next = whole.findings.len();
            let cause = causes.entry((finding.rule.clone(), cause)).or_insert((next, counted, Vec::new()));
            // The first reference has the finding.
            if cause.0 < next {
                cause.2.push(name(reference.image.as_deref().unwrap_or(&reference.written)));
                continue;
            }
        }
        whole.findings.push(finding);
    }
    for (at, counted, others) in causes.into_values().filter(|(_, _, others)| !others.is_empty()) {
        let Some(finding) = whole.findings.get_mut(at) else { continue };
        let Some(rule) = Rule::from_id(&finding.rule) else { continue };
        finding.message = counted.message(&finding.message, others.len());
        finding.help = counted.help(finding.help.take(), rule, &others);
    }
    whole.findings.sort_by_cached_key(|finding| {
        let place = (finding.line, finding.column, finding.end_line, finding.end_column);
        (finding.path.clone(), place, Rule::from_id(&finding.rule), finding.message.clone())
    });
}

/// The figures of a report; the number of images is known.
fn summary(whole: &Document) -> Summary {
    let (references, images) = (whole.references.len(), whole.summary.images);
    let mut summary = Summary { references, images, ..Summary::default() };
    for reference in &whole.references {
        match reference.verdict {
            None => {}
            Some(VerdictName::Present) => summary.present += 1,
            Some(VerdictName::Missing) => summary.missing += 1,
            Some(VerdictName::Unverified) => summary.unverified += 1,
            Some(VerdictName::Malformed) => summary.malformed += 1,
            Some(VerdictName::Skipped) => {
                summary.skipped += 1;
                summary.unknown_registry += usize::from(reference.reason.as_deref() == Some(GUESSED));
            }
        }
    }
    for finding in &whole.findings {
        match finding.severity {
            Severity::Error => summary.errors += 1,
            Severity::Warning => summary.warnings += 1,
            Severity::Notice => summary.notices += 1,
        }
    }
    summary
}

/// The answers of the whole.
fn audit(audits: &[Audit], report: &Document, missing: Vec<usize>) -> Option<Audit> {
    let mut whole = audits.first()?.clone();
    whole.shard = None;
    let mut rebuild = Rebuild {
        references: Vec::new(),
        not_included: Vec::new(),
        images: 0,
        broken: 0,
        unverified: 0,
        skipped: 0,
        ..whole.rebuild
    };
    for Audit { rebuild: part, .. } in audits {
        rebuild.images += part.images;
        rebuild.broken += part.broken;
        rebuild.unverified += part.unverified;
        rebuild.skipped += part.skipped;
        rebuild.references.extend(part.references.iter().cloned());
        rebuild.not_included.extend(part.not_included.iter().cloned());
    }
    rebuild.references.sort_by(|a, b| a.order().cmp(&b.order()));
    rebuild.not_included.sort();
    rebuild.not_read = report.findings.iter().filter(|finding| hides_content(finding)).count();
    let errors = known_errors(report);
    let open = rebuild.unverified + rebuild.skipped + rebuild.not_read + missing.len();
    rebuild.answer = Answer::of(errors, open);
    whole.rebuild = rebuild;
    whole.rollback = rollback(audits, missing.len());
    whole.missing_shards = missing;
    whole.cut_short = audits.iter().any(|audit| audit.cut_short);
    Some(whole)
}

/// The errors that are known, without those about manifests that nothing known deploys.
fn known_errors(report: &Document) -> usize {
    let mut errors = 0;
    for finding in &report.findings {
        let reference = finding.reference.and_then(|index| report.references.get(index));
        let is_included = reference.is_none_or(|reference| !reference.not_included);
        errors += usize::from(finding.is_known_error() && !finding.undecided && is_included);
    }
    errors
}

fn hides_content(finding: &FindingEntry) -> bool {
    Rule::from_id(&finding.rule).is_some_and(Rule::hides_content)
}

/// The answer about previous values; `None` if a shard has none.
fn rollback(audits: &[Audit], missing: usize) -> Option<Rollback> {
    let parts: Vec<&Rollback> = audits.iter().map(|audit| audit.rollback.as_ref()).collect::<Option<_>>()?;
    let mut whole = Rollback {
        answer: Answer::Yes,
        previous: 0,
        gone: 0,
        unverified: 0,
        new: 0,
        not_included: 0,
        not_known: Vec::new(),
        references: Vec::new(),
        present: Vec::new(),
    };
    let mut not_known: BTreeMap<String, usize> = BTreeMap::new();
    for part in parts {
        whole.previous += part.previous;
        whole.gone += part.gone;
        whole.unverified += part.unverified;
        whole.new += part.new;
        whole.not_included += part.not_included;
        whole.references.extend(part.references.iter().cloned());
        whole.present.extend(part.present.iter().cloned());
        for NotKnown { why, count } in &part.not_known {
            *not_known.entry(why.clone()).or_default() += count;
        }
    }
    whole.not_known = not_known.into_iter().map(|(why, count)| NotKnown { why, count }).collect();
    whole.references.sort_by(|a, b| a.order().cmp(&b.order()));
    whole.present.sort();
    whole.present.dedup();
    whole.answer = if missing > 0 && whole.gone == 0 { Answer::Unknown } else { whole.answer() };
    Some(whole)
}
