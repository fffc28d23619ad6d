//! The errors of a repository, each with its remedy.

use std::path::{Path, PathBuf};

use source::ReadError;
use thiserror::Error;

/// The reason why a repository could not be opened or compared.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GitError {
    /// Neither the folder nor one above it is a repository.
    #[error("{} is not inside a git repository", .dir.display())]
    NotARepository {
        /// The folder that was opened.
        dir: PathBuf,
    },
    /// Another user owns it; git refuses such repositories, and so does pullable.
    #[error("the git repository at {} belongs to another user", .path.display())]
    NotOwned {
        /// The value for `safe.directory`.
        path: PathBuf,
    },
    /// `HEAD` names a branch without commits.
    #[error("there is no commit yet: HEAD points to `{branch}`, which does not exist")]
    Unborn {
        /// The branch.
        branch: String,
    },
    /// The repository has no work tree.
    #[error("the git repository at {} has no work tree", .path.display())]
    Bare {
        /// The git folder.
        path: PathBuf,
    },
    /// No branch, tag or commit has that name.
    #[error("unknown revision `{rev}`")]
    UnknownRevision {
        /// The text as it was written.
        rev: String,
        /// Branches and tags with a similar name.
        nearest: Vec<String>,
        /// The command that fetches it, if the name may be that of a remote branch.
        fetch: Option<String>,
        /// The branches that exist, for a repository without a remote.
        branches: Vec<String>,
    },
    /// Several references have that name, and git would take the first.
    #[error("`{rev}` is ambiguous: {}", all_named(candidates))]
    Ambiguous {
        /// The text as it was written.
        rev: String,
        /// The full names of the references; only one if the name is also the beginning of an object id.
        candidates: Vec<String>,
    },
    /// It names a blob, a tree, or more than one commit.
    #[error("`{rev}` does not name a commit")]
    NotACommit {
        /// The text as it was written.
        rev: String,
    },
    /// The commit exists, but not in this clone.
    #[error("the commit {oid}{} is not in this clone", named(.rev, .oid))]
    AbsentCommit {
        /// The text as it was written.
        rev: String,
        /// Its object id.
        oid: String,
        /// The command that fetches it.
        fetch: String,
    },
    /// The history is cut off before the walk through it ends.
    #[error("the history of this clone ends at {commit}, whose parent was not fetched")]
    ShallowBoundary {
        /// The last commit in this clone.
        commit: String,
        /// The command that fetches the rest of the history.
        fetch: String,
    },
    /// A branch of that name exists already.
    #[error("the branch `{branch}` exists already, at {commit}")]
    BranchExists {
        /// The short name.
        branch: String,
        /// The commit that it points to.
        commit: String,
    },
    /// A program of git failed.
    #[error("`{command}` failed: {why}")]
    Program {
        /// The command without its arguments.
        command: String,
        /// The message.
        why: String,
    },
    /// The histories have no common ancestor.
    #[error("`{base}` and `{head}` have no common ancestor{}", if *.shallow { " in this shallow clone" } else { "" })]
    NoMergeBase {
        /// The base, as it was written.
        base: String,
        /// The head, as it was written.
        head: String,
        /// True if the history is shallow, so that an older commit may be a common ancestor.
        shallow: bool,
        /// The command that fetches the rest of the history.
        fetch: Option<String>,
    },
    /// No default branch of a remote is known.
    #[error("cannot determine the base branch: no default branch of a remote is known")]
    NoBase,
    /// Git's own data could not be read.
    #[error("cannot {doing}: {why}")]
    Failed {
        /// The operation.
        doing: String,
        /// The reason.
        why: String,
        /// True if blobs or trees were left out when it was cloned.
        partial: bool,
    },
}

