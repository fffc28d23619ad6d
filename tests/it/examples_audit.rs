//! The set-ups of examples/audit: the script that keeps one issue, the rules of Prometheus, and the Job of Kubernetes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use clap::Parser as _;
use pullable::cli::Cli;
use regex::Regex;

use testkit::environment::Scrubbed as _;

use crate::revert::{history, registry};
use crate::support::{pullable, run};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/audit").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The script of a step of the workflow that keeps one issue.
fn script(step: &str) -> String {
    let text = read("issue.yml");
    let (_, rest) = text.split_once(&format!("- name: {step}\n")).unwrap();
    let (_, rest) = rest.split_once("run: |\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("          "));
    lines.map(|line| line.strip_prefix("          ").unwrap().to_owned() + "\n").collect()
}

/// The arguments with which the step that edits the issue calls `gh`, after an audit with this exit code.
/// `number`: the existing issue.
fn calls(code: &str, number: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let gh = folder.path().join("gh");
    let fake =
        format!("#!/bin/sh\necho \"$1 $2 $3\" >> calls\n[ \"$1 $2\" != 'issue list' ] || echo {number}\n");
    fs::write(&gh, fake).unwrap();
    fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("bash");
    // As GitHub runs it.
    command.args(["-e", "-o", "pipefail", "-c", &script("Edit the issue")]).current_dir(folder.path());
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let ended = run(command.scrubbed().env("PATH", path).env("CODE", code));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    calls.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn one_issue_is_edited_in_place() {
    let none: [&str; 0] = [];
    assert_eq!(calls("1", ""), ["label create pullable-audit", "issue create --title"]);
    assert_eq!(calls("1", "7"), ["issue edit 7", "issue reopen 7"]);
    assert_eq!(calls("0", "7"), ["issue edit 7", "issue close 7"]);
    assert_eq!(calls("0", ""), none);
    assert_eq!(calls("3", "7"), ["issue edit 7"], "a registry that did not answer closes nothing");
    assert_eq!(calls("3", ""), none, "and opens nothing");
}

#[test]
fn the_step_that_audits_hands_the_answer_on_and_fails_only_if_there_is_none() {
    let registry = registry(&["v1"]);
    let folder = tempfile::tempdir().unwrap();
    let bin = Path::new(crate::support::PULLABLE).parent().unwrap().display().to_string();
    for (tags, code) in [(&["v1"][..], "0"), (&["v1", "v2-typo"], "1")] {
        let repo = history(&registry, tags);
        fs::create_dir(repo.path().join("audit")).unwrap();
        let output = folder.path().join(code);
        let mut command = repo.command("bash");
        let path = format!("{bin}:/usr/bin:/bin");
        command.args(["-e", "-o", "pipefail", "-c", &script("Audit")]).env("PATH", path);
        assert_eq!(run(command.env("GITHUB_OUTPUT", &output)).code, 0);
        assert_eq!(fs::read_to_string(&output).unwrap(), format!("code={code}\n"));
        for file in ["audit.md", "history.jsonl", "history.svg"] {
            assert!(fs::metadata(repo.path().join("audit").join(file)).unwrap().len() > 0, "{file}");
        }
    }
}

#[test]
fn rules_of_prometheus_name_metrics_that_there_are() {
    let registry = registry(&["v1", "v2"]);
    let repo = history(&registry, &["v1", "v2"]);
    let metrics = pullable(&repo, &["audit", "--format", "openmetrics"]).stdout;
    let rules = read("prometheus-rules.yaml");
    let name = Regex::new(r"pullable_[a-z_]+").unwrap();
    let named: BTreeSet<&str> = name.find_iter(&rules).map(|found| found.as_str()).collect();
    assert!(named.len() > 4, "{named:?}");
    for name in named {
        assert!(metrics.contains(&format!("# TYPE {name} gauge\n")), "{name}: {metrics}");
    }
    assert!(rules.contains("absent(pullable_audit_last_success_timestamp_seconds)"), "{rules}");
}

#[test]
fn the_job_of_kubernetes_runs_a_command_that_there_is() {
    let text = read("kubernetes.yaml");
    let (_, rest) = text.split_once("args: [audit").unwrap();
    let words = format!("audit{}", rest.split(']').next().unwrap());
    let words = words.split(", ");
    Cli::try_parse_from(["pullable"].into_iter().chain(words)).unwrap();
    assert!(text.contains("completions: 8\n") && text.contains("auto/8"), "{text}");
}
