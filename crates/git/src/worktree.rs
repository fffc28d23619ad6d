//! The work tree: the entries that a commit of the whole work tree would have, and its files on the disk.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use gix::ObjectId;
use gix::bstr::{BStr, BString};
use gix::dir::walk::EmissionMode;
use gix::index::entry::{Flags, Mode, Stage};
use gix::objs::tree::EntryKind;
use gix::status::index_worktree::Options;
use gix::status::plumbing::index_as_worktree::traits::{CompareBlobs, FastEq, ReadData, SubmoduleStatus};
use gix::status::plumbing::index_as_worktree::{Change, EntryStatus};
use gix::status::plumbing::index_as_worktree_with_renames::{Entry as Status, VisitEntry};

use run::try_threads;

use super::objects::{Entries, Entry, Pool, list, repo_path};
use source::{Files, ReadError, RepoPath, disk};

/// The threads of a comparison of the work tree besides one for each core: the walk, the comparison, and its input.
const THREADS_BESIDE: usize = 3;

/// The work tree at one point in time.
pub(super) struct Snapshot {
    pub(super) entries: Entries,
    /// Files that a sparse checkout leaves out: a commit would keep them.
    sparse: BTreeMap<RepoPath, ObjectId>,
}

/// Reads the index and the disk: tracked files in their current state, and untracked files that are not
/// ignored.
pub(super) fn snapshot(repo: &gix::Repository, root: &Path) -> gix::Result<Snapshot> {
    let limit = thread_limit().map_err(gix::Error::from_error)?;
    let index = index(repo, limit)?;
    let mut dirty = status(repo, &index, root, limit)?;
    let mut entries = Entries::new();
    let mut sparse = BTreeMap::new();
    for entry in index.entries() {
        let path = entry.path(&index);
        if let Some(state) = dirty.remove(path) {
            entries.extend(state.map(|state| (path.to_owned(), state)));
        } else if entry.mode == Mode::DIR {
            for (below, entry) in list(repo, entry.id)? {
                let mut path = path.to_owned();
                path.extend_from_slice(&below);
                sparse.extend(repo_path(path.as_ref()).map(|path| (path, entry.id)));
                entries.insert(path, entry);
            }
        } else if entry.stage() == Stage::Unconflicted && !entry.flags.contains(Flags::INTENT_TO_ADD) {
            let Some(mode) = entry.mode.to_tree_entry_mode() else { continue };
            if entry.flags.contains(Flags::SKIP_WORKTREE) {
                sparse.extend(repo_path(path).map(|path| (path, entry.id)));
            }
            entries.insert(path.to_owned(), Entry::new(mode, entry.id));
        }
    }
    entries.extend(dirty.into_iter().filter_map(|(path, state)| Some((path, state?))));
    Ok(Snapshot { entries, sparse })
}

/// One thread if the system does not give one for each core: gix panics if it starts more threads than it is given.
///
/// # Errors
/// The error of the system if it gives hardly any.
fn thread_limit() -> io::Result<Option<usize>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    if try_threads(cores + THREADS_BESIDE).is_ok() {
        return Ok(None);
    }
    try_threads(THREADS_BESIDE)?;
    Ok(Some(1))
}

/// The index, read by a limited number of threads.
fn index(repo: &gix::Repository, limit: Option<usize>) -> gix::Result<gix::worktree::Index> {
    let mut repo = repo.clone();
    if let Some(limit) = limit {
        repo.config_snapshot_mut().set_raw_value("index.threads", limit.to_string().as_str())?;
    }
    repo.index_or_empty()
}

/// The paths that differ from the index, untracked files included; `None` for one that was removed.
fn status(
    repo: &gix::Repository,
    index: &gix::index::State,
    root: &Path,
    thread_limit: Option<usize>,
) -> gix::Result<BTreeMap<BString, Option<Entry>>> {
    let mut collect = Collect { root, null: repo.object_hash().null(), dirty: BTreeMap::new() };
    let walk = repo.dirwalk_options()?.emit_untracked(EmissionMode::Matching);
    let options = Options { dirwalk_options: Some(walk), thread_limit, ..Options::default() };
    repo.index_worktree_status(
        index,
        std::iter::empty::<&BStr>(),
        &mut collect,
        Content,
        Submodules(root.to_owned()),
        &mut gix::progress::Discard,
        &AtomicBool::default(),
        options,
    )?;
    Ok(collect.dirty)
}

/// Compares files by size and content. A file that cannot be read counts as changed: only its own content is not
/// verified, and not the whole work tree.
#[derive(Clone)]
struct Content;

impl CompareBlobs for Content {
    type Output = ();

    fn compare_blobs<'a, 'b>(
        &mut self,
        entry: &gix::index::Entry,
        size: u64,
        data: impl ReadData<'a>,
        buffer: &mut Vec<u8>,
    ) -> gix::Result<Option<()>> {
        Ok(FastEq.compare_blobs(entry, size, data, buffer).unwrap_or(Some(())))
    }
}

struct Collect<'a> {
    root: &'a Path,
    null: ObjectId,
    dirty: BTreeMap<BString, Option<Entry>>,
}

