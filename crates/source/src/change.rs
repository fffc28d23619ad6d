//! Comparisons: the types that the git layer fills and the extraction reads.

use crate::RepoPath;

/// A path that differs between base and head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its path at base; `None` if head adds it. Another path than at head: a rename.
    pub base: Option<RepoPath>,
    /// Its path at head; `None` if head removes it.
    pub head: Option<RepoPath>,
}

impl Change {
    /// The same difference, from head to base.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { base: self.head, head: self.base }
    }
}

/// The base and head of a comparison, before git has looked them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The base.
    pub base: Base,
    /// The head, as a revision; `None` for the default (`HEAD` in CI, the work tree elsewhere).
    pub head: Option<String>,
    /// Who chose it, for the report: `--base`, `GITHUB_EVENT_PATH pull_request`.
    pub chosen_by: String,
}

impl Range {
    /// A commit that the CI system vouches for.
    pub fn direct(rev: String, chosen_by: &str) -> Self {
        Self { base: Base::Direct(rev), head: None, chosen_by: chosen_by.to_owned() }
    }

    /// A branch of the remote that CI systems clone from. Its name is given in full, so that no tag called
    /// `origin/main` takes its place.
    pub fn branch(name: &str, chosen_by: &str) -> Self {
        let base = Base::MergeBase(format!("refs/remotes/origin/{name}"));
        Self { base, head: None, chosen_by: format!("{chosen_by}, merge base with origin/{name}") }
    }
}

/// The meaning of a base revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Named by a person: compared through its merge base with head.
    MergeBase(String),
    /// Vouched for by CI: compared directly.
    Direct(String),
}

/// A comparison that git has looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Object id of the base commit, in hex.
    pub base: String,
    /// Object id of the head commit in hex, or `worktree`.
    pub head: String,
    /// Who chose the base, for the report.
    pub chosen_by: String,
}
