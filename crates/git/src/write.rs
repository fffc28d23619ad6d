//! Writing commits as objects, and branches that point to them. Work tree, index and configuration are not
//! changed, and no hook runs. Objects are complete before the branch is created, so that a killed process
//! leaves a valid repository.

use gix::ObjectId;
use gix::actor::Signature;
use gix::objs::Commit;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::refs::Target;
use gix::refs::transaction::{Change as RefChange, LogChange, PreviousValue, RefEdit};
use run::{Program, ProgramError};
use source::RepoPath;

use super::error::{Doing, GitError};
use super::output::told;
use super::{Repository, revision, tree_of};

/// The identity if git's configuration has none.
const NOBODY: (&str, &str) = ("pullable", "pullable@localhost");

/// The setting of git without hooks.
const NO_HOOKS: &str = if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" };

/// A change of one path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEdit {
    /// The path.
    pub path: RepoPath,
    /// The new content.
    pub content: Content,
}

/// The new content of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// These bytes; the mode is kept, and a new file is not executable.
    Bytes(Vec<u8>),
    /// The entry of another commit at the same path, with its mode: a file, a link or a submodule. It is removed if the
    /// commit has none.
    Of(String),
    /// The path is removed.
    Removed,
}

/// A commit to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Object id of its only parent.
    pub parent: String,
    /// The paths that differ from the parent.
    pub edits: Vec<TreeEdit>,
    /// The whole message.
    pub message: String,
}

/// Name and address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

impl Repository {
    /// True if `commit.gpgsign` is set, so that commits are signed with `git commit-tree -S`.
    pub fn signs_commits(&self) -> bool {
        self.pool.with(|repo| repo.config_snapshot().boolean("commit.gpgsign").unwrap_or(false))
    }

    /// The committer of git's configuration and environment; `pullable <pullable@localhost>` if there is
    /// none.
    pub fn committer(&self) -> Who {
        let signature = self.pool.with(committer);
        Who { name: signature.name.to_string(), email: signature.email.to_string() }
    }

    /// Writes a commit as an object, and returns its id. No branch points to it yet.
    ///
    /// # Errors
    /// [`GitError`] if the parent is unknown, the repository cannot be written, or the commit cannot be signed.
    pub fn write_commit(&self, new: &NewCommit) -> Result<String, GitError> {
        let (tree, parent) = self.pool.with(|repo| {
            let parent = revision::commit(repo, &new.parent, true)?;
            Ok::<_, GitError>((edited(repo, parent, &new.edits)?, parent))
        })?;
        if self.signs_commits() {
            return self.signed(tree, parent, &new.message);
        }
        self.pool.with(|repo| {
            let commit = Commit {
                tree,
                parents: std::iter::once(parent).collect(),
                author: author(repo),
                committer: committer(repo),
                encoding: None,
                message: new.message.clone().into(),
                extra_headers: Vec::new(),
            };
            let written = repo.write_object(&commit).doing("write the commit")?;
            Ok(written.to_string())
        })
    }

