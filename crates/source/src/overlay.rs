//! Files with some of them changed in memory.

use std::collections::BTreeMap;

use crate::{Files, ReadError, RepoPath};

/// A set of files in which some have other bytes: those that they will have after edits are written. No file is added.
///
/// ```
/// use source::{Files as _, Memory, Overlay, RepoPath};
///
/// let files = Memory::default().with("a.yaml", "a: 1").with("b.yaml", "b: 1");
/// let mut edited = Overlay::new(&files);
/// edited.insert(RepoPath::new("a.yaml"), b"a: 2".to_vec());
/// assert_eq!(edited.read(&RepoPath::new("a.yaml"), 100)?, Some(b"a: 2".to_vec()));
/// assert_eq!(edited.read(&RepoPath::new("b.yaml"), 100)?, Some(b"b: 1".to_vec()));
/// # Ok::<(), source::ReadError>(())
/// ```
pub struct Overlay<'a> {
    under: &'a dyn Files,
    changed: BTreeMap<RepoPath, Vec<u8>>,
}

impl<'a> Overlay<'a> {
    /// The files without changes.
    pub fn new(under: &'a dyn Files) -> Self {
        Self { under, changed: BTreeMap::new() }
    }

    /// Gives a file other bytes.
    pub fn insert(&mut self, path: RepoPath, bytes: Vec<u8>) {
        self.changed.insert(path, bytes);
    }
}

impl Files for Overlay<'_> {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        match self.changed.get(path) {
            Some(bytes) if bytes.len() as u64 > limit => {
                Err(ReadError::TooLarge { size: bytes.len() as u64, limit })
            }
            Some(bytes) => Ok(Some(bytes.clone())),
            None => self.under.read(path, limit),
        }
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        self.under.list()
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        self.under.links()
    }

    fn unlisted(&self, folder: &RepoPath) -> Vec<RepoPath> {
        self.under.unlisted(folder)
    }
}
