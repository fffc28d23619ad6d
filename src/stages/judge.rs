//! Makes the report from references and answers.

use std::collections::HashMap;
use std::time::Duration;

use judge::Judged;
use model::chart::Request;
use model::policy::Policy;
use model::{Answer, BaselineUse, FileProblem, Reference, Report, Target};

use crate::config::Options;

use super::change::Source;
use super::resolve;

/// The answers of a run.
#[derive(Default)]
pub(super) struct Answers {
    /// The answers of chart repositories over HTTP.
    pub(super) charts: HashMap<Request, Answer>,
    /// The answers of registries.
    pub(super) registries: resolve::Answers,
}

impl Answers {
    fn of(&self, reference: &Reference, policy: &Policy) -> Option<Answer> {
        match &reference.target {
            Target::Chart(request) => self.charts.get(request).cloned(),
            _ => self.registries.get(&resolve::request(reference, policy)?).cloned(),
        }
    }
}

/// Judges every reference by the answer to its request.
pub(super) fn judge(
    references: Vec<Box<Reference>>,
    problems: Vec<FileProblem>,
    policy: &Policy,
    answers: &Answers,
) -> Judged {
    judge::judge(references, problems, policy, |reference| answers.of(reference, policy))
}

/// Like `judge`, for a part of the references: each has a separate finding.
pub(super) fn judge_part(
    references: Vec<Box<Reference>>,
    problems: Vec<FileProblem>,
    policy: &Policy,
    answers: &Answers,
) -> Judged {
    judge::judge_part(references, problems, policy, |reference| answers.of(reference, policy))
}

/// The report of the run.
pub(super) fn report(
    judged: Judged,
    removed: Vec<Box<Reference>>,
    source: &Source,
    options: &Options,
    baseline: Option<BaselineUse>,
    elapsed: Duration,
) -> Report {
    Report {
        comparison: source.comparison.clone(),
        files_at: None,
        references: judged.references,
        removed: source.base.is_some().then_some(removed),
        findings: judged.findings,
        summary: judged.summary,
        baseline,
        overridden: judged.overridden,
        asked: options.network.is_some(),
        files: source.paths.len(),
        unread: Vec::new(),
        excluded: Vec::new(),
        renderer: None,
        audit: None,
        at: 0,
        elapsed,
    }
}
