//! `pullable sentry --explain-setup`: lists the failures in a cluster that no notification reports.

use std::sync::Arc;

use model::setup::FaultKind;

use crate::ci::Env;
use crate::cli::{SentryArgs, SentryFormat};
use crate::config::Options;
use crate::error::Error;
use crate::{report, setup};

use super::gate::context;
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal::{WIDTH, columns};

pub(super) fn run(args: &SentryArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(args.volume, env));
    let context = context(&args.work.run.directory, args.work.run.deadline, env, progress)?;
    let options = Options { network: None, ..args.work.options().gate };
    let found = setup(&options, &context)?;
    let text = match args.format {
        SentryFormat::Human => report::setup(&found, columns(env).unwrap_or(WIDTH)),
        SentryFormat::Json => report::setup_json(&found),
    };
    let is_grave = found.faults.iter().any(|fault| FaultKind::is_grave(fault.fault));
    Ok(Outcome::new(text, u8::from(is_grave)))
}
