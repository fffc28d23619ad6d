//! SECURITY.md and docs/faults.md: each promise names tests, and each test that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of tests in code spans: `file::test`, or `crate: test`.
fn promised(page: &str) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let Some(tests) = row.trim_end_matches([' ', '|']).rsplit('|').next() else { continue };
        for span in tests.split('`').skip(1).step_by(2) {
            let parts = span.split_once("::").map(|(file, test)| (format!("tests/it/{file}.rs"), test));
            let parts =
                parts.or_else(|| span.split_once(": ").map(|(name, test)| (format!("crates/{name}"), test)));
            let (place, test) = parts.unwrap_or_else(|| panic!("{span} names no test"));
            names.insert((place, test.to_owned()));
        }
    }
    names
}

/// The Rust files at a path and below it.
fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_owned());
    }
}

/// True if a file has a test of this name.
fn has_test(file: &Path, test: &str) -> bool {
    let source = fs::read_to_string(file).unwrap();
    let head = format!("fn {test}(");
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.trim_start_matches("async ").starts_with(&head) {
            return is_test;
        }
        is_test = ["#[test]", "#[tokio::test]"].contains(&line)
            || is_test && (line.starts_with("#[") || line.starts_with("//"));
    }
    false
}

#[test]
fn each_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for page in ["SECURITY.md", "docs/faults.md"] {
        let of_page = promised(&fs::read_to_string(root.join(page)).unwrap());
        assert!(of_page.len() > 40, "{page}: {of_page:?}");
        names.extend(of_page);
    }
    let mut absent = Vec::new();
    for (place, test) in &names {
        let mut files = Vec::new();
        if root.join(place).exists() {
            sources(&root.join(place), &mut files);
        }
        if !files.iter().any(|file| has_test(file, test)) {
            absent.push(format!("{place}: {test}"));
        }
    }
    assert!(absent.is_empty(), "{absent:#?}");
}
