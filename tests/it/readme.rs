//! The README shows what the program prints, and its links lead somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use testkit::gitops;
use testkit::repo::Repo;

use crate::support::{pullable_with, run, scrub};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// An example as `cargo test` has built it.
fn example(name: &str) -> PathBuf {
    let mut path = PathBuf::from(crate::support::PULLABLE);
    path.pop();
    path.join("examples").join(name)
}

#[test]
fn the_picture_is_the_quickstart() {
    let text = readme();
    let (_, rest) = text.split_once("```text\n").unwrap();
    let (picture, _) = rest.split_once("\n```").unwrap();
    let shown = run(&mut Command::new(example("quickstart")));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let (printed, status) = shown.stdout.split_once("\n\n$ echo $?\n").unwrap();
    assert_eq!(status, "1\n");
    assert_eq!(scrub(picture), scrub(printed));
}

#[test]
fn the_drawing_is_the_quickstart_too() {
    let drawn = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/terminal.svg")).unwrap();
    let shown = run(&mut Command::new(example("picture")));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let how = "cargo run --example picture > docs/terminal.svg";
    assert!(scrub(&drawn) == scrub(&shown.stdout), "docs/terminal.svg is old: {how}");
    roxmltree::Document::parse(&drawn).unwrap();
}

/// The blocks of commands with their output in a document.
fn console_blocks(text: &str) -> Vec<&str> {
    let blocks = text.split("\n```console\n").skip(1);
    blocks.filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block)).collect()
}

/// The example repository with a bad bump on `main`.
fn shop_with_a_bad_bump() -> Repo {
    let repo = gitops::repository();
    let path = "apps/production/kustomization.yaml";
    let text = std::fs::read_to_string(repo.path().join(path)).unwrap();
    assert!(text.contains("newTag: 6.7.0\n"), "{text}");
    repo.write(path, text.replace("newTag: 6.7.0\n", "newTag: 6.8.O\n"));
    repo.commit("Bump podinfo in production");
    repo
}

#[test]
fn commands_print_what_is_shown() {
    let (registry, repo) = (gitops::proxy(), shop_with_a_bad_bump());
    let proxy = format!("http://{}", registry.host());
    let object_id = Regex::new(r"\b[0-9a-f]{10,12}\b").unwrap();
    let comparable = |text: &str| object_id.replace_all(text.trim_end(), "COMMIT").into_owned();
    let mut seen = Vec::new();
    for block in console_blocks(&readme()) {
        for shown in format!("\n{block}").split("\n$ pullable ").skip(1) {
            let (line, output) = shown.split_once('\n').unwrap();
            let mut words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('\'')).collect();
            seen.push(words[0].to_owned());
            if words[0] == "revert" {
                // The registry of the test speaks plain HTTP.
                for host in ["ghcr.io", "registry-1.docker.io"] {
                    words.extend(["--insecure-registry", host]);
                }
            }
            let run = pullable_with(&repo, &[("HTTP_PROXY", &proxy), ("HTTPS_PROXY", &proxy)], &words);
            assert_eq!(comparable(&run.stdout), comparable(output), "{line}\n{}{}", run.stdout, run.stderr);
        }
    }
    assert_eq!(seen, ["revert", "where"]);
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        anchors.insert(kept.collect::<String>().to_lowercase().replace(' ', "-"));
    }
    anchors
}

/// The links of a document that are no addresses: path and anchor.
fn links(text: &str) -> Vec<(&str, Option<&str>)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://"));
    local
        .map(|target| target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor))))
        .collect()
}

/// The links of a document that lead nowhere.
fn broken_links(document: &str, text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (path, anchor) in links(text) {
        let file =
            if path.is_empty() { root.join(document) } else { root.join(document).with_file_name(path) };
        let has_anchor =
            |anchor| std::fs::read_to_string(&file).is_ok_and(|text| anchors(&text).contains(anchor));
        if !file.exists() || anchor.is_some_and(|anchor| !has_anchor(anchor)) {
            broken.push(format!("{path}#{}", anchor.unwrap_or_default()));
        }
    }
    broken
}

#[test]
fn links_lead_to_files_and_headings() {
    let documents = [
        "README.md",
        "CHANGELOG.md",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "examples/gitops/README.md",
    ];
    let mut seen = 0;
    for document in documents {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
        assert_eq!(broken_links(document, &text), [""; 0], "{document}");
        seen += links(&text).len();
    }
    assert!(seen > 30, "{seen} links");
    let bad = "[a](docs/ci.md#base-and-head-in-ci) [b](docs/ci.md#no-such-heading) [c](docs/no.md) [d](#try-it) [e](#no)";
    assert_eq!(broken_links("README.md", bad), ["docs/ci.md#no-such-heading", "docs/no.md#", "#no"]);
}

#[test]
fn documents_at_the_root_are_linked() {
    let linked: String = ["README.md", "CONTRIBUTING.md"]
        .map(|name| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap())
        .concat();
    for document in ["CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"] {
        assert!(linked.contains(&format!("({document})")), "{document} is linked from nowhere");
    }
}

#[test]
fn the_readme_is_short() {
    assert!(readme().lines().count() < 250);
}
