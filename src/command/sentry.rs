//! `pullable sentry`: decides on a notification of a cluster.

use std::path::Path;
use std::sync::Arc;

use notification::{LONGEST_BODY, Notification, Source};
use source::write;

use crate::ci::Env;
use crate::cli::{SentryArgs, SentryCommand, SentryFormat};
use crate::context::Context;
use crate::error::Error;
use crate::report;
use crate::sentry;

use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;
use super::{serve, setup};

pub(super) fn run(args: &SentryArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    match (&args.command, &args.event) {
        (Some(SentryCommand::Serve(args)), _) => serve::run(args, env),
        (None, Some(event)) => handle(args, event, env),
        (None, None) => setup::run(args, env),
    }
}

fn handle(args: &SentryArgs, event: &Path, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.volume, env));
    let context = context(&args.work.run.directory, args.work.run.deadline, env, progress.clone())?;
    let notification = notification(event, &context)?;
    let outcome =
        in_event_loop(&context.deadline, sentry::handle(&context, &args.work.options(), &notification));
    progress.finish();
    let outcome = outcome?;
    let json = report::sentry_json(&outcome);
    if let Some(file) = &args.record {
        write::write(&context.path(file), json.as_bytes())
            .map_err(|error| Error::Record { file: file.clone(), why: error.to_string() })?;
    }
    let text = match args.format {
        SentryFormat::Human => report::sentry(&outcome, terminal::columns(env)),
        SentryFormat::Json => json,
    };
    Ok(Outcome::new(text, outcome.exit_code()))
}

fn notification(event: &Path, context: &Context) -> Result<Notification, Error> {
    let refused = |why: String| Error::Event { file: event.to_owned(), why };
    let limit = LONGEST_BODY as u64;
    let body = if event.as_os_str() == "-" {
        context.input.read(limit, &context.deadline).map_err(Error::Stdin)?
    } else {
        context.read(event, limit)?.1
    };
    Notification::parse(&body, Source::Detect).map_err(|error| refused(error.to_string()))
}
