//! Signals end every command within a second, with the exit code of the signal. No child lives on, no result is printed,
//! and nothing that is written is half of it.
#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::environment::Scrubbed as _;
use testkit::registry::{Auth, Fault, Matcher, Registry};
use testkit::repo::Repo;

use crate::repository_programs::{OF_ORIGIN, clone_without_blobs, script};
use crate::support::{PULLABLE, Run, is_ignored, pod};

/// Something that a run waits for is there by then, on a machine with much other work.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest time from a signal to the end of the run: a second, and what a busy machine adds.
const MOST: Duration = Duration::from_secs(5);
/// The end of the message of a run that a signal ended.
const NO_RESULT: &str = "the run is not complete, and has no result\n";

const SIGNALS: [(&str, i32); 3] = [("HUP", 129), ("INT", 130), ("TERM", 143)];

/// Starts a command, sends it a signal once it is `ready`, and waits for its end.
fn ended_by(signal: &str, command: &mut Command, ready: impl Fn() -> bool) -> Run {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    while !ready() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before the signal");
        assert!(Instant::now() < end, "the run does not come to the point");
        thread::sleep(Duration::from_millis(5));
    }
    send(signal, &child);
    let sent = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(sent.elapsed() < MOST, "{:?}", sent.elapsed());
    assert_eq!(output.status.signal(), None, "the process ends by itself");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn stopped(run: &Run, signal: &str, code: i32) {
    assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.stderr);
    let message = format!("error: stopped by SIG{signal}: {NO_RESULT}");
    assert!(run.stderr.ends_with(&message), "{}", run.stderr);
}

/// A program that notes its process and its child, and never ends. Its child ignores SIGTERM. The note is the target of a
/// link: helm may write to no file.
const ENDLESS: &str = "trap '' TERM; sleep 600 & ln -s \"$$ $!\" \"$NOTE\"; wait; sleep 600";

/// True if a program has written its note.
fn is_noted(note: &Path) -> bool {
    note.is_symlink()
}

/// The processes of a note are gone.
fn are_gone(note: &Path) {
    let processes = fs::read_link(note).unwrap();
    for process in processes.to_str().unwrap().split(' ') {
        let end = Instant::now() + MOST;
        let lives = || Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status().unwrap();
        while lives().success() {
            assert!(Instant::now() < end, "{process} lives on");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn command(repo: &Repo, args: &[&str]) -> Command {
    let mut command = repo.command(PULLABLE);
    command.args(args);
    command
}

/// A registry that never answers about a manifest, and a repository with an image of it.
fn silent() -> (Registry, Repo) {
    let registry = Registry::start();
    registry.fault(Matcher::any("/manifests/"), Fault::Hang);
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).commit("all");
    (registry, repo)
}

#[test]
fn requests() {
    let (registry, repo) = silent();
    for args in [&["check", "--all"][..], &["audit"], &["fix", "a.yaml"], &["revert"]] {
        for (signal, code) in SIGNALS {
            if is_ignored(signal) {
                continue;
            }
            registry.clear_requests();
            let report = format!("--report=json={}", repo.path().join("report").display());
            let report = matches!(args[0], "check" | "audit").then_some(report);
            let mut command = command(&repo, args);
            let run = ended_by(signal, command.args(&report), || registry.count("HEAD", "/manifests/") > 0);
            stopped(&run, signal, code);
            assert!(!repo.path().join("report").exists(), "{args:?}");
        }
    }
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn credential_helpers() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())]));
    let folder = tempfile::tempdir().unwrap();
    script(folder.path(), "docker-credential-endless", ENDLESS);
    let note = folder.path().join("note");
    let mut command = command(&repo, &["check", "a.yaml"]);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    command.env("DOCKER_AUTH_CONFIG", r#"{"credsStore": "endless"}"#).env("PATH", path).env("NOTE", &note);
    let run = ended_by("TERM", &mut command, || is_noted(&note));
    stopped(&run, "TERM", 143);
    are_gone(&note);
}

/// git fetches the blobs that a partial clone left out, and runs ssh.
#[test]
fn git_and_ssh() {
    let (_origin, clone) = clone_without_blobs();
    let folder = tempfile::tempdir().unwrap();
    let (ssh, note) = (script(folder.path(), "ssh", ENDLESS), folder.path().join("note"));
    clone.git(&["config", "remote.origin.url", "ssh://127.0.0.1/x.git"]);
    let mut command = command(&clone, &[&["check"], OF_ORIGIN.as_slice()].concat());
    let run = ended_by("TERM", command.env("GIT_SSH_COMMAND", ssh).env("NOTE", &note), || is_noted(&note));
    stopped(&run, "TERM", 143);
    are_gone(&note);
    let left: Vec<_> = fs::read_dir(clone.path().join(".git")).unwrap().flatten().collect();
    assert!(
        !left.iter().any(|entry| entry.path().extension().is_some_and(|name| name == "lock")),
        "{left:?}"
    );
}

