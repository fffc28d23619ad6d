//! Suspended objects of a whole head: the commit since which each is suspended, those with an explanation in
//! an annotation, and those that are suspended for too long.

use std::collections::HashSet;

use ::judge::Judged;
use git::{Head, Repository};
use history::{Since, suspended_since};
use model::policy::{Date, Policy};
use model::{FileProblem, Rule, Severity};
use source::{RepoPath, Span};

use crate::config::{Options, What};
use crate::context::Context;

/// Maximum number of objects whose history is walked: each needs a separate walk.
const MOST: usize = 100;
/// Seconds in a day.
const DAY: i64 = 86_400;
/// Number of digits of a commit in text.
const DIGITS: usize = 10;

/// Objects that are suspended for too long, by file and place.
pub(super) type Overdue = HashSet<(RepoPath, Span)>;

/// Removes the notices that an annotation silences until a later day, and adds the commit since which the
/// others hold. Returns the objects that are suspended for at least `days`.
pub(super) fn explain(
    problems: &mut Vec<FileProblem>,
    days: u16,
    options: &Options,
    context: &Context,
) -> Overdue {
    let mut overdue = Overdue::new();
    problems.retain(|problem| !is_silenced(problem, context.today));
    if options.what != What::Change || !problems.iter().any(|problem| problem.rule == Rule::Suspended) {
        return overdue;
    }
    let Ok(repository) = Repository::open(&context.root, &context.deadline) else { return overdue };
    let rev = match options.head.as_deref().map(Head::from) {
        Some(Head::Commit(rev)) => rev,
        _ => "HEAD".to_owned(),
    };
    let suspended = problems.iter_mut().filter(|problem| problem.rule == Rule::Suspended);
    for problem in suspended.take(MOST) {
        let Some(since) = since(&repository, &rev, problem, options.max_file_size) else { continue };
        if context.today >= day_after(&since, days)
            && let Some(site) = &problem.site
        {
            overdue.insert((problem.path.clone(), site.span));
        }
        let since = shown(&since);
        problem.help = Some(match problem.help.take() {
            Some(help) => format!("{since}; {help}"),
            None => since,
        });
    }
    overdue
}

/// Turns the notices about objects that are suspended for too long into warnings, unless the configuration
/// sets their severity.
pub(super) fn warn(judged: &mut Judged, overdue: &Overdue, policy: &Policy) {
    if policy.rules.level(Rule::Suspended).is_some() {
        return;
    }
    for finding in judged.findings.iter_mut().filter(|finding| finding.rule == Rule::Suspended) {
        let place = finding.site.as_ref().map(|site| (finding.path.clone(), site.span));
        if finding.severity == Severity::Notice && place.is_some_and(|place| overdue.contains(&place)) {
            finding.severity = Severity::Warning;
            judged.summary.notices -= 1;
            judged.summary.warnings += 1;
        }
    }
}

/// The day that is a number of days after a commit.
fn day_after(since: &Since, days: u16) -> Date {
    Date::of(since.seconds.max(0).saturating_add(DAY * i64::from(days)))
}

/// The commit since which an object is suspended, in words.
fn shown(since: &Since) -> String {
    let (day, commit) = (day_after(since, 0), since.commit.get(..DIGITS).unwrap_or(&since.commit));
    let least = if since.is_exact { "" } else { " at least" };
    format!("since{least} {day}, commit {commit}")
}

/// The commit since which an object is suspended.
fn since(repository: &Repository, rev: &str, problem: &FileProblem, limit: u64) -> Option<Since> {
    let name = problem.message.split(" is suspended").next()?;
    let holds = |files: &dyn source::Files| {
        let found = deploy::objects(files, limit, Some(std::slice::from_ref(&problem.path)));
        let objects = found.unwrap_or_default().suspended;
        objects.iter().any(|object| {
            let resource = &object.resource;
            format!("{} {}", resource.kind, resource.name.clone().unwrap_or_default()) == name
        })
    };
    suspended_since(repository, rev, &problem.path, &holds).ok()?
}

/// True if the annotation of an object explains it until a day that is not over: `reason; until 2026-12-24`.
fn is_silenced(problem: &FileProblem, today: Date) -> bool {
    if problem.rule != Rule::Suspended {
        return false;
    }
    let help = problem.help.as_deref().unwrap_or_default();
    let until = help.rsplit_once("until ").and_then(|(_, day)| Date::parse(day.trim()));
    until.is_some_and(|until| today <= until)
}
