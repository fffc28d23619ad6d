//! `--wait`: missing images are queried again until they exist, or the time is over.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use model::Answer;
use registry::{Check, Client};

use crate::context::Events;

use super::answers::Answers;
use super::request::Request;

/// The first pause; each further one is half as long again, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The interval at which the remaining time is reported.
const SECOND: Duration = Duration::from_secs(1);
/// Maximum number of images that are named during the wait.
const MOST_NAMED: usize = 3;

/// The limits of the wait.
pub(super) struct Limits<'a> {
    /// The time for all images.
    pub(super) wait: Duration,
    /// The time for one request.
    pub(super) timeout: Duration,
    /// The requests whose registry is known.
    pub(super) certain: &'a HashSet<Request>,
}

/// Queries missing images again, until they exist or the time is over. The last clear answer of a registry
/// counts; an answer that could not be verified does not replace it.
pub(super) async fn until_there(
    client: &Client,
    check: &mut Check<'_>,
    answers: &mut Answers,
    limits: &Limits<'_>,
    events: &dyn Events,
) {
    let Limits { wait, timeout, certain } = *limits;
    let end = Instant::now() + wait;
    // The last request is sent when the time is over, and may be answered.
    check.extend(end + timeout);
    let mut pause = FIRST_PAUSE.min(wait / 4);
    let mut told = false;
    loop {
        let mut missing = missing(answers);
        missing.retain(|request| certain.contains(request));
        let left = end.saturating_duration_since(Instant::now());
        if missing.is_empty() || left.is_zero() {
            return;
        }
        let names = named(&missing);
        if !told {
            events.note(&format!("waiting up to {} s for {names}", wait.as_secs()));
            told = true;
        }
        events.progress(answers.len() - missing.len(), answers.len());
        sleep(pause.min(left), end, &names, events).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        client.forget_failures();
        let found = check.resolve(&missing, |_, _| {}).await;
        for (request, answer) in missing.into_iter().zip(found) {
            if !matches!(answer, Answer::Unverified(_)) {
                answers.replace(&request, answer);
            }
        }
    }
}

/// The requests whose images are missing and may still come.
fn missing(answers: &Answers) -> Vec<Request> {
    let mut missing = Vec::new();
    for (request, answer) in answers.iter() {
        if let Answer::Missing(what) = answer
            && what.may_come()
        {
            missing.push(request.clone());
        }
    }
    missing.sort();
    missing
}

/// Sleeps, and reports the remaining time each second.
async fn sleep(pause: Duration, end: Instant, names: &str, events: &dyn Events) {
    let awake = Instant::now() + pause;
    while Instant::now() < awake {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        events.waiting(&format!(", {left} s left to wait for {names}"));
        tokio::time::sleep_until(awake.min(Instant::now() + SECOND).into()).await;
    }
    events.waiting("");
}

fn named(missing: &[Request]) -> String {
    let names: Vec<String> = missing.iter().take(MOST_NAMED).map(|(image, _)| image.to_string()).collect();
    let names = names.join(", ");
    match missing.len().saturating_sub(MOST_NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
