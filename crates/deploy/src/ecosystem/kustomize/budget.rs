//! Bounds of the work on one root: patches, resources and copies of copies multiply it.

use yaml::Node;

/// Maximum amount of work on one root: a repository of thousands of resources and patches takes a hundredth
/// of it.
const MAX_WORK: usize = if cfg!(test) { 100_000 } else { 100_000_000 };
/// Maximum depth of a value that is copied.
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
    /// Spends work; false if the budget is exceeded.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        let left = self.0.checked_sub(work);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }

    /// Spends the copy of a value; false if the budget is exceeded, or if the value is nested too deep.
    pub(super) fn copies(&mut self, value: &Node) -> bool {
        value.is_within(MAX_DEPTH, &mut self.0)
    }
}
