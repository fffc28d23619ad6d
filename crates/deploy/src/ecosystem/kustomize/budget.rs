//! Bounds of the work on one root: patches and resources multiply, and so do copies of copies.

use yaml::Node;

/// Most work on one root: a repository of thousands of resources and patches takes a hundredth of it.
const MAX_WORK: usize = 100_000_000;
/// Deepest value that is copied.
const MAX_DEPTH: usize = 512;

/// The work that may still be done for one root.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_WORK)
    }
}

impl Budget {
    /// Pays for work; false where too much has been done.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        let left = self.0.checked_sub(work);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }

    /// Copies a value; false where there have been too many, or where it nests too deep.
    pub(super) fn copies(&mut self, value: &Node) -> bool {
        value.is_within(MAX_DEPTH, &mut self.0)
    }
}
