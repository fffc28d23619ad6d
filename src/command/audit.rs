//! `pullable audit`: the three questions about a commit.

use std::path::Path;
use std::sync::Arc;

use model::Report;

use crate::audit::audit;
use crate::ci::Env;
use crate::cli::{AuditArgs, AuditCommand};
use crate::context::Context;
use crate::error::Error;
use crate::output;
use crate::output::github;
use crate::record::{History, LARGEST};
use crate::report;
use crate::stages::exit_code;

use super::failure::{complain, note};
use super::gate::{context, in_event_loop, write_reports};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;
use super::records::Records;
use super::terminal;

pub(super) fn run(args: &AuditArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    match &args.command {
        Some(AuditCommand::Plot { history }) => plot(history, env),
        None => audited(args, env),
    }
}

fn audited(args: &AuditArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.report.style.volume, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let options = args.options();
    let wanted = args.audit_options(&|name| env.get(name)).map_err(Error::Usage)?;
    let records = Records::open(&args.records, &context.root)?;
    let others = [options.files(), records.paths()].concat();
    let outlets = output::outlets(&options.reports, &others, &context.root)?;
    let audited = in_event_loop(&context.deadline, audit(&options, wanted, &context));
    progress.finish();
    let mut audited = audited?;
    let kept = keep(&records, &mut audited, &context);
    let style = terminal::style(args.report.style, false, env);
    let text = report::render(&audited, options.format, style);
    let written = write_reports(&audited, &outlets, style, &context);
    let code = if kept && written { exit_code(&audited, &options) } else { REFUSED };
    for why in github::write_results(env, &audited, code, &outlets, &context.deadline) {
        note(args.report.style.volume.quiet, &why);
    }
    Ok(Outcome::new(text, code))
}

/// Records an audit, and adds facts from earlier ones to its report. `false` if it could not be recorded.
fn keep(records: &Records, audited: &mut Report, context: &Context) -> bool {
    if records.paths().is_empty() {
        return true;
    }
    let mut document = report::document_of(audited);
    let kept = records.keep(&mut document, context.now);
    audited.audit = document.audit;
    match kept {
        Ok(warnings) => {
            for text in warnings {
                note(false, &text);
            }
            true
        }
        Err(error) => {
            complain(&error, &context.env);
            false
        }
    }
}

/// Draws the completed audits of all shards together.
fn plot(history: &Path, env: &Arc<Env>) -> Result<Outcome, Error> {
    let refused = |why: String| Error::Plot { file: history.to_owned(), why };
    let context = Context::new(".", Arc::clone(env))
        .map_err(|error| Error::Directory { directory: ".".to_owned(), why: error.to_string() })?;
    let (_, bytes) = context.read(history, LARGEST).map_err(|error| refused(error.why()))?;
    let read = History::read(&bytes);
    let runs = read.runs();
    let text =
        report::plot(&runs).ok_or_else(|| refused("no completed audit is recorded in it".to_owned()))?;
    Ok(Outcome::text(text))
}
