//! `repositories` of the configuration: Git repositories by URL, each with its folder in this tree.

use source::RepoPath;
use yaml::Node;

use super::error::ConfigError;
use super::read::{expected, text};

/// Reads a mapping from URLs to folders.
pub(super) fn repositories(node: &Node) -> Result<Vec<(String, RepoPath)>, ConfigError> {
    let mut all = Vec::new();
    if node.is_null() {
        return Ok(all);
    }
    if !node.is_mapping() {
        return Err(expected(node, "a mapping of the URLs of Git repositories to folders"));
    }
    for (key, value) in node.entries() {
        const EXPECTED: &str = "the URL of a Git repository";
        let url = text(key, EXPECTED)?;
        if !deploy::has_host(url) {
            let error = ConfigError::at(key.site(), format!("{EXPECTED} belongs here, not {url:?}"));
            return Err(
                error.help("a URL is written https://example.org/acme/gitops or git@example.org:acme/gitops")
            );
        }
        all.push((url.to_owned(), folder(value)?));
    }
    Ok(all)
}

/// A folder of the repository; `.` is the whole repository.
fn folder(node: &Node) -> Result<RepoPath, ConfigError> {
    const EXPECTED: &str = "a folder of this repository";
    let written = text(node, EXPECTED)?;
    let leads_out = written.starts_with('/') || written.split(['/', '\\']).any(|part| part == "..");
    if written.is_empty() || leads_out {
        let error = ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {written:?}"));
        return Err(error
            .help("a folder is written as its path from the top: charts; the whole of the repository is ."));
    }
    Ok(RepoPath::new(written))
}
