//! `pullable revert`: reverts references that cannot be pulled.

use std::sync::Arc;

use model::incident::{Incidents, Outcome as Ending};
use source::write;

use crate::ci::Env;
use crate::cli::{RevertArgs, RevertFormat};
use crate::error::Error;
use crate::report;
use crate::revert;

use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

/// The exit code of a run with unverified references.
const UNVERIFIED: u8 = 3;

pub(super) fn run(args: &RevertArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.volume, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let (options, wanted) = (args.options(), args.revert_options());
    let found = in_event_loop(&context.deadline, revert(&options, &wanted, &context));
    progress.finish();
    let found = found?;
    let json = report::incidents_json(&found);
    if let Some(file) = &args.record {
        let path = context.path(file);
        write::write(&path, json.as_bytes())
            .map_err(|error| Error::Record { file: file.clone(), why: error.to_string() })?;
    }
    let text = match args.format {
        RevertFormat::Human => report::incidents(&found, terminal::columns(env)),
        RevertFormat::Json => json,
    };
    Ok(Outcome::new(text, code(&found)))
}

/// 1 for an incident that could not be reverted, otherwise 3 for an unverified reference, otherwise 0.
fn code(found: &Incidents) -> u8 {
    let mut codes: Vec<u8> = Vec::new();
    for incident in &found.incidents {
        codes.push(Ending::exit_code(incident.outcome));
    }
    if codes.contains(&1) {
        return 1;
    }
    if codes.contains(&UNVERIFIED) || !found.unverified.is_empty() { UNVERIFIED } else { 0 }
}
