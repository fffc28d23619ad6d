//! The forms of an entry of a kustomization: a path, an address, or inline YAML.

/// True if an entry is inline YAML and not the name of a file.
pub(super) fn is_inline(entry: &str) -> bool {
    entry.contains('\n') || entry.contains(": ")
}

/// True if an entry names a remote resource, which would have to be fetched.
pub(super) fn is_remote(entry: &str) -> bool {
    let host = entry.split('/').next().unwrap_or_default();
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.contains("?version=")
        || entry.starts_with("git@")
        || entry.contains(".git")
        || matches!(host, "github.com" | "gitlab.com" | "bitbucket.org")
}
