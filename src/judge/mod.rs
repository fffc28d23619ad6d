//! References and answers to verdicts and findings, by policy. Pure: the same input gives the same
//! report, in the same order, whatever order the answers came in.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::config::Policy;
use crate::finding::{FileProblem, Finding, Kind, Problem, Reference, Summary, Target, Verdict};
use crate::image::Image;
use crate::registry::{Answer, Cause, Missing, Present, TagState, Unverified};
use crate::rule::{Class, Rule, Severity};
use crate::text::{RepoPath, Site};

mod near;

/// What the judge found.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Every reference with its verdict, by path and place.
    pub references: Vec<(Reference, Verdict)>,
    /// Every finding, by path and place.
    pub findings: Vec<Finding>,
    /// Figures.
    pub summary: Summary,
}

/// Judges. `answer` gives what a registry said of a reference; `None` where none was asked.
pub fn judge(
    mut references: Vec<Reference>,
    problems: Vec<FileProblem>,
    policy: Policy,
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
    let mut bench = Bench { policy, judged: Judged::default(), merged: BTreeMap::new(), suggested: 0 };
    for problem in problems {
        bench.file(problem);
    }
    let mut asked = BTreeSet::new();
    for (index, reference) in references.into_iter().enumerate() {
        let answer = answer(&reference);
        if let (Target::Known(image), Some(_)) = (&reference.target, &answer) {
            asked.insert((image.clone(), reference.kind == Kind::Repository));
        }
        let verdict = bench.reference(index, &reference, answer.as_ref());
        bench.judged.references.push((reference, verdict));
    }
    bench.finish(asked.len())
}

/// Most missing tags for which near ones are looked for.
const MOST_SUGGESTED: usize = 100;
/// Most characters of a reference that are repeated where it is not known what they come to.
const LONGEST_QUOTE: usize = 120;

/// What is said of a reference, before policy and ignores.
struct Statement {
    rule: Rule,
    message: String,
    help: Option<String>,
    suggestions: Vec<String>,
    site: Site,
}

struct Bench {
    policy: Policy,
    judged: Judged,
    /// Findings that are said once for all references that share them: index of the finding, count.
    merged: BTreeMap<(Rule, String), (usize, usize)>,
    /// Missing tags for which near ones were looked for.
    suggested: usize,
}

impl Bench {
    fn file(&mut self, problem: FileProblem) {
        let FileProblem { rule, path, message, help, site } = problem;
        let severity = self.severity(rule);
        let fingerprint = String::new();
        let finding = Finding {
            rule,
            severity,
            message,
            help,
            suggestions: Vec::new(),
            reference: None,
            path,
            site,
            fingerprint,
        };
        self.judged.findings.push(finding);
    }

    fn reference(&mut self, index: usize, reference: &Reference, answer: Option<&Answer>) -> Verdict {
        let (verdict, statements) = match (&reference.target, answer) {
            (Target::Malformed(problem), _) => (Verdict::Malformed, vec![known(problem)]),
            (Target::Unknown(problem), _) => {
                (Verdict::Skipped(problem.message.clone()), vec![known(problem)])
            }
            (Target::Known(_), None) => (Verdict::Unasked, Vec::new()),
            (Target::Known(image), Some(Answer::Present(present))) => {
                (Verdict::Present(present.digest.clone()), of_present(reference, image, present))
            }
            (Target::Known(image), Some(Answer::Missing(missing))) => {
                (Verdict::Missing, vec![self.of_missing(reference, image, missing)])
            }
            (Target::Known(image), Some(Answer::Unverified(unverified))) => {
                (Verdict::Unverified, vec![of_unverified(reference, image, unverified)])
            }
        };
        let mut verdict = verdict;
        for statement in statements {
            if let Some(ignore) = reference.ignores.iter().find(|ignore| ignore.covers(statement.rule)) {
                let reason = if ignore.reason.is_empty() { "no reason given" } else { &ignore.reason };
                let said = format!("{} is ignored on line {}: {reason}", statement.rule, ignore.line);
                if !matches!(verdict, Verdict::Present(_)) {
                    verdict = Verdict::Skipped(said);
                }
            } else {
                // A name that is no registry's is a warning about the name, not a missing image.
                if statement.rule == Rule::UnknownRegistry {
                    verdict = Verdict::Unverified;
                }
                self.say(index, reference, statement);
            }
        }
        verdict
    }

