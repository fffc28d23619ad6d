//! Objects of a repository: a handle for each thread at work, trees as lists, and blobs with a limit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use gix::bstr::{BStr, BString};
use gix::objs::tree::{EntryKind, EntryMode};
use gix::odb::pack::cache::DecodeEntry;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;

use run::Deadline;

use super::error::unreadable;
use super::promised::Promisor;
use source::{ReadError, RepoPath};

/// The size of a cache, in bytes. Each handle has one of decoded objects, because trees are read repeatedly. All handles share one
/// of the pack objects on which deltas are based. With them all files are read three times as fast.
const CACHE: usize = 4 << 20;

/// Maximum length of a target of a symbolic link, in bytes: `PATH_MAX` of Linux.
const LONGEST_TARGET: u64 = 4096;

/// An entry of a tree, or a file of the work tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// Null for a file of the work tree whose content has not been hashed.
    pub(super) id: ObjectId,
}

impl Entry {
    pub(super) fn new(mode: EntryMode, id: ObjectId) -> Self {
        Self { kind: mode.kind(), id }
    }

    /// True for a regular file, executable or not.
    pub(super) fn is_file(self) -> bool {
        matches!(self.kind, EntryKind::Blob | EntryKind::BlobExecutable)
    }
}

/// All entries except folders, by path.
pub(super) type Entries = BTreeMap<BString, Entry>;

/// A path of git as a path of the repository; `None` if it is not UTF-8, or cannot be the path of a
/// checked-out file.
pub(super) fn repo_path(path: &BStr) -> Option<RepoPath> {
    let text = std::str::from_utf8(path).ok()?;
    let path = RepoPath::new(text);
    (path.as_str() == text).then_some(path)
}

/// Lists a tree.
pub(super) fn list(repo: &gix::Repository, tree: ObjectId) -> gix::Result<Entries> {
    let mut recorder = gix::traverse::tree::Recorder::default();
    repo.find_tree(tree)?.traverse().breadthfirst(&mut recorder)?;
    let entries = recorder.records.into_iter().filter(|entry| !entry.mode.is_tree());
    Ok(entries.map(|entry| (entry.filepath, Entry::new(entry.mode, entry.oid))).collect())
}

/// Handles to one repository. One thread uses a handle at a time, and the handle keeps its caches for the
/// next.
pub(super) struct Pool {
    repo: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
    bases: Bases,
    /// Fetches the blobs that were left out when it was cloned; `None` if it is a complete clone.
    promisor: Option<Promisor>,
    /// The end of the run.
    deadline: Deadline,
}

impl Pool {
    pub(super) fn new(repo: gix::ThreadSafeRepository, deadline: Deadline) -> Self {
        let promisor = Promisor::of(&repo.to_thread_local());
        let bases = Bases(Arc::new(Mutex::new(MemoryCappedHashmap::new(CACHE))));
        Self { repo, idle: Mutex::default(), bases, promisor, deadline }
    }

    /// True if blobs may have been left out when it was cloned.
    pub(super) fn is_partial(&self) -> bool {
        self.promisor.is_some()
    }

    /// The end of the run.
    pub(super) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Calls a function with a handle.
    pub(super) fn with<T>(&self, run: impl FnOnce(&gix::Repository) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repo = idle.unwrap_or_else(|| {
            let mut repo = self.repo.to_thread_local();
            repo.object_cache_size_if_unset(CACHE);
            // `git replace` is a setting of this clone, and no deployer has it.
            repo.objects.ignore_replacements = true;
            let bases = self.bases.clone();
            repo.objects.set_pack_cache(move || Box::new(bases.clone()));
            repo
        });
        let result = run(&repo);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(repo);
        result
    }

    /// The bytes of a blob. Its size is known before it is decoded.
    pub(super) fn blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, ReadError> {
        let local = self.with(|repo| -> gix::Result<_> {
            let Some(header) = repo.try_find_header(id)? else { return Ok(None) };
            if header.size() > limit {
                return Ok(Some(Err(ReadError::TooLarge { size: header.size(), limit })));
            }
            Ok(Some(Ok(repo.find_object(id)?.detach().data)))
        });
        match local.map_err(unreadable)? {
            Some(result) => result,
            None => match &self.promisor {
                Some(promisor) => promisor.blob(id, limit, &self.deadline),
                None => Err(ReadError::Unreadable(format!("the blob {id} is not in this clone"))),
            },
        }
    }

    /// The target of a symbolic link; `None` if it is not UTF-8, or longer than every system allows.
    pub(super) fn link_target(&self, id: ObjectId) -> Result<Option<String>, ReadError> {
        match self.blob(id, LONGEST_TARGET) {
            Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
            Err(ReadError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The pack objects on which deltas are based, for all threads.
#[derive(Clone)]
struct Bases(Arc<Mutex<MemoryCappedHashmap>>);

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: gix::objs::Kind, size: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(pack, offset, data, kind, size);
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(gix::objs::Kind, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(pack, offset, out)
    }
}
