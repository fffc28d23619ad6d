//! The differences between two sides, with renames detected.

use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;
use gix::bstr::BString;
use gix::diff::tree::Recorder;
use gix::diff::tree::recorder::Change as Recorded;
use gix::objs::TreeRefIter;
use gix::objs::tree::{EntryKind, EntryMode};

use super::objects::{Entries, Entry, repo_path};
use super::renames::{Candidate, Contents, pair};
use super::worktree;
use source::RepoPath;
use source::change::Change;

/// Both sides of the paths that differ.
pub(super) type Differences = BTreeMap<BString, (Option<Entry>, Option<Entry>)>;

/// Differences as the rest of the program sees them.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) changes: Vec<Change>,
    pub(super) submodules: Vec<RepoPath>,
    pub(super) not_utf8: Vec<String>,
}

/// Compares two trees.
pub(super) fn of_trees(repo: &gix::Repository, base: ObjectId, head: ObjectId) -> gix::Result<Differences> {
    let (base_tree, head_tree, kind) = (repo.find_tree(base)?, repo.find_tree(head)?, repo.object_hash());
    let old = TreeRefIter::from_bytes(&base_tree.data, kind);
    let new = TreeRefIter::from_bytes(&head_tree.data, kind);
    let mut recorder = Recorder::default();
    let state = gix::diff::tree::State::default();
    gix::diff::tree(old, new, state, &repo.objects, &mut recorder).map_err(gix::Error::from_error)?;
    let mut differences = Differences::new();
    for record in recorder.records {
        let (path, before, after) = match record {
            Recorded::Addition { entry_mode, oid, path, .. } => (path, None, entry(entry_mode, oid)),
            Recorded::Deletion { entry_mode, oid, path, .. } => (path, entry(entry_mode, oid), None),
            Recorded::Modification { previous_entry_mode, previous_oid, entry_mode, oid, path } => {
                (path, entry(previous_entry_mode, previous_oid), entry(entry_mode, oid))
            }
        };
        // A file that became a folder is recorded twice.
        let sides = differences.entry(path).or_default();
        sides.0 = sides.0.or(before);
        sides.1 = sides.1.or(after);
    }
    Ok(differences)
}

/// An entry of a tree; `None` for a folder.
fn entry(mode: EntryMode, id: ObjectId) -> Option<Entry> {
    if mode.is_tree() { None } else { Some(Entry::new(mode, id)) }
}

/// Compares two lists.
pub(super) fn of_lists(base: &Entries, head: &Entries) -> Differences {
    let paths: BTreeSet<&BString> = base.keys().chain(head.keys()).collect();
    let mut differences = Differences::new();
    for path in paths {
        let (before, after) = (base.get(path).copied(), head.get(path).copied());
        if before != after {
            differences.insert(path.clone(), (before, after));
        }
    }
    differences
}

/// Sorts differences into changes of files, submodules and unusable names.
pub(super) fn summarise(contents: &Contents, differences: Differences) -> Summary {
    let mut summary = Summary::default();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for (raw, (base, head)) in differences {
        let Some(path) = repo_path(raw.as_ref()) else {
            summary.not_utf8.push(raw.to_string());
            continue;
        };
        if [base, head].into_iter().flatten().any(|entry| entry.kind == EntryKind::Commit) {
            summary.submodules.push(path.clone());
        }
        match (base.filter(|entry| entry.is_file()), head.filter(|entry| entry.is_file())) {
            (Some(base), Some(head)) => {
                let head = identified(contents, &path, head);
                if base.id != head.id {
                    summary.changes.push(Change { base: Some(path.clone()), head: Some(path) });
                }
            }
            (Some(entry), None) => removed.push(Candidate { path, entry }),
            (None, Some(entry)) => added.push(Candidate { path, entry }),
            (None, None) => {}
        }
    }
    // Only a removed file can have been renamed to an added one.
    if !removed.is_empty() {
        for candidate in &mut added {
            candidate.entry = identified(contents, &candidate.path, candidate.entry);
        }
    }
    summary.changes.extend(pair(contents, removed, added));
    summary.changes.sort();
    summary
}

/// The files that differ, without renames.
pub(super) fn file_by_file(differences: &Differences) -> Vec<Change> {
    let mut changes = Vec::new();
    for (raw, (base, head)) in differences {
        let Some(path) = repo_path(raw.as_ref()) else { continue };
        let (old, new) = (base.filter(|entry| entry.is_file()), head.filter(|entry| entry.is_file()));
        if old.map(|entry| entry.id) != new.map(|entry| entry.id) {
            changes.push(Change { base: old.map(|_| path.clone()), head: new.map(|_| path) });
        }
    }
    changes
}

/// The entry with the id that git would give to a file of the work tree. If the file cannot be read, the id stays
/// unknown, and the file counts as changed.
fn identified(contents: &Contents, path: &RepoPath, entry: Entry) -> Entry {
    match contents.disk {
        Some(root) if entry.id.is_null() => {
            let id = worktree::hash(contents.repo, root, path).unwrap_or(entry.id);
            Entry { id, ..entry }
        }
        _ => entry,
    }
}
