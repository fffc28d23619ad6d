//! Paths of the file system.

use std::path::{Path, PathBuf};

use source::RepoPath;

/// The path from the root of the file system.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// True if both paths lead to the same folder.
pub(super) fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(first), Ok(second)) => first == second,
        _ => false,
    }
}

/// The path of `dir` below `workdir`, with symbolic links resolved.
pub(super) fn below(workdir: &Path, dir: &Path) -> Option<RepoPath> {
    let (top, folder) = (workdir.canonicalize().ok()?, dir.canonicalize().ok()?);
    RepoPath::from_path(folder.strip_prefix(top).ok()?)
}
