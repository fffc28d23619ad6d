//! The stages of a run, one file each: change → extract → resolve → judge. Data goes one way through them.

use std::time::Instant;

use model::{BaselineUse, Report};

use crate::config::{self, Options};
use crate::context::Context;
use crate::error::Error;

mod baseline;
mod change;
mod configuration;
mod exit;
mod extract;
mod judge;
mod resolve;

pub use exit::exit_code;

/// The gate: finds the references of a change, queries registries, and judges the answers. The caller renders the
/// report.
///
/// # Errors
/// [`Error`] where the run could not happen.
pub async fn run(options: &Options, context: &Context) -> Result<Report, Error> {
    let start = Instant::now();
    let source = change::source(options, context)?;
    let known = baseline::read(options, context)?;
    let policy = config::policy(options, &source.config, known.as_ref(), context.today);
    configuration::note_expired(&policy, context);
    let extraction = extract::extract(&source, options, &policy)?;
    let answers = resolve::answers(&extraction.references, &policy, options, context).await?;
    let judged = judge::judge(extraction.references, extraction.problems, &policy, &answers);
    let applied = known.map(|known| baseline::applied(&known, &judged, &source, options));
    let mut report = judge::report(judged, extraction.removed, &source, options, applied, start.elapsed());
    if let Some(file) = &options.write_baseline {
        let findings = baseline::write(&report, file, context)?;
        report.baseline = Some(BaselineUse::Written { findings, file: file.display().to_string() });
    }
    Ok(report)
}
