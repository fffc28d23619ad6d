//! The state of the evaluation of a root: the tree that is read, and the remaining budget.

use std::sync::Arc;

use model::{FileProblem, Rule};
use source::RepoPath;
use yaml::Node;

use super::budget::Budget;
use super::built::Built;
use super::check::is_outside;
use super::entry::is_remote;
use super::problem::{broken, exceeded, may_be_read, repeated, unparsed};
use crate::engine::tree::Tree;
use crate::engine::{broken as unparseable, file};

/// The evaluation of one root.
pub(super) struct Work<'a, 't> {
    pub(super) tree: &'t Tree<'a>,
    pub(super) budget: Budget,
    /// True if the exceeded budget has been reported.
    is_spent: bool,
}

impl<'a, 't> Work<'a, 't> {
    pub(super) fn new(tree: &'t Tree<'a>) -> Self {
        Self { tree, budget: Budget::default(), is_spent: false }
    }

    /// Spends the work for an operation that is done `times` times with each resource; false if a root takes
    /// too much work, which is reported once. The images of its resources are then not known, so that none is missing by
    /// mistake, and neither are the names that later parts need.
    pub(super) fn spend(&mut self, times: usize, entry: &Node, built: &mut Built) -> bool {
        if self.budget.spend(built.size().saturating_mul(times)) {
            return true;
        }
        built.is_altered = true;
        built.items.clear();
        if !std::mem::replace(&mut self.is_spent, true) {
            let message = "this root exceeds the limit of work, so the images of its resources are not known";
            built.problems.push(exceeded(entry, message.to_owned()));
        }
        false
    }

    /// The documents of a file that an entry names; empty ones are left out.
    pub(super) fn documents(
        &self,
        folder: &RepoPath,
        entry: &Node,
        named: &str,
        built: &mut Built,
    ) -> Vec<Arc<Node>> {
        let path = folder.join(named);
        match file::read(self.tree, &path) {
            Ok(Some(file)) => {
                if is_outside(self.tree, folder, &path) {
                    built.outside.push(entry.clone());
                }
                let (documents, problems) = documents_of(&path, &file, entry);
                built.problems.extend(problems);
                return documents;
            }
            Ok(None) if is_remote(named) => built.add_remote(entry),
            Ok(None) => self.absent(entry, &path, built),
            // kustomize reads JSON that is not UTF-8.
            Err(problem) => built.problems.push(FileProblem { rule: Rule::UnreadableFile, ..problem }),
        }
        built.is_altered = true;
        Vec::new()
    }

    /// Reports an entry that names a file or folder that does not exist.
    pub(super) fn absent(&self, entry: &Node, path: &RepoPath, built: &mut Built) {
        built.is_open = true;
        // If only single files were given to the run, other files may exist.
        if self.tree.is_whole() {
            let message = format!("there is no {path}, and kustomize needs it; the rest is checked");
            built.problems.push(broken(entry, message));
        }
    }
}

fn documents_of(
    path: &RepoPath,
    file: &Arc<source::SourceFile>,
    entry: &Node,
) -> (Vec<Arc<Node>>, Vec<FileProblem>) {
    let (mut documents, mut problems, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    yaml::each_document_and_repeated_key(
        file,
        |document| match document {
            Ok(root) if root.is_null() => {}
            Ok(root) => documents.push(Arc::new(root)),
            Err(error) if may_be_read(&error, file.text()) => {
                let problem = unparseable::document(file, &error);
                problems.push(FileProblem { rule: Rule::UnreadableFile, ..problem });
            }
            Err(error) => problems.push(broken(entry, format!("{path}: {}", error.message))),
        },
        |key| repeated.push(repeated_in_patch(key)),
    );
    problems.append(&mut repeated);
    (documents, problems)
}

/// The documents within a string; empty ones are left out.
pub(super) fn documents_within(text: &Node, built: &mut Built) -> Vec<Arc<Node>> {
    let (mut documents, mut repeated) = (Vec::new(), Vec::new());
    yaml::within_and_repeated_key(
        text,
        |document| match document {
            Ok(root) if root.is_null() => {}
            Ok(root) => documents.push(Arc::new(root)),
            Err(error) => built.problems.push(unparsed(text, &error)),
        },
        |key| repeated.push(repeated_in_patch(key)),
    );
    built.problems.append(&mut repeated);
    documents
}

/// A key that a mapping of a patch has twice. kustomize does not refuse it, and deploys another value than the one that
/// this program, Kubernetes and most parsers read. So the result of the patch is not verified.
fn repeated_in_patch(key: &Node) -> FileProblem {
    let name = key.scalar().unwrap_or_default();
    repeated(
        key,
        format!("this patch has the key {name} twice: kustomize reads the first, and other parsers the last"),
    )
}
