//! Streams that are closed, full, or have no reader: no command loses its result, and none reports success for one that
//! nobody could read.
#![cfg(unix)]

use std::fs;
use std::process::Stdio;

use crate::full_output::stopped_by_a_full_device;
use crate::support::machine::{Machine, READING, WRITING, shown};
use crate::support::{PULLABLE, run};

fn all() -> impl Iterator<Item = &'static str> {
    READING.into_iter().chain(WRITING)
}

#[test]
fn standard_output_that_is_full() {
    let machine = Machine::new();
    for line in all() {
        machine.reset();
        let mut command = machine.shell(":", line);
        let Some(stderr) = stopped_by_a_full_device(command.stdin(Stdio::null())) else { return };
        assert!(stderr.contains("cannot write to standard output: No space left"), "{line}: {stderr}");
    }
}

/// Nothing that a file descriptor of the number 0, 1 or 2 is for reaches a file that the run opens.
#[test]
fn streams_that_are_closed() {
    let machine = Machine::new();
    for line in all() {
        machine.reset();
        let sound = machine.sound(line);
        assert_ne!(sound.code, 2, "{line}: {}{}", sound.stdout, sound.stderr);
        let written = machine.written();
        for closed in ["exec <&-", "exec <&- >&- 2>&-", "exec 2>/dev/full"] {
            machine.reset();
            let run = machine.after(closed, line);
            assert_eq!(run.code, sound.code, "{closed} {line}: {}{}", run.stdout, run.stderr);
            if !closed.contains(" >&-") {
                assert_eq!(shown(&run), shown(&sound), "{closed} {line}");
            }
            assert_eq!(machine.written(), written, "{closed} {line}");
        }
    }
}

#[test]
fn standard_input_that_is_closed_holds_nothing() {
    let machine = Machine::new();
    for line in ["check -", "images -", "sentry --event -", "drift -", "hook pre-push origin"] {
        let run = machine.after("exec <&-", line);
        let is_hook = line.starts_with("hook");
        // git closes the input of a hook if there is nothing to push.
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (if is_hook { 0 } else { 2 }, ""),
            "{line}: {}",
            run.stderr
        );
        assert!(is_hook || !run.stderr.is_empty(), "{line}");
    }
}

/// A reader that needs no more, as in `pullable images | head -1`.
#[test]
fn standard_output_without_a_reader() {
    let machine = Machine::new();
    for line in all() {
        machine.reset();
        let sound = machine.sound(line);
        machine.reset();
        let mut command = machine.shell(":", line);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(sound.code), "{line}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("standard output"), "{line}: {stderr}");
    }
}

/// A server whose log nobody can read goes on.
#[test]
fn a_server_without_a_log() {
    let machine = Machine::new();
    machine.write("key", "s3cret");
    let line = "sentry serve --listen 127.0.0.1:0 --secret-file FILES/key";
    for stderr in ["exec 2>&-", "exec 2>/dev/full"] {
        // It ends by SIGTERM of `timeout`, with the exit code 0 of a server that was stopped.
        let mut command = machine.repo().command("timeout");
        let script = format!("{stderr}; exec \"$@\"");
        command
            .args(["--preserve-status", "3", "sh", "-c", &script, "sh", PULLABLE])
            .args(machine.words(line));
        assert_eq!(run(&mut command).code, 0, "{stderr}");
    }
    assert!(fs::read(machine.file("key")).is_ok());
}
