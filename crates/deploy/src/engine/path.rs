//! Paths that manifests name.

use source::RepoPath;

/// True if a path leads out of the repository.
pub(crate) fn escapes(folder: &RepoPath, named: &str) -> bool {
    let mut depth = folder.as_str().split('/').filter(|part| !part.is_empty()).count();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    named.starts_with('/')
}

/// The folder of this tree that a source names by its path. `repository`: the folder that its repository is
/// known to be. The root of an unknown repository is rarely the root of this one. `None` for a path that
/// leads out of the repository.
pub(crate) fn placed(repository: Option<&RepoPath>, path: &str) -> Option<RepoPath> {
    if escapes(&RepoPath::default(), path) {
        return None;
    }
    match repository {
        Some(folder) => Some(folder.join(path)),
        None => Some(RepoPath::new(path)).filter(|folder| !folder.as_str().is_empty()),
    }
}
