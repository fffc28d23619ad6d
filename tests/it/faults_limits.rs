//! Limits of the process: few file descriptors, few processes, little memory. A run has the result that it has without them,
//! or states that it has none.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use testkit::registry::{Auth, Registry};

use crate::support::machine::{Machine, READING, shown};
use crate::support::unprivileged::Unprivileged;
use crate::support::{Run, pod};

/// The same result as without limits, or the exit code 2 or 3 with a message.
#[track_caller]
fn same_or_refused(limited: &Run, sound: &Run, what: &str) {
    let what = format!("{what}: exit {}\n{}{}", limited.code, limited.stdout, limited.stderr);
    assert!(!limited.stderr.contains("panicked"), "{what}");
    if shown(limited) != shown(sound) {
        assert!([2, 3].contains(&limited.code), "{what}");
        assert!(limited.code == 3 || limited.stdout.is_empty() && !limited.stderr.is_empty(), "{what}");
    }
}

#[test]
fn few_file_descriptors() {
    let machine = Machine::new();
    for line in READING {
        let sound = machine.sound(line);
        let mut same = 0;
        for limit in [4, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24, 32, 64] {
            let limited = machine.after(&format!("ulimit -n {limit}"), line);
            // A correction that cannot be proven is left alone: nothing is changed.
            if !limited.stdout.starts_with("not changed:") && !limited.stderr.contains("not changed:") {
                same_or_refused(&limited, &sound, &format!("{limit} {line}"));
            }
            assert!(
                !limited.stderr.contains("not inside a git repository"),
                "{limit} {line}: {}",
                limited.stderr
            );
            assert!(!limited.stderr.contains("panicked"), "{limit} {line}: {}", limited.stderr);
            same += u32::from(shown(&limited) == shown(&sound));
        }
        assert!(same > 0, "{line}: 64 are enough");
    }
}

/// A memory that is too small ends the run by a signal or, within a library that cannot get memory, by a panic. Neither has the
/// code of a result. From 400 MiB on, the results are those without a limit.
#[test]
fn little_memory() {
    let machine = Machine::new();
    for line in READING {
        let sound = machine.sound(line);
        for mebibytes in [150, 200, 250, 400, 1000] {
            let limited = machine.after(&format!("ulimit -v {}", mebibytes << 10), line);
            if mebibytes < 400 && [-1, 101].contains(&limited.code) {
                continue;
            }
            same_or_refused(&limited, &sound, &format!("{mebibytes} MiB {line}"));
        }
    }
}

/// At most so many processes of the user, which may be fewer than it has.
fn processes(number: u32) -> String {
    format!("prlimit --nproc={number} --pid $$")
}

/// Threads count as processes. Without them the libraries for git and for requests would panic.
#[test]
fn few_processes() {
    let machine = Machine::new();
    let user = Unprivileged::new("65533");
    // More files than one thread takes.
    for number in 0..40 {
        machine.repo().write(format!("more/{number}.yaml"), pod(&["nginx"]));
    }
    machine.repo().commit("More files");
    user.give(machine.repo().path().parent().unwrap());
    user.give(machine.files.path());
    for line in READING {
        let like = machine.shell(":", line);
        let sound = user.run(&processes(100_000), &like, &machine.words(line));
        assert_ne!(sound.code, -1, "{line}: {}", sound.stderr);
        for number in [1, 2, 3, 4, 6, 8] {
            let limited = user.run(&processes(number), &like, &machine.words(line));
            same_or_refused(&limited, &sound, &format!("{number} {line}"));
        }
    }
}

/// Files with credentials are read in a thread.
#[test]
fn few_processes_and_a_login() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    registry.push("shop/web", "1");
    let (user, folder) = (Unprivileged::new("65532"), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.yaml"), pod(&[&format!("{}/shop/web:1", registry.host())])).unwrap();
    user.give(folder.path());
    let mut like = Command::new("true");
    like.current_dir(folder.path()).env("PATH", "/usr/bin:/bin").env("HOME", folder.path());
    for line in ["check a.yaml", "doctor 127.0.0.1:1"] {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let limited = user.run(&processes(1), &like, &words);
        limited.refused(&["the system provides no thread: Resource temporarily unavailable"]);
    }
}
