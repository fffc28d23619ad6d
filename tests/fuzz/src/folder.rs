//! Several files in one text, so that one input holds a repository:
//!
//! ```text
//! -- a.yaml --
//! kind: Pod
//! -- base b.yaml --
//! kind: Job
//! ```
//!
//! A file is in both trees, or only in that of base or head if its name begins with this word.

use std::collections::BTreeMap;

use source::change::Change;
use source::{Memory, RepoPath};

/// The files of a tree by path.
pub type Tree = BTreeMap<String, String>;

/// The trees of base and head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trees {
    /// The files of base.
    pub base: Tree,
    /// The files of head.
    pub head: Tree,
}

/// Reads the files of a text. Text in front of the first name is left out.
pub fn trees(text: &str) -> Trees {
    let mut trees = Trees::default();
    let mut name: Option<&str> = None;
    let mut content = String::new();
    for line in text.split_inclusive('\n') {
        match file_name(line) {
            Some(next) => {
                trees.add(name.replace(next), std::mem::take(&mut content));
            }
            None => content.push_str(line),
        }
    }
    trees.add(name, content);
    trees
}

fn file_name(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")
}

impl Trees {
    fn add(&mut self, name: Option<&str>, content: String) {
        let Some(name) = name else { return };
        let (sides, path) = match name.split_once(' ') {
            Some(("base", path)) => (vec![&mut self.base], path),
            Some(("head", path)) => (vec![&mut self.head], path),
            _ => (vec![&mut self.base, &mut self.head], name),
        };
        let path = RepoPath::new(path);
        // A path from the root of the file system is in no repository.
        if path.as_str().is_empty() || path.as_str().starts_with('/') {
            return;
        }
        for side in sides {
            side.insert(path.to_string(), content.clone());
        }
    }

    /// The paths that differ.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (path, content) in &self.base {
            if self.head.get(path) != Some(content) {
                let head = self.head.contains_key(path).then(|| RepoPath::new(path));
                changes.push(Change { base: Some(RepoPath::new(path)), head });
            }
        }
        for path in self.head.keys().filter(|path| !self.base.contains_key(*path)) {
            changes.push(Change { base: None, head: Some(RepoPath::new(path)) });
        }
        changes.sort();
        changes
    }
}

/// A tree as files.
pub fn memory(tree: &Tree) -> Memory {
    let mut files = Memory::default();
    for (path, content) in tree {
        files = files.with(path, content.as_bytes());
    }
    files
}
