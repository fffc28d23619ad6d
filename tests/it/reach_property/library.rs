//! The three runs through the library, on files in memory: thousands of cases in seconds.

use std::collections::BTreeMap;

use deploy::{Input, Selection, extract};
use model::{Reference, Target};
use source::change::Change;
use source::{Memory, RepoPath};

use super::model::{Entry, Tree};
use super::oracle::{Item, Items, Runs};

/// Largest file that is read; no generated file comes near it.
pub const MAX_FILE_SIZE: u64 = 1 << 20;

/// Evaluates both sides, and the change between them.
pub fn runs(base: &Tree, head: &Tree, renames: &BTreeMap<String, String>) -> Runs {
    let changes = changes(base, head, renames);
    let (base, head) = (memory(base), memory(head));
    let selection = Selection::Changed(&changes);
    let change = Input {
        head: &head,
        base: Some(&base),
        selection,
        max_file_size: MAX_FILE_SIZE,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    let introduced = extract(&change).unwrap().references;
    Runs { base: items(references(&base)), head: items(references(&head)), introduced: items(introduced) }
}

/// All references of a side.
pub fn references(files: &Memory) -> Vec<Box<Reference>> {
    let input = Input {
        head: files,
        base: None,
        selection: Selection::Candidates,
        max_file_size: MAX_FILE_SIZE,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    extract(&input).unwrap().references
}

/// The files of a side. A link is followed here: links of the tree itself are tested through the program.
pub fn memory(tree: &Tree) -> Memory {
    let mut memory = Memory::default();
    for (path, entry) in tree {
        if let Entry::File(text) = entry {
            memory = memory.with(path, text.as_str());
        }
    }
    memory
}

/// The changes as git lists them.
pub fn changes(base: &Tree, head: &Tree, renames: &BTreeMap<String, String>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (old, new) in renames {
        changes.push(Change { base: Some(RepoPath::new(old)), head: Some(RepoPath::new(new)) });
    }
    for (path, entry) in base {
        let path_here = Some(RepoPath::new(path));
        match head.get(path) {
            Some(other) if other != entry => {
                changes.push(Change { base: path_here.clone(), head: path_here });
            }
            None if !renames.contains_key(path) => changes.push(Change { base: path_here, head: None }),
            _ => {}
        }
    }
    for path in head.keys().filter(|path| !base.contains_key(*path)) {
        if !renames.values().any(|new| new == path) {
            changes.push(Change { base: None, head: Some(RepoPath::new(path)) });
        }
    }
    changes.sort();
    changes
}

fn items(references: Vec<Box<Reference>>) -> Items {
    let mut items = Items::new();
    for reference in references {
        let Target::Known(image) = &reference.target else { continue };
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            items.insert(Item {
                unit: unit.to_string(),
                image: image.to_string(),
                kind: reference.kind.as_str().to_owned(),
            });
        }
    }
    items
}
