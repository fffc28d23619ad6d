//! Git repositories by their URLs: those that are known to be this tree, or a folder of it.

use std::collections::BTreeMap;

use source::RepoPath;

/// The repositories that are known to be in this tree. All others are unknown.
///
/// ```
/// use deploy::Repositories;
/// use source::RepoPath;
///
/// let mut repositories = Repositories::default();
/// repositories.insert("git@github.com:acme/gitops.git", RepoPath::default());
/// let found = repositories.folder("https://github.com/Acme/gitops/");
/// assert_eq!(found, Some(&RepoPath::default()));
/// assert_eq!(repositories.folder("https://github.com/acme/charts"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Repositories {
    /// By their names.
    folders: BTreeMap<String, RepoPath>,
}

impl Repositories {
    /// Adds the repository of a URL as a folder of this tree; the empty path means the whole tree. The first
    /// folder of a repository counts. A text that is not the URL of a host is left out.
    pub fn insert(&mut self, url: &str, folder: RepoPath) {
        if has_host(url) {
            self.folders.entry(name(url)).or_insert(folder);
        }
    }

    /// The folder of this tree for the repository of a URL.
    pub fn folder(&self, url: &str) -> Option<&RepoPath> {
        self.folders.get(&name(url))
    }
}

/// True if a text is the URL of a repository on a host: with a scheme, or as in `git@example.org:acme/gitops`.
pub fn has_host(url: &str) -> bool {
    let (is_url, host, path) = parts(url);
    // `C:\gitops` is a folder.
    let is_drive = !is_url && host.len() == 1;
    !host.is_empty() && !is_drive && !path.is_empty() && !host.starts_with('.')
}

/// The name of the repository of a URL: host and path in lower case. It is the same for each scheme, user and port.
pub fn name(url: &str) -> String {
    let (_, host, path) = parts(url);
    let path = path.trim_matches('/').to_ascii_lowercase();
    let path = path.strip_suffix(".git").unwrap_or(&path).trim_end_matches('/');
    format!("{}/{path}", host.to_ascii_lowercase())
}

/// True if a URL has a scheme, its host without user and port, its path.
fn parts(url: &str) -> (bool, &str, &str) {
    let url = url.trim();
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (is_url, rest) = match url.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, url),
    };
    let slash = rest.find('/').unwrap_or(rest.len());
    let colon = rest.find(':').filter(|colon| !is_url && *colon < slash);
    let (authority, path) = match colon {
        Some(colon) => rest.split_at(colon),
        None => rest.split_at(slash),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    (is_url, host, path.trim_start_matches(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_the_same_by_any_url() {
        for url in [
            "https://github.com/acme/GitOps.git",
            "https://github.com/acme/gitops/",
            "https://github.com/acme/gitops.git/",
            "https://GitHub.com:443/acme/gitops",
            "git@github.com:acme/gitops.git",
            "github.com:/acme/gitops",
            "ssh://git@github.com/acme/gitops",
            "ssh://git@github.com:22/acme/gitops.git",
            "git+ssh://github.com/acme/gitops",
            "https://token@github.com/acme/gitops",
            "https://user:p%40ss@github.com/acme/gitops?ref=main",
            " https://github.com/acme/gitops\n",
        ] {
            assert_eq!(name(url), "github.com/acme/gitops", "{url}");
            assert!(has_host(url), "{url}");
        }
        for other in ["https://github.com/acme/other", "https://gitlab.com/acme/gitops", "acme/gitops"] {
            assert_ne!(name(other), "github.com/acme/gitops", "{other}");
        }
        assert_eq!(name("ssh://git@[::1]:2222/a/b.git"), "[::1]/a/b");
    }

    #[test]
    fn a_folder_is_no_repository_of_a_host() {
        for folder in [
            "",
            "/srv/git/gitops.git",
            "../gitops",
            "file:///srv/gitops",
            "C:\\gitops",
            "C:/gitops",
            "https://",
        ] {
            assert!(!has_host(folder), "{folder}");
            let mut repositories = Repositories::default();
            repositories.insert(folder, RepoPath::default());
            assert_eq!(repositories.folder(folder), None, "{folder}");
        }
    }

    #[test]
    fn the_first_folder_of_a_repository_counts() {
        let mut repositories = Repositories::default();
        repositories.insert("https://example.org/charts", RepoPath::new("vendor/charts"));
        repositories.insert("git@example.org:charts.git", RepoPath::default());
        assert_eq!(repositories.folder("https://example.org/charts"), Some(&RepoPath::new("vendor/charts")));
    }
}
