//! A full disk: the old file stays, nothing lies beside it, and the message names the file and the reason.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sentry::{event, scene};
use crate::support::hub::Hub;
use crate::support::machine::{Machine, READING, WRITING, names, shown};
use crate::support::run;
use crate::support::server::Server;
use crate::support::unprivileged::Unprivileged;

/// No byte of a regular file can be written. The signal about it is ignored, so that each write fails as on a full disk.
const FULL: &str = "trap '' XFSZ; ulimit -f 0";

/// The part of a message that names the file of a command.
fn named(line: &str) -> &'static str {
    let words = [
        ("report.json", "/report.json: File too large"),
        ("baseline.json", "/baseline.json: File too large"),
        ("fix ", "prod/kustomization.yaml was not written: File too large"),
        ("pin ", "base/web.yaml was not written: File too large"),
        ("record.json", "/record.json: File too large"),
        ("history.jsonl", "/history.jsonl: File too large"),
        ("keep.txt", "/keep.txt: File too large"),
        ("init ", "cannot write .pullable.yaml: File too large (os error 27); nothing was written"),
        ("hook ", "hooks/pre-push: File too large"),
        ("revert", ".git/objects"),
    ];
    words.iter().find(|(word, _)| line.contains(word)).unwrap().1
}

#[test]
fn every_command_that_writes() {
    let machine = Machine::new();
    for line in WRITING {
        machine.reset();
        let before = machine.written();
        let run = machine.after(FULL, line);
        assert_eq!(run.code, 2, "{line}: {}{}", run.stdout, run.stderr);
        assert!(run.said().contains(named(line)), "{line}: {}", run.stderr);
        assert!(run.stderr.contains("File too large"), "{line}: {}", run.stderr);
        assert_eq!(machine.written(), before, "{line}");
        let left = machine.repo().git(&["count-objects", "-v"]);
        assert!(left.contains("garbage: 0"), "{line}: {left}");
    }
}

/// The cache is not necessary: a command that only reads has its result without it.
#[test]
fn every_command_that_reads() {
    let machine = Machine::new();
    for line in READING {
        let (sound, full) = (machine.sound(line), machine.after(FULL, line));
        assert_eq!(shown(&full), shown(&sound), "{line}: {}", full.stderr);
    }
}

/// The old file of a command. A keep-list has a head.
const OLD: &str = "# pullable keep-list 1: complete\n# commit abc, audited 2026-01-01T00:00:00Z\n";

/// Runs a command whose files are on a disk of 64 KiB with three inodes: one is free, or none. Prints the file `name` after
/// it. `None` if the tests may not mount.
#[expect(clippy::print_stderr, reason = "a test that is skipped tells so")]
fn on_a_small_disk(machine: &Machine, free: u32, name: &str, line: &str) -> Option<(i32, String, String)> {
    let script = format!(
        "mount -t tmpfs -o size=64k,nr_inodes={} none {folder} && printf %s \"$OLD\" >{folder}/{name} || exit 77\n\
         dd if=/dev/zero of={folder}/filler bs=1k count=100 2>&-\n\
         \"$@\" >&-; code=$?; cat {folder}/{name}; exit $code",
        3 + free,
        folder = machine.files.path().display(),
    );
    let mut command = machine.repo().command("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh", crate::support::PULLABLE]);
    let run = run(command.env("OLD", OLD).args(machine.words(line)));
    if run.code == 77 || run.stderr.starts_with("unshare: ") {
        eprintln!("SKIPPED: a file system cannot be mounted here: {}", run.stderr);
        return None;
    }
    Some((run.code, run.stdout, run.stderr))
}

/// Without a free inode no file can be written beside the old one, which is not written in place instead: its content would
/// be lost.
#[test]
fn a_small_disk_keeps_the_old_file() {
    let machine = Machine::new();
    for (name, line) in [
        ("report.json", "check base --report json=FILES/report.json"),
        ("record.json", "revert --dry-run --record FILES/record.json"),
        ("history.jsonl", "audit --history FILES/history.jsonl"),
        ("keep.txt", "audit --keep-list FILES/keep.txt"),
    ] {
        for free in [0, 1, 2] {
            let Some((code, content, stderr)) = on_a_small_disk(&machine, free, name, line) else { return };
            assert_eq!((code, content.as_str()), (2, OLD), "{free} {line}: {stderr}");
            assert!(stderr.contains(name) && stderr.contains("No space left"), "{free} {line}: {stderr}");
        }
    }
    assert!(!names(machine.files.path()).contains(&"filler".to_owned()));
    assert!(fs::read(machine.file("history.jsonl")).is_ok());
}

/// A file in a folder that does not permit new files is written in place.
#[test]
fn a_file_that_is_written_in_place_keeps_its_old_content() {
    let machine = Machine::new();
    let user = Unprivileged::new("65531");
    let line = "check base --report json=FILES/report.json";
    let (name, old) = (machine.file("report.json"), "the report of yesterday\n");
    machine.write("report.json", old);
    user.give(machine.repo().path().parent().unwrap());
    user.give(machine.files.path());
    let permit = |mode| fs::set_permissions(machine.files.path(), fs::Permissions::from_mode(mode)).unwrap();
    permit(0o555);
    let command = machine.shell(":", line);
    // The first 512 bytes of the new report can be written.
    for blocks in [0, 1] {
        let full = format!("trap '' XFSZ; ulimit -f {blocks}");
        let run = user.run(&full, &command, &machine.words(line));
        assert!(run.code == 2 && run.said().contains("/report.json: File too large"), "{}", run.stderr);
        assert_eq!(fs::read_to_string(&name).unwrap(), old, "{blocks} blocks");
    }
    for old in [old.to_owned(), old.repeat(10_000)] {
        fs::write(&name, old).unwrap();
        let sound = user.run(":", &command, &machine.words(line));
        assert_eq!((sound.code, sound.stderr.as_str()), (0, ""), "{}", sound.stdout);
        let report: serde_json::Value = serde_json::from_slice(&fs::read(&name).unwrap()).unwrap();
        assert_eq!(report["references"].as_array().unwrap().len(), 1, "{report}");
    }
    permit(0o755);
}

/// Sets the size that files of a process may have.
fn limit_files(process: u32, size: &str) {
    let mut command = std::process::Command::new("prlimit");
    command.arg(format!("--fsize={size}:")).args(["--pid", &process.to_string()]);
    assert!(command.status().unwrap().success());
}

/// The server states that it could not work, and works again when the disk has space.
#[test]
fn a_server_on_a_full_disk() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let (forge, insecure) = (hub.named(), scene.registry.host());
    let args = ["--debounce", "10ms", "--propose", "--forge", &forge, "--insecure-registry", &insecure];
    let server = Server::start_after("trap '' XFSZ", &scene.repo, &args);
    limit_files(server.process(), "0");
    assert_eq!(server.flux(&event("apps")), 202);
    let decided = server.wait_for("decided", |line| line["decision"] == "report");
    let why = decided["why"].as_str().unwrap();
    let expected = "nothing is proposed, because an error occurred: cannot write the tree: ";
    assert!(why.starts_with(expected) && why.contains("File too large"), "{why}");
    assert_eq!((hub.pulls().len(), scene.branches().as_str()), (0, ""));
    let garbage = scene.repo.git(&["count-objects", "-v"]);
    assert!(garbage.contains("garbage: 0"), "{garbage}");

    limit_files(server.process(), "unlimited");
    assert_eq!(server.flux(&event("apps")), 202);
    server.wait_for("decided", |line| line["decision"] == "propose");
    assert_eq!((hub.pulls().len(), scene.branches().lines().count()), (1, 1));
}
