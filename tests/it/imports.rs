//! The imports between the files of a crate: `use` declarations and paths in the code, resolved as the
//! compiler does, through re-exports to the file that defines the name. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// File → the files of the same crate that it imports from. Paths are relative to the folder.
pub type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// True for a file that holds nothing but tests. The folders above `src` belong to the checkout, and may have
/// any name.
pub fn is_test(file: &Path) -> bool {
    let mut below_src = file.components().rev().take_while(|part| part.as_os_str() != "src");
    below_src.any(|part| part.as_os_str() == "tests") || file.to_string_lossy().ends_with("tests.rs")
}

/// The imports of every file below the `src` of a crate.
pub fn of(src: &Path) -> Graph {
    let mut modules = BTreeMap::new();
    for file in files(src).into_iter().filter(|file| !is_test(file)) {
        let relative = file.strip_prefix(src).unwrap().to_owned();
        let code = code(&fs::read_to_string(&file).unwrap());
        modules.insert(module_path(&relative), (relative, code));
    }
    let exports = modules.iter().map(|(module, (_, code))| (module.clone(), exports(module, code))).collect();
    let known: BTreeSet<CratePath> = modules.keys().cloned().collect();
    let house = House { known, exports };
    let mut graph = Graph::new();
    for (module, (file, code)) in &modules {
        let targets = paths(module, code).into_iter().filter_map(|path| house.definition(&path, 0));
        let targets = targets.filter(|target| target != module);
        graph.insert(file.clone(), targets.map(|target| modules[&target].0.clone()).collect());
    }
    graph
}

/// The part of a graph that circles run through, or that leads into them: files whose imports are free of
/// cycles are removed.
pub fn circular<K: Ord + Clone + Debug>(graph: &mut BTreeMap<K, BTreeSet<K>>) -> BTreeMap<K, BTreeSet<K>> {
    loop {
        let rest: BTreeSet<K> = graph.keys().cloned().collect();
        let imported: BTreeSet<K> = graph.values().flatten().cloned().collect();
        let before = graph.len();
        graph.retain(|name, to| to.iter().any(|name| rest.contains(name)) && imported.contains(name));
        if graph.len() == before {
            for to in graph.values_mut() {
                to.retain(|name| rest.contains(name));
            }
            return std::mem::take(graph);
        }
    }
}

/// A path in a crate, from its root: `["config", "file"]`.
type CratePath = Vec<String>;

struct House {
    known: BTreeSet<CratePath>,
    /// Module → name → the path that it stands for.
    exports: BTreeMap<CratePath, BTreeMap<String, CratePath>>,
}

impl House {
    /// The module whose file defines what a path names; `None` for the path of a module itself.
    fn definition(&self, path: &[String], depth: usize) -> Option<CratePath> {
        let cut = (0..=path.len()).rev().find(|n| self.known.contains(&path[..*n]))?;
        let (module, rest) = path.split_at(cut);
        let name = rest.first()?;
        match self.exports.get(module).and_then(|exports| exports.get(name)) {
            Some(target) if depth < 8 => {
                let target: CratePath = target.iter().chain(&rest[1..]).cloned().collect();
                self.definition(&target, depth + 1)
            }
            _ => Some(module.to_vec()),
        }
    }
}

