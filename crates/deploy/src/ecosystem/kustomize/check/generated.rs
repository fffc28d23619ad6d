//! Checks the sources of a generated config map or secret for faults that kustomize refuses.

use std::collections::HashSet;

use model::FileProblem;
use source::RepoPath;
use yaml::Node;

use crate::ecosystem::kustomize::check::is_outside;
use crate::ecosystem::kustomize::entry::is_remote;
use crate::ecosystem::kustomize::model::Generated;
use crate::ecosystem::kustomize::problem::broken;
use crate::engine::path::escapes;
use crate::engine::tree::Tree;

/// The sources of an entry.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) problems: Vec<FileProblem>,
    /// The sources outside of the folder.
    pub(crate) outside: Vec<Node>,
    keys: HashSet<String>,
}

impl Sources {
    /// Reads the sources of an entry.
    pub(crate) fn read(tree: &Tree<'_>, folder: &RepoPath, entry: &Generated) -> Self {
        let mut sources = Self::default();
        for literal in &entry.literals {
            sources.literal(literal);
        }
        for named in &entry.files {
            sources.named(tree, folder, named);
        }
        for path in &entry.envs {
            sources.file(tree, folder, path, path.scalar().unwrap_or_default());
        }
        sources
    }

    fn literal(&mut self, literal: &Node) {
        match literal.scalar().unwrap_or_default().split_once('=') {
            Some((key, _)) if !key.is_empty() => self.key(literal, key),
            _ => self.refuse(literal, "kustomize requires a key, an equals sign and a value here"),
        }
    }

    fn named(&mut self, tree: &Tree<'_>, folder: &RepoPath, named: &Node) {
        let text = named.scalar().unwrap_or_default();
        let (key, path) = text.split_once('=').unwrap_or_else(|| (last_name(text), text));
        if key.is_empty() || path.is_empty() || path.contains('=') {
            return self.refuse(named, "kustomize requires a path, or a key, an equals sign and a path here");
        }
        self.key(named, key);
        self.file(tree, folder, named, path);
    }

    fn key(&mut self, at: &Node, key: &str) {
        if !self.keys.insert(key.to_owned()) {
            self.problems.push(broken(at, format!("this entry has the key {key} twice")));
        }
    }

    fn file(&mut self, tree: &Tree<'_>, folder: &RepoPath, at: &Node, path: &str) {
        let is_elsewhere = is_remote(path) || escapes(folder, path);
        let full = folder.join(path);
        if !is_elsewhere && tree.has_file(&full) {
            if is_outside(tree, folder, &full) {
                self.outside.push(at.clone());
            }
            return;
        }
        // If only single files were given to the run, other files may exist.
        if !is_elsewhere && tree.is_whole() {
            let message = format!("there is no file {full}, and kustomize needs it; the rest is checked");
            self.problems.push(broken(at, message));
        }
    }

    fn refuse(&mut self, at: &Node, why: &str) {
        self.problems.push(broken(at, why.to_owned()));
    }
}

fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