    fn say(&mut self, index: usize, reference: &Reference, statement: Statement) {
        let Statement { rule, mut message, mut help, suggestions, site } = statement;
        let once = rule.class() == Class::Unverified || rule == Rule::UnresolvedReference;
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
        if let Some(note) = misspelt_ignore(reference) {
            help = Some(help.map_or(note.clone(), |help| format!("{help}\n{note}")));
        }
        self.judged.findings.push(Finding {
            rule,
            severity: self.severity(rule),
            message,
            help,
            suggestions,
            reference: Some(index),
            path: site.file.path().clone(),
            site: Some(site),
            fingerprint: String::new(),
        });
    }

    fn of_missing(&mut self, reference: &Reference, image: &Image, missing: &Missing) -> Statement {
        let name = image.name();
        let tag = image.effective_tag().unwrap_or_default();
        let place = |part: &Option<Site>| part.clone().unwrap_or_else(|| reference.site.clone());
        let (rule, message, help, suggestions, site) = match missing {
            Missing::Tag(Some(list)) if list.tags.iter().any(|listed| listed == tag) => {
                let message = format!("{name} lists the tag {tag}, and has no manifest for it");
                let help = "push the image again; a clean-up may have removed its manifest".to_owned();
                (Rule::MissingTag, message, help, Vec::new(), place(&reference.parts.tag))
            }
            Missing::Tag(list) => {
                let suggestions = list.as_ref().map(|list| self.near(tag, &list.tags)).unwrap_or_default();
                let message = match (list, &image.tag) {
                    (Some(_), None) => {
                        format!("{name} has no tag latest, which a reference without a tag means")
                    }
                    (Some(_), Some(_)) => format!("{name} has no tag {tag}"),
                    (None, _) => {
                        format!("the registry has no {name}:{tag}, and does not list the repository's tags")
                    }
                };
                let help = match suggestions.as_slice() {
                    [] => "correct the tag, or push the image before this is merged".to_owned(),
                    [one] => format!("did you mean {one}?"),
                    several => format!("did you mean one of {}?", several.join(", ")),
                };
                (Rule::MissingTag, message, help, suggestions, place(&reference.parts.tag))
            }
            Missing::Digest => {
                let digest = image.digest.as_deref().unwrap_or_default();
                let message = format!("{name} has no manifest {digest}");
                let help =
                    "take the digest from the registry; a clean-up may have removed an untagged manifest";
                (Rule::MissingDigest, message, help.to_owned(), Vec::new(), place(&reference.parts.digest))
            }
            Missing::Repository if reference.registry_unknown => return unknown_registry(reference, image),
            Missing::Repository => {
                let message = format!("{} has no repository {}", image.registry, image.repository);
                let help = "correct the name, or push the image before this is merged".to_owned();
                (Rule::MissingRepository, message, help, Vec::new(), place(&reference.parts.repository))
            }
        };
        Statement { rule, message, help: Some(help), suggestions, site }
    }

    /// Tags near to a missing one; for so many of them only, since each costs a look at every tag.
    fn near(&mut self, tag: &str, tags: &[String]) -> Vec<String> {
        self.suggested += 1;
        if self.suggested > MOST_SUGGESTED { Vec::new() } else { near::tags(tag, tags) }
    }

    fn severity(&self, rule: Rule) -> Severity {
        match rule.class() {
            Class::Known(Severity::Notice) if self.policy.strict => Severity::Error,
            // Strict is whoever wants to know of everything that was not checked.
            Class::Known(_) if self.policy.strict && rule == Rule::UnparseableFile => Severity::Error,
            Class::Known(severity) => severity,
            Class::Unverified if self.policy.unverified_fails => Severity::Error,
            Class::Unverified => Severity::Warning,
        }
    }

    fn finish(self, images: usize) -> Judged {
        let Self { mut judged, merged, .. } = self;
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
        fingerprint(&mut judged);
        judged.summary = summary(&judged, images);
        judged
    }
}

fn known(problem: &Problem) -> Statement {
    Statement {
        rule: problem.rule,
        message: problem.message.clone(),
        help: problem.help.clone(),
        suggestions: Vec::new(),
        site: problem.site.clone(),
    }
}

