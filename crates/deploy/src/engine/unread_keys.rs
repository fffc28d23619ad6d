//! Notices about keys of values that look like images and that no reference covers, in files that a change
//! touches. Keys with the same value at base are not reported again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{FileProblem, Reference, Rule};
use source::change::Change;
use source::{RepoPath, Site, Span};

use crate::ecosystem::helm::unread::{Key, image_like};
use crate::engine::account::is_rendered;
use crate::engine::broken::hash;
use crate::engine::file;
use crate::engine::file_unit::may_refer;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// Maximum number of keys that a notice names.
const MOST: usize = 3;

/// The places of references in the files that differ.
pub(crate) type Covered = BTreeMap<RepoPath, BTreeSet<Span>>;

/// Adds the places of a reference: those of the deciding scalar, of its parts, and of related scalars.
pub(crate) fn cover(covered: &mut Covered, reference: &Reference, changed: &HashSet<RepoPath>) {
    let parts = &reference.parts;
    let parts = [&parts.repository, &parts.tag, &parts.digest].into_iter().flatten();
    let related = reference.related.iter().map(|(site, _)| site);
    for Site { file, span } in std::iter::once(&reference.site).chain(parts).chain(related) {
        if changed.contains(file.path()) {
            covered.entry(file.path().clone()).or_default().insert(*span);
        }
    }
}

/// One notice for each file with such keys. `rendered`: the folders of the rendered charts, and the files of
/// their values.
pub(crate) fn notices(
    head: &Side<'_>,
    base: Option<&Side<'_>>,
    changes: &[Change],
    covered: &Covered,
    rendered: &BTreeSet<RepoPath>,
) -> Vec<FileProblem> {
    let tree = Tree::new(head);
    let mut problems = Vec::new();
    for change in changes {
        let Some(path) = change.head.as_ref().filter(|path| path.is_yaml() && !tree.is_chart_template(path))
        else {
            continue;
        };
        let mut unread = keys(&tree, path);
        unread.retain(|key| !is_covered(key, covered.get(path)));
        if !unread.is_empty()
            && let (Some(base), Some(path)) = (base, &change.base)
        {
            let before = values(&Tree::new(base), path);
            unread.retain(|key| !before.contains(&value_of(key)));
        }
        problems.extend(notice(path, &unread, is_rendered(rendered, path)));
    }
    problems
}

fn keys(tree: &Tree<'_>, path: &RepoPath) -> Vec<Key> {
    let mut found = Vec::new();
    let defaults = tree.defaults_below(path);
    if let Ok(Some(file)) = file::read(tree, path)
        && (defaults.is_some() || may_refer(file.text()))
    {
        file::values(&file, &mut |part| {
            if let Part::Document(document) = part {
                found.extend(image_like(&document, defaults.as_ref()));
            }
        });
    }
    found
}

/// The keys of a file with their values.
fn values(tree: &Tree<'_>, path: &RepoPath) -> HashSet<(String, String)> {
    keys(tree, path).iter().map(value_of).collect()
}

fn value_of(key: &Key) -> (String, String) {
    (key.path.clone(), key.value.scalar().unwrap_or_default().to_owned())
}

/// True if a reference contains the value, or a part of it.
fn is_covered(key: &Key, spans: Option<&BTreeSet<Span>>) -> bool {
    let own = key.value.site().span;
    let end = Span { start: own.end, end: own.end };
    let last = spans.and_then(|spans| spans.range(..end).next_back());
    last.is_some_and(|last| last.end > own.start)
}

/// The message and the help for keys that nothing reads.
const UNREAD: (&str, &str) = (
    "keys that look like images are not read, and their images are not checked",
    "write the whole reference, or repository and tag side by side, or render and check the result",
);
/// The message and the help for keys of values with which a chart is rendered.
const NOT_RENDERED: (&str, &str) = (
    "no template renders these values, and their images are not checked",
    "to check a disabled part, add a values file that enables it",
);

fn notice(path: &RepoPath, keys: &[Key], is_rendered: bool) -> Option<FileProblem> {
    let (message, help) = if is_rendered { NOT_RENDERED } else { UNREAD };
    let cause = if is_rendered { "keys-not-rendered" } else { "keys" };
    let first = keys.first()?;
    let (mut names, mut paths) = (Vec::new(), Vec::new());
    for key in keys.iter().take(MOST) {
        paths.push(key.path.clone());
        names.push(format!("{} (line {})", key.path, key.value.site().location().line));
    }
    if keys.len() > MOST {
        names.push(format!("and {} more", keys.len() - MOST));
    }
    let names = names.join(", ");
    Some(FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        cause: format!("{cause} {}", paths.join(" ")),
        message: format!("{message}: {names}"),
        help: Some(help.to_owned()),
        site: Some(first.value.site()),
        about: hash(&names),
    })
}
