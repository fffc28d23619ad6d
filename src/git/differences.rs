//! What differs between two sides, with renames put together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use gix::bstr::BString;
use gix::diff::blob::pipeline::{Mode, WorktreeRoots};
use gix::diff::rewrites::Tracker;
use gix::diff::rewrites::tracker::{Change as Tracked, ChangeKind};
use gix::diff::tree::Recorder;
use gix::diff::tree::recorder::Change as Recorded;
use gix::diff::tree::visit::Relation;
use gix::objs::TreeRefIter;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::{ObjectId, oid};

use super::objects::{Entries, Entry, repo_path};
use super::worktree;
use crate::change::Change;
use crate::text::RepoPath;

/// As git's own defaults, whatever is configured: half of a file is the same.
const RENAMES: gix::diff::Rewrites =
    gix::diff::Rewrites { copies: None, percentage: Some(0.5), limit: 1000, track_empty: false };
/// A file above this size is renamed only where its content is the same.
const SIMILAR_FILE: u64 = 1 << 20;
/// Bytes that the search for similar files may hold, and those that it may compare: beyond them only
/// equal content makes a rename.
const SIMILAR_HELD: u64 = 32 << 20;
const SIMILAR_COMPARED: u64 = 512 << 20;

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
    let (base, head, kind) = (repo.find_tree(base)?, repo.find_tree(head)?, repo.object_hash());
    let (base, head) = (TreeRefIter::from_bytes(&base.data, kind), TreeRefIter::from_bytes(&head.data, kind));
    let mut recorder = Recorder::default();
    let state = gix::diff::tree::State::default();
    gix::diff::tree(base, head, state, &repo.objects, &mut recorder).map_err(gix::Error::from_error)?;
    let mut differences = Differences::new();
    let mut add = |path: BString, base: Option<Entry>, head: Option<Entry>| {
        let sides = differences.entry(path).or_default();
        sides.0 = sides.0.or(base);
        sides.1 = sides.1.or(head);
    };
    let entry = |mode: EntryMode, id| (!mode.is_tree()).then(|| Entry::new(mode, id));
    for record in recorder.records {
        match record {
            Recorded::Addition { entry_mode, oid, path, .. } => add(path, None, entry(entry_mode, oid)),
            Recorded::Deletion { entry_mode, oid, path, .. } => add(path, entry(entry_mode, oid), None),
            Recorded::Modification { previous_entry_mode, previous_oid, entry_mode, oid, path } => {
                add(path, entry(previous_entry_mode, previous_oid), entry(entry_mode, oid));
            }
        }
    }
    Ok(differences)
}

/// Compares two lists.
pub(super) fn of_lists(base: &Entries, head: &Entries) -> Differences {
    let paths: BTreeSet<&BString> = base.keys().chain(head.keys()).collect();
    let sides = paths.into_iter().map(|path| (path, (base.get(path).copied(), head.get(path).copied())));
    sides.filter(|(_, (base, head))| base != head).map(|(path, sides)| (path.clone(), sides)).collect()
}

/// Sorts differences out. `disk`: the work tree, where the head is one.
pub(super) fn summarise(
    repo: &gix::Repository,
    differences: Differences,
    disk: Option<&Path>,
    exact_only: bool,
) -> gix::Result<Summary> {
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
                let head = identified(repo, disk, &path, head);
                if base.id != head.id {
                    summary.changes.push(Change { base: Some(path.clone()), head: Some(path) });
                }
            }
            (Some(entry), None) => removed.push(Candidate::new(path, entry, ChangeKind::Deletion)),
            (None, Some(entry)) => added.push(Candidate::new(path, entry, ChangeKind::Addition)),
            (None, None) => {}
        }
    }
    if !removed.is_empty() {
        for candidate in &mut added {
            candidate.entry = identified(repo, disk, &candidate.path, candidate.entry);
        }
    }
    summary.changes.extend(renamed(repo, removed, added, disk, exact_only)?);
    summary.changes.sort();
    Ok(summary)
}

/// With the id that git would give to a file of the work tree. Where it cannot be read it stays unknown, and
/// so a change.
fn identified(repo: &gix::Repository, disk: Option<&Path>, path: &RepoPath, entry: Entry) -> Entry {
    match disk {
        Some(root) if entry.id.is_null() => {
            let id = worktree::hash(repo, root, path).unwrap_or(entry.id);
            Entry { id, ..entry }
        }
        _ => entry,
    }
}

