//! Incidents: references that cannot be pulled, the commit that introduced them, and the change that reverts
//! them. Written as JSON by `pullable revert`; `schemas/incident.schema.json` is the same for other programs.

use serde::{Deserialize, Serialize};

/// The version of the format.
pub const INCIDENT_SCHEMA_VERSION: u32 = 1;

/// The result of one run. Fields are in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    /// Always [`INCIDENT_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Object id of the commit that was examined.
    pub head: String,
    /// One for each introducing commit.
    pub incidents: Vec<Incident>,
    /// References of head that could not be verified.
    pub unverified: Vec<String>,
}

/// The references that one commit introduced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The identity of the incident: the same for the same references of the same commit.
    pub incident: String,
    /// The cause of the run.
    pub trigger: Trigger,
    /// The notification that started the run, in words; `None` if a user started it.
    pub event: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The explanation, if nothing was written.
    pub why: Option<String>,
    /// The way in which the change is made; `None` if there is none.
    pub mode: Option<Mode>,
    /// The commit that introduced the references.
    pub introducing: Introducing,
    /// The references.
    pub references: Vec<Reverted>,
    /// Other references that change with them.
    pub collateral: Vec<Collateral>,
    /// Automations that may undo the revert.
    pub automation: Vec<Automation>,
    /// Units that are suspended, so that nothing is rolled out.
    pub suspended: Vec<Suspended>,
    /// Short name of the branch, which does not exist for a plan; `None` if no value can be put back.
    pub branch: Option<String>,
    /// Object id of the commit; `None` if none was written.
    pub commit: Option<String>,
    /// The command that pushes the branch, if it was not pushed.
    pub push: Option<String>,
    /// The remote and the branch that the commit was pushed to, as in `origin/main`; `None` if nothing was pushed.
    pub pushed: Option<String>,
    /// The pull or merge request.
    pub request: Option<Request>,
    /// True if the gate passed for the change from head to the result.
    pub verified: bool,
    /// The follow-ups that remain.
    pub follow_ups: Vec<String>,
}

/// The cause of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// A user.
    #[default]
    Manual,
    /// A notification of Flux.
    Flux,
    /// A notification of Argo CD.
    ArgoCd,
}

impl Trigger {
    /// The name in records and trailers: `manual`, `flux` or `argocd`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Flux => "flux",
            Self::ArgoCd => "argocd",
        }
    }
}

/// The outcome for an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A commit was written.
    Committed,
    /// The commit of an earlier run exists already.
    Exists,
    /// `--dry-run`: the change is possible, but nothing was written.
    Planned,
    /// No earlier value can be pulled.
    NothingGood,
    /// An earlier value could not be verified.
    Unverified,
    /// Later changes conflict with the revert.
    Conflict,
    /// The result does not pass the gate.
    Refused,
    /// The remote refused the push, or has another branch of the name.
    Rejected,
}

impl Outcome {
    /// The exit code that results from it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Committed | Self::Exists | Self::Planned => 0,
            Self::NothingGood | Self::Conflict | Self::Refused | Self::Rejected => 1,
            Self::Unverified => 3,
        }
    }
}

/// The way in which a revert is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The earlier scalars are put back; every other byte is kept.
    Scalar,
    /// Three-way merge of the files that decide the references.
    Files,
    /// The whole introducing commit is reverted.
    Commit,
}

/// The commit that introduced the references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introducing {
    /// Object id.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
    /// Its author.
    pub author: String,
    /// Seconds since 1970 of its committer.
    pub date: i64,
}

/// A reference, and the value that replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverted {
    /// The unit that deploys it.
    pub unit: String,
    /// The file of the deciding scalar.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// The path of the field in its document.
    pub field: String,
    /// The reference that is reverted.
    pub from: String,
    /// The reason: a rule, or `given` for an image of the command line.
    pub rule: String,
    /// The reference that is put back, as it will be written; `None` if there is none.
    pub to: Option<String>,
    /// Object id of the commit that has it.
    pub to_commit: Option<String>,
    /// The values that were queried, newest first.
    pub tried: Vec<Tried>,
}

/// An earlier value with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The reference.
    pub image: String,
    /// Object id of the newest commit that has it.
    pub commit: String,
    /// `present`, `missing`, `unverified`, `skipped`, `malformed`, or the rule of a finding.
    pub verdict: String,
}

/// A reference that changes although it is not part of the incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Collateral {
    /// The unit.
    pub unit: String,
    /// The reference at head; `None` if the result adds it.
    pub from: Option<String>,
    /// The reference in the result; `None` if the result removes it.
    pub to: Option<String>,
}

/// An automation that may put the bad value back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Automation {
    /// `flux`, `argocd-image-updater`, `renovate`, `dependabot`.
    pub kind: String,
    /// The file that it was found in.
    pub path: String,
    /// The object or the configuration.
    pub name: String,
    /// The way to stop it.
    pub stop: String,
    /// True if the revert suspends it (`--hold`).
    pub held: bool,
}

/// A unit that does not roll out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suspended {
    /// Kind and name of the object that is suspended.
    pub object: String,
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
}

/// A pull or merge request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its number.
    pub number: u64,
    /// Its address.
    pub url: String,
    /// `open`, `closed` or `merged`.
    pub state: String,
    /// True if this run opened it.
    pub is_new: bool,
}
