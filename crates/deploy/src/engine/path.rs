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
