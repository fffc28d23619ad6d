//! The run that `check`, `images` and the hook share: from options to a report, and the report to its files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::run::Deadline;
use model::Report;

use crate::ci::Env;
use crate::cli::CommonArgs;
use crate::config::Options;
use crate::context::{Context, Events, Input};
use crate::error::Error;
use crate::output::{self, Outlet, github};
use crate::report::{self, Style, Volume};
use crate::{exit_code, run};

use super::failure::{complain, note};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;
use super::terminal::{self, WIDTH};

/// Runs the gate and writes its reports.
pub(super) fn gate(options: &Options, args: &CommonArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.quiet, args.verbose, env));
    let context = context(&args.place.directory, args.deadline, env, progress.clone())?;
    let outlets = output::outlets(&options.reports, &options.files(), &context.root)?;
    let report = run_to_end(options, &context);
    progress.finish();
    let report = report?;
    let style = terminal::style(args, env);
    let text = report::render(&report, options.format, style);
    let written = write_reports(&report, &outlets, style, &context);
    let code = if written { exit_code(&report, options) } else { REFUSED };
    if report.asked {
        for why in github::hand_on(env, &report, code, &outlets, &context.deadline) {
            note(args.quiet, &why);
        }
    }
    Ok(Outcome { text, code })
}

/// The surroundings of a run of this process in a folder, which ends `limit` from now.
pub(super) fn context(
    folder: &Path,
    limit: Duration,
    env: &Arc<Env>,
    events: Arc<dyn Events>,
) -> Result<Context, Error> {
    let context = Context::new(folder, Arc::clone(env)).map_err(|error| Error::Directory {
        directory: folder.display().to_string(),
        why: error.to_string(),
    })?;
    Ok(Context { deadline: Deadline::after(limit), input: Input::Process, events, ..context })
}

/// Runs the gate in an event loop of its own.
pub(super) fn run_to_end(options: &Options, context: &Context) -> Result<Report, Error> {
    in_event_loop(run(options, context))
}

/// Runs something in an event loop of its own.
pub(super) fn in_event_loop<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::EventLoop)?;
    let result = runtime.block_on(work);
    // A name server that does not answer must not hold the exit up: look-ups run in threads.
    runtime.shutdown_background();
    result
}

/// Writes each report that goes to a file. `false` where one could not be written.
pub(super) fn write_reports(report: &Report, outlets: &[Outlet], style: Style, context: &Context) -> bool {
    let volume = style.volume.max(Volume::Normal);
    let style = Style { color: false, links: false, unicode: true, width: WIDTH, volume, ..style };
    let mut all = true;
    for outlet in outlets {
        let text = report::render(report, outlet.format, style);
        if let Err(error) = outlet.write(text, &context.deadline) {
            complain(&error.into(), &context.env);
            all = false;
        }
    }
    all
}
