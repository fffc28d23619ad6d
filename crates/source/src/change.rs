//! Comparisons: the types that the git layer fills and the extraction reads.

use crate::RepoPath;

/// A path that differs between base and head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its path at base; `None` if head adds it. If it differs from the path at head, the file was renamed.
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

    /// True if it concerns a file below a folder, at base or at head.
    pub fn is_below(&self, folder: &RepoPath) -> bool {
        let mut paths = self.base.iter().chain(&self.head);
        paths.any(|path| path.ancestors().any(|above| above == *folder))
    }
}

/// The base and head of a comparison, before git has resolved them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The base.
    pub base: Base,
    /// The head, as a revision; `None` for the default (`HEAD` in CI, the work tree elsewhere).
    pub head: Option<String>,
    /// The option, variable or event that chose it, for the report: `--base`, `GITHUB_EVENT_PATH
    /// pull_request`.
    pub chosen_by: String,
}

impl Range {
    /// A base commit that the CI system guarantees.
    pub fn direct(rev: String, chosen_by: &str) -> Self {
        Self { base: Base::Direct(rev), head: None, chosen_by: chosen_by.to_owned() }
    }

    /// A branch of the remote from which CI systems clone. Its full name is used, so that a tag called
    /// `origin/main` cannot replace it.
    pub fn branch(name: &str, chosen_by: &str) -> Self {
        let base = Base::MergeBase(format!("refs/remotes/origin/{name}"));
        Self { base, head: None, chosen_by: format!("{chosen_by}, merge base with origin/{name}") }
    }
}

/// The meaning of a base revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A revision from the user: the comparison uses its merge base with head.
    MergeBase(String),
    /// A commit that CI guarantees: the comparison uses it directly.
    Direct(String),
}

/// A comparison that git has resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Object id of the base commit, in hex.
    pub base: String,
    /// Object id of the head commit in hex, or `worktree`.
    pub head: String,
    /// The option, variable or event that chose the base, for the report.
    pub chosen_by: String,
}
