//! The tables of `docs/architecture.md` agree with the manifests and with `src/`: crates and modules import
//! only downwards, no file is part of an import cycle, and no file is longer than the limit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::imports;

const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the table whose header starts with `| first |`: name → what it may import.
fn table(first: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let names = Regex::new("`([a-z_]+)`").unwrap();
    let all = |cell: &str| names.captures_iter(cell).map(|name| name[1].to_owned()).collect::<BTreeSet<_>>();
    let rows = text.lines().skip_while(|line| !line.starts_with(&format!("| {first} |"))).skip(2);
    let mut table = BTreeMap::new();
    for line in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        for name in all(cells[0]) {
            table.insert(name, all(cells[1]));
        }
    }
    assert!(table.len() > 5, "the table {first:?} is there: {table:?}");
    table
}

/// Every package of the workspace with the folder of its code.
fn packages() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::from([("pullable".to_owned(), root())]);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        found.insert(folder.file_name().unwrap().to_str().unwrap().to_owned(), folder);
    }
    found
}

/// The crates of the workspace that a manifest names outside of tests.
fn dependencies(folder: &Path, all: &BTreeSet<String>) -> BTreeSet<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap_or_default();
    let section = rest.split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| all.contains(*name)).map(str::to_owned).collect()
}

/// The first module of the program that a file belongs to.
fn module(file: &Path) -> String {
    let first = file.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn crates_depend_on_what_the_table_allows() {
    let packages = packages();
    let table = table("crate");
    let listed: BTreeSet<String> = table.keys().cloned().collect();
    let present: BTreeSet<String> = packages.keys().cloned().collect();
    assert_eq!(listed, present, "the table lists the crates that exist");
    for (name, folder) in packages.iter().filter(|(name, _)| *name != "pullable") {
        let used = dependencies(folder, &present);
        let allowed = &table[name];
        assert!(used.is_subset(allowed), "{name} depends on {used:?}; the table allows {allowed:?}");
    }
}

#[test]
fn modules_of_the_program_import_what_the_table_allows() {
    let table = table("module");
    let mut seen = BTreeSet::new();
    for (file, imports) in imports::of(&root().join("src")) {
        let name = module(&file);
        if ["lib", "main"].contains(&name.as_str()) {
            continue;
        }
        seen.insert(name.clone());
        let allowed = table.get(&name).unwrap_or_else(|| panic!("{name} is not in docs/architecture.md"));
        for import in imports.iter().map(|file| module(file)) {
            assert!(
                import == name || allowed.contains(&import),
                "{} imports {import}, which the table of docs/architecture.md does not allow",
                file.display()
            );
        }
    }
    assert_eq!(seen, table.into_keys().collect(), "the table lists the modules that exist");
}

#[test]
fn the_tables_have_no_circle() {
    for first in ["crate", "module"] {
        let mut table = table(first);
        table.remove("pullable");
        let left = imports::circular(&mut table);
        assert!(left.is_empty(), "a circle among {left:?}");
    }
}

#[test]
fn no_file_is_part_of_an_import_circle() {
    let mut circles = Vec::new();
    for (name, folder) in packages() {
        let mut graph = imports::of(&folder.join("src"));
        let left = imports::circular(&mut graph);
        circles.extend(left.iter().map(|(file, to)| format!("{name}: {} -> {to:?}", file.display())));
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn files_are_short_and_open_with_what_they_are() {
    for folder in packages().values() {
        for file in imports::files(&folder.join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            let lines = text.lines().count();
            let tests = imports::is_test(&file);
            assert!(tests || lines <= MOST_LINES, "{} has {lines} lines", file.display());
            assert!(tests || text.starts_with("//!"), "{} does not say what it is", file.display());
        }
    }
}
