//! `pullable doctor`: searches for the reason why an image cannot be queried.

use std::sync::Arc;

use crate::ci::Env;
use crate::cli::{DoctorArgs, DoctorFormat, VolumeArgs};
use crate::diagnose;
use crate::error::Error;
use crate::report::{doctor, doctor_json};

use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

pub(super) fn run(args: &DoctorArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(VolumeArgs { quiet: true, verbose: false }, env));
    let context = context(&args.run.directory, args.run.deadline, env, progress)?;
    let diagnosis = in_event_loop(&context.deadline, diagnose(&args.options(), &args.registry, &context))?;
    let text = match args.format {
        DoctorFormat::Human => doctor(&diagnosis, terminal::of_stdout(args.style(), env)),
        DoctorFormat::Json => doctor_json(&diagnosis),
    };
    Ok(Outcome::new(text, diagnosis.exit_code()))
}
