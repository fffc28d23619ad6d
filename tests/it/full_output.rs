//! Standard output that cannot be written is exit code 2, in every command that prints.
#![cfg(unix)]

use std::fs::OpenOptions;
use std::path::Path;

use testkit::repo::Repo;

use crate::support::{PULLABLE, pod};

#[test]
fn a_full_device() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
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
        command.args(args.split(' ')).stdout(OpenOptions::new().write(true).open(full).unwrap());
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}: {stderr}");
        let is_help = args.contains("--help") || args == "--version";
        assert!(is_help || stderr.contains("cannot write to standard output: "), "{args}: {stderr}");
    }
}