    /// Signs with git, which knows the keys and `gpg.format`.
    fn signed(&self, tree: ObjectId, parent: ObjectId, message: &str) -> Result<String, GitError> {
        let (author, committer) = self.pool.with(|repo| (author(repo), committer(repo)));
        let program = self
            .git_program()
            .args(["commit-tree", "-S", "-p", &parent.to_string(), "-F", "-", &tree.to_string()])
            .env("GIT_AUTHOR_NAME", author.name.to_string())
            .env("GIT_AUTHOR_EMAIL", author.email.to_string())
            .env("GIT_COMMITTER_NAME", committer.name.to_string())
            .env("GIT_COMMITTER_EMAIL", committer.email.to_string())
            .input(message.as_bytes());
        let output =
            program.run(self.pool.deadline()).map_err(|error| failed("git commit-tree -S", &error))?;
        if !output.success() {
            return Err(GitError::Program { command: "git commit-tree -S".to_owned(), why: told(&output) });
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Creates a new branch, by its short name.
    ///
    /// # Errors
    /// [`GitError::BranchExists`], or another [`GitError`] if it cannot be written.
    pub fn create_branch(&self, branch: &str, commit: &str) -> Result<(), GitError> {
        if let Some(commit) = self.branch_tip(branch)? {
            return Err(GitError::BranchExists { branch: branch.to_owned(), commit });
        }
        self.pool.with(|repo| {
            let id = revision::commit(repo, commit, true)?;
            let name = format!("refs/heads/{branch}");
            let edit = RefEdit {
                change: RefChange::Update {
                    log: LogChange { message: "branch: created by pullable".into(), ..LogChange::default() },
                    expected: PreviousValue::MustNotExist,
                    new: Target::Object(id),
                },
                name: name.try_into().map_err(gix::Error::from_error).doing("name the branch")?,
                deref: false,
            };
            let (who, mut buffer) = (committer(repo), gix::date::parse::TimeBuf::default());
            let edited = repo.edit_references_as(Some(edit), Some(who.to_ref(&mut buffer)));
            edited.map(drop).doing("create the branch")
        })
    }

    /// The commit of a branch, by its short name; `None` if there is no such branch.
    ///
    /// # Errors
    /// [`GitError`] if git's data is damaged.
    pub fn branch_tip(&self, branch: &str) -> Result<Option<String>, GitError> {
        self.pool.with(|repo| {
            let found = repo.try_find_reference(&format!("refs/heads/{branch}")).doing("find the branch")?;
            let Some(mut reference) = found else { return Ok(None) };
            let id = reference.peel_to_id().doing("read the branch")?;
            Ok(Some(id.to_string()))
        })
    }

    /// The short name of the branch that is checked out; `None` if `HEAD` is detached.
    pub fn current_branch(&self) -> Option<String> {
        let name = self.pool.with(|repo| repo.head_name().ok().flatten())?;
        Some(name.shorten().to_string())
    }

    /// The program git, run on this repository. It runs no hooks: `core.hooksPath` may be a folder of the work tree.
    pub(super) fn git_program(&self) -> Program {
        let folder = self.workdir.as_deref().unwrap_or(&self.git_dir);
        let program = Program::new("git").args(["-c", NO_HOOKS]).folder(folder);
        program.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C")
    }
}

/// The failure of a program of git.
pub(super) fn failed(command: &str, error: &ProgramError) -> GitError {
    GitError::Program { command: command.to_owned(), why: error.to_string() }
}

/// The tree of a commit with some paths changed.
fn edited(repo: &gix::Repository, commit: ObjectId, edits: &[TreeEdit]) -> Result<ObjectId, GitError> {
    let doing = "write the tree";
    let before = tree_of(repo, commit)?;
    let mut editor = repo.edit_tree(before).doing(doing)?;
    for TreeEdit { path, content } in edits {
        let entry = match content {
            Content::Bytes(bytes) => {
                let kind = entry(repo, before, path)?.map_or(EntryKind::Blob, |(mode, _)| mode.kind());
                let kind = if kind == EntryKind::BlobExecutable { kind } else { EntryKind::Blob };
                Some((kind, repo.write_blob(bytes).doing("write a file")?.detach()))
            }
            Content::Of(other) => {
                let tree = tree_of(repo, revision::commit(repo, other, true)?)?;
                entry(repo, tree, path)?.map(|(mode, id)| (mode.kind(), id))
            }
            Content::Removed => None,
        };
        let edited = match entry {
            Some((kind, id)) => editor.upsert(path.as_str(), kind, id),
            None => editor.remove(path.as_str()),
        };
        edited.map(drop).doing(doing)?;
    }
    Ok(editor.write().doing(doing)?.detach())
}

/// The entry of a tree at a path.
fn entry(
    repo: &gix::Repository,
    tree: ObjectId,
    path: &RepoPath,
) -> Result<Option<(EntryMode, ObjectId)>, GitError> {
    let doing = "read a tree";
    let tree = repo.find_tree(tree).doing(doing)?;
    let found = tree.lookup_entry_by_path(path.as_str()).doing(doing)?;
    Ok(found.map(|entry| (entry.mode(), entry.object_id())))
}

fn author(repo: &gix::Repository) -> Signature {
    repo.author().and_then(Result::ok).and_then(|known| known.to_owned().ok()).unwrap_or_else(nobody)
}

fn committer(repo: &gix::Repository) -> Signature {
    repo.committer().and_then(Result::ok).and_then(|known| known.to_owned().ok()).unwrap_or_else(nobody)
}

fn nobody() -> Signature {
    let (name, email) = NOBODY;
    Signature { name: name.into(), email: email.into(), time: gix::date::Time::now_local_or_utc() }
}
