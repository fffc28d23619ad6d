//! The worker of a repository: one notification after the other, in a separate thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use model::incident::Reverted;
use model::sentry::{Decided, Outcome};
use notification::Notification;
use tokio::sync::oneshot;

use super::intake::{Intake, Job};
use super::log::{Level, log};
use super::metrics::Failure;

/// Maximum number of times that a notification waits again because the fetch failed.
const MOST_ATTEMPTS: usize = 20;

/// The work for a notification.
pub trait Work: Send {
    /// Brings the clone up to date.
    ///
    /// # Errors
    /// The reason of the failure.
    fn fetch(&mut self) -> Result<(), String>;

    /// Decides about a notification.
    ///
    /// # Errors
    /// The reason why the run could not happen.
    fn decide(&mut self, notification: &Notification) -> Result<Outcome, String>;
}

/// The reason why nothing was decided.
struct Undone {
    failure: Failure,
    why: String,
}

/// Starts the worker. The receiver has a message when it has ended.
///
/// # Errors
/// The error of the system if it provides no thread.
pub(super) fn start(intake: Arc<Intake>, mut work: Box<dyn Work>) -> std::io::Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name("worker".to_owned()).spawn(move || {
        while let Some(job) = intake.queue.next() {
            handle(&intake, &mut *work, job);
        }
        // The receiver is dropped after the server has ended.
        let _ = ended.send(());
    })?;
    Ok(end)
}

/// Does the work for one notification, and reports it. A panic ends the work for this notification, but not
/// the worker.
fn handle(intake: &Intake, work: &mut dyn Work, job: Job) {
    let object = job.notification.object.to_string();
    let worked = catch_unwind(AssertUnwindSafe(|| decided(intake, work, &job.notification)));
    let panicked = || {
        let why = "the program has a fault; the line before names its place".to_owned();
        Err(Undone { failure: Failure::Panic, why })
    };
    match worked.unwrap_or_else(|_| panicked()) {
        Ok(outcome) => {
            intake.metrics.decided(outcome.reason.as_str());
            report(&object, &outcome);
        }
        Err(Undone { failure, why }) => {
            intake.metrics.failed(failure);
            log(Level::Error, "failed", &[("object", &object), ("what", failure.as_str()), ("why", &why)]);
            if failure == Failure::Fetch && job.attempts < MOST_ATTEMPTS {
                // A sender may send a notification only once, so that it is queued again.
                let job = Job { attempts: job.attempts + 1, ..job };
                intake.queue.add_again(job.key(), job);
            }
        }
    }
}

/// Writes a decision to the log, with each affected reference.
fn report(object: &str, outcome: &Outcome) {
    for Decided { reason, incident, .. } in &outcome.incidents {
        let introduced_by = incident.introducing.commit.as_str();
        for Reverted { unit, path, line, from, to, .. } in &incident.references {
            let place = format!("{path}:{line}");
            let fields = [
                ("object", object),
                ("reason", reason.as_str()),
                ("image", from),
                ("unit", unit),
                ("place", &place),
                ("introduced_by", introduced_by),
                ("goes_back_to", to.as_deref().unwrap_or_default()),
            ];
            log(Level::Warning, "reference", &fields);
        }
    }
    let decision = outcome.decision.to_string();
    let fields = [
        ("object", object),
        ("decision", &decision),
        ("reason", outcome.reason.as_str()),
        ("why", &outcome.why),
        ("request", outcome.proposal.as_ref().map(|proposal| proposal.url.as_str()).unwrap_or_default()),
    ];
    log(Level::Info, "decided", &fields);
}

/// The decision about a notification, with an updated clone.
fn decided(intake: &Intake, work: &mut dyn Work, notification: &Notification) -> Result<Outcome, Undone> {
    work.fetch().map_err(|why| Undone { failure: Failure::Fetch, why })?;
    intake.metrics.fetched();
    work.decide(notification).map_err(|why| Undone { failure: Failure::Run, why })
}
