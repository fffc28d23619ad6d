//! Turns references and answers into verdicts and findings, by policy.

use model::chart::Request;
use model::policy::{Level, Policy};
use model::{Answer, Missing};
use model::{Class, Rule, Severity};
use model::{FileProblem, Finding, GUESSED, Override, Reference, Summary, Target, Verdict};
use source::RepoPath;

use super::chart;
use super::chart::NO_CHARTS;
use super::figures::summary;
use super::ignore::void_ignore;
use super::merge::{Counted, Merged, shared};
use super::optional;
use super::prints::{Prints, PrintsOfFile, Why};
use super::references::{count_unique, in_order};
use super::searches::Searches;
use super::severity;
use super::statement::{
    Statement, known, of_declared, of_guess, of_missing, of_present, of_printed, of_unverified, pulled,
};
use super::style::in_style;
use super::text::{joined, left_out, noted, order, text, why};

/// Verdicts, findings and their figures.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Every reference with its verdict, by path and place.
    pub references: Vec<(Box<Reference>, Verdict)>,
    /// Every finding, by path and place.
    pub findings: Vec<Finding>,
    /// The figures.
    pub summary: Summary,
    /// Fingerprints of the baseline that occurred, once for each occurrence.
    pub in_baseline: Vec<String>,
    /// The findings that the override suppressed.
    pub overridden: Option<Override>,
}

/// Judges references and problems of files. `answer` gives the registry's answer for a reference; `None` if none
/// was queried.
///
/// ```
/// use std::collections::HashSet;
///
/// use judge::judge;
/// use model::policy::{Policy, Reach, Render, Rules};
/// use model::{FileProblem, Rule};
/// use source::RepoPath;
///
/// let policy = Policy {
///     unverified_fails: true,
///     strict: false,
///     rules: Rules::default(),
///     excluded: None,
///     override_reason: None,
///     ignores: Vec::new(),
///     expired: Vec::new(),
///     baseline: HashSet::new(),
///     reach: Reach::default(),
///     render: Render::default(),
///     repositories: Vec::new(),
///     files: Vec::new(),
/// };
/// let path = RepoPath::new("apps/web.yaml");
/// let message = "the file cannot be read: permission denied".to_owned();
/// let rule = Rule::UnreadableFile;
/// let cause = "unreadable".to_owned();
/// let problem = FileProblem { rule, path, cause, message, help: None, site: None, about: 0 };
/// let judged = judge(Vec::new(), vec![problem], &policy, |_| None);
/// assert_eq!(judged.summary.errors, 1);
/// ```
pub fn judge(
    references: Vec<Box<Reference>>,
    problems: Vec<FileProblem>,
    policy: &Policy,
    answer: impl Fn(&Reference) -> Option<Answer>,
) -> Judged {
    judge_as(references, problems, policy, answer, false)
}

/// Like `judge`, for a part of the references of a run. References that share a cause with other parts have
/// separate findings, which [`merge_shards`](crate::merge_shards) combines.
pub fn judge_part(
    references: Vec<Box<Reference>>,
    problems: Vec<FileProblem>,
    policy: &Policy,
    answer: impl Fn(&Reference) -> Option<Answer>,
) -> Judged {
    judge_as(references, problems, policy, answer, true)
}

fn judge_as(
    mut references: Vec<Box<Reference>>,
    mut problems: Vec<FileProblem>,
    policy: &Policy,
    answer: impl Fn(&Reference) -> Option<Answer>,
    is_part: bool,
) -> Judged {
    references.sort_by(|one, other| in_order(one, other));
    problems.sort_by_cached_key(order);
    // Several units may read one file: its problem is reported once.
    problems.dedup_by_key(|problem| order(problem));
    let (judged, prints, merged) = (Judged::default(), Prints::default(), Merged::default());
    let mut judge = Judge { policy, is_part, judged, prints, merged, searches: Searches::default() };
    for problem in problems {
        judge.file(problem);
    }
    let mut queried = Vec::new();
    judge.judged.references.reserve_exact(references.len());
    for (index, reference) in references.into_iter().enumerate() {
        let answer = answer(&reference);
        if answer.is_some() {
            queried.push(index);
        }
        let verdict = judge.reference(index, &reference, answer.as_ref());
        judge.judged.references.push((reference, verdict));
    }
    let unique = count_unique(&judge.judged.references, queried);
    judge.finish(unique)
}

