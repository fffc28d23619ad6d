//! `pullable where`: the places of an image.

use std::sync::Arc;

use crate::ci::Env;
use crate::cli::{LocateArgs, LocateFormat, VolumeArgs};
use crate::error::Error;
use crate::locate::locate;
use crate::report;

use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

pub(super) fn run(args: &LocateArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(VolumeArgs { quiet: args.quiet, verbose: false }, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let found = in_event_loop(&context.deadline, locate(&args.options(), &args.locate_options(), &context));
    progress.finish();
    let found = found?;
    let text = match args.format {
        _ if args.quiet => String::new(),
        LocateFormat::Human => report::located_text(&found, terminal::columns(env)),
        LocateFormat::List => report::located_list(&found),
        LocateFormat::Json => report::located_json(&found),
    };
    Ok(Outcome::new(text, found.exit_code()))
}
