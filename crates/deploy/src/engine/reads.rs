//! The record of an evaluation: every file that it read or tried to read, every folder that it listed, every
//! look-up. If no recorded read differs between two sides, both give the unit the same result.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use source::RepoPath;
use source::change::Change;

use crate::document::is_kustomization_file;
use crate::engine::index::KUSTOMIZATION_FILES;
use crate::engine::named_kind::NamedKind;

/// The reads of one evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    /// Files that were read, or whose existence was tested.
    pub(crate) files: BTreeMap<RepoPath, Use>,
    /// Folders in which a kustomization was searched, under each of its names.
    pub(crate) kustomizations: BTreeSet<RepoPath>,
    /// Folders whose files were listed.
    pub(crate) folders: BTreeSet<RepoPath>,
    /// Folders of kustomizations that were included, whose own reads are recorded for them.
    pub(crate) included: BTreeSet<RepoPath>,
    /// Questions about the whole tree.
    pub(crate) lookups: BTreeSet<Lookup>,
    /// Records that are part of this one, and that other records share. None of these has shared records
    /// itself.
    shared: Vec<Arc<Self>>,
}

/// The use of a file in an evaluation. If a file has several uses, the last variant counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// Its existence was tested, or it is data for another resource.
    #[default]
    Beside,
    /// It is named as a patch, which was recorded without reading it.
    Patch,
    /// Its documents are resources, which were recorded without reading them.
    Resource,
    /// Its content becomes a part of the result: that of a resource or of a patch that was read.
    Part,
}

/// A question about the whole tree, whose answer is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lookup {
    /// True if a folder exists.
    Folder(RepoPath),
    /// The resources of a kind and a name.
    Named(NamedKind, String),
    /// The kustomizations that generate a config map of a name.
    Generators(String),
    /// True if a repository is another one.
    Elsewhere(String),
    /// The URLs of the `GitRepository` objects of a name.
    GitRepository(String),
    /// The roots and the kustomizations that deploy a file.
    Deployers(RepoPath),
}

impl Reads {
    /// Records that a file was read, or that its existence was tested.
    pub(crate) fn file(&mut self, path: &RepoPath, made: Use) {
        let known = self.files.entry(path.clone()).or_default();
        *known = made.max(*known);
    }

    /// Records that the kustomization of a folder was searched.
    pub(crate) fn kustomization(&mut self, folder: &RepoPath) {
        self.kustomizations.insert(folder.clone());
    }

    /// Records that the files of a folder and of the folders below it were listed.
    pub(crate) fn folder(&mut self, folder: &RepoPath) {
        self.folders.insert(folder.clone());
    }

    /// True if both records are equal.
    pub(crate) fn are(&self, other: &Self) -> bool {
        self.files == other.files
            && self.kustomizations == other.kustomizations
            && self.folders == other.folders
            && self.included == other.included
            && self.lookups == other.lookups
            && self.shared.is_empty()
            && other.shared.is_empty()
    }

    /// Adds the reads of another evaluation, whose result became a part of this one's.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (path, made) in &other.files {
            self.file(path, *made);
        }
        self.kustomizations.extend(other.kustomizations.iter().cloned());
        self.folders.extend(other.folders.iter().cloned());
        self.included.extend(other.included.iter().cloned());
        self.lookups.extend(other.lookups.iter().cloned());
        for shared in &other.shared {
            self.share(shared);
        }
    }

    /// Adds a record that several evaluations share.
    pub(crate) fn share(&mut self, record: &Arc<Self>) {
        for one in std::iter::once(record).chain(&record.shared) {
            if !self.shared.iter().any(|known| Arc::ptr_eq(known, one)) {
                self.shared.push(Arc::clone(one));
            }
        }
    }

    /// This record and those that it shares.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.shared.iter().map(|shared| &**shared))
    }

    /// All look-ups.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        self.records().flat_map(|record| &record.lookups)
    }

    /// The folders of all kustomizations that were included.
    pub(crate) fn all_included(&self) -> impl Iterator<Item = &RepoPath> {
        self.records().flat_map(|record| &record.included)
    }

    /// All files that were read, or whose existence was tested.
    pub(crate) fn paths(&self) -> BTreeSet<RepoPath> {
        let mut paths = BTreeSet::new();
        for record in self.records() {
            paths.extend(record.files.keys().cloned());
            for folder in &record.kustomizations {
                paths.extend(KUSTOMIZATION_FILES.map(|name| folder.join(name)));
            }
        }
        paths
    }

    /// The files of this record that differ between the sides.
    pub(crate) fn differing_files<'r>(
        &'r self,
        difference: &'r Difference,
    ) -> impl Iterator<Item = &'r RepoPath> {
        difference.files.iter().filter(|path| self.records().any(|record| record.holds(path)))
    }

    /// True if a file or a listing of this record differs between the sides.
    pub(crate) fn differ(&self, difference: &Difference) -> bool {
        self.records().any(|record| record.reads_one_of(&difference.files) || record.lists(difference))
    }

    /// True if one of these files was read, or its existence was tested. The shorter list is iterated.
    fn reads_one_of(&self, files: &HashSet<RepoPath>) -> bool {
        if files.len() < self.files.len() + self.kustomizations.len() {
            return files.iter().any(|path| self.holds(path));
        }
        let mut kustomizations =
            self.kustomizations.iter().flat_map(|folder| KUSTOMIZATION_FILES.map(|name| folder.join(name)));
        self.files.keys().any(|path| files.contains(path)) || kustomizations.any(|path| files.contains(&path))
    }

    /// True if this record has a file.
    pub(crate) fn holds(&self, path: &RepoPath) -> bool {
        self.files.contains_key(path)
            || is_kustomization_file(path) && self.kustomizations.contains(&path.parent())
    }

    /// True if a folder was listed whose listing differs.
    fn lists(&self, difference: &Difference) -> bool {
        self.folders.iter().any(|folder| difference.listings.contains(folder))
    }
}

/// The paths whose content or existence differs between base and head.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    files: HashSet<RepoPath>,
    /// Folders whose listing differs: those above a file that exists on one side only.
    listings: HashSet<RepoPath>,
}

impl Difference {
    /// The paths of a comparison.
    pub(crate) fn new(changes: &[Change]) -> Self {
        let mut difference = Self::default();
        for change in changes {
            if change.base != change.head {
                for path in change.base.iter().chain(&change.head) {
                    difference.listings.extend(path.ancestors());
                }
            }
            difference.files.extend(change.base.iter().chain(&change.head).cloned());
        }
        difference
    }

    /// True if a file differs.
    pub(crate) fn holds(&self, path: &RepoPath) -> bool {
        self.files.contains(path)
    }

    /// True if files exist on one side only.
    pub(crate) fn has_listings(&self) -> bool {
        !self.listings.is_empty()
    }

    /// All files that differ.
    pub(crate) fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text)
    }

    #[test]
    fn a_read_differs_with_its_file_and_a_listing_with_names() {
        let edited = Change { base: Some(path("a/x")), head: Some(path("a/x")) };
        let added = Change { base: None, head: Some(path("b/c/new")) };
        let difference = Difference::new(&[edited, added]);
        let mut reads = Reads::default();
        reads.folder(&path("a"));
        reads.file(&path("b/other"), Use::Beside);
        assert!(!reads.differ(&difference), "an edit changes no listing");
        reads.folder(&path("b"));
        assert!(reads.differ(&difference));
        let mut absent = Reads::default();
        absent.file(&path("b/c/new"), Use::Part);
        assert!(absent.differ(&difference), "a file that was looked for exists now");
    }
}
