//! The run that `check`, `images` and the hook share: makes a report from options, and writes it to its
//! files.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ::run::{Deadline, try_threads};
use model::Report;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::ci::Env;
use crate::cli::CommonArgs;
use crate::config::Options;
use crate::context::{Context, Events, Input};
use crate::error::Error;
use crate::output::{self, Outlet, github};
use crate::report::{self, Format, Style, Volume};
use crate::{exit_code, run};

use super::failure::{complain, note};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;
use super::signals;
use super::terminal::{self, WIDTH};

/// Time between two checks for a cancellation.
const LOOK: Duration = Duration::from_millis(20);
/// Time for which a thread without work is kept: longer than any run.
const KEPT: Duration = Duration::from_hours(24 * 365);
/// Time for the credential helpers of a cancelled run to end.
const HELPERS_END: Duration = Duration::from_millis(400);

/// Runs the gate and writes its reports.
pub(super) fn gate(options: &Options, args: &CommonArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let volume = args.report.style.volume;
    let progress = Arc::new(Progress::new(volume, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let outlets = output::outlets(&options.reports, &options.files(), &context.root)?;
    let report = run_to_end(options, &context);
    progress.finish();
    let report = report?;
    let style = terminal::style(args.report.style, args.explain, env);
    let written = write_reports(&report, &outlets, style, &context);
    let code = if written { exit_code(&report, options) } else { REFUSED };
    if report.asked {
        for why in github::write_results(env, &report, code, &outlets, &context.deadline) {
            note(volume.quiet, &why);
        }
    }
    Ok(match options.format {
        Format::Json => Outcome::json(report, code),
        format => Outcome::new(report::render(&report, format, style), code),
    })
}

/// The surroundings of a run of this process in a folder, which ends after `limit`, or at a signal.
pub(super) fn context(
    folder: &Path,
    limit: Duration,
    env: &Arc<Env>,
    events: Arc<dyn Events>,
) -> Result<Context, Error> {
    let context = context_without_signals(folder, limit, env, events)?;
    signals::cancel_at_signal(&context.deadline);
    Ok(context)
}

/// The surroundings of a run that handles signals itself.
pub(super) fn context_without_signals(
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

/// Runs the gate in a separate event loop.
pub(super) fn run_to_end(options: &Options, context: &Context) -> Result<Report, Error> {
    in_event_loop(&context.deadline, run(options, context))
}

/// Runs a future in a separate event loop. The result of a cancelled run is dropped.
pub(super) fn in_event_loop<T>(
    deadline: &Deadline,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // Fails only if a provider is already installed, which is sufficient.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = event_loop()?;
    let result = runtime.block_on(unless_cancelled(deadline, work));
    // A name server that does not answer must not delay the exit: look-ups run in threads. Credential helpers
    // also run in threads, and are stopped with the run.
    let wait = if deadline.is_cancelled() { HELPERS_END } else { Duration::ZERO };
    runtime.shutdown_timeout(wait);
    result
}

/// An event loop with a thread for work that blocks. The runtime panics if it needs such a thread and the system gives
/// none; while it has one, further work waits for it.
fn event_loop() -> Result<Runtime, Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().thread_keep_alive(KEPT).build().map_err(Error::EventLoop)?;
    try_threads(1).map_err(Error::Thread)?;
    runtime.spawn_blocking(|| ());
    Ok(runtime)
}

/// The result of some work, which is dropped as soon as it is cancelled.
async fn unless_cancelled<T>(
    deadline: &Deadline,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            () = sleep(LOOK) => {}
            result = &mut work => {
                return if deadline.is_cancelled() { Err(Error::Cancelled) } else { result };
            }
        }
        if deadline.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
}

/// Writes each report that goes to a file. `false` if one could not be written.
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
