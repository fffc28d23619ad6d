//! `--deadline` limits all of a run: whatever does not answer is named after it, and nothing hangs.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::repo::Repo;

use crate::support::{PULLABLE, Run, pod};

/// A hanging program is killed after this time; no run comes near it.
const WATCHDOG: Duration = Duration::from_mins(1);

/// Runs a command whose standard input stays open and silent. Panics if it does not end by itself.
fn watched(command: &mut Command) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let silent = child.stdin.take();
    let end = Instant::now() + WATCHDOG;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            None => killed(&mut child),
        }
    };
    drop(silent);
    let mut run = Run { code: status.code().unwrap_or(-1), stdout: String::new(), stderr: String::new() };
    child.stdout.unwrap().read_to_string(&mut run.stdout).unwrap();
    child.stderr.unwrap().read_to_string(&mut run.stderr).unwrap();
    run
}

fn killed(child: &mut Child) -> ! {
    child.kill().unwrap();
    panic!("the run did not end within {WATCHDOG:?}");
}

fn command(repo: &Repo, args: &[&str]) -> Command {
    let mut command = repo.command(PULLABLE);
    command.args(args);
    command
}

/// A named pipe that nobody writes to.
fn pipe(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn silent_standard_input() {
    let repo = Repo::new();
    for args in [["check", "-", "--deadline", "300ms"], ["images", "-", "--deadline", "300ms"]] {
        let run = watched(&mut command(&repo, &args));
        run.refused(&["cannot read standard input: the deadline of 300ms passed"]);
    }
}

#[test]
fn pipes_in_place_of_files() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/a/b:1"]));
    pipe(repo.path(), "pipe");
    for option in ["--config", "--registries-conf", "--baseline"] {
        let run = watched(&mut command(&repo, &["check", "a.yaml", option, "pipe", "--deadline", "300ms"]));
        run.refused(&["pipe: it was still being read when the deadline of 300ms passed"]);
    }
}
