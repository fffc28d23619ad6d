//! Every link between the documents leads to a file and a heading that exist, and every page of `docs/` is part of the
//! site.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

/// Folders that hold no documents of the project.
const NOT_OURS: &[&str] = &["target", ".git", "node_modules"];
/// The address of the documentation.
const PUBLISHED: &str = "https://github.com/pullable/pullable/blob/main/docs/";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The documents of the repository, relative to its root.
fn documents() -> BTreeSet<PathBuf> {
    let mut folders = vec![root()];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !path.is_symlink() && !NOT_OURS.contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.insert(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    assert!(found.len() > 50, "{} documents are found", found.len());
    found
}

/// A document without its blocks of code.
fn prose(document: &Path) -> String {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
fn anchors(document: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(document).lines() {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor = slug(title.trim());
        let mut numbered = anchor.clone();
        for n in 1.. {
            if found.insert(numbered) {
                break;
            }
            numbered = format!("{anchor}-{n}");
        }
    }
    found
}

/// The anchor of a title: lower case, blanks as hyphens, and no punctuation.
fn slug(title: &str) -> String {
    let links = Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap();
    let plain = links.replace_all(title, "$1").to_lowercase();
    let kept = plain.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A path without `.` and `..`; `None` if it leads out of the repository.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !found.pop() => return None,
            Component::Normal(name) => found.push(name),
            _ => {}
        }
    }
    Some(found)
}

/// Panics unless an address of the documentation, as SARIF has it, leads to a page and a heading that exist.
pub fn assert_documented(address: &serde_json::Value) {
    let page = address.as_str().and_then(|text| text.strip_prefix(PUBLISHED));
    let page = page.unwrap_or_else(|| panic!("{address} is no page of the documentation"));
    let (file, anchor) = page.split_once('#').unwrap_or((page, ""));
    let file = Path::new("docs").join(file);
    assert!(root().join(&file).exists(), "{address}");
    assert!(anchor.is_empty() || anchors(&file).contains(anchor), "{address}");
}

#[test]
fn links_lead_to_files_and_headings() {
    let code = Regex::new(r"``.+?``|`[^`]*`").unwrap();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut broken = Vec::new();
    let mut count = 0;
    for document in documents() {
        let text = prose(&document);
        let text = code.replace_all(&text, "code");
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = document.parent().unwrap();
            let file = if path.is_empty() { Some(document.clone()) } else { resolved(&folder.join(path)) };
            let exists = file.as_ref().is_some_and(|file| root().join(file).exists());
            let has_anchor = || file.as_ref().is_some_and(|file| anchors(file).contains(anchor));
            if !exists || (!anchor.is_empty() && !has_anchor()) {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(count > 100, "{count} links are read");
    assert!(broken.is_empty(), "broken links: {broken:#?}");
}

#[test]
fn every_page_is_part_of_the_site() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let link = Regex::new(r"\]\(([^)]+)\)").unwrap();
    let listed: Vec<PathBuf> =
        link.captures_iter(&summary).map(|found| Path::new("docs").join(&found[1])).collect();
    let in_site: BTreeSet<PathBuf> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), in_site.len(), "docs/SUMMARY.md lists a page twice");
    let mut pages = documents();
    pages.retain(|page| page.starts_with("docs") && !page.ends_with("SUMMARY.md"));
    assert_eq!(in_site, pages, "docs/SUMMARY.md lists the pages of docs/");
}

/// The bars of `benches/plot.py` agree with their table.
#[test]
fn the_bars_of_the_measurements_are_those_of_the_table() {
    let page = fs::read_to_string(root().join("docs/measurements.md")).unwrap();
    let drawn = fs::read_to_string(root().join("docs/side-by-side.svg")).unwrap();
    let (_, section) = page.split_once("### All images present, 40 ms per request").unwrap();
    let section = section.split("\n#").next().unwrap();
    let row = Regex::new(r"(?m)^\| ([a-z][^|]+) \| ([\d.]+ s) \| (\d+) \|").unwrap();
    let rows: Vec<_> = row.captures_iter(section).collect();
    let document = roxmltree::Document::parse(&drawn).unwrap();
    let texts: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    assert!(rows.len() > 5);
    assert_eq!(drawn.matches("<rect class=\"bar").count(), rows.len());
    for found in rows {
        let figures = format!("{}, {} requests", &found[2], &found[3]);
        let at = texts.iter().position(|text| *text == &found[1]);
        let drawn = at.and_then(|at| texts.get(at + 1));
        assert_eq!(drawn, Some(&figures.as_str()), "python3 benches/plot.py > docs/side-by-side.svg");
    }
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(slug("`HOST` answers: \"no\" (403)!"), "host-answers-no-403");
    assert_eq!(slug("The [gate](gate.md) & more_words"), "the-gate--more_words");
}