impl<'index> VisitEntry<'index> for Collect<'_> {
    type ContentChange = ();
    type SubmoduleStatus = ObjectId;

    fn visit_entry(&mut self, entry: Status<'index, (), ObjectId>) {
        let found = |path: &BStr| disk_kind(self.root, path).map(|kind| Entry { kind, id: self.null });
        let (path, state) = match &entry {
            Status::Modification { rela_path, status, .. } => match status {
                EntryStatus::NeedsUpdate(_) => return,
                EntryStatus::Change(Change::Removed) => (*rela_path, None),
                EntryStatus::Change(Change::SubmoduleModification(id)) => {
                    (*rela_path, Some(Entry { kind: EntryKind::Commit, id: *id }))
                }
                EntryStatus::Change(_) | EntryStatus::Conflict { .. } | EntryStatus::IntentToAdd => {
                    (*rela_path, found(rela_path))
                }
            },
            Status::DirectoryContents { entry, .. } if entry.status == gix::dir::entry::Status::Untracked => {
                (entry.rela_path.as_ref(), found(entry.rela_path.as_ref()))
            }
            Status::DirectoryContents { .. } | Status::Rewrite { .. } => return,
        };
        self.dirty.insert(path.to_owned(), state);
    }
}

/// The commit that is checked out in a submodule; its own files are not read.
#[derive(Clone)]
struct Submodules(PathBuf);

impl SubmoduleStatus for Submodules {
    type Output = ObjectId;

    fn status(&mut self, entry: &gix::index::Entry, path: &BStr) -> gix::Result<Option<ObjectId>> {
        let folder = gix::path::from_bstr(path).ok().map(|path| self.0.join(path));
        let head = folder.and_then(|folder| gix::open(folder).ok()?.head_id().ok().map(gix::Id::detach));
        Ok(head.filter(|head| *head != entry.id))
    }
}

fn disk_kind(root: &Path, path: &BStr) -> Option<EntryKind> {
    let metadata = metadata(root, &gix::path::from_bstr(path).ok()?).ok()?;
    if metadata.is_symlink() {
        return Some(EntryKind::Link);
    }
    metadata.is_file().then_some(EntryKind::Blob)
}

/// The metadata of a path, without following symbolic links on the way.
fn metadata(root: &Path, path: &Path) -> io::Result<Metadata> {
    let mut at = root.to_owned();
    let mut found = None;
    for part in path.components() {
        if found.as_ref().is_some_and(|folder: &Metadata| !folder.is_dir()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        at.push(part);
        found = Some(fs::symlink_metadata(&at)?);
    }
    found.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The size of a regular file.
pub(super) fn size(root: &Path, path: &RepoPath) -> Option<u64> {
    let metadata = metadata(root, Path::new(path.as_str())).ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// The id that git would give to a regular file, without filters.
pub(super) fn hash(repo: &gix::Repository, root: &Path, path: &RepoPath) -> Option<ObjectId> {
    let size = size(root, path)?;
    let mut file = File::open(root.join(path.as_str())).ok()?;
    let (kind, progress, stop) = (repo.object_hash(), &mut gix::progress::Discard, AtomicBool::default());
    gix::objs::compute_stream_hash(kind, gix::objs::Kind::Blob, &mut file, size, progress, &stop).ok()
}

/// The files of a work tree that a commit of the whole work tree would have.
pub(super) struct WorkTree {
    root: PathBuf,
    pool: Arc<Pool>,
    files: Vec<RepoPath>,
    /// Symbolic links with the blob that holds the target; a null id for a link that the index lacks.
    links: Vec<(RepoPath, ObjectId)>,
    sparse: BTreeMap<RepoPath, ObjectId>,
}

impl WorkTree {
    pub(super) fn new(root: PathBuf, pool: Arc<Pool>, snapshot: Snapshot) -> Self {
        let (mut files, mut links) = (Vec::new(), Vec::new());
        for (path, entry) in snapshot.entries {
            let Some(path) = repo_path(path.as_ref()) else { continue };
            if entry.is_file() {
                files.push(path);
            } else if entry.kind == EntryKind::Link {
                links.push((path, entry.id));
            }
        }
        files.sort();
        links.sort();
        Self { root, pool, files, links, sparse: snapshot.sparse }
    }

    /// The target of a link on the disk. A sparse checkout may leave out links, and a system without links
    /// has files in their place: the target is read from the blob then.
    fn target(&self, path: &RepoPath, id: ObjectId) -> Result<Option<String>, ReadError> {
        match fs::read_link(self.root.join(path.as_str())) {
            Ok(target) => Ok(target.to_str().map(str::to_owned)),
            Err(_) if !id.is_null() => self.pool.link_target(id),
            Err(error) => Err(ReadError::Unreadable(error.to_string())),
        }
    }
}

impl Files for WorkTree {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        if self.files.binary_search(path).is_err() {
            return Ok(None);
        }
        match read(&self.root, path, limit) {
            Ok(None) => match self.sparse.get(path) {
                Some(id) => self.pool.blob(*id, limit).map(Some),
                None => Ok(None),
            },
            read => read,
        }
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        Ok(self.files.clone())
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        let mut links = Vec::new();
        for (path, id) in &self.links {
            if let Some(target) = self.target(path, *id)? {
                links.push((path.clone(), target));
            }
        }
        Ok(links)
    }
}

/// Reads a regular file: never through a symbolic link, never more than `limit`.
pub(super) fn read(root: &Path, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
    match metadata(root, Path::new(path.as_str())) {
        Ok(found) if found.is_file() => {
            disk::read_regular(&root.join(path.as_str()), found.len(), limit).map(Some)
        }
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(ReadError::Unreadable(error.to_string())),
    }
}
