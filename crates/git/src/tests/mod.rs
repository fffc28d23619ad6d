//! Tests with repositories that git itself creates.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::*;
use source::change::Base;

mod commits;
mod fetching;
mod history;
mod messages;
mod opening;
mod pushing;
mod revisions;
mod work_tree;
mod writing;

/// A repository in a temporary folder.
struct Sandbox {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Sandbox {
    fn new() -> Self {
        Self::init(&[])
    }

    fn init(options: &[&str]) -> Self {
        let sandbox = Self::empty();
        sandbox.git(&[&["init", "-q", "-b", "main"], options].concat());
        sandbox
    }

    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().join("repo");
        fs::create_dir(&path).unwrap();
        Self { _dir: dir, path }
    }

    /// A clone through a transport, so that depth and filter have an effect.
    fn clone_of(other: &Self, options: &[&str]) -> Self {
        let sandbox = Self::empty();
        let url = format!("file://{}", other.path.display());
        sandbox.git(&[&["clone", "-q"], options, &[url.as_str(), "."]].concat());
        sandbox
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn command(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.path).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        git.envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("HOME", "/nonexistent"),
        ]);
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.org");
            git.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        git.args(["-c", "protocol.file.allow=always", "-c", "uploadpack.allowFilter=true"]);
        git
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path.join(path)).unwrap();
        self
    }

    fn rename(&self, from: &str, to: &str) -> &Self {
        let to = self.path.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.path.join(from), to).unwrap();
        self
    }

    /// Commits all files. Returns the commit.
    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn open(&self) -> Repository {
        Repository::open(&self.path, &deadline()).unwrap()
    }

    fn compare(&self, base: &str, head: &Head) -> Compared {
        self.open().compare(&direct(base), head.clone()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn fails(&self, range: &Range) -> GitError {
        self.open().compare(range, head()).err().unwrap()
    }
}

fn deadline() -> Deadline {
    Deadline::after(std::time::Duration::from_mins(5))
}

fn head() -> Head {
    Head::Commit("HEAD".into())
}

fn direct(rev: &str) -> Range {
    Range { base: Base::Direct(rev.into()), head: None, chosen_by: "a test".into() }
}

fn merge_base(rev: &str) -> Range {
    Range { base: Base::MergeBase(rev.into()), ..direct("") }
}

/// Changes as `+added`, `-removed`, `changed`, `from>to`.
fn shown(compared: &Compared) -> Vec<String> {
    let mut shown: Vec<String> = compared
        .changes
        .iter()
        .map(|change| match (&change.base, &change.head) {
            (None, Some(head)) => format!("+{head}"),
            (Some(base), None) => format!("-{base}"),
            (Some(base), Some(head)) if base == head => format!("{head}"),
            (Some(base), Some(head)) => format!("{base}>{head}"),
            (None, None) => panic!("a change of nothing"),
        })
        .collect();
    shown.sort();
    shown
}

fn read(files: &dyn Files, path: &str) -> Option<String> {
    let bytes = files.read(&RepoPath::new(path), 1 << 20).unwrap();
    bytes.map(|bytes| String::from_utf8(bytes).unwrap())
}

fn listed(files: &dyn Files) -> Vec<String> {
    files.list().unwrap().iter().map(ToString::to_string).collect()
}

fn links(files: &dyn Files) -> Vec<String> {
    files.links().unwrap().into_iter().map(|(path, target)| format!("{path} -> {target}")).collect()
}

/// A text of some lines, of which `changed` lines differ from the usual ones.
fn lines(name: &str, changed: usize) -> String {
    (0..20)
        .map(|n| if n < changed { format!("other {n}\n") } else { format!("{name}: line {n}\n") })
        .collect()
}
