//! The problems of a kustomization, each at the entry that causes it.

use model::{FileProblem, Rule};
use yaml::Node;

/// Longest text of a place that is a cause, in characters.
const LONGEST: usize = 200;

/// A fault that `kustomize build` refuses.
pub(super) fn broken(at: &Node, message: String) -> FileProblem {
    // The text of the place, which is mostly an entry: kustomize stops there for whatever reason.
    let text = at.site().text().lines().next().unwrap_or_default().chars().take(LONGEST).collect();
    problem(Rule::BrokenKustomization, at, text, message, None)
}

/// A part of an input that kustomize reads in another way than this program.
pub(super) fn unverified(at: &Node, message: String) -> FileProblem {
    let help = "write the key once, so that every parser reads the same value";
    problem(Rule::UnreadableFile, at, "repeated-key".to_owned(), message, Some(help))
}

/// An entry that may deploy or change images and is not evaluated.
pub(super) fn not_checked(at: &Node, cause: String, message: String, help: Option<&str>) -> FileProblem {
    problem(Rule::NotChecked, at, cause, message, help)
}

fn problem(rule: Rule, at: &Node, cause: String, message: String, help: Option<&str>) -> FileProblem {
    let site = at.site();
    let path = site.file.path().clone();
    let message = one_line(message);
    FileProblem { rule, path, cause, message, help: help.map(str::to_owned), site: Some(site), about: 0 }
}

/// A message in one line: the entry that it quotes may have line breaks.
fn one_line(message: String) -> String {
    if message.contains(char::is_control) { message.replace(char::is_control, " ") } else { message }
}
