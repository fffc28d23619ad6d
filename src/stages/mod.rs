//! The stages of a run, one file each: change → extract → resolve → judge. Data goes one way through them.

use std::time::Instant;

use model::policy::Policy;
use model::{BaselineUse, Report};

use crate::ci;
use crate::config::{self, Options};
use crate::context::Context;
use crate::error::Error;

mod baseline;
mod change;
mod configuration;
mod exit;
mod extract;
mod inside;
mod judge;
mod policy;
mod range;
mod resolve;
mod same_commit;

pub use exit::exit_code;

use policy::Loaded;

/// The gate: finds the references of a change, queries registries, and judges the answers. The caller renders the
/// report.
///
/// # Errors
/// [`Error`] where the run could not happen.
pub async fn run(options: &Options, context: &Context) -> Result<Report, Error> {
    let start = Instant::now();
    let source = change::source(options, context)?;
    let policy = effective(&source.policy, options, context);
    configuration::note_expired(&policy, context);
    let extraction = extract::extract(&source, options, &policy)?;
    let answers = resolve::answers(&extraction.references, &policy, options, context).await?;
    let judged = judge::judge(extraction.references, extraction.problems, &policy, &answers);
    let known = source.policy.baseline.as_ref();
    let is_whole = source.base.is_none();
    let applied = known.map(|known| baseline::applied(known, &judged, &source.paths, is_whole, options));
    let mut report = judge::report(judged, extraction.removed, &source, options, applied, start.elapsed());
    report.unread = extraction.unread;
    report.unread.sort();
    if let Some(file) = &options.write_baseline {
        let findings = baseline::write(&report, file, context)?;
        report.baseline = Some(BaselineUse::Written { findings, file: file.display().to_string() });
    }
    Ok(report)
}

/// The policy of flags, configuration and baseline.
fn effective(loaded: &Loaded, options: &Options, context: &Context) -> Policy {
    let mut policy = config::policy(options, &loaded.config, loaded.baseline.as_ref(), context.today);
    policy.files.clone_from(&loaded.files);
    if loaded.is_of_change && ci::from_fork(&context.env) {
        // The guard against private networks is on by itself: no file of the change lowers it.
        policy.reach.deny_private = policy.reach.deny_private.filter(|deny| *deny);
    }
    policy
}
