//! The layer table of `docs/architecture.md` is what `src/` does: modules import downwards only, without
//! cycles, and no file is longer than a reader's patience.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The table: module → what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let names = Regex::new("`([a-z_]+)`").unwrap();
    let all = |cell: &str| names.captures_iter(cell).map(|name| name[1].to_owned()).collect::<BTreeSet<_>>();
    let mut table = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        for module in all(cells[0]) {
            table.insert(module, all(cells[1]));
        }
    }
    table
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn is_test(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests") || file.to_string_lossy().ends_with("tests.rs")
}

/// The module of the table that a file belongs to.
fn module(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// What a file imports of ours, tests left out: `crate::x`, `super::x` does not leave the module.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let single = Regex::new(r"crate::([a-z_]+)").unwrap();
    let lines: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    single.captures_iter(&lines).map(|name| name[1].to_owned()).collect()
}

#[test]
fn modules_import_what_the_table_says() {
    let table = table();
    assert!(table.len() > 10, "the table is there: {table:?}");
    let mut seen = BTreeSet::new();
    for file in files(&root().join("src")) {
        let module = module(&file);
        if ["lib", "main"].contains(&module.as_str()) || is_test(&file) {
            continue;
        }
        seen.insert(module.clone());
        let allowed = table.get(&module).unwrap_or_else(|| panic!("{module} is not in docs/architecture.md"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let fine = import == module || allowed.contains(&import);
            assert!(
                fine,
                "{} imports {import}, which the table of docs/architecture.md does not allow",
                file.display()
            );
        }
    }
    let listed: BTreeSet<String> =
        table.keys().filter(|name| !["lib", "main"].contains(&name.as_str())).cloned().collect();
    assert_eq!(seen, listed, "the table lists what is there");
}

#[test]
fn the_table_has_no_cycle() {
    let mut table = table();
    while !table.is_empty() {
        let free: Vec<String> = table
            .iter()
            .filter(|(_, imports)| imports.iter().all(|import| !table.contains_key(import)))
            .map(|(module, _)| module.clone())
            .collect();
        assert!(!free.is_empty(), "a cycle among {:?}", table.keys());
        for module in &free {
            table.remove(module);
        }
    }
}

#[test]
fn files_are_short_and_open_with_what_they_are() {
    for file in files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        let tests = is_test(&file);
        assert!(tests || lines <= MOST_LINES, "{} has {lines} lines", file.display());
        assert!(tests || text.starts_with("//!"), "{} does not say what it is", file.display());
    }
}
