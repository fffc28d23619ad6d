//! SIGKILL at any moment: each file is old or new, and the next run works.
#![cfg(unix)]

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::sentry::event;
use crate::support::files_below;
use crate::support::hub::Hub;
use crate::support::machine::{Machine, names};
use crate::support::server::Server;
use testkit::repo::Repo;

/// Runs of each command that are killed.
const RUNS: u32 = 50;

fn random(below: Duration) -> Duration {
    let most = u64::try_from(below.as_micros()).unwrap().max(1);
    Duration::from_micros(RandomState::new().hash_one(0) % most)
}

/// Runs a command often and kills it at random moments. `is_sound` tests the files after each run.
fn killed(machine: &Machine, line: &str, is_sound: impl Fn()) {
    let begun = Instant::now();
    let sound = machine.sound(line);
    assert_ne!(sound.code, 2, "{line}: {}", sound.stderr);
    let whole = begun.elapsed();
    let mut early = 0;
    for _ in 0..RUNS {
        machine.reset();
        let mut command = machine.shell(":", line);
        let streams = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = streams.spawn().unwrap();
        std::thread::sleep(random(whole));
        early += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        is_sound();
    }
    assert!(early > 0, "{line}: no run was killed");
    let again = machine.sound(line);
    assert_eq!(again.code, sound.code, "{line}: {}{}", again.stdout, again.stderr);
}

/// A file is one of these texts; `-` for one that is absent.
fn is_one_of(file: &Path, texts: &[&str]) {
    let text = fs::read_to_string(file).unwrap_or_else(|_| "-".to_owned());
    assert!(texts.contains(&text.as_str()), "{}: {text}", file.display());
}

#[test]
fn corrections() {
    let machine = Machine::new();
    for (line, path) in [("fix prod", "prod/kustomization.yaml"), ("pin base", "base/web.yaml")] {
        machine.reset();
        let file = machine.repo().path().join(path);
        let old = fs::read_to_string(&file).unwrap();
        machine.sound(line);
        let new = fs::read_to_string(&file).unwrap();
        assert_ne!(old, new, "{line}");
        killed(&machine, line, || is_one_of(&file, &[&old, &new]));
    }
}

#[test]
fn a_revert() {
    let machine = Machine::new();
    let repo = machine.repo();
    killed(&machine, "revert", || {
        assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "");
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        remove_locks(repo);
    });
}

/// A lock that a killed run leaves, as a killed git does, is named by the next run, which does nothing else.
#[test]
fn a_lock_that_remains_is_named() {
    let machine = Machine::new();
    let repo = machine.repo();
    machine.sound("revert");
    let branch = repo.git(&["branch", "--list", "--format=%(refname)", "pullable/*"]);
    for name in ["packed-refs".to_owned(), branch.trim().to_owned()] {
        machine.reset();
        let lock = repo.path().join(format!(".git/{name}.lock"));
        fs::create_dir_all(lock.parent().unwrap()).unwrap();
        fs::write(&lock, "").unwrap();
        let run = machine.sound("revert");
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(&*lock.to_string_lossy()), "{}", run.stderr);
        assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
        remove_locks(repo);
        assert_eq!(machine.sound("revert").code, 0);
    }
}

/// Removes what a killed run leaves of git's locks: that of all packed references, and that of the branch.
fn remove_locks(repo: &Repo) {
    let refs = repo.path().join(".git/refs");
    let locks = files_below(&refs).into_iter().filter(|file| file.extension().is_some_and(|it| it == "lock"));
    for lock in locks.chain([repo.path().join(".git/packed-refs.lock")]) {
        if lock.exists() {
            fs::remove_file(lock).unwrap();
        }
    }
}

/// Each line of the history is whole, and an entry of the keep-list too.
#[test]
fn the_records_of_an_audit() {
    let machine = Machine::new();
    let (history, list) = (machine.file("history.jsonl"), machine.file("keep.txt"));
    let lines = fs::read_to_string(&history).unwrap().lines().count();
    for line in [
        "audit --history FILES/history.jsonl --keep-list FILES/keep.txt",
        "merge FILES/1.json FILES/2.json --history FILES/history.jsonl --keep-list FILES/keep.txt",
    ] {
        machine.reset();
        killed(&machine, line, || {
            let text = fs::read_to_string(&history).unwrap();
            assert!((lines..=lines + 1).contains(&text.lines().count()), "{text}");
            assert!(text.ends_with('\n'));
            text.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
            let text = fs::read_to_string(&list).unwrap();
            assert!(text.starts_with("# pullable keep-list 1: complete\n") && text.ends_with('\n'), "{text}");
            assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 1, "{text}");
        });
    }
}

/// A report is absent or whole; a baseline and the files of `init` too.
#[test]
fn reports_and_files_of_a_setup() {
    let machine = Machine::new();
    let report = machine.file("report.json");
    killed(&machine, "check --all --head HEAD --report json=FILES/report.json", || {
        let Ok(bytes) = fs::read(&report) else { return };
        drop(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap());
    });
    machine.reset();
    machine.sound("init --yes");
    let config = machine.repo().path().join(".pullable.yaml");
    let new = fs::read_to_string(&config).unwrap();
    killed(&machine, "init --yes", || is_one_of(&config, &["-", &new]));
    machine.reset();
    machine.sound("hook install");
    let hook = machine.repo().path().join(".git/hooks/pre-push");
    let new = fs::read_to_string(&hook).unwrap();
    killed(&machine, "hook install", || is_one_of(&hook, &["-", &new]));
}

/// A server that is killed while it works leaves a sound clone, and the next server works in it.
#[test]
fn a_server() {
    let machine = Machine::new();
    let repo = machine.repo();
    for number in 0..RUNS {
        machine.reset();
        let hub = Hub::start(Vec::new());
        let forge = hub.named();
        let mut server = Server::start(repo, &["--debounce", "1ms", "--propose", "--forge", &forge]);
        assert_eq!(server.flux(&event("apps")), 202);
        std::thread::sleep(random(Duration::from_millis(400)));
        server.signal("KILL");
        server.ended();
        assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "", "{number}");
        for name in names(&repo.path().join(".git")) {
            let is_lock = Path::new(&name).extension().is_some_and(|it| it == "lock");
            assert!(!is_lock || name == "packed-refs.lock", "{name}");
        }
        remove_locks(repo);
    }
    assert_eq!(machine.scene.origin.git(&["fsck", "--strict", "--no-dangling"]), "");
    machine.reset();
    let hub = Hub::start(Vec::new());
    let server = Server::start(repo, &["--debounce", "1ms", "--propose", "--forge", &hub.named()]);
    assert_eq!(server.flux(&event("apps")), 202);
    assert_eq!(server.wait_for("decided", |_| true)["decision"], "propose");
}
