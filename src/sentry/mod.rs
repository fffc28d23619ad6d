//! The sentry: a notification of Flux or Argo CD names an object that fails; Git and the registries decide if
//! a missing reference is the cause. Object → part of the tree → verdicts → incidents → guards → report or
//! draft request.
//!
//! There is no state: every run queries Git, the registries and the forge again, so that a restart, a second
//! replica and a repeated notification give the same decision.

use deploy::Applied;
use git::Repository;
use model::incident::Trigger;
use model::sentry::{Outcome, Reason};
use notification::{Notification, Origin};

use crate::config::{Delivery, RevertOptions, SentryOptions};
use crate::context::Context;
use crate::error::Error;
use crate::revert::{Cause, Run};

mod deployed;
mod faults;
mod guards;
mod harmless;
mod incident;
mod outcome;
mod refusal;
mod remote;
mod session;
mod verdicts;

use faults::Faults;
use outcome::{outcome, summed};
use session::Sentry;

/// Highest number of earlier values to query for one reference.
const MAX_BACK: usize = 20;

/// Handles one notification: decides, and opens a draft request if the options ask for one and no guard
/// refuses it.
///
/// # Errors
/// [`Error`] if nothing could be decided.
pub async fn handle(
    context: &Context,
    options: &SentryOptions,
    notification: &Notification,
) -> Result<Outcome, Error> {
    if !notification.is_error {
        let why = format!("the notification reports no failure of {}", notification.object);
        return Ok(outcome(notification, Reason::NotAnError, why));
    }
    let wanted = revert_options(context, options)?;
    let run = Run::begin(cause(notification), &options.gate, &wanted, context)?;
    let limits = options.limits.over(run.queries.sentry());
    let sentry = Sentry { run, notification, limits, now: context.now };
    let decided = sentry.decide().await?;
    Ok(Outcome { head: Some(sentry.run.head.clone()), ..decided })
}

impl Sentry<'_> {
    async fn decide(&self) -> Result<Outcome, Error> {
        let Applied { shares, is_found, others } = self.applied(&*self.run.files)?;
        if shares.is_empty() {
            let why = deployed::unknown(&self.notification.object, is_found, &others);
            return Ok(outcome(self.notification, Reason::UnknownUnit, why));
        }
        let seen = self.verdicts(&*self.run.files, &shares).await?;
        let units = seen.units.clone();
        if seen.broken.is_empty() {
            let harmless = self.harmless(seen).await?;
            return Ok(Outcome { units, ..harmless });
        }
        let broken: Vec<String> = seen.broken.iter().map(|broken| broken.reference.image_or_text()).collect();
        let faults = Faults::of(&seen.broken);
        let planned = self.run.plan(seen.broken).await?;
        let mut incidents = Vec::new();
        for plan in planned.plans {
            incidents.push(self.incident(plan, &faults).await?);
        }
        let unverified = seen.unverified.into_iter().chain(planned.not_followed).collect();
        Ok(Outcome { units, unverified, ..summed(self.notification, incidents, &broken) })
    }
}

fn cause(notification: &Notification) -> Cause {
    let trigger = match notification.origin {
        Origin::Flux => Trigger::Flux,
        Origin::ArgoCd => Trigger::ArgoCd,
    };
    Cause { trigger, event: Some(notification.object.to_string()) }
}

/// The options of the revert: for the deployed branch, with a draft request or as a dry run.
fn revert_options(context: &Context, options: &SentryOptions) -> Result<RevertOptions, Error> {
    let repository = Repository::open(&context.root, &context.deadline)?;
    let onto = options.onto.clone().or_else(|| repository.default_branch(&repository.remote()?));
    let delivery = if options.propose { Delivery::Request } else { Delivery::Local };
    Ok(RevertOptions {
        onto,
        forge: options.forge.clone(),
        delivery,
        dry_run: !options.propose,
        max_back: MAX_BACK,
        ..RevertOptions::default()
    })
}
