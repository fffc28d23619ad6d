//! The stages of a run, one file each: change → extract → fetch and render → build → resolve → judge. Data
//! goes one way through them.

use std::collections::BTreeSet;
use std::time::Instant;

use deploy::{Charts, Evaluation, Extraction, Survey};
use model::audit::Shard;
use model::correction::Corrections;
use model::policy::Policy;
use model::{BaselineUse, Report};

use crate::ci;
use crate::config::Options;
use crate::context::Context;
use crate::error::Error;

mod around_git;
mod baseline;
mod build;
mod change;
mod configuration;
mod connection;
mod corrections;
mod diagnosis;
mod effective;
mod evaluated;
mod exit;
mod extract;
mod fetch;
mod inside;
mod judge;
mod policy;
mod queries;
mod range;
mod render;
mod repositories;
mod resolve;
mod same_commit;
mod shard;
mod suspension;

pub(crate) use configuration::of_work_tree as configuration_of_work_tree;
pub use corrections::Wanted;
pub use diagnosis::diagnose;
pub use effective::effective as effective_configuration;
pub use exit::exit_code;
pub(crate) use fetch::Fetched;
pub(crate) use inside::inside;
pub(crate) use queries::{Gated, Queries};

use build::{Built, Supply, built};
use change::Source;
use connection::Connection;
use evaluated::Evaluated;
use fetch::{Fetch, Shelf};
use judge::Answers;
use policy::effective;
use render::Renderer;

/// The gate: finds the references of a change, queries registries, and judges the answers. The caller renders
/// the report.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub async fn run(options: &Options, context: &Context) -> Result<Report, Error> {
    Ok(evaluate(Purpose::Gate, options, context).await?.report)
}

/// The references of a commit without registries, and the names of the charts of repositories that the cache
/// had for them.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub(crate) async fn run_without_network(
    options: &Options,
    context: &Context,
) -> Result<(Report, BTreeSet<String>), Error> {
    let evaluated = evaluate(Purpose::Gate, options, context).await?;
    Ok((evaluated.report, fetch::names(&evaluated.charts)))
}

/// The gate for an audit: as [`run`], with the lines of CI files that reach a cluster. In a shard, every
/// reference has a separate finding; the merge of reports combines them.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub(crate) async fn run_for_audit(
    shard: Option<Shard>,
    options: &Options,
    context: &Context,
) -> Result<Report, Error> {
    Ok(evaluate(Purpose::Audit(shard), options, context).await?.report)
}

/// The purpose of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The references that count.
    Gate,
    /// Also the evidence for the question if Git is the source of truth: for all references, or for a shard.
    Audit(Option<Shard>),
}

impl Purpose {
    /// The part of the references that counts; `None` for all.
    fn shard(self) -> Option<Shard> {
        match self {
            Self::Gate => None,
            Self::Audit(shard) => shard,
        }
    }
}

/// Finds the corrections of a run, proves them, and writes them if that is wanted.
///
/// # Errors
/// [`Error`] if the run could not happen. A file that cannot be written is a part of the result.
pub async fn correct(wanted: &Wanted, options: &Options, context: &Context) -> Result<Corrections, Error> {
    let evaluated = evaluate(Purpose::Gate, options, context).await?;
    let renderer = Renderer::new(&evaluated.policy, context);
    corrections::correct(wanted, options, &evaluated, &renderer, &context.deadline)
}

async fn evaluate(purpose: Purpose, options: &Options, context: &Context) -> Result<Evaluated, Error> {
    let start = Instant::now();
    let mut source = change::source(options, context)?;
    let policy = policy_of(purpose, &source, options, context);
    configuration::note_expired(&policy, context);
    let Extracted { mut extraction, answers, charts, renderer } =
        extracted(&source, purpose.shard(), options, &policy, context).await?;
    if purpose != Purpose::Gate {
        let limit = options.max_file_size;
        extraction.problems.extend(around_git::problems(&*source.head, limit)?);
        let survey = Survey::new(&*source.head, limit, &repositories::known(&policy))?;
        extraction.mark_left_out(&survey);
    }
    let days = source.policy.config.suspended.warn_after_days;
    let overdue = suspension::explain(&mut extraction.problems, days, options, context);
    source.leave_out(&extraction.excluded);
    let (references, problems) = (extraction.references, extraction.problems);
    let mut judged = match purpose.shard() {
        None => judge::judge(references, problems, &policy, &answers),
        Some(_) => judge::judge_part(references, problems, &policy, &answers),
    };
    suspension::warn(&mut judged, &overdue, &policy);
    let known = source.policy.baseline.as_ref();
    let is_whole = source.base.is_none();
    let applied = known.map(|known| baseline::applied(known, &judged, &source.paths, is_whole, options));
    let mut report = judge::report(judged, extraction.removed, &source, options, applied, start.elapsed());
    report.at = context.now;
    report.renderer = renderer;
    report.unread = extraction.unread;
    report.unread.sort();
    report.excluded = extraction.excluded;
    let head = report.comparison.as_ref().map(|comparison| comparison.head.as_str());
    report.files_at = head.and_then(|head| ci::files_at(&context.env, head));
    if let Some(file) = &options.write_baseline {
        let findings = baseline::write(&report, file, context)?;
        report.baseline = Some(BaselineUse::Written { findings, file: file.display().to_string() });
    }
    Ok(Evaluated { source, policy, charts, report })
}

/// The policy of a run. An audit leaves out excluded files, as the gate does.
fn policy_of(purpose: Purpose, source: &Source, options: &Options, context: &Context) -> Policy {
    let mut policy = effective(&source.policy, options, context);
    if purpose != Purpose::Gate {
        policy.excluded.clone_from(&source.policy.config.excluded);
    }
    policy
}

/// The references of a run, and everything that was fetched for them.
struct Extracted {
    extraction: Extraction,
    answers: Answers,
    charts: Charts,
    /// The version of Helm, if charts were rendered.
    renderer: Option<String>,
}

/// The references of a run and the answers about them: charts are fetched in between. Nothing is queried for
/// `pullable images`, which reads charts from the cache.
async fn extracted(
    source: &Source,
    shard: Option<Shard>,
    options: &Options,
    policy: &Policy,
    context: &Context,
) -> Result<Extracted, Error> {
    let renderer = Renderer::new(policy, context);
    let evaluation = extract::evaluate(source, options, policy, &renderer)?;
    let is_empty = evaluation.as_ref().is_none_or(Evaluation::is_empty);
    let Some(network) = options.network.as_ref().filter(|_| !is_empty) else {
        let supply = Supply::Cache(Shelf::new(policy, options, context));
        let Built { extraction, cached, renderer } = built(evaluation, supply, &renderer).await?;
        let extraction = extract::complete(extraction, source, options, policy)?;
        return Ok(Extracted { extraction, answers: Answers::default(), charts: cached, renderer });
    };
    let connection = Connection::new(policy, network, options, context)?;
    let check = connection.check(policy, context);
    let mut fetch = Fetch::new(policy, context, &check, &connection.repositories);
    let supply = Supply::Repositories(&mut fetch);
    let Built { extraction, renderer, .. } = built(evaluation, supply, &renderer).await?;
    let mut extraction = extract::complete(extraction, source, options, policy)?;
    extraction.references.retain(|reference| shard.is_none_or(|shard| shard::holds(shard, reference)));
    fetch.of_references(&extraction.references).await;
    let known = fetch.answers();
    let charts = fetch.into_fetched().charts;
    let answers = connection.answers(&extraction.references, known, policy, check, context).await;
    Ok(Extracted { extraction, answers, charts, renderer })
}
