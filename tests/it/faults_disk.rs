//! A full disk: the old file stays, nothing lies beside it, and the message names the file and the reason.
#![cfg(target_os = "linux")]

use std::fs;

use crate::support::machine::{Machine, READING, WRITING, names, shown};
use crate::support::run;

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
