//! Suspended objects of a whole head: since which commit each is, and those whose annotation explains them for now.

use git::{Head, Repository};
use history::suspended_since;
use model::policy::Date;
use model::{FileProblem, Rule};
use std::time::{Duration, UNIX_EPOCH};

use crate::config::{Options, What};
use crate::context::Context;

/// Most objects whose history is walked: each takes a walk of its own.
const MOST: usize = 100;
/// Digits of a commit that people read.
const DIGITS: usize = 10;

/// Removes the notices that an annotation silences until a later day, and adds since when the others hold.
pub(super) fn explain(problems: &mut Vec<FileProblem>, options: &Options, context: &Context) {
    problems.retain(|problem| !is_silenced(problem, context.today));
    if options.what != What::Change || !problems.iter().any(|problem| problem.rule == Rule::Suspended) {
        return;
    }
    let Ok(repository) = Repository::open(&context.root, &context.deadline) else { return };
    let rev = match options.head.as_deref().map(Head::from) {
        Some(Head::Commit(rev)) => rev,
        _ => "HEAD".to_owned(),
    };
    let suspended = problems.iter_mut().filter(|problem| problem.rule == Rule::Suspended);
    for problem in suspended.take(MOST) {
        if let Some(since) = since(&repository, &rev, problem, options.max_file_size) {
            problem.help = Some(match problem.help.take() {
                Some(help) => format!("{since}; {help}"),
                None => since,
            });
        }
    }
}

/// Since which commit an object is suspended, in words.
fn since(repository: &Repository, rev: &str, problem: &FileProblem, limit: u64) -> Option<String> {
    let name = problem.message.split(" is suspended").next()?;
    let holds = |files: &dyn source::Files| {
        let found = deploy::objects(files, limit, Some(std::slice::from_ref(&problem.path)));
        let objects = found.unwrap_or_default().suspended;
        objects.iter().any(|object| {
            let resource = &object.resource;
            format!("{} {}", resource.kind, resource.name.clone().unwrap_or_default()) == name
        })
    };
    let since = suspended_since(repository, rev, &problem.path, &holds).ok()??;
    let seconds = Duration::from_secs(u64::try_from(since.seconds).ok()?);
    let day = Date::at(UNIX_EPOCH + seconds);
    let commit = since.commit.get(..DIGITS).unwrap_or(&since.commit);
    let least = if since.is_exact { "" } else { " at least" };
    Some(format!("since{least} {day}, commit {commit}"))
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
