//! From references and answers to the report.

use std::time::Duration;

use judge::Judged;
use model::policy::Policy;
use model::{BaselineUse, FileProblem, Reference, Report};

use crate::config::Options;

use super::change::Source;
use super::resolve::{Answers, request};

/// Judges every reference by the answer to its request.
pub(super) fn judge(
    references: Vec<Reference>,
    problems: Vec<FileProblem>,
    policy: &Policy,
    answers: &Answers,
) -> Judged {
    judge::judge(references, problems, policy, |reference| answers.get(&request(reference, policy)?).cloned())
}

/// Everything that the run found out.
pub(super) fn report(
    judged: Judged,
    removed: Vec<Reference>,
    source: &Source,
    options: &Options,
    baseline: Option<BaselineUse>,
    elapsed: Duration,
) -> Report {
    Report {
        comparison: source.comparison.clone(),
        references: judged.references,
        removed: source.base.is_some().then_some(removed),
        findings: judged.findings,
        summary: judged.summary,
        baseline,
        overridden: judged.overridden,
        asked: options.network.is_some(),
        files: source.paths.len(),
        unread: Vec::new(),
        elapsed,
    }
}