impl GitError {
    /// The remedy.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotARepository { .. } => {
                "run it inside a repository, or name one with -C; check, images, fix and pin take files and folders as well"
                    .into()
            }
            Self::NotOwned { path } => {
                format!("if you trust it: git config --global --add safe.directory {}", quoted(path))
            }
            Self::Unborn { .. } => "commit something first; `pullable check --all` needs no commit".into(),
            Self::Bare { .. } => "give `--head REV`".into(),
            Self::UnknownRevision { rev, nearest, fetch, branches } => {
                let mut ways = Vec::new();
                if !nearest.is_empty() {
                    ways.push(format!("similar names: {}", nearest.join(", ")));
                }
                if let Some(command) = fetch {
                    ways.push(of_remote(rev, command));
                }
                if let Some(first) = branches.first() {
                    ways.push(format!(
                        "this repository has no remote, and these branches: {}; write one of them instead, as in `pullable check --base {first}`",
                        branches.join(", ")
                    ));
                }
                if ways.is_empty() {
                    return None;
                }
                ways.join("; ")
            }
            Self::Ambiguous { candidates, .. } => {
                // Every user who may push can create a tag.
                match candidates.iter().rev().find(|name| !name.starts_with("refs/tags/")) {
                    Some(branch) => format!("write the full name, as in `{branch}`"),
                    None => "write the whole object id of the commit".into(),
                }
            }
            Self::NotACommit { .. } => "name one branch, tag or commit".into(),
            Self::AbsentCommit { fetch, .. } => format!("fetch it: {fetch}"),
            Self::BranchExists { branch, .. } => {
                format!("to make it again, delete it first: git branch -D {branch}")
            }
            Self::ShallowBoundary { fetch, .. } | Self::NoMergeBase { fetch: Some(fetch), .. } => {
                format!("fetch the rest of the history: {fetch}")
            }
            Self::NoMergeBase { .. } => "their histories are unrelated: give another `--base`".into(),
            Self::NoBase => "give `--base REV`, set PULLABLE_BASE, or check everything with `--all`; \
                             `git remote set-head REMOTE --auto` makes the default branch known"
                .into(),
            Self::Failed { partial: true, .. } => {
                "this is a partial clone: clone with `--filter=blob:none` or without a filter".into()
            }
            Self::Program { .. } | Self::Failed { .. } => return None,
        })
    }
}

/// The help for a branch of a remote, which may have another local name. The command ends the line.
fn of_remote(rev: &str, fetch: &str) -> String {
    match fetch.rsplit_once(":refs/remotes/") {
        Some((_, name))
            if name != rev && !rev.starts_with("refs/") && !name.ends_with('*') && !name.ends_with("*'") =>
        {
            format!("if it is a branch of the remote, name it {name}, and fetch it: {fetch}")
        }
        _ => format!("if the commit is on a remote, fetch it: {fetch}"),
    }
}

/// The references of a name, or the reference and the object id.
fn all_named(candidates: &[String]) -> String {
    match candidates {
        [only] => format!("it is {only} and the beginning of an object id"),
        several => format!("it is {}", several.join(" and ")),
    }
}

/// The revision as it was written, unless that is the object id.
fn named(rev: &str, oid: &str) -> String {
    if rev == oid { String::new() } else { format!(" (`{rev}`)") }
}

/// A path in quotes for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_alphanumeric() || "/._-+:@\\".contains(c)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The message of gix with all causes, on one line.
fn why(error: &gix::Error) -> String {
    let mut causes: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    causes.dedup();
    causes.join(": ")
}

/// An error of gix while a file is read.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
pub(super) fn unreadable(error: gix::Error) -> ReadError {
    ReadError::Unreadable(why(&error))
}

/// Adds the operation that failed to an error of gix.
pub(super) trait Doing<T> {
    /// Adds the operation.
    fn doing(self, what: &str) -> Result<T, GitError>;
}

impl<T> Doing<T> for gix::Result<T> {
    fn doing(self, what: &str) -> Result<T, GitError> {
        self.map_err(|error| GitError::Failed { doing: what.to_owned(), why: why(&error), partial: false })
    }
}
