//! `pullable check`: the gate, with registries. In GitHub Actions the step's outputs are written too.

use std::io::Write as _;
use std::sync::Arc;

use crate::ci::Env;
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::output::github;
use crate::report::{self, Format};

use super::failure::{note, whole};
use super::gate::gate;
use super::outcome::{Outcome, REFUSED};

pub(super) fn check(args: &CheckArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let outcome = match args.options(&|name| env.get(name)) {
        Ok(options) => gate(&options, &args.common, env),
        Err(error) => Err(Error::Usage(error)),
    };
    if let Err(error) = &outcome {
        if args.common.format == Format::Github {
            // The annotation is an addition: the error itself goes to standard error.
            let _ = std::io::stdout().write_all(report::refusal(&whole(error)).as_bytes());
        }
        if let Some(why) = github::refused(env, REFUSED) {
            note(args.common.quiet, &why);
        }
    }
    outcome
}
