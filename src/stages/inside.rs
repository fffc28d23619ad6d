//! Tests if files of the command line are in the repository, where a change may write them.

use std::path::Path;

use git::Repository;
use source::{RepoPath, disk};

use crate::context::Context;

/// The path of a file inside the work tree, by its name or by the target of its link; `None` for a file
/// outside, and for one in git's own folder, which no change writes.
pub(crate) fn inside(repository: &Repository, context: &Context, file: &Path) -> Option<RepoPath> {
    let top = repository.workdir()?.canonicalize().ok()?;
    let named = disk::normalised(&context.path(file));
    // The name comes first: a link of the change must not select another file of the base.
    let linked = named.canonicalize().ok();
    let mut candidates = std::iter::once(named).chain(linked);
    candidates.find_map(|path| {
        let below = RepoPath::from_path(path.strip_prefix(&top).ok()?)?;
        (!below.as_str().split('/').any(|part| part == ".git")).then_some(below)
    })
}
