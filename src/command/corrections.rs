//! The run that `fix` and `pin` share: makes corrections from arguments, and writes the result.

use std::sync::Arc;

use model::correction::{Corrections, Mode};

use crate::ci::Env;
use crate::cli::{CorrectionArgs, CorrectionFormat};
use crate::config::Options;
use crate::error::Error;
use crate::report::corrections::{diff, human, json, left_alone};
use crate::stages::{Wanted, correct};

use super::failure::{beside, warn};
use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

/// Makes corrections, and writes the result.
pub(super) fn run(
    wanted: &Wanted,
    options: &Options,
    args: &CorrectionArgs,
    env: &Arc<Env>,
) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.style().volume, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let result = in_event_loop(&context.deadline, correct(wanted, options, &context));
    progress.finish();
    let result = result?;
    for edited in &result.files {
        if let Some(reason) = &edited.failed {
            warn(&format!("{} was not written: {reason}", edited.file.path()));
        }
    }
    Ok(Outcome::new(text(&result, args, env), result.exit_code()))
}

/// The result for standard output. With a diff, which another program may read, notes are written to standard
/// error.
fn text(result: &Corrections, args: &CorrectionArgs, env: &Env) -> String {
    match (args.format, result.mode) {
        (CorrectionFormat::Json, _) => json(result),
        (CorrectionFormat::Human, Mode::Diff) => {
            beside(args.quiet, &left_alone(result));
            diff(result)
        }
        (CorrectionFormat::Human, _) if args.quiet => String::new(),
        (CorrectionFormat::Human, _) => human(result, terminal::of_stdout(args.style(), env)),
    }
}
