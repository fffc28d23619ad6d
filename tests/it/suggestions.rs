//! Corrections in reports: whole lines for SARIF and reviewdog, blocks in Markdown.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{change, pod, pullable};

/// A change in which one tag is mistyped, one is a number, and one has no certain correction.
fn mistakes(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1.5.0");
    registry.push("shop/api", "1.5.0");
    registry.push("shop/api", "1.5.2");
    let web = format!("{host}/shop/web");
    let repo = change("apps/web.yaml", &pod(&[]), &pod(&[&format!("{web}:1.5.O # é")]));
    repo.write("values.yaml", format!("image: {{repository: {web}, tag: 1.10}}\r\n"));
    repo.write("api.yaml", pod(&[&format!("{host}/shop/api:1.5.1")])).commit("more");
    repo
}

fn report(repo: &Repo, format: &str) -> String {
    pullable(repo, &["check", "--base", "main", "--format", format]).stdout
}

#[test]
fn diagnostics_for_reviewdog_hold_whole_lines() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let out = report(&repo, "rdjsonl");
    let diagnostics: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let host = registry.host();
    assert_eq!(diagnostics[0].get("suggestions"), None, "{}", diagnostics[0]);
    let web = &diagnostics[1];
    let line = json!({"start": {"line": 8}, "end": {"line": 8}});
    let text = format!("    image: {host}/shop/web:1.5.0 # é");
    assert_eq!(web["suggestions"], json!([{"range": line, "text": text}]));
    let (start, end) = (12 + host.len() + 10, 12 + host.len() + 15);
    let place = json!({"start": {"line": 8, "column": start}, "end": {"line": 8, "column": end}});
    assert_eq!(web["location"], json!({"path": "apps/web.yaml", "range": place}));
    assert_eq!((&web["severity"], &web["code"]["value"]), (&json!("ERROR"), &json!("missing-tag")));
    let quoted = format!("image: {{repository: {host}/shop/web, tag: \"1.10\"}}");
    assert_eq!(diagnostics[2]["suggestions"][0]["text"], json!(quoted), "without the end of the line");
}

#[test]
fn columns_for_reviewdog_are_bytes() {
    let repo = Repo::new();
    repo.write("a.yaml", "é: 1\nimage: {é: 1, repository: r.io/x, tag: 1.10}\n");
    let out = pullable(&repo, &["images", "a.yaml", "--format", "rdjsonl"]).stdout;
    let diagnostic: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let range = &diagnostic["location"]["range"];
    assert_eq!(range["start"], json!({"line": 2, "column": 41}), "{out}");
    assert_eq!(range["end"], json!({"line": 2, "column": 45}));
}

#[test]
fn sarif_fixes_are_whole_lines() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let sarif: Value = serde_json::from_str(&report(&repo, "sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let web = results.iter().find(|result| result["fixes"].is_array()).unwrap();
    let text = format!("    image: {}/shop/web:1.5.0 # é", registry.host());
    let replacement =
        json!({"deletedRegion": {"startLine": 8, "endLine": 8}, "insertedContent": {"text": text}});
    let change = json!({"artifactLocation": {"uri": "apps/web.yaml"}, "replacements": [replacement]});
    let description = json!({"text": "replace the tag 1.5.O with 1.5.0"});
    assert_eq!(web["fixes"], json!([{"description": description, "artifactChanges": [change]}]));
    assert_eq!(results.iter().filter(|result| result["fixes"].is_array()).count(), 2);
}

#[test]
fn markdown_has_suggestion_blocks() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let markdown = report(&repo, "markdown");
    let line = format!("    image: {}/shop/web:1.5.0 # é", registry.host());
    let block = format!(
        "<code>apps/web.yaml:8</code>: replace the tag 1.5.O with 1.5.0\n\n```suggestion\n{line}\n```\n"
    );
    assert!(markdown.contains(&block), "{markdown}");
    assert!(markdown.contains("- <code>pullable fix</code> corrects 2 of these findings"), "{markdown}");
}

#[test]
fn a_fence_is_longer_than_those_in_the_line_and_commands_are_left_out() {
    let repo = Repo::new();
    repo.write("a.yaml", "image: {repository: r.io/x, tag: 1.10} # ````\n");
    repo.write("b.yaml", "::a::image: {repository: r.io/x, tag: 1.10}\n");
    let run = pullable(&repo, &["images", "a.yaml", "b.yaml", "--format", "markdown"]);
    assert!(run.stdout.contains("\n`````suggestion\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("\n::a::"), "{}", run.stdout);
}

/// The diagnostics that reviewdog keeps of some input, as it prints them in its own format.
fn reviewdog(repo: &Repo, format: &str, input: &str) -> Option<Vec<Value>> {
    let mut command = Command::new("reviewdog");
    command.current_dir(repo.path());
    command.args([&format!("-f={format}"), "-reporter=rdjsonl", "-diff=git diff main"]);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        let _ = std::io::stderr().write_all(
            b"suggestions not held to reviewdog: it is not on the PATH (https://github.com/reviewdog/reviewdog)\n",
        );
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert!(!out.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    Some(out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Applies suggestions to the files, as review systems do: lines are replaced, and keep their ends.
fn apply(repo: &Repo, diagnostics: &[Value]) {
    for diagnostic in diagnostics {
        let path = repo.path().join(diagnostic["location"]["path"].as_str().unwrap());
        for suggestion in diagnostic["suggestions"].as_array().into_iter().flatten() {
            let range = &suggestion["range"];
            assert!(range["start"].get("column").is_none(), "GitLab knows no columns: {suggestion}");
            let start = range["start"]["line"].as_u64().unwrap();
            // Of a range on one line it leaves the end out, if that has no column.
            let end = range["end"]["line"].as_u64().unwrap_or(start);
            let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
            let text = fs::read_to_string(&path).unwrap();
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let ending = if lines[end - 1].ends_with("\r\n") { "\r\n" } else { "\n" };
            let new = format!("{}{ending}", suggestion["text"].as_str().unwrap().replace('\n', ending));
            lines.splice(start - 1..end, [new.as_str()]);
            fs::write(&path, lines.concat()).unwrap();
        }
    }
}

#[test]
fn reviewdog_keeps_suggestions_that_apply() {
    for format in ["rdjsonl", "sarif"] {
        let registry = Registry::start();
        let repo = mistakes(&registry);
        let Some(kept) = reviewdog(&repo, format, &report(&repo, format)) else { return };
        apply(&repo, &kept);
        let host = registry.host();
        let web = fs::read_to_string(repo.path().join("apps/web.yaml")).unwrap();
        assert!(web.ends_with(&format!("    image: {host}/shop/web:1.5.0 # é\n")), "{format}: {web}");
        let values = fs::read_to_string(repo.path().join("values.yaml")).unwrap();
        assert_eq!(values, format!("image: {{repository: {host}/shop/web, tag: \"1.10\"}}\r\n"), "{format}");
    }
}
