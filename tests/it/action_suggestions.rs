//! The Action's step that posts suggestions: only certain corrections, and it never fails the job.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use testkit::repo::Repo;

/// A correction, and a finding without one whose text looks like one.
const REPORT: &str = concat!(
    r#"{"message":"a","location":{"path":"a.yaml"},"suggestions":[{"text":"x"}]}"#,
    "\n",
    r#"{"message":"\"suggestions\":[","location":{"path":"b.yaml"}}"#,
    "\n",
);

/// Runs the step with a reviewdog that records its input and arguments, and ends with this code.
fn suggest(report: &str, code: i32) -> (Output, String) {
    let repo = Repo::new();
    repo.write("apps/x", "").write("report", report);
    let temp = tempfile::tempdir().unwrap();
    let (bin, log) = (temp.path().join("bin"), temp.path().join("log"));
    fs::create_dir(&bin).unwrap();
    let script = format!("#!/bin/sh\n{{ pwd; echo \"$@\"; cat; }} >{}\nexit {code}\n", log.display());
    fs::write(bin.join("reviewdog"), script).unwrap();
    fs::set_permissions(bin.join("reviewdog"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/.github/action/suggest.sh"))
        .current_dir(repo.path().join("apps"))
        .env("PATH", path)
        .env("RUNNER_TEMP", temp.path())
        .env("REPORT", repo.path().join("report"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(log).unwrap_or_default();
    (output, log.replace(repo.path().to_str().unwrap(), "TOP"))
}

#[test]
fn corrections_alone_are_posted_from_the_top_of_the_repository() {
    let (_, log) = suggest(REPORT, 0);
    let correction = REPORT.lines().next().unwrap();
    let arguments =
        "-f=rdjsonl -name=pullable -reporter=github-pr-review -filter-mode=added -fail-level=none";
    assert_eq!(log, format!("TOP\n{arguments}\n{correction}\n"));
}

#[test]
fn nothing_is_posted_without_a_correction_and_a_failure_is_a_warning() {
    let (output, log) = suggest(REPORT.lines().nth(1).unwrap(), 0);
    assert_eq!(log, "");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no certain correction"));
    let (output, _) = suggest(REPORT, 1);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("::warning title=pullable::reviewdog"));
}