fn module_path(file: &Path) -> CratePath {
    if file == Path::new("main.rs") {
        // The root of a crate of its own.
        return vec!["main.rs".to_owned()];
    }
    let text = file.with_extension("");
    let mut parts: CratePath = text.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// Code without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Where a path that is written in a module starts; `None` for other crates.
fn start(module: &[String], first: &str) -> Option<CratePath> {
    match first {
        "crate" => Some(Vec::new()),
        "self" => Some(module.to_vec()),
        "super" => module.split_last().map(|(_, parent)| parent.to_vec()),
        _ => None,
    }
}

/// Every path of the crate that a file names: in `use` declarations and in its code.
fn paths(module: &[String], code: &str) -> BTreeSet<CratePath> {
    let mut found = BTreeSet::new();
    let uses = Regex::new(r"(?m)^\s*(pub(?:\([a-z ]+\))? )?use ([^;]+);").unwrap();
    for used in uses.captures_iter(code) {
        if used.get(1).is_none() {
            found.extend(leaves(&used[2]).into_iter().filter_map(|(path, _)| resolve(module, &path)));
        }
    }
    let inline = Regex::new(r"\b((?:crate|self|super|[a-z_]+)(?:::[A-Za-z_0-9]+)+)").unwrap();
    for path in inline.captures_iter(&uses.replace_all(code, "")) {
        let parts: CratePath = path[1].split("::").map(str::to_owned).collect();
        found.extend(resolve(module, &parts));
    }
    // A name that a `use` brought is used by its last part: `use super::ask;` and then `ask::refused`.
    let names: BTreeMap<String, CratePath> = uses
        .captures_iter(code)
        .flat_map(|used| leaves(&used[2]))
        .filter_map(|(path, name)| Some((name, resolve(module, &path)?)))
        .collect();
    let modules = Regex::new(r"\b([a-z_]+)::([A-Za-z_0-9]+)").unwrap();
    for call in modules.captures_iter(&uses.replace_all(code, "")) {
        if let Some(path) = names.get(&call[1]) {
            found.insert(path.iter().cloned().chain([call[2].to_owned()]).collect());
        }
    }
    found
}

/// A written path from the root of the crate; of a name without `crate`, `self` or `super` it is one of a child.
fn resolve(module: &[String], path: &[String]) -> Option<CratePath> {
    let mut parts = path.iter().map(String::as_str).peekable();
    let mut at = match start(module, parts.peek()?) {
        Some(at) => {
            parts.next();
            at
        }
        None => module.to_vec(),
    };
    while parts.peek() == Some(&"super") {
        parts.next();
        at.pop();
    }
    at.extend(parts.map(str::to_owned));
    Some(at)
}

/// What a module re-exports: name → path.
fn exports(module: &[String], code: &str) -> BTreeMap<String, CratePath> {
    let uses = Regex::new(r"(?m)^\s*pub(?:\([a-z ]+\))? use ([^;]+);").unwrap();
    let leaves = uses.captures_iter(code).flat_map(|used| leaves(&used[1]));
    leaves.filter_map(|(path, name)| Some((name, resolve(module, &path)?))).collect()
}

/// The single paths of a `use` tree, each with the name that it has afterwards.
fn leaves(tree: &str) -> Vec<(CratePath, String)> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
        let parts: CratePath = path.trim().split("::").map(str::to_owned).collect();
        let name = name.unwrap_or(parts.last().unwrap()).trim().to_owned();
        return vec![(parts, name)];
    };
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let prefix: CratePath = before.trim().trim_end_matches("::").split("::").map(str::to_owned).collect();
    let mut found = Vec::new();
    for item in items(inside) {
        for (path, name) in leaves(item) {
            if path == ["self"] {
                found.push((prefix.clone(), prefix.last().unwrap().clone()));
            } else {
                found.push((prefix.iter().chain(&path).cloned().collect(), name));
            }
        }
    }
    found
}

/// The items of a list in braces, separated by commas outside of inner braces.
fn items(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect()
}

#[test]
fn leaves_of_a_tree() {
    let shown: Vec<String> = leaves("crate::{a::{self, B as C}, d}")
        .into_iter()
        .map(|(path, name)| format!("{} {name}", path.join("::")))
        .collect();
    assert_eq!(shown, ["crate::a a", "crate::a::B C", "crate::d d"]);
}

#[test]
fn a_circle_is_found_through_re_exports_and_braces() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a;\nmod b;\npub use a::One;\n");
    write("a.rs", "use crate::{b::Two};\npub struct One(Two);\n");
    write("b.rs", "use crate::One;\npub struct Two(Box<One>);\n");
    let circle: Vec<PathBuf> = circular(&mut of(folder.path())).into_keys().collect();
    assert_eq!(circle, [PathBuf::from("a.rs"), PathBuf::from("b.rs")]);
    write("b.rs", "pub struct Two;\n");
    assert!(circular(&mut of(folder.path())).is_empty());
}
