//! The places of objects in the packs of a repository. A pack holds most objects as their difference to another one, and that
//! one comes before: objects are read fastest in the order of their places.

use std::fs;
use std::path::Path;

use gix::ObjectId;
use gix::odb::pack::index::File;

/// Largest number of packs that are looked at; objects of others count as if they had no place.
const MOST_PACKS: usize = 64;

/// The indexes of the packs of a repository.
pub(super) struct Places(Vec<File>);

impl Places {
    /// Opens the indexes. One that cannot be opened is left out: reading an object of its pack reports the error.
    pub(super) fn of(repo: &gix::Repository) -> Self {
        let store = repo.objects.store_ref();
        let mut folders = store.alternate_db_paths().unwrap_or_default();
        folders.insert(0, store.path().to_owned());
        let paths = folders.iter().flat_map(|folder| fs::read_dir(folder.join("pack"))).flatten().flatten();
        let mut paths: Vec<_> = paths.map(|entry| entry.path()).filter(|path| is_index(path)).collect();
        paths.sort_unstable();
        let open = |path| File::at(path, repo.object_hash()).ok();
        Self(paths.iter().take(MOST_PACKS).filter_map(open).collect())
    }

    /// The number of the pack of an object and its offset in bytes; `None` if it is in no pack.
    pub(super) fn of_object(&self, id: &ObjectId) -> Option<(usize, u64)> {
        let found =
            |(pack, index): (usize, &File)| Some((pack, index.pack_offset_at_index(index.lookup(id)?)));
        self.0.iter().enumerate().find_map(found)
    }
}

fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "idx")
}
