//! `pullable drift`: compares what a cluster runs with what Git deploys.

use std::sync::Arc;

use crate::ci::Env;
use crate::cli::{DriftArgs, DriftFormat};
use crate::error::Error;
use crate::report::drift::{human, json, markdown, sarif};
use crate::{drift, snapshot};

use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

pub(super) fn run(args: &DriftArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.style.volume, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let (options, wanted) = (args.options(), args.drift_options());
    if let Some(file) = &wanted.snapshot {
        let objects = snapshot(&wanted, file, &context)?;
        context.events.done(&format!("{objects} objects written to {}", file.display()));
        return Ok(Outcome::default());
    }
    let found = in_event_loop(&context.deadline, drift(&options, &wanted, &context));
    progress.finish();
    let found = found?;
    let text = match args.format {
        DriftFormat::Human => human(&found, terminal::of_stdout(args.style, env)),
        DriftFormat::Json => json(&found),
        DriftFormat::Markdown => markdown(&found),
        DriftFormat::Sarif => sarif(&found),
    };
    Ok(Outcome::new(text, found.exit_code()))
}
