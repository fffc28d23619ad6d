//! `pullable sentry serve`: handles notifications as a server.

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use ::run::Deadline;
use git::Repository;
use model::sentry;
use notification::Notification;

use crate::ci::Env;
use crate::cli::ServeArgs;
use crate::config::SentryOptions;
use crate::context::Context;
use crate::error::Error;
use crate::sentry::handle;
use crate::serve::{Level, Logged, Work, log, serve};

use super::failure::whole;
use super::gate::{context_without_signals, in_event_loop};
use super::outcome::Outcome;

/// The deadline of a server, which runs until it is stopped.
const NEVER: Duration = Duration::from_hours(100 * 365 * 24);
/// Time limit of a fetch.
const FETCH: Duration = Duration::from_mins(2);

/// Serves until a signal ends it.
pub(super) fn run(args: &ServeArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let context = context_without_signals(&args.work.run.directory, NEVER, env, Arc::new(Logged))?;
    let sentry = Sentry::new(args, &context)?;
    panic::set_hook(Box::new(|fault| log(Level::Error, "fault", &[("message", &fault.to_string())])));
    in_event_loop(&Deadline::after(NEVER), serve(&args.options(), &context, Box::new(sentry)))?;
    Ok(Outcome::default())
}

/// The sentry of a clone.
struct Sentry {
    context: Context,
    options: SentryOptions,
    /// Time limit of one decision.
    limit: Duration,
    remote: String,
    branch: String,
}

impl Sentry {
    fn new(args: &ServeArgs, context: &Context) -> Result<Self, Error> {
        let repository = Repository::open(&context.root, &context.deadline)?;
        let remote = repository.remote().ok_or(Error::NoRemote)?;
        let options = args.work.options();
        let branch = options.onto.clone().or_else(|| repository.default_branch(&remote));
        let branch = branch.ok_or_else(|| Error::NoBranch { remote: remote.clone() })?;
        let options = SentryOptions { onto: Some(branch.clone()), ..options };
        Ok(Self { context: context.clone(), options, limit: args.work.run.deadline, remote, branch })
    }
}

impl Work for Sentry {
    fn fetch(&mut self) -> Result<(), String> {
        let deadline = self.context.deadline.at_most(FETCH);
        let repository = Repository::open(&self.context.root, &deadline);
        let fetched = repository.and_then(|repository| repository.fetch(&self.remote, &self.branch));
        fetched.map(|_| ()).map_err(|error| error.to_string())
    }

    fn decide(&mut self, notification: &Notification) -> Result<sentry::Outcome, String> {
        let begun = Context::new(&self.context.root, Arc::clone(&self.context.env));
        let begun = begun.map_err(|error| format!("the clone cannot be entered: {error}"))?;
        let deadline = self.context.deadline.at_most(self.limit);
        let context = Context { deadline: deadline.clone(), events: Arc::new(Logged), ..begun };
        in_event_loop(&deadline, handle(&context, &self.options, notification)).map_err(|error| whole(&error))
    }
}
