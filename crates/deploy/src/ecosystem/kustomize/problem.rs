//! The problems of a kustomization, each at the entry that causes it.

use model::{FileProblem, Rule};
use yaml::Node;

/// A fault that `kustomize build` refuses.
pub(super) fn broken(at: &Node, message: String) -> FileProblem {
    problem(Rule::BrokenKustomization, at, message, None)
}

/// An entry that may deploy or change images and is not evaluated.
pub(super) fn not_checked(at: &Node, message: String, help: Option<&str>) -> FileProblem {
    problem(Rule::NotChecked, at, message, help)
}

fn problem(rule: Rule, at: &Node, message: String, help: Option<&str>) -> FileProblem {
    let site = at.site();
    let path = site.file.path().clone();
    FileProblem { rule, path, message, help: help.map(str::to_owned), site: Some(site), about: 0 }
}