/// Maximum number of characters of a reference that a message repeats.
const LONGEST_QUOTE: usize = 120;

struct Judge<'a> {
    policy: &'a Policy,
    /// True for a part of the references of a run.
    is_part: bool,
    judged: Judged,
    prints: Prints,
    /// Findings that several references or files share.
    merged: Merged,
    searches: Searches,
}

impl Judge<'_> {
    fn file(&mut self, problem: FileProblem) {
        let FileProblem { rule, path, cause, message, help, site, about: _ } = problem;
        if self.policy.ignore(&[&path], &[], Some(rule)).is_some() {
            return;
        }
        let severity = match (rule, severity::of_rule(self.policy, rule)) {
            // A change of the policy file hides no image, so that it does not fail the run.
            (Rule::NotChecked, _) if self.policy.is_read_from(&path) => Severity::Notice,
            (_, Level::Reported(severity)) => severity,
            (_, Level::Off) => return,
        };
        let why = Why { cause: &cause, message: &message };
        let Some(fingerprint) = self.fingerprint_of_file(rule, &path, why) else { return };
        let help = joined(help, self.expired(&[&path], &[], rule));
        self.judged.findings.push(Finding {
            rule,
            severity,
            message,
            help,
            suggestions: Vec::new(),
            fixes: Vec::new(),
            candidates: Vec::new(),
            reference: None,
            path,
            site,
            fingerprint,
        });
    }

    /// The fingerprint of a problem that is reported as a separate finding. Parts that are not checked share one notice for
    /// all files with the same cause.
    fn fingerprint_of_file(&mut self, rule: Rule, path: &RepoPath, why: Why<'_>) -> Option<String> {
        if rule != Rule::NotChecked || self.policy.is_read_from(path) {
            let prints = self.prints.of_file(rule, path, why);
            return (!self.is_one_in_baseline(rule, &prints)).then_some(prints.current);
        }
        let prints = self.prints.of_all_files(rule, why);
        if prints.is_in(&self.judged.in_baseline) || self.is_one_in_baseline(rule, &prints) {
            return None;
        }
        let (cause, next) = (why.message.to_owned(), self.judged.findings.len());
        let joins = self.merged.joins(rule, cause, path.as_str(), Counted::Files, next);
        (!joins).then_some(prints.current)
    }

    fn reference(&mut self, index: usize, reference: &Reference, answer: Option<&Answer>) -> Verdict {
        let (mut verdict, statements) = self.statements(reference, answer);
        for mut statement in statements {
            if let Some(default) = &reference.default_of {
                chart::explain_default(&mut statement, default);
            }
            match self.admit(reference, &statement) {
                Err(reason) if !matches!(verdict, Verdict::Present(_)) => verdict = Verdict::Skipped(reason),
                Err(_) => {}
                Ok(fingerprint) => {
                    // An image without a build for a required platform counts as missing.
                    if statement.rule == Rule::MissingPlatform {
                        verdict = Verdict::Missing;
                    }
                    self.report(index, reference, statement, fingerprint);
                }
            }
        }
        self.optional(index, reference);
        verdict
    }

    /// Reports the findings of the rules that are off by default. The verdict does not change.
    fn optional(&mut self, index: usize, reference: &Reference) {
        for mut statement in optional::statements(reference, &self.policy.rules) {
            if let Some(default) = &reference.default_of {
                chart::explain_default(&mut statement, default);
            }
            if let Ok(fingerprint) = self.admit(reference, &statement) {
                self.report(index, reference, statement, fingerprint);
            }
        }
    }

    /// The verdict on a reference before ignores, and the statements about it.
    fn statements(&mut self, reference: &Reference, answer: Option<&Answer>) -> (Verdict, Vec<Statement>) {
        let image = match &reference.target {
            Target::Chart(chart) => return self.chart(reference, chart, answer),
            Target::Malformed(problem) => return (Verdict::Malformed, vec![known(problem)]),
            Target::Unknown(problem) => {
                return (Verdict::Skipped(problem.message.clone()), vec![known(problem)]);
            }
            Target::Known(image) => image,
        };
        if let Some(printed) = of_printed(reference, image) {
            // If the printed tag exists, it is not the intended one; otherwise it is also reported as
            // missing.
            let is_missing = matches!(answer, Some(Answer::Missing(_))) && !reference.registry_unknown;
            return (if is_missing { Verdict::Missing } else { Verdict::Malformed }, vec![printed]);
        }
        if let Some(answer) = answer.filter(|_| reference.registry_unknown) {
            return (Verdict::Skipped(GUESSED.to_owned()), vec![of_guess(reference, image, answer)]);
        }
        match answer {
            None => self.unasked(reference, &image.registry),
            Some(Answer::Present(present)) => {
                let mut statements = of_present(reference, image, present, &self.policy.reach.platforms);
                statements.extend(chart::of_notes(reference, &image.to_string(), &present.details().notes));
                (pulled(present), statements)
            }
            Some(Answer::Missing(missing @ Missing::NoRange)) => {
                (Verdict::Malformed, vec![of_missing(reference, image, missing, None)])
            }
            Some(Answer::Missing(missing)) => {
                let near = self.searches.near(image, missing);
                (Verdict::Missing, vec![of_missing(reference, image, missing, near)])
            }
            Some(Answer::Unverified(unverified)) => {
                (Verdict::Unverified, vec![of_unverified(reference, unverified)])
            }
        }
    }

    /// The verdict on a chart of a repository over HTTP, and the statements about it.
    fn chart(
        &self,
        reference: &Reference,
        chart: &Request,
        answer: Option<&Answer>,
    ) -> (Verdict, Vec<Statement>) {
        match answer {
            None if !self.policy.reach.looks_up_charts() => {
                (Verdict::Skipped(NO_CHARTS.to_owned()), vec![chart::of_skipped(reference)])
            }
            None => self.unasked(reference, chart.host().unwrap_or_default()),
            Some(Answer::Present(present)) => (pulled(present), chart::of_present(reference, chart, present)),
            Some(Answer::Missing(missing)) => chart::of_missing(reference, chart, missing),
            Some(Answer::Unverified(unverified)) => {
                (Verdict::Unverified, vec![of_unverified(reference, unverified)])
            }
        }
    }

    /// The verdict on a reference for which no registry was queried.
    fn unasked(&self, reference: &Reference, registry: &str) -> (Verdict, Vec<Statement>) {
        let ignore = self.policy.ignore(&[reference.site.file.path()], &reference.names(), None);
        if let Some(ignore) = ignore {
            return (Verdict::Skipped(format!("ignored by {}", why(ignore))), Vec::new());
        }
        match self.policy.declared(registry) {
            Some(declared) => {
                let reason = format!("{} is not queried: {}", declared.registry, declared.reason);
                (Verdict::Skipped(reason), vec![of_declared(reference, declared)])
            }
            None => (Verdict::Unasked, Vec::new()),
        }
    }

    /// The fingerprint of a statement that is reported, or the reason why it is not reported.
    fn admit(&mut self, reference: &Reference, statement: &Statement) -> Result<String, String> {
        let rule = statement.rule;
        if let Some(setting) = self.policy.rules.off(rule) {
            return Err(format!("{rule} is off in {} line {}", setting.file, setting.line));
        }
        if let Some(ignore) = reference.ignore(rule, &statement.site) {
            return Err(format!("{rule} is {}", ignore.described()));
        }
        let paths = [reference.site.file.path(), statement.site.file.path()];
        if let Some(ignore) = self.policy.ignore(&paths, &reference.names(), Some(rule)) {
            return Err(format!("{rule} is ignored by {}", why(ignore)));
        }
        let fingerprint = self.prints.of(rule, statement.site.file.path(), &text(reference));
        if self.is_in_baseline(rule, &fingerprint) {
            return Err(format!("{rule} is in the baseline"));
        }
        Ok(fingerprint)
    }

    /// A baseline never contains unverified references: an outage is not an existing fault.
    fn is_in_baseline(&mut self, rule: Rule, fingerprint: &str) -> bool {
        let found = rule.class() != Class::Unverified && self.policy.baseline.contains(fingerprint);
        if found {
            self.judged.in_baseline.push(fingerprint.to_owned());
        }
        found
    }

    /// The same for a problem of a file. One version compares the former fingerprints too.
    fn is_one_in_baseline(&mut self, rule: Rule, prints: &PrintsOfFile) -> bool {
        self.is_in_baseline(rule, &prints.current) || self.is_in_baseline(rule, &prints.former)
    }

    /// A note if an expired ignore would cover it.
    fn expired(&self, paths: &[&RepoPath], names: &[String], rule: Rule) -> Option<String> {
        let ignore = self.policy.expired.iter().find(|ignore| ignore.covers(paths, names, Some(rule)))?;
        let (last, place) = (ignore.expires?, format!("{} line {}", ignore.file, ignore.line));
        Some(format!("it was ignored until {last} by {place}: {}", ignore.reason))
    }

    fn report(&mut self, index: usize, reference: &Reference, statement: Statement, fingerprint: String) {
        let Statement { rule, mut message, help, suggestions, fixes, candidates, site, severity } = statement;
        if self.joins(reference, rule, &message) {
            return;
        }
        if rule == Rule::UnresolvedReference && !site.text().is_empty() {
            let written: String = site.text().chars().take(LONGEST_QUOTE).collect();
            message = format!("{written}: {message}");
        }
        let level = severity::of_statement(self.policy, reference, rule, severity);
        let Level::Reported(severity) = level else { return };
        let paths = [reference.site.file.path(), site.file.path()];
        let expired = self.expired(&paths, &reference.names(), rule);
        let help = noted(help, [void_ignore(reference, rule, &site), expired, left_out(reference)]);
        self.judged.findings.push(Finding {
            rule,
            severity,
            message,
            help,
            suggestions,
            fixes,
            candidates,
            reference: Some(index),
            path: site.file.path().clone(),
            site: Some(site),
            fingerprint,
        });
    }

    /// True if this reference shares an existing finding: the outage of a registry is one finding, and so is
    /// one cause in one file.
    fn joins(&mut self, reference: &Reference, rule: Rule, message: &str) -> bool {
        if self.is_part && rule != Rule::UnresolvedReference {
            return false;
        }
        let path = reference.site.file.path().as_str();
        let shared = shared(rule, path, message, reference.left_out.is_some());
        let Some((counted, cause)) = shared else { return false };
        let name = reference.image_or_text();
        self.merged.joins(rule, cause, &name, counted, self.judged.findings.len())
    }

    fn finish(self, images: usize) -> Judged {
        let Self { policy, mut judged, merged, .. } = self;
        merged.write(&mut judged.findings);
        in_style(&mut judged.findings);
        judged.findings.sort_by_cached_key(|finding| {
            let span = finding.site.as_ref().map(|site| site.span);
            (finding.path.clone(), span, finding.rule, finding.message.clone())
        });
        judged.summary = summary(&judged.references, &judged.findings, images);
        if let Some(reason) = &policy.override_reason {
            let findings =
                judged.findings.iter().filter(|finding| severity::is_overridden(policy, finding)).count();
            judged.overridden = Some(Override { reason: reason.clone(), findings });
        }
        judged
    }
}
