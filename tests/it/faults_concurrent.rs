//! Eight runs at a time on the same files: each file is that of one of the runs, and nothing of a record is lost.
#![cfg(unix)]

use std::fs;
use std::process::{Child, Stdio};

use crate::support::Run;
use crate::support::machine::{Machine, names};

const RUNS: usize = 8;

/// Runs a command eight times at once.
fn at_once(machine: &Machine, line: &str) -> Vec<Run> {
    let start = || -> Child {
        let mut command = machine.shell(":", line);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..RUNS).map(|_| start()).collect();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let mut runs = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let code = output.status.code().unwrap();
        runs.push(Run { code, stdout: text(output.stdout), stderr: text(output.stderr) });
    }
    runs
}

/// The names of files that a run leaves only if it was killed.
fn left_behind(machine: &Machine) -> Vec<String> {
    let all = names(machine.files.path()).into_iter().chain(names(&machine.repo().path().join("prod")));
    all.filter(|name| [".tmp", ".new"].iter().any(|end| name.ends_with(end))).collect()
}

#[test]
fn one_history_and_one_keep_list() {
    let machine = Machine::new();
    let runs_in = || {
        let text = fs::read_to_string(machine.file("history.jsonl")).unwrap();
        text.lines().filter(|line| line.contains("\"line\":\"run\"") && !line.contains("\"shard\"")).count()
    };
    let (before, list) = (runs_in(), fs::read_to_string(machine.file("keep.txt")).unwrap());
    for run in at_once(&machine, "audit --history FILES/history.jsonl --keep-list FILES/keep.txt") {
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    }
    assert_eq!(runs_in(), before + RUNS, "each run has its line");
    let entries =
        |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let (old, new): (Vec<String>, Vec<String>) =
        (entries(&list), entries(&fs::read_to_string(machine.file("keep.txt")).unwrap()));
    assert_eq!(new, old);
    assert_eq!(left_behind(&machine), Vec::<String>::new());
}

/// One run creates the branch; the others find it, or name the branch that another run created.
#[test]
fn one_branch_of_a_revert() {
    let machine = Machine::new();
    let repo = machine.repo();
    let runs = at_once(&machine, "revert");
    assert!(runs.iter().any(|run| run.code == 0));
    for run in &runs {
        assert!([0, 2].contains(&run.code), "{}{}", run.stdout, run.stderr);
        assert!(run.code == 0 || run.stderr.contains("pullable/revert/"), "{}", run.stderr);
    }
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]).lines().count(), 1);
    assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "");
    assert_eq!(machine.sound("revert").code, 0);
}

/// One run corrects a file, and the others find it corrected or changed: it is never written twice.
#[test]
fn one_tree_that_is_corrected() {
    let machine = Machine::new();
    for (line, path) in [("fix prod", "prod/kustomization.yaml"), ("pin base", "base/web.yaml")] {
        machine.reset();
        let file = machine.repo().path().join(path);
        machine.sound(line);
        let expected = fs::read_to_string(&file).unwrap();
        machine.reset();
        for run in at_once(&machine, line) {
            let is_told = run.stderr.contains("it has changed since it was read");
            assert!(run.code == 0 || run.code == 2 && is_told, "{line}: {}{}", run.stdout, run.stderr);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), expected);
        assert_eq!(left_behind(&machine), Vec::<String>::new());
    }
}

#[test]
fn one_report_and_one_baseline() {
    let machine = Machine::new();
    for (name, line) in [
        ("report.json", "check --all --head HEAD --report json=FILES/report.json"),
        ("baseline.json", "check --all --head HEAD --write-baseline FILES/baseline.json"),
        ("record.json", "revert --dry-run --record FILES/record.json"),
    ] {
        for run in at_once(&machine, line) {
            assert_ne!(run.code, 2, "{line}: {}", run.stderr);
        }
        let bytes = fs::read(machine.file(name)).unwrap();
        drop(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap());
        assert_eq!(left_behind(&machine), Vec::<String>::new());
    }
}

/// One run creates the files of `init`; the others name those that exist, and change none.
#[test]
fn one_setup_and_one_hook() {
    let machine = Machine::new();
    machine.sound("init --yes");
    let read = || fs::read_to_string(machine.repo().path().join(".pullable.yaml")).unwrap();
    let expected = read();
    machine.reset();
    let runs = at_once(&machine, "init --yes");
    assert!(runs.iter().any(|run| run.code == 0));
    for run in &runs {
        assert!(run.code == 0 || run.code == 2 && run.stderr.contains("exists already"), "{}", run.stderr);
    }
    assert_eq!(read(), expected);
    assert_eq!(left_behind(&machine), Vec::<String>::new());
    for run in at_once(&machine, "hook install") {
        assert!([0, 2].contains(&run.code), "{}", run.stderr);
    }
    let hooks = machine.repo().path().join(".git/hooks");
    assert_eq!(names(&hooks), ["pre-push"]);
    assert_eq!(machine.sound("hook uninstall").code, 0);
}
