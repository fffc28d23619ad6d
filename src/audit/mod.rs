//! The audit, which tests if Git is the source of truth: could Git rebuild the cluster today, could each last
//! change be rolled back by a revert, and does CI deploy around Git? Every question can be answered with no.

use git::Repository;
use model::Report;
use model::audit::{Answer, AroundGit, Audit};
use model::{Finding, Rule};

use crate::ci;
use crate::config::{AuditOptions, MOST_ROLLED_BACK, Options, Rollback};
use crate::context::Context;
use crate::error::Error;
use crate::stages;

mod rebuild;
mod rollback;

/// Audits a commit. Returns its report, with the answers.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub async fn audit(options: &Options, wanted: AuditOptions, context: &Context) -> Result<Report, Error> {
    let repository = Repository::open(&context.root, &context.deadline)?;
    let commit = repository.commit_id(options.head.as_deref().unwrap_or("HEAD"))?;
    let options = Options { head: Some(commit.clone()), ..options.clone() };
    let mut report = stages::run_for_audit(wanted.shard, &options, context).await?;
    let rebuild = rebuild::rebuild(&report, &repository, &options, context).await?;
    let mut rollback = None;
    if is_rolled_back(wanted, &report) {
        rollback = Some(rollback::rollback(&report, &repository, &options, context).await?);
    }
    let around_git = around_git(&report.findings);
    report.files_at = ci::files_at(&context.env, &commit);
    report.audit = Some(Audit {
        commit,
        shard: wanted.shard,
        missing_shards: Vec::new(),
        cut_short: context.deadline.check().is_err(),
        rebuild,
        rollback,
        around_git,
    });
    Ok(report)
}

fn is_rolled_back(wanted: AuditOptions, report: &Report) -> bool {
    match wanted.rollback {
        Rollback::Auto => report.references.len() <= MOST_ROLLED_BACK,
        Rollback::Always => true,
        Rollback::Never => false,
    }
}

fn around_git(findings: &[Finding]) -> AroundGit {
    let mut files: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.rule == Rule::DeploysAroundGit) {
        files.push(finding.path.as_str());
    }
    let lines = files.len();
    files.dedup();
    let answer = if lines > 0 { Answer::Yes } else { Answer::No };
    AroundGit { answer, files: files.len(), lines }
}
