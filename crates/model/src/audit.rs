//! The audit of a commit: three questions that test if Git is the source of truth, with answers and evidence.
//! It is `audit` in a report.

use serde::{Deserialize, Serialize};

use crate::incident::Tried;
use crate::since::SinceCommit;

/// The answers of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Object id of the commit that was audited.
    pub commit: String,
    /// The part of the references that was queried; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Numbers of the shards without a report, in a merged report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_shards: Vec<usize>,
    /// True if the deadline passed before everything was queried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_short: bool,
    /// Could Git rebuild the cluster today?
    pub rebuild: Rebuild,
    /// Could each last change be rolled back by a revert today? `None` if it was not examined.
    pub rollback: Option<Rollback>,
    /// Does CI deploy around Git?
    pub around_git: AroundGit,
}

impl Audit {
    /// True if all parts of the audit, or of its shard, were examined: only such a run is a success.
    pub fn is_complete(&self) -> bool {
        self.missing_shards.is_empty() && !self.cut_short
    }
}

/// A part of the references of a commit: those whose repositories have a hash that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its number, from 1.
    pub index: usize,
    /// The number of all shards.
    pub total: usize,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Everything was examined, and the answer is yes.
    Yes,
    /// The answer is no.
    No,
    /// No evidence for no was found, but not everything could be examined.
    Unknown,
}

impl Answer {
    /// The answer to a question with `against` pieces of evidence for no, and `open` unknown ones.
    pub fn of(against: usize, open: usize) -> Self {
        match (against, open) {
            (0, 0) => Self::Yes,
            (0, _) => Self::Unknown,
            _ => Self::No,
        }
    }
}

/// Could Git rebuild the cluster today?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// The answer.
    pub answer: Answer,
    /// Distinct images, charts and artifacts that Git names.
    pub images: usize,
    /// The number of those that cannot be pulled.
    pub broken: usize,
    /// The number of those that could not be verified.
    pub unverified: usize,
    /// The number of those that were not queried: filled in elsewhere, ignored, or of a registry that the
    /// chart decides.
    pub skipped: usize,
    /// The number of files and parts of files that were not read.
    pub not_read: usize,
    /// The number of suspended objects, which no controller would roll out.
    pub suspended: usize,
    /// Each reference that cannot be pulled.
    pub references: Vec<BrokenReference>,
    /// References of manifests that nothing known deploys: they are in no other figure of this answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_included: Vec<NotIncluded>,
}

/// A reference of a manifest that nothing known deploys: a kustomization beside or above the file does not include it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct NotIncluded {
    pub path: String,
    pub line: usize,
    /// The reference.
    pub image: String,
    /// `present`, `unverified`, `skipped`, or the rule that it breaks.
    pub verdict: String,
}

/// A reference that cannot be pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct BrokenReference {
    /// The reference.
    pub image: String,
    /// The rule that it breaks.
    pub rule: String,
    pub path: String,
    pub line: usize,
    /// The unit that deploys it.
    pub unit: String,
    /// The commit that introduced it; `None` if it is not known.
    pub introduced: Option<SinceCommit>,
    /// Seconds since 1970 of the first audit in a row that found it missing, by the history of audits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<i64>,
    /// Seconds since 1970 of the last audit that found it present, by the history of audits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_present: Option<i64>,
    /// The newest earlier value that can be pulled; `None` if none is known.
    pub last_known_good: Option<EarlierValue>,
    /// The earlier values that were queried.
    pub tried: Vec<Tried>,
    /// The reason why no good value, or no commit, is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl BrokenReference {
    /// The order in a report.
    pub fn order(&self) -> (&str, usize, &str, &str) {
        (&self.path, self.line, &self.unit, &self.image)
    }
}

/// An earlier value of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierValue {
    /// The reference.
    pub image: String,
    /// Object id of the newest commit that had it.
    pub commit: String,
    /// The digest of its manifest, if it can be pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A previous value that can be pulled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PresentValue {
    /// The reference.
    pub image: String,
    /// The digest of its manifest; empty for a chart of a chart repository.
    pub digest: String,
}

/// Could each last change be rolled back by a revert today?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The answer.
    pub answer: Answer,
    /// The number of references with a previous value that was queried.
    pub previous: usize,
    /// The number of those whose previous value cannot be pulled.
    pub gone: usize,
    /// The number of those whose previous value could not be verified.
    pub unverified: usize,
    /// The number of references that never had another value.
    pub new: usize,
    /// References of manifests that nothing known deploys: their previous values were not queried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_included: usize,
    /// References whose previous value is not known, by reason.
    pub not_known: Vec<NotKnown>,
    /// The previous values that cannot be pulled or could not be verified.
    pub references: Vec<PreviousValue>,
    /// The previous values that can be pulled, each once, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<PresentValue>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// References whose previous value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotKnown {
    /// The reason.
    pub why: String,
    /// Their number.
    pub count: usize,
}

/// The previous value of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct PreviousValue {
    /// The reference as it is.
    pub image: String,
    pub path: String,
    pub line: usize,
    /// The unit that deploys it.
    pub unit: String,
    /// Its previous value.
    pub previous: EarlierValue,
    /// `unverified`, or the rule that the previous value breaks.
    pub verdict: String,
}

impl Rollback {
    /// The answer that results from the figures.
    pub fn answer(&self) -> Answer {
        Answer::of(self.gone, self.unverified + self.not_known.len())
    }
}

impl PreviousValue {
    /// The order in a report.
    pub fn order(&self) -> (&str, usize, &str, &str) {
        (&self.path, self.line, &self.unit, &self.image)
    }
}

/// Does CI deploy around Git?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AroundGit {
    /// The answer.
    pub answer: Answer,
    /// Files of CI with such lines.
    pub files: usize,
    /// The lines, which are findings of the rule `deploys-around-git`.
    pub lines: usize,
}