/// A file that was removed or added.
#[derive(Clone)]
struct Candidate {
    path: RepoPath,
    entry: Entry,
    kind: ChangeKind,
}

impl Candidate {
    fn new(path: RepoPath, entry: Entry, kind: ChangeKind) -> Self {
        Self { path, entry, kind }
    }

    fn size(&self, repo: &gix::Repository, disk: Option<&Path>) -> Option<u64> {
        match disk {
            Some(root) if self.kind == ChangeKind::Addition => worktree::size(root, &self.path),
            _ => repo.find_header(self.entry.id).ok().map(|header| header.size()),
        }
    }
}

impl Tracked for Candidate {
    fn id(&self) -> &oid {
        &self.entry.id
    }

    fn relation(&self) -> Option<Relation> {
        None
    }

    fn kind(&self) -> ChangeKind {
        self.kind
    }

    fn entry_mode(&self) -> EntryMode {
        self.entry.kind.into()
    }

    fn id_and_entry_mode(&self) -> (&oid, EntryMode) {
        (&self.entry.id, self.entry.kind.into())
    }
}

/// Pairs what was removed with what was added: first equal content, then similar files that can matter.
fn renamed(
    repo: &gix::Repository,
    removed: Vec<Candidate>,
    added: Vec<Candidate>,
    disk: Option<&Path>,
    exact_only: bool,
) -> gix::Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut left: Vec<Candidate> = removed.into_iter().chain(added).collect();
    let pairable = |left: &[Candidate]| {
        [ChangeKind::Deletion, ChangeKind::Addition].iter().all(|kind| left.iter().any(|c| c.kind == *kind))
    };
    if pairable(&left) {
        left = pair(repo, left, disk, gix::diff::Rewrites { percentage: None, ..RENAMES }, &mut changes)?;
    }
    if !exact_only && pairable(&left) {
        let (similar, others) = affordable(repo, left, disk);
        left = others;
        left.extend(pair(repo, similar, disk, RENAMES, &mut changes)?);
    }
    changes.extend(left.into_iter().map(|candidate| match candidate.kind {
        ChangeKind::Deletion => Change { base: Some(candidate.path), head: None },
        _ => Change { base: None, head: Some(candidate.path) },
    }));
    Ok(changes)
}

/// Lets gix pair candidates; answers those that it leaves over.
fn pair(
    repo: &gix::Repository,
    candidates: Vec<Candidate>,
    disk: Option<&Path>,
    rewrites: gix::diff::Rewrites,
    changes: &mut Vec<Change>,
) -> gix::Result<Vec<Candidate>> {
    let roots = WorktreeRoots { old_root: None, new_root: disk.map(Path::to_owned) };
    let mut cache = repo.diff_resource_cache(Mode::ToGit, roots)?;
    let mut tracker = Tracker::new(rewrites);
    let mut left: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let path = candidate.path.clone();
        left.extend(tracker.try_push_change(candidate, path.as_str().into()));
    }
    let left = RefCell::new(left);
    tracker.emit(
        |destination, source| {
            match source {
                Some(source) => changes.push(Change {
                    base: Some(source.change.path.clone()),
                    head: Some(destination.change.path),
                }),
                None => left.borrow_mut().push(destination.change),
            }
            ControlFlow::Continue(())
        },
        &mut cache,
        &repo.objects,
        |_| Ok::<_, std::convert::Infallible>(()),
    )?;
    Ok(left.into_inner())
}

/// Splits off the candidates whose similarity may be looked at: YAML and JSON files, and all of them only as
/// far as time and memory stay bounded.
fn affordable(
    repo: &gix::Repository,
    candidates: Vec<Candidate>,
    disk: Option<&Path>,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let (mut similar, mut others) = (Vec::new(), Vec::new());
    let mut total = [(0u64, 0u64); 2];
    for candidate in candidates {
        let size = candidate.path.is_yaml().then(|| candidate.size(repo, disk)).flatten();
        match size.filter(|size| *size <= SIMILAR_FILE) {
            Some(size) => {
                let [removed, added] = &mut total;
                let sum = if candidate.kind == ChangeKind::Deletion { removed } else { added };
                *sum = (sum.0 + 1, sum.1 + size);
                similar.push(candidate);
            }
            None => others.push(candidate),
        }
    }
    let [removed, added] = total;
    let compared = removed.0.saturating_mul(added.1).saturating_add(added.0.saturating_mul(removed.1));
    if removed.1 + added.1 > SIMILAR_HELD || compared > SIMILAR_COMPARED {
        others.append(&mut similar);
    }
    (similar, others)
}
