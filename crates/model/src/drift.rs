//! The comparison of a cluster with Git, as `pullable drift` reports it; `schemas/drift.schema.json` is the same for other
//! programs.

use serde::{Deserialize, Serialize};

use crate::since::SinceCommit;

/// The version of the format.
pub const DRIFT_SCHEMA_VERSION: u32 = 1;

/// The result of one run. Fields are in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Always [`DRIFT_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Object id of the commit that the cluster was compared with.
    pub head: String,
    /// The time at which the dump was taken, if it is known, in seconds since 1970.
    #[serde(default, with = "crate::time::optional_moment")]
    pub taken_at: Option<i64>,
    /// Figures.
    pub summary: Figures,
    /// One entry for each container of a workload, the most severe first.
    pub workloads: Vec<Entry>,
    /// Everything that was not compared, by reason.
    pub excluded: Vec<Excluded>,
    /// Facts about the dump or the run that limit the meaning of the result.
    pub notices: Vec<String>,
}

/// The numbers of containers by verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Figures {
    /// Containers that run the value of Git.
    pub same: usize,
    /// Containers that run an earlier value of Git.
    pub behind: usize,
    /// Containers that run a value that Git never had.
    pub foreign: usize,
    /// Containers that run another digest of the same tag.
    pub moved: usize,
    /// Containers of Git that do not run.
    pub not_live: usize,
    /// Containers whose labels name a deployer of Git, and that Git does not have.
    pub not_in_git: usize,
    /// Containers whose image the registry no longer has.
    pub unreproducible: usize,
    /// Containers without a certain verdict.
    pub unknown: usize,
    /// Everything that was not compared, by reason.
    pub excluded: usize,
    /// All containers that Git deploys, with the references of no container.
    pub in_git: usize,
    /// All containers of workloads in the cluster.
    pub in_cluster: usize,
}

/// The verdict on a container, the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftVerdict {
    /// The registry no longer has the image that runs.
    Unreproducible,
    /// Git deploys it, but it does not run.
    NotLive,
    /// It runs a value that Git never had.
    Foreign,
    /// It runs an earlier value of Git.
    Behind,
    /// It runs, but Git does not have it.
    NotInGit,
    /// No certain verdict is possible.
    Unknown,
    /// It runs another digest of the same tag.
    Moved,
    /// It runs the value of Git.
    Same,
}

impl DriftVerdict {
    /// All verdicts, in their order.
    pub const ALL: [Self; 8] = [
        Self::Unreproducible,
        Self::NotLive,
        Self::Foreign,
        Self::Behind,
        Self::NotInGit,
        Self::Unknown,
        Self::Moved,
        Self::Same,
    ];

    /// As written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreproducible => "unreproducible",
            Self::NotLive => "not-live",
            Self::Foreign => "foreign",
            Self::Behind => "behind",
            Self::NotInGit => "not-in-git",
            Self::Unknown => "unknown",
            Self::Moved => "moved",
            Self::Same => "same",
        }
    }

    /// The exit code that results from it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Unreproducible | Self::NotLive | Self::Foreign | Self::Behind | Self::NotInGit => 1,
            Self::Unknown => 3,
            Self::Moved | Self::Same => 0,
        }
    }
}

/// A container of a workload, in Git, in the cluster, or in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The kind of the workload.
    pub kind: String,
    /// Its namespace; `None` if Git does not determine it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The name of the container.
    pub container: String,
    /// The verdict.
    pub verdict: DriftVerdict,
    /// The explanation; `None` for `same`.
    pub reason: Option<String>,
    /// The command that helps.
    pub hint: Option<String>,
    /// The object that is suspended in Git, so that differences are expected.
    pub suspended: Option<String>,
    /// The image in Git; `None` if Git does not have the container.
    pub git: Option<InGit>,
    /// The image in the cluster; `None` if it does not run.
    pub live: Option<Live>,
    /// The commit that introduced Git's value.
    pub since: Option<SinceCommit>,
}

/// The image in Git.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InGit {
    /// The effective image, or the text if there is none.
    pub image: String,
    /// The unit that deploys it.
    pub unit: String,
    /// The file of the deciding scalar.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
}

/// The image in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The image, as the workload has it.
    pub image: String,
    /// The digest of the manifest that runs, as the runtime reports it.
    pub digest: Option<String>,
}

/// Things that were not compared, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The reason, as a word.
    pub reason: String,
    /// The reason, in a sentence.
    pub why: String,
    /// The side that has them: `git` or `cluster`.
    pub side: String,
    /// The kind of things: `container`, `pod`, `replicaset`, `job`, `reference`.
    pub what: String,
    /// Their number.
    pub count: usize,
    /// Their names.
    pub names: Vec<String>,
}

impl Drift {
    /// The exit code of the run: 1 for a known difference, otherwise 3 for an unknown state, otherwise 0.
    pub fn exit_code(&self) -> u8 {
        let mut codes = self.workloads.iter().map(|entry| entry.verdict.exit_code());
        let is_unknown = self.workloads.iter().any(|entry| entry.verdict == DriftVerdict::Unknown);
        match (codes.any(|code| code == 1), is_unknown) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        }
    }
}