fn of_present(reference: &Reference, image: &Image, present: &Present) -> Vec<Statement> {
    let mut said = Vec::new();
    let mut say = |rule, message, help: &str, site: &Option<Site>| {
        let site = site.clone().unwrap_or_else(|| reference.site.clone());
        said.push(Statement { rule, message, help: Some(help.to_owned()), suggestions: Vec::new(), site });
    };
    let tag = image.tag.as_deref().unwrap_or_default();
    let decides = "the digest decides what is pulled; write the tag that belongs to it, or the tag's digest";
    match &present.tag {
        Some(TagState::Moved(digest)) => {
            let message =
                format!("the tag {tag} of {} points at {digest}, not at the digest beside it", image.name());
            say(Rule::MovedTag, message, decides, &reference.parts.tag);
        }
        Some(TagState::Gone) => {
            let message = format!("{} has no tag {tag}; the digest beside it is still there", image.name());
            say(Rule::MovedTag, message, decides, &reference.parts.tag);
        }
        Some(TagState::Same | TagState::Unknown) | None => {}
    }
    if present.media_type.starts_with("application/vnd.docker.distribution.manifest.v1+") {
        let message = format!("{image} has a schema 1 manifest, which containerd 2.1 and later refuse");
        say(Rule::OldManifest, message, "push the image again with a current tool", &None);
    }
    said
}

fn unknown_registry(reference: &Reference, image: &Image) -> Statement {
    Statement {
        rule: Rule::UnknownRegistry,
        message: format!(
            "no registry is named, and {} has no repository {}",
            image.registry, image.repository
        ),
        help: Some(
            "the chart may put a registry in front; write it into the values to have it checked".to_owned(),
        ),
        suggestions: Vec::new(),
        site: reference.parts.repository.clone().unwrap_or_else(|| reference.site.clone()),
    }
}

fn of_unverified(reference: &Reference, image: &Image, unverified: &Unverified) -> Statement {
    let (rule, help) = match unverified.cause {
        Cause::MissingOrPrivate if reference.registry_unknown => return unknown_registry(reference, image),
        Cause::RateLimited => (Rule::RateLimited, "log in for a higher limit, or run again later"),
        Cause::Unreachable => (
            Rule::Unreachable,
            "this says nothing about the image; check the registry's name and the network",
        ),
        Cause::RegistryError => {
            (Rule::RegistryError, "this says nothing about the image; run again when the registry is well")
        }
        Cause::Deadline => {
            (Rule::Unreachable, "raise --deadline if the registry is slow; this says nothing about the image")
        }
        Cause::Unauthorized => (Rule::Unauthorized, "log in to the registry before this check"),
        Cause::Rejected => {
            (Rule::Unauthorized, "log in again, or correct the credentials that are named above")
        }
        Cause::MissingOrPrivate => {
            (Rule::MissingOrPrivate, "check the name, then whether the credentials may pull it")
        }
    };
    let part = match rule {
        Rule::MissingOrPrivate => &reference.parts.repository,
        _ => &None,
    };
    Statement {
        rule,
        message: unverified.detail.clone(),
        help: Some(help.to_owned()),
        suggestions: Vec::new(),
        site: part.clone().unwrap_or_else(|| reference.site.clone()),
    }
}

/// A note where an ignore names a rule that does not exist, and so ignores nothing.
fn misspelt_ignore(reference: &Reference) -> Option<String> {
    reference.ignores.iter().find_map(|ignore| {
        let unknown = ignore.rules.iter().find(|id| Rule::from_id(id).is_none())?;
        let nearest = near::rule(unknown).map(|rule| format!("; did you mean {rule}?")).unwrap_or_default();
        Some(format!("the ignore on line {} names no rule: {unknown:?}{nearest}", ignore.line))
    })
}

/// Rule, path, what is referred to, and which of several such it is: no line, so that it stays when
/// lines move.
fn fingerprint(judged: &mut Judged) {
    let mut seen: BTreeMap<(Rule, RepoPath, String), usize> = BTreeMap::new();
    for finding in &mut judged.findings {
        let reference = finding.reference.and_then(|index| judged.references.get(index));
        let what = reference.map_or_else(
            || finding.message.clone(),
            |(reference, _)| match &reference.target {
                Target::Known(image) => image.to_string(),
                _ => reference.site.text().to_owned(),
            },
        );
        let key = (finding.rule, finding.path.clone(), what);
        let occurrence = seen.entry(key.clone()).or_default();
        let text = format!("{}\0{}\0{}\0{occurrence}", key.0, key.1, key.2);
        *occurrence += 1;
        let hash = Sha256::digest(text.as_bytes());
        let first = hash.first_chunk::<16>().copied().unwrap_or_default();
        finding.fingerprint = format!("{:032x}", u128::from_be_bytes(first));
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
