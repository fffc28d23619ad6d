//! The set-up of `examples/github/comment`: one comment at a pull request, edited in place, with a `gh` of the test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use testkit::environment::Scrubbed as _;
use testkit::gitops;
use testkit::registry::Registry;

use crate::support::{pullable, run};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// Replies as GitHub does, with the filter that is asked for, and records the calls that write.
const GH: &str = r#"#!/bin/bash
for last; do :; done
case "$*" in
*--method\ GET\ repos/acme/gitops/pulls*head=ada:bump*) jq -r "$last" pulls.json ;;
*--paginate\ repos/acme/gitops/issues/7/comments*) jq -r "$last" comments.json ;;
*--method\ P*) echo "$3 $4" >> calls; cp "${6#body=@}" posted.md ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
"#;

/// The script of the step that edits the comment.
fn script() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/github/comment/comment.yml");
    let text = fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("- name: Edit the comment\n        run: |\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("          "));
    lines.map(|line| line.strip_prefix("          ").unwrap().to_owned() + "\n").collect()
}

/// The pull requests and comments that the stand-in for GitHub has, and the report of the run.
struct Scene<'a> {
    /// The heads of pull request 7.
    head: &'a str,
    /// Author and beginning of each comment, from 100 on.
    comments: &'a [(&'a str, &'a str)],
    report: &'a str,
}

impl Scene<'_> {
    /// The calls that write, and the text that was posted. `None` without jq, which `gh` has built in.
    #[expect(clippy::print_stderr, reason = "a test that is skipped tells so")]
    fn calls(&self) -> Option<(Vec<String>, String)> {
        if Command::new("jq").arg("--version").output().is_err() {
            eprintln!("SKIPPED: no jq; install it: apt-get install jq");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("gh", GH);
        fs::set_permissions(folder.path().join("gh"), fs::Permissions::from_mode(0o755)).unwrap();
        let others = serde_json::json!({"number": 6, "head": {"sha": "f".repeat(40)}});
        let pulls = serde_json::json!([others, {"number": 7, "head": {"sha": self.head}}]);
        write("pulls.json", &pulls.to_string());
        let mut comments = Vec::new();
        for (id, (author, body)) in (100..).zip(self.comments) {
            comments.push(serde_json::json!({"id": id, "user": {"login": author}, "body": body}));
        }
        write("comments.json", &serde_json::Value::from(comments).to_string());
        if !self.report.is_empty() {
            fs::create_dir(folder.path().join("report")).unwrap();
            write("report/pullable.md", self.report);
        }
        let mut command = Command::new("bash");
        // As GitHub runs it.
        command.args(["-e", "-o", "pipefail", "-c", &script()]).current_dir(folder.path()).scrubbed();
        command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
        command.env("GH_REPO", "acme/gitops").env("HEAD", "ada:bump").env("SHA", SHA);
        let ended = run(&mut command);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        Some((read("calls").lines().map(str::to_owned).collect(), read("posted.md")))
    }
}

/// A report of the program for a change with an image.
fn report() -> String {
    let registry = Registry::start();
    let repo = gitops::repository_at(&registry);
    repo.branch("bump");
    let path = "apps/production/kustomization.yaml";
    let text = fs::read_to_string(repo.path().join(path)).unwrap();
    repo.write(path, text.replace("6.7.0", "6.8.O"));
    pullable(&repo, &["check", "--base", "main", "--format", "markdown"]).stdout
}

/// A report of the program for a change without an image.
fn empty_report() -> String {
    let repo = gitops::repository();
    repo.branch("words").write("notes.txt", "x");
    pullable(&repo, &["check", "--base", "main", "--format", "markdown"]).stdout
}

const OURS: (&str, &str) = ("github-actions[bot]", "<!-- pullable -->\n## old");

#[test]
fn one_comment_is_made_and_then_edited() {
    let report = report();
    let made = Scene { head: SHA, comments: &[("ada", "hello")], report: &report };
    let Some((calls, posted)) = made.calls() else { return };
    assert_eq!(calls, ["POST repos/acme/gitops/issues/7/comments"]);
    assert_eq!(posted, report);
    let others = [("ada", OURS.1), ("github-actions[bot]", "another bot's"), OURS, OURS];
    let (calls, posted) = Scene { head: SHA, comments: &others, report: &report }.calls().unwrap();
    assert_eq!(calls, ["PATCH repos/acme/gitops/issues/comments/102"]);
    assert_eq!(posted, report);
}

#[test]
fn a_change_without_images_gets_no_comment_and_ends_an_old_one() {
    let report = empty_report();
    let Some((calls, _)) = (Scene { head: SHA, comments: &[], report: &report }).calls() else { return };
    assert_eq!(calls, [""; 0], "{report}");
    let (calls, posted) = Scene { head: SHA, comments: &[OURS], report: &report }.calls().unwrap();
    assert_eq!(calls, ["PATCH repos/acme/gitops/issues/comments/100"]);
    assert!(posted.contains("no image reference to check"), "{posted}");
}

#[test]
fn nothing_is_posted_for_an_old_head_or_without_a_report() {
    let report = report();
    let newer = "a".repeat(40);
    let Some((calls, _)) = (Scene { head: &newer, comments: &[OURS], report: &report }).calls() else {
        return;
    };
    assert_eq!(calls, [""; 0], "the pull request has moved on");
    let long = format!("<!-- pullable -->\n{}", "x".repeat(66_000));
    for report in ["", "hello", &long] {
        let (calls, _) = Scene { head: SHA, comments: &[OURS], report }.calls().unwrap();
        assert_eq!(calls, [""; 0]);
    }
}
