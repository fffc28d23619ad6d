//! Standard output that cannot be written is exit code 2, in every command that prints.
#![cfg(unix)]

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;

use testkit::repo::Repo;

use crate::support::{PULLABLE, pod};

/// Runs a command whose standard output is a full device, which ends it with exit code 2. Returns the text of standard
/// error; `None` if the system has no such device.
pub fn stopped_by_a_full_device(command: &mut Command) -> Option<String> {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return None;
    }
    let output = command.stdout(OpenOptions::new().write(true).open(full).unwrap()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{command:?}: {stderr}");
    Some(stderr)
}

#[test]
fn a_full_device() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/a/b:1"])).commit("all");
    for args in [
        "check a.yaml --deadline 300ms",
        "check a.yaml --deadline 300ms --format json",
        "check a.yaml --deadline 300ms --exit-zero",
        "images a.yaml",
        "images a.yaml --format markdown",
        "explain",
        "explain missing-tag",
        "completions bash",
        "man",
        "man check",
        "hook install",
        "hook uninstall",
        "--help",
        "--version",
        "check --help",
    ] {
        let mut command = repo.command(PULLABLE);
        let Some(stderr) = stopped_by_a_full_device(command.args(args.split(' '))) else { return };
        let is_help = args.contains("--help") || args == "--version";
        assert!(is_help || stderr.contains("cannot write to standard output: "), "{args}: {stderr}");
    }
}
