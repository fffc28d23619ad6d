//! The problems of a kustomization, each at the entry that causes it.

use model::{FileProblem, Rule};
use yaml::{Broken, Node};

use super::pattern::Unread;
use crate::engine::broken::hash;

/// Longest text of a place that is a cause, in characters.
const LONGEST: usize = 200;

/// A fault that `kustomize build` refuses.
pub(super) fn broken(at: &Node, message: String) -> FileProblem {
    // The text of the place, which is mostly an entry: kustomize stops there for whatever reason.
    let text = at.site().text().lines().next().unwrap_or_default().chars().take(LONGEST).collect();
    problem(Rule::BrokenKustomization, at, text, message, None)
}

/// A key that its mapping has twice, of which kustomize reads another value than this program.
pub(super) fn repeated(key: &Node, message: String) -> FileProblem {
    let help = "write the key once, so that every parser reads the same value";
    problem(Rule::UnreadableFile, key, "repeated-key".to_owned(), message, Some(help))
}

/// A limit of this program that is exceeded. kustomize does not have it, so the result is not verified.
pub(super) fn exceeded(at: &Node, message: String) -> FileProblem {
    let help = "kustomize has no such limit: make it smaller, so that it can be verified";
    let about = hash(at.site().text());
    FileProblem { about, ..problem(Rule::UnreadableFile, at, "limit".to_owned(), message, Some(help)) }
}

/// A part that kustomize evaluates and this program does not.
pub(super) fn unverified(at: &Node, cause: &str, message: String) -> FileProblem {
    problem(Rule::UnreadableFile, at, cause.to_owned(), message, None)
}

/// A value that kustomize copies, and that this program has not read.
pub(super) fn unknown_value(at: &Node, field: &str, called: &str) -> FileProblem {
    let why = format!("the value of {field} in the {called} is not known, and kustomize reads it");
    unverified(at, "unknown-value", why)
}

/// A pattern that cannot be read.
pub(super) fn pattern(at: &Node, unread: Unread) -> FileProblem {
    match unread {
        Unread::Refused => broken(at, "kustomize cannot read this as a pattern".to_owned()),
        Unread::Unknown => {
            let message = "this pattern cannot be evaluated, and kustomize may read it".to_owned();
            unverified(at, "pattern", message)
        }
    }
}

/// YAML within a text that cannot be read. The YAML reader of kustomize may read more.
pub(super) fn unparsed(at: &Node, error: &Broken) -> FileProblem {
    if !may_be_read(error, at.scalar().unwrap_or_default()) {
        return broken(at, format!("this cannot be read as YAML: {}", error.message));
    }
    let message = format!("this cannot be read as YAML, and kustomize may read it: {}", error.message);
    let help = "write it so that every YAML reader accepts it";
    problem(Rule::UnreadableFile, at, "ambiguous-yaml".to_owned(), message, Some(help))
}

/// True if kustomize may read a text that this program refuses. It reads a JSON patch by Go's reader of JSON.
pub(super) fn may_be_read(error: &Broken, text: &str) -> bool {
    !error.read && (error.is_ambiguous || text.starts_with('['))
}

/// True if a problem also holds if unknown resources or unknown changes exist.
pub(super) fn is_certain(problem: &FileProblem) -> bool {
    problem.rule == Rule::UnreadableFile
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
