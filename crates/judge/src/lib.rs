//! References and answers to verdicts and findings, by policy. Pure: the same input gives the same
//! report, in the same order, whatever order the answers came in.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use image::Image;
use model::policy::{self, Policy};
use model::{Answer, Missing, Present};
use model::{Class, Rule, Severity};
use model::{FileProblem, Finding, Override, Pulled, Reference, Summary, Target, Verdict};
use source::RepoPath;

pub mod baseline;
mod near;
mod statement;

use statement::{Statement, known, of_declared, of_missing, of_present, of_unverified};

/// What the judge found.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Every reference with its verdict, by path and place.
    pub references: Vec<(Reference, Verdict)>,
    /// Every finding, by path and place.
    pub findings: Vec<Finding>,
    /// Figures.
    pub summary: Summary,
    /// Fingerprints of the baseline that occurred, for each time that they did.
    pub in_baseline: Vec<String>,
    /// What the override let pass.
    pub overridden: Option<Override>,
}

/// Judges. `answer` gives what a registry said of a reference; `None` where none was asked.
pub fn judge(
    mut references: Vec<Reference>,
    mut problems: Vec<FileProblem>,
    policy: &Policy,
    answer: impl Fn(&Reference) -> Option<Answer>,
) -> Judged {
    references.sort_by_cached_key(|reference| {
        (
            reference.site.file.path().clone(),
            reference.site.span,
            reference.field.clone(),
            reference.unit.clone(),
        )
    });
    problems.sort_by_cached_key(|problem| {
        let span = problem.site.as_ref().map(|site| site.span);
        (problem.path.clone(), span, problem.rule, problem.message.clone())
    });
    let (merged, seen) = (BTreeMap::new(), BTreeMap::new());
    let mut bench = Bench { policy, judged: Judged::default(), merged, seen, missing: 0 };
    for problem in problems {
        bench.file(problem);
    }
    let mut asked = BTreeSet::new();
    for (index, reference) in references.into_iter().enumerate() {
        let answer = answer(&reference);
        if let (Target::Known(image), Some(_)) = (&reference.target, &answer) {
            asked.insert((image.clone(), reference.kind, reference.range.clone()));
        }
        let verdict = bench.reference(index, &reference, answer.as_ref());
        bench.judged.references.push((reference, verdict));
    }
    bench.finish(asked.len())
}

/// Most missing references for which near tags are looked for.
const MOST_SUGGESTED: usize = 100;
/// Most characters of a reference that are repeated where it is not known what they come to.
const LONGEST_QUOTE: usize = 120;

struct Bench<'a> {
    policy: &'a Policy,
    judged: Judged,
    /// How often something was said, so that the same said twice has two fingerprints.
    seen: BTreeMap<(Rule, RepoPath, String), usize>,
    /// Findings that are said once for all references that share them: index of the finding, count.
    merged: BTreeMap<(Rule, String), (usize, usize)>,
    /// Missing references so far.
    missing: usize,
}