/// The private copy of a chart is removed too.
#[test]
fn helm() {
    let repo = Repo::new();
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repo.write("web/values.yaml", "tag: '1'\n");
    repo.write("web/templates/web.yaml", pod(&["127.0.0.1:1/shop/web:{{ .Values.tag }}"])).commit("before");
    repo.write("web/values.yaml", "tag: '2'\n");
    let folder = tempfile::tempdir().unwrap();
    let (programs, temporary) = (folder.path().join("bin"), folder.path().join("tmp"));
    fs::create_dir(&programs).unwrap();
    fs::create_dir(&temporary).unwrap();
    // The run decides what helm inherits: the script itself names the note.
    let note = folder.path().join("note");
    let version = "case \"$1\" in version) echo v3.22.0; exit;; esac";
    script(&programs, "helm", &format!("{version}\nNOTE='{}'\n{ENDLESS}", note.display()));
    let mut command = command(&repo, &["check", "--base", "HEAD", "--head", "worktree"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", programs.display())).env("TMPDIR", &temporary);
    let run = ended_by("TERM", &mut command, || is_noted(&note));
    stopped(&run, "TERM", 143);
    are_gone(&note);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

/// Each file is old or new, and none lies beside.
#[test]
fn two_hundred_files_that_are_corrected() {
    const FILES: usize = 200;
    let registry = Registry::start();
    let digest = registry.push("shop/web", "1.5.0");
    let old = pod(&[&format!("{}/shop/web:1.5.0", registry.host())]);
    let new = old.replace("1.5.0", &format!("1.5.0@{digest}"));
    let folder = tempfile::tempdir().unwrap();
    let file = |n: usize| folder.path().join(format!("{n:03}.yaml"));
    for n in 0..FILES {
        fs::write(file(n), &old).unwrap();
    }
    let mut command = Command::new(PULLABLE);
    command.current_dir(folder.path()).scrubbed().args(["pin", ".", "-q"]);
    let has_begun = || fs::read_to_string(file(0)).unwrap() == new;
    let run = ended_by("TERM", &mut command, has_begun);
    stopped(&run, "TERM", 143);
    let texts: Vec<String> = (0..FILES).map(|n| fs::read_to_string(file(n)).unwrap()).collect();
    assert!(texts.iter().all(|text| *text == old || *text == new), "a file is neither old nor new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FILES, "no temporary file is left");
}

/// git runs a program that signs the commit, which comes before its branch.
#[test]
fn a_revert_before_its_branch() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    for tag in ["1", "2"] {
        repo.write("a.yaml", pod(&[&format!("{}/shop/web:{tag}", registry.host())])).commit(tag);
    }
    let folder = tempfile::tempdir().unwrap();
    let (signer, note) = (script(folder.path(), "signer", ENDLESS), folder.path().join("note"));
    let signer = signer.to_str().unwrap();
    for (key, value) in [("commit.gpgSign", "true"), ("gpg.program", signer), ("user.signingKey", "x")] {
        repo.git(&["config", key, value]);
    }
    let mut command = command(&repo, &["revert"]);
    let run = ended_by("TERM", command.env("NOTE", &note), || is_noted(&note));
    stopped(&run, "TERM", 143);
    are_gone(&note);
    assert_eq!(repo.git(&["for-each-ref", "refs/heads/pullable"]), "");
    assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "");
}

/// The lock of the history is that of another run, which keeps it.
#[test]
fn the_history_of_an_audit() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).commit("all");
    let folder = tempfile::tempdir().unwrap();
    let (history, lock) = (folder.path().join("history"), folder.path().join("history.lock"));
    fs::write(&history, "").unwrap();
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let mut command = command(&repo, &["audit", "--history", history.to_str().unwrap()]);
    let asked = || registry.count("HEAD", "/manifests/") > 0;
    let run = ended_by("TERM", &mut command, asked);
    stopped(&run, "TERM", 143);
    assert_eq!(fs::read(&history).unwrap(), b"");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

/// `nohup` starts a program that ignores SIGHUP, and it remains so.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_from_the_beginning() {
    let (registry, repo) = silent();
    let args = ["-c", "trap '' HUP; exec \"$@\"", "sh", PULLABLE, "check", "--all", "--timeout", "300ms"];
    let mut child =
        repo.command("sh").args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while registry.count("HEAD", "/manifests/") == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    send("HUP", &child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}
