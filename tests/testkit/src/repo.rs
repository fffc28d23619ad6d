//! Builds git repositories in temporary directories, with the `git` on the path.
//!
//! The environment is scrubbed and the dates are fixed, so the same steps give the same object ids.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::environment::Scrubbed as _;
use tempfile::TempDir;

/// 2024-01-01T00:00:00Z.
const FIRST_DATE: u64 = 1_704_067_200;
const BETWEEN_COMMITS: u64 = 60;

/// A repository with a work tree, on the branch `main` to begin with; removed when dropped.
pub struct Repo {
    // Holds the repository, its linked work trees, and a home of its own.
    root: TempDir,
    path: PathBuf,
    date: AtomicU64,
}

impl Default for Repo {
    fn default() -> Self {
        Self::new()
    }
}

/// Where repositories come from.
impl Repo {
    /// An empty repository.
    pub fn new() -> Self {
        Self::init(&[])
    }

    /// An empty repository whose object ids are SHA-256.
    pub fn sha256() -> Self {
        Self::init(&["--object-format=sha256"])
    }

    /// An empty repository without a work tree, to push to.
    pub fn bare() -> Self {
        Self::init(&["--bare"])
    }

    /// Clones all of it.
    #[must_use]
    pub fn clone_full(&self) -> Self {
        self.clone_with(&[])
    }

    /// Clones the newest commits of the present branch, as CI does.
    #[must_use]
    pub fn clone_shallow(&self, depth: usize) -> Self {
        self.clone_with(&["--depth", &depth.to_string()])
    }

    fn init(options: &[&str]) -> Self {
        let repo = Self::empty(FIRST_DATE);
        repo.git(&[&["init", "-q"], options].concat());
        repo
    }

    fn clone_with(&self, options: &[&str]) -> Self {
        let clone = Self::empty(self.date.load(Ordering::Relaxed));
        clone.git(&[&["clone", "-q"], options, &[&self.url(), "."]].concat());
        clone
    }

    fn empty(date: u64) -> Self {
        let root = tempfile::Builder::new().prefix("testkit-").tempdir().unwrap();
        // Canonical, because git answers with canonical paths; on macOS the two differ.
        let path = root.path().canonicalize().unwrap().join("repo");
        fs::create_dir(&path).unwrap();
        Self { root, path, date: AtomicU64::new(date) }
    }
}

/// The work tree.
impl Repo {
    /// Where the work tree is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The repository's `file://` address.
    pub fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// Writes a file, and the directories above it.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.place(path.as_ref()), content).unwrap();
        self
    }

    /// Removes a file, or a directory with all in it.
    pub fn remove(&self, path: impl AsRef<Path>) -> &Self {
        let path = self.path.join(path);
        let is_directory = fs::symlink_metadata(&path).unwrap().is_dir();
        if is_directory { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        self
    }

    /// Moves a file or directory.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> &Self {
        fs::rename(self.path.join(from), self.place(to.as_ref())).unwrap();
        self
    }

    /// Makes a symbolic link; the target is stored as given.
    #[cfg(unix)]
    pub fn symlink(&self, link: impl AsRef<Path>, target: impl AsRef<Path>) -> &Self {
        std::os::unix::fs::symlink(target, self.place(link.as_ref())).unwrap();
        self
    }

    /// A path in the work tree, whose parent is there.
    fn place(&self, path: &Path) -> PathBuf {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

/// History.
impl Repo {
    /// Commits all that is in the work tree, or nothing at all; the commit's id.
    pub fn commit(&self, message: &str) -> String {
        self.advance();
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// Merges a branch into the present one, always with a merge commit; its id.
    pub fn merge(&self, branch: &str) -> String {
        self.advance();
        self.git(&["merge", "-q", "--no-ff", "-m", &format!("Merge branch '{branch}'"), branch]);
        self.head()
    }

    /// The id of the present commit.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Starts a branch here and switches to it.
    pub fn branch(&self, name: &str) -> &Self {
        self.git(&["checkout", "-q", "-b", name]);
        self
    }

    /// Switches to a branch, or detaches at any other revision.
    pub fn checkout(&self, revision: &str) -> &Self {
        self.git(&["checkout", "-q", revision]);
        self
    }

    /// Adds a remote.
    pub fn add_remote(&self, name: &str, url: &str) -> &Self {
        self.git(&["remote", "add", name, url]);
        self
    }

    /// Makes a linked work tree for a branch, which is started here if there is none; its path.
    pub fn worktree(&self, branch: &str) -> PathBuf {
        let name = format!("worktree-{}", branch.replace('/', "-"));
        let path = self.path.with_file_name(name);
        let new = self.git(&["branch", "--list", branch]).is_empty();
        let options: &[&str] = if new { &["-b", branch] } else { &[] };
        let place = [path.to_str().unwrap(), if new { "HEAD" } else { branch }];
        self.git(&[&["worktree", "add", "-q"], options, &place].concat());
        path
    }

    fn advance(&self) {
        self.date.fetch_add(BETWEEN_COMMITS, Ordering::Relaxed);
    }
}

/// Running programs.
impl Repo {
    /// Runs git in the repository; its output without the last newline. Panics with its message on failure.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_stdin(arguments, b"")
    }

    /// As [`git`](Self::git), with input; `fast-import` makes a long history in no time.
    pub fn git_stdin(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut child = self
            .command("git")
            .args([
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.autocrlf=false",
            ])
            // Garbage collection in the background would race with the removal of the directory.
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is on the path");
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // A git that fails early closes its input; its own message then says more than a broken pipe.
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        });
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} in {}: {stderr}", self.path.display());
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// A program to be run in the repository, with nothing of the caller's environment but the path.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let date = format!("{} +0000", self.date.load(Ordering::Relaxed));
        let mut command = Command::new(program);
        command.current_dir(&self.path).scrubbed();
        command.env("PATH", path_without_helm());
        command
            .env("HOME", self.root.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Ada Author")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Carl Committer")
            .env("GIT_COMMITTER_EMAIL", "carl@example.com")
            .env("GIT_COMMITTER_DATE", &date);
        command
    }
}

/// The `PATH` without folders that have a helm, so that a run is the same on every machine: tests that render name theirs.
pub fn path_without_helm() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path)
        .filter(|folder| !folder.join("helm").exists() || folder.join("git").exists());
    std::env::join_paths(folders).unwrap_or_default()
}

/// A folder with the helm of `PATH` (or of Go's folder of programs) alone in it. `None` where there is none; with
/// `PULLABLE_REQUIRE_HELM` this is a failed test.
pub fn helm_folder() -> Option<TempDir> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin"));
    let folders = std::env::split_paths(&path).chain(home);
    let helm = folders.map(|folder| folder.join("helm")).find(|file| file.is_file());
    let Some(helm) = helm else {
        assert!(std::env::var_os("PULLABLE_REQUIRE_HELM").is_none(), "helm is required and not in PATH");
        eprintln!("SKIPPED: no helm; install it: go install helm.sh/helm/v3/cmd/helm@v3.22.0");
        return None;
    };
    let folder = TempDir::new().unwrap();
    std::os::unix::fs::symlink(helm, folder.path().join("helm")).unwrap();
    Some(folder)
}