impl Bench<'_> {
    fn file(&mut self, problem: FileProblem) {
        let FileProblem { rule, path, message, help, site, about: _ } = problem;
        if self.policy.ignore(&[&path], &[], Some(rule)).is_some() {
            return;
        }
        let fingerprint = self.fingerprint(rule, &path, &message);
        if self.is_in_baseline(rule, &fingerprint) {
            return;
        }
        let severity = match rule {
            // A change of the configuration hides nothing, so it fails nobody.
            Rule::NotChecked if path.as_str() == policy::FILE => Severity::Notice,
            rule => self.severity(rule),
        };
        let help = joined(help, self.expired(&[&path], &[], rule));
        let (suggestions, reference) = (Vec::new(), None);
        self.judged.findings.push(Finding {
            rule,
            severity,
            message,
            help,
            suggestions,
            reference,
            path,
            site,
            fingerprint,
        });
    }

    fn reference(&mut self, index: usize, reference: &Reference, answer: Option<&Answer>) -> Verdict {
        let (verdict, statements) = match (&reference.target, answer) {
            (Target::Malformed(problem), _) => (Verdict::Malformed, vec![known(problem)]),
            (Target::Unknown(problem), _) => {
                (Verdict::Skipped(problem.message.clone()), vec![known(problem)])
            }
            (Target::Known(image), None) => self.unasked(reference, image),
            (Target::Known(image), Some(Answer::Present(present))) => {
                (pulled(present), of_present(reference, image, present, &self.policy.reach.platforms))
            }
            (Target::Known(image), Some(Answer::Missing(missing @ Missing::NoRange))) => {
                (Verdict::Malformed, vec![of_missing(reference, image, missing, false)])
            }
            (Target::Known(image), Some(Answer::Missing(missing))) => {
                // A suggestion costs a look at every tag: for so many of them only.
                self.missing += 1;
                (
                    Verdict::Missing,
                    vec![of_missing(reference, image, missing, self.missing <= MOST_SUGGESTED)],
                )
            }
            (Target::Known(image), Some(Answer::Unverified(unverified))) => {
                (Verdict::Unverified, vec![of_unverified(reference, image, unverified)])
            }
        };
        let mut verdict = verdict;
        for statement in statements {
            match self.admit(reference, &statement) {
                Err(reason) if !matches!(verdict, Verdict::Present(_)) => verdict = Verdict::Skipped(reason),
                Err(_) => {}
                Ok(fingerprint) => {
                    match statement.rule {
                        // A name that is no registry's is a warning about the name, not a missing image.
                        Rule::UnknownRegistry => verdict = Verdict::Unverified,
                        // What cannot be pulled where it is to run is not there.
                        Rule::MissingPlatform => verdict = Verdict::Missing,
                        _ => {}
                    }
                    self.say(index, reference, statement, fingerprint);
                }
            }
        }
        verdict
    }

    /// The verdict on what no registry was asked for.
    fn unasked(&self, reference: &Reference, image: &Image) -> (Verdict, Vec<Statement>) {
        let ignored = || {
            let ignore = self.policy.ignore(&[reference.site.file.path()], &reference.names(), None)?;
            Some(format!("ignored by {}", why(ignore)))
        };
        let inline = reference.ignored_altogether().map(model::Ignore::said);
        if let Some(reason) = inline.or_else(ignored) {
            return (Verdict::Skipped(reason), Vec::new());
        }
        match self.policy.declared(&image.registry) {
            Some(declared) => {
                let reason = format!("{} is not asked: {}", declared.registry, declared.reason);
                (Verdict::Skipped(reason), vec![of_declared(reference, declared)])
            }
            None => (Verdict::Unasked, Vec::new()),
        }
    }

    /// The fingerprint of a statement that is to be said, or the reason why it is not.
    fn admit(&mut self, reference: &Reference, statement: &Statement) -> Result<String, String> {
        let rule = statement.rule;
        if let Some(ignore) = reference.ignores.iter().find(|ignore| ignore.covers(rule)) {
            return Err(format!("{rule} is {}", ignore.said()));
        }
        let paths = [reference.site.file.path(), statement.site.file.path()];
        if let Some(ignore) = self.policy.ignore(&paths, &reference.names(), Some(rule)) {
            return Err(format!("{rule} is ignored by {}", why(ignore)));
        }
        let what = match &reference.target {
            Target::Known(image) => image.to_string(),
            _ => reference.site.text().to_owned(),
        };
        let fingerprint = self.fingerprint(rule, statement.site.file.path(), &what);
        if self.is_in_baseline(rule, &fingerprint) {
            return Err(format!("{rule} is in the baseline"));
        }
        Ok(fingerprint)
    }

    /// An outage is no debt: what could not be verified is in no baseline.
    fn is_in_baseline(&mut self, rule: Rule, fingerprint: &str) -> bool {
        let found = rule.class() != Class::Unverified && self.policy.baseline.contains(fingerprint);
        if found {
            self.judged.in_baseline.push(fingerprint.to_owned());
        }
        found
    }

    /// A note where an ignore would cover it, had it not expired.
    fn expired(&self, paths: &[&RepoPath], names: &[String], rule: Rule) -> Option<String> {
        let ignore = self.policy.expired.iter().find(|ignore| ignore.covers(paths, names, Some(rule)))?;
        let (last, place) = (ignore.expires?, format!("{} line {}", ignore.file, ignore.line));
        Some(format!("it was ignored until {last} by {place}: {}", ignore.reason))
    }

    /// Rule, path, what is referred to, and which of several such it is: no line, so that it stays when
    /// lines move.
    fn fingerprint(&mut self, rule: Rule, path: &RepoPath, what: &str) -> String {
        let occurrence = self.seen.entry((rule, path.clone(), what.to_owned())).or_default();
        let text = format!("{rule}\0{path}\0{what}\0{occurrence}");
        *occurrence += 1;
        let hash = Sha256::digest(text.as_bytes());
        let first = hash.first_chunk::<16>().copied().unwrap_or_default();
        format!("{:032x}", u128::from_be_bytes(first))
    }

    fn say(&mut self, index: usize, reference: &Reference, statement: Statement, fingerprint: String) {
        let Statement { rule, mut message, help, suggestions, site } = statement;
        let once =
            rule.class() == Class::Unverified || matches!(rule, Rule::UnresolvedReference | Rule::NotChecked);
        if once {
            // One registry's outage is one finding, and so is one cause in one file.
            let scope =
                if rule == Rule::UnresolvedReference { reference.site.file.path().as_str() } else { "" };
            let key = (rule, format!("{scope}\0{message}"));
            if let Some((_, count)) = self.merged.get_mut(&key) {
                *count += 1;
                return;
            }
            self.merged.insert(key, (self.judged.findings.len(), 1));
        }
        if rule == Rule::UnresolvedReference && !site.text().is_empty() {
            let written: String = site.text().chars().take(LONGEST_QUOTE).collect();
            message = format!("{written}: {message}");
        }
        let paths = [reference.site.file.path(), site.file.path()];
        let expired = self.expired(&paths, &reference.names(), rule);
        let help = joined(joined(help, misspelt_ignore(reference)), expired);
        self.judged.findings.push(Finding {
            rule,
            // A registry that is declared is nobody's oversight.
            severity: if rule == Rule::NotChecked { Severity::Notice } else { self.severity(rule) },
            message,
            help,
            suggestions,
            reference: Some(index),
            path: site.file.path().clone(),
            site: Some(site),
            fingerprint,
        });
    }

    fn severity(&self, rule: Rule) -> Severity {
        match rule.class() {
            Class::Known(Severity::Notice) if self.policy.strict => Severity::Error,
            // Strict is whoever wants to know of everything that was not checked.
            Class::Known(_)
                if self.policy.strict
                    && matches!(rule, Rule::UnparseableFile | Rule::BrokenKustomization) =>
            {
                Severity::Error
            }
            Class::Known(severity) => severity,
            Class::Unverified if self.policy.unverified_fails && self.policy.override_reason.is_none() => {
                Severity::Error
            }
            Class::Unverified => Severity::Warning,
        }
    }

    fn finish(self, images: usize) -> Judged {
        let Self { policy, mut judged, merged, .. } = self;
        for (at, count) in merged.into_values().filter(|(_, count)| *count > 1) {
            if let Some(finding) = judged.findings.get_mut(at) {
                let more = count - 1;
                let s = if more == 1 { "" } else { "s" };
                let message = &finding.message;
                let place = if finding.rule == Rule::UnresolvedReference { " in this file" } else { "" };
                finding.message = format!("{message} (and {more} more reference{s}{place})");
            }
        }
        judged.findings.sort_by_cached_key(|finding| {
            let span = finding.site.as_ref().map(|site| site.span);
            (finding.path.clone(), span, finding.rule, finding.message.clone())
        });
        judged.summary = summary(&judged, images);
        judged.overridden = policy.override_reason.as_ref().map(|reason| {
            let unverified = judged.findings.iter().filter(|f| f.rule.class() == Class::Unverified).count();
            let findings = if policy.unverified_fails { unverified } else { 0 };
            Override { reason: reason.clone(), findings }
        });
        judged
    }
}

