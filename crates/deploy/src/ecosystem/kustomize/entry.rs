//! How entries of a kustomization name what they include: a path, an address, or YAML in place.

/// True if an entry is YAML itself and not the name of a file.
pub(super) fn is_inline(entry: &str) -> bool {
    entry.contains('\n') || entry.contains(": ")
}

/// True if an entry names something that has to be fetched.
pub(super) fn is_remote(entry: &str) -> bool {
    let host = entry.split('/').next().unwrap_or_default();
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.contains("?version=")
        || entry.starts_with("git@")
        || entry.contains(".git")
        || matches!(host, "github.com" | "gitlab.com" | "bitbucket.org")
}
