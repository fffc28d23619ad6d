//! `pullable check`: the gate, with registries. In GitHub Actions the step's outputs are written too.

use std::io::Write as _;
use std::sync::Arc;

use crate::ci::Env;
use crate::cli::{CheckArgs, VolumeArgs};
use crate::config::Options;
use crate::effective_configuration;
use crate::error::Error;
use crate::output::github;
use crate::report::{self, Format};

use super::failure::{note, whole};
use super::gate::{context, gate};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;

pub(super) fn check(args: &CheckArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let outcome = match args.options(&|name| env.get(name)) {
        Ok(options) if args.print_config => return print_config(&options, args, env),
        Ok(options) => gate(&options, &args.common, env),
        Err(error) => Err(Error::Usage(error)),
    };
    if let Err(error) = &outcome {
        if args.common.report.format == Format::Github {
            // The annotation is an addition: the error itself goes to standard error.
            let _ = std::io::stdout().write_all(report::refusal(&whole(error)).as_bytes());
        }
        if let Some(why) = github::refused(env, REFUSED) {
            note(args.common.report.style.volume.quiet, &why);
        }
    }
    outcome
}

/// Lists the configuration in effect.
fn print_config(options: &Options, args: &CheckArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let written = match args.common.report.format {
        Format::Human => report::effective,
        Format::Json => report::effective_json,
        other => {
            let message =
                format!("--print-config is written in the formats human and json, not {}", other.as_str());
            return Err(Error::Usage(message));
        }
    };
    let progress = Arc::new(Progress::new(VolumeArgs { quiet: true, verbose: false }, env));
    let context = context(&args.common.run.directory, args.common.run.deadline, env, progress)?;
    Ok(Outcome::text(written(&effective_configuration(options, &context)?)))
}
