//! `pullable audit`: the three questions about a commit.

use std::sync::Arc;

use crate::audit::audit;
use crate::ci::Env;
use crate::cli::AuditArgs;
use crate::error::Error;
use crate::output;
use crate::output::github;
use crate::report;
use crate::stages::exit_code;

use super::failure::note;
use super::gate::{context, in_event_loop, write_reports};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;
use super::terminal;

pub(super) fn run(args: &AuditArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.quiet, args.verbose, env));
    let context = context(&args.place.directory, args.deadline, env, progress.clone())?;
    let options = args.options();
    let wanted = args.audit_options(&|name| env.get(name)).map_err(Error::Usage)?;
    let outlets = output::outlets(&options, &context.root)?;
    let audited = in_event_loop(audit(&options, wanted, &context));
    progress.finish();
    let audited = audited?;
    let style = terminal::style(&args.common(), env);
    let text = report::render(&audited, options.format, style);
    let written = write_reports(&audited, &outlets, style, &context);
    let code = if written { exit_code(&audited, &options) } else { REFUSED };
    for why in github::hand_on(env, &audited, code, &outlets, &context.deadline) {
        note(args.quiet, &why);
    }
    Ok(Outcome { text, code })
}