fn pulled(present: &Present) -> Verdict {
    Verdict::Present(Pulled {
        digest: present.digest.clone(),
        version: present.version.clone(),
        mirror: present.through.clone(),
    })
}

/// A note where an ignore names a rule that does not exist, and so ignores nothing.
fn misspelt_ignore(reference: &Reference) -> Option<String> {
    reference.ignores.iter().find_map(|ignore| {
        let unknown = ignore.rules.iter().find(|id| Rule::from_id(id).is_none())?;
        let nearest = near::rule(unknown).map(|rule| format!("; did you mean {rule}?")).unwrap_or_default();
        Some(format!("the ignore on line {} names no rule: {unknown:?}{nearest}", ignore.line))
    })
}

/// Where an ignore of the configuration stands, and why.
fn why(ignore: &policy::Ignore) -> String {
    format!("{} line {}: {}", ignore.file, ignore.line, ignore.reason)
}

/// A help with a note behind it.
fn joined(help: Option<String>, note: Option<String>) -> Option<String> {
    match (help, note) {
        (Some(help), Some(note)) => Some(format!("{help}\n{note}")),
        (help, note) => help.or(note),
    }
}

fn summary(judged: &Judged, images: usize) -> Summary {
    let mut summary = Summary { references: judged.references.len(), images, ..Summary::default() };
    for (_, verdict) in &judged.references {
        match verdict {
            Verdict::Unasked => {}
            Verdict::Present(_) => summary.present += 1,
            Verdict::Missing => summary.missing += 1,
            Verdict::Unverified => summary.unverified += 1,
            Verdict::Skipped(_) => summary.skipped += 1,
            Verdict::Malformed => summary.malformed += 1,
        }
    }
    for finding in &judged.findings {
        match finding.severity {
            Severity::Error => summary.errors += 1,
            Severity::Warning => summary.warnings += 1,
            Severity::Notice => summary.notices += 1,
        }
    }
    summary
}

pub use near::rule as nearest_rule;

#[cfg(test)]
mod tests;
