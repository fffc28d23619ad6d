//! The problems of an ApplicationSet: parts that are not evaluated.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use model::{FileProblem, Rule};
use yaml::Node;

/// A part that depends on a cluster or a server, or that changes no image by itself.
pub(super) fn not_checked(at: &Node, cause: String, message: String) -> FileProblem {
    problem(Rule::NotChecked, at, cause, message)
}

/// A part that Argo CD evaluates and this program does not, although it depends on nothing else than files.
pub(super) fn unverified(at: &Node, cause: &str, message: String) -> FileProblem {
    problem(Rule::UnreadableFile, at, cause.to_owned(), message)
}

fn problem(rule: Rule, at: &Node, cause: String, message: String) -> FileProblem {
    let site = at.site();
    let help = "render it and check the result: argocd appset generate … | pullable check -";
    FileProblem {
        rule,
        path: site.file.path().clone(),
        cause,
        message,
        help: Some(help.to_owned()),
        site: Some(site),
        about: 0,
    }
}

/// Adds a problem, once with each message for a file.
pub(super) fn add(problems: &mut Vec<FileProblem>, problem: FileProblem) {
    if !problems.iter().any(|known| known.message == problem.message && known.path == problem.path) {
        problems.push(problem);
    }
}

/// Distinguishes the unverified parts of two versions of a set: by the scalars of the set and by the files that its
/// generators read.
pub(super) fn distinguish(problems: &mut [FileProblem], spec: &Node, files: u64) {
    let is_open = |problem: &&mut FileProblem| problem.rule == Rule::UnreadableFile && problem.about == 0;
    let mut about = None;
    for problem in problems.iter_mut().filter(is_open) {
        problem.about = *about.get_or_insert_with(|| {
            let mut hasher = DefaultHasher::new();
            files.hash(&mut hasher);
            scalars(spec, MAX_DEPTH, &mut MAX_NODES.clone(), &mut hasher);
            hasher.finish()
        });
    }
}

/// Maximum nesting of a set.
pub(super) const MAX_DEPTH: usize = 500;
/// Maximum number of nodes of a set: aliases multiply them.
pub(super) const MAX_NODES: usize = 2_000_000;

fn scalars(node: &Node, depth: usize, fuel: &mut usize, hasher: &mut DefaultHasher) {
    let Some(left) = fuel.checked_sub(1).filter(|_| depth > 0) else { return };
    *fuel = left;
    node.scalar().hash(hasher);
    node.items().iter().for_each(|item| scalars(item, depth - 1, fuel, hasher));
    for (key, value) in node.entries() {
        key.scalar().hash(hasher);
        scalars(value, depth - 1, fuel, hasher);
    }
}
