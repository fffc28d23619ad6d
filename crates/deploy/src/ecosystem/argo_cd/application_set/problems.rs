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
/// generators read. The versions of a set that is too large are not distinguished, so each change of it counts.
pub(super) fn distinguish(problems: &mut [FileProblem], spec: &Node, files: u64) {
    let is_open = |problem: &&mut FileProblem| problem.rule == Rule::UnreadableFile && problem.about == 0;
    let mut about = None;
    for problem in problems.iter_mut().filter(is_open) {
        problem.about = *about.get_or_insert_with(|| {
            let mut hasher = DefaultHasher::new();
            files.hash(&mut hasher);
            let is_whole = scalars(spec, MAX_DEPTH, &mut MAX_NODES.clone(), &mut hasher);
            if is_whole { hasher.finish() } else { 0 }
        });
    }
}

/// Maximum nesting of a set.
pub(super) const MAX_DEPTH: usize = 500;
/// Maximum number of nodes of a set: aliases multiply them.
pub(super) const MAX_NODES: usize = if cfg!(test) { 100_000 } else { 2_000_000 };

/// False if the tree is too large for all of it to be hashed.
fn scalars(node: &Node, depth: usize, fuel: &mut usize, hasher: &mut DefaultHasher) -> bool {
    let Some(left) = fuel.checked_sub(1).filter(|_| depth > 0) else { return false };
    *fuel = left;
    node.scalar().hash(hasher);
    let mut below = node.items().iter();
    below.all(|item| scalars(item, depth - 1, fuel, hasher))
        && node.entries().iter().all(|(key, value)| {
            key.scalar().hash(hasher);
            scalars(value, depth - 1, fuel, hasher)
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    fn node(text: &str) -> Node {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a.yaml"), text));
        let mut first = None;
        yaml::each_document(&file, |document| _ = first.get_or_insert(document.unwrap()));
        first.unwrap()
    }

    #[test]
    fn a_problem_is_added_once_for_each_file() {
        let said = |path: &str, message: &str| {
            let problem = unverified(&node("a"), "cause", message.to_owned());
            FileProblem { path: RepoPath::new(path), ..problem }
        };
        let mut problems = Vec::new();
        for (path, message) in [("a", "one"), ("a", "two"), ("b", "one"), ("a", "one")] {
            add(&mut problems, said(path, message));
        }
        let kept: Vec<_> = problems.iter().map(|it| (it.path.as_str(), it.message.as_str())).collect();
        assert_eq!(kept, [("a", "one"), ("a", "two"), ("b", "one")]);
    }

    /// The number that distinguishes the unverified part of a set.
    fn about(spec: &Node, files: u64) -> u64 {
        let mut problems = [unverified(&node("a"), "cause", String::new())];
        distinguish(&mut problems, spec, files);
        problems[0].about
    }

    #[test]
    fn every_scalar_of_a_set_distinguishes_it() {
        let same = about(&node("{a: [b, {c: d}]}"), 1);
        assert_ne!(same, 0);
        assert_eq!(same, about(&node("{a: [b, {c: d}]} # comment"), 1));
        for other in ["{x: [b, {c: d}]}", "{a: [x, {c: d}]}", "{a: [b, {x: d}]}", "{a: [b, {c: x}]}"] {
            assert_ne!(same, about(&node(other), 1), "{other}");
        }
        assert_ne!(same, about(&node("{a: [b, {c: d}]}"), 2), "a file that it reads");
    }

    #[test]
    fn only_parts_without_a_mark_of_their_own_are_distinguished() {
        let at = node("a");
        let own = FileProblem { about: 7, ..unverified(&at, "cause", String::new()) };
        let notice = not_checked(&at, "cause".to_owned(), String::new());
        let mut problems = [own, notice];
        distinguish(&mut problems, &at, 1);
        assert_eq!(problems.map(|problem| problem.about), [7, 0]);
    }

    /// A change beyond a limit would have the same number.
    #[test]
    fn sets_beyond_a_limit_are_not_distinguished() {
        let nested = |depth: usize| {
            let root = node("a");
            about(&(1..depth).fold(root.clone(), |below, _| Node::sequence_at(vec![below], &root)), 1)
        };
        assert!(nested(MAX_DEPTH) != 0 && nested(MAX_DEPTH + 1) == 0);
        let wide = |count: usize| {
            let root = node("a");
            about(&Node::sequence_at(vec![root.clone(); count], &root), 1)
        };
        assert!(wide(MAX_NODES - 1) != 0 && wide(MAX_NODES) == 0);
    }
}
