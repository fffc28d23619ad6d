//! Argo CD's Applications as far as they deploy folders: their sources, and whose repository those are in.
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/>.

use std::collections::{HashMap, HashSet};

use source::RepoPath;
use yaml::Node;

/// The API group.
pub(crate) const GROUP: &str = "argoproj.io";

/// Most sources of an Application: aliases repeat them.
const MAX_SOURCES: usize = 100;

/// Which source of an Application: the one, or one of several.
pub(crate) type Which = Option<usize>;

/// A source that deploys a folder.
pub(crate) struct Source<'a> {
    pub(crate) which: Which,
    pub(crate) node: &'a Node,
    pub(crate) folder: RepoPath,
}

/// The sources that deploy folders, by the `spec` of an Application. Charts do not, nor does the whole of a
/// repository: that is rarely the whole of this one.
pub(crate) fn sources(spec: &Node) -> Vec<Source<'_>> {
    let several = spec.get("sources").map(Node::items).unwrap_or_default();
    let one = spec.get("source").filter(|_| several.is_empty()).map(|node| (None, node));
    let several = several.iter().take(MAX_SOURCES).enumerate().map(|(at, node)| (Some(at), node));
    let folder = |node: &Node| {
        let path = node.get("path").and_then(Node::text).filter(|_| node.get("chart").is_none())?;
        let elsewhere = path.contains("{{") || crate::engine::path::escapes(&RepoPath::default(), path);
        let folder = RepoPath::new(path);
        (!elsewhere && !folder.as_str().is_empty()).then_some(folder)
    };
    let sources = one.into_iter().chain(several);
    sources.filter_map(|(which, node)| Some(Source { which, node, folder: folder(node)? })).collect()
}

/// One source of a `spec`, to be changed.
pub(crate) fn source_mut(spec: &mut Node, which: Which) -> Option<&mut Node> {
    match which {
        None => spec.get_mut("source"),
        Some(at) => spec.get_mut("sources")?.items_mut()?.get_mut(at),
    }
}

/// The repository that a URL names, whichever way it is written.
pub(crate) fn repository(url: &str) -> String {
    let url = url.trim().to_ascii_lowercase();
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest).replacen(':', "/", 1);
    let rest = rest.trim_end_matches('/');
    rest.strip_suffix(".git").unwrap_or(rest).to_owned()
}

/// The repositories that are clearly not this one: more of the folders that are deployed from them are absent
/// here than are here.
pub(crate) fn others(
    named: &HashMap<String, HashSet<RepoPath>>,
    is_here: impl Fn(&RepoPath) -> bool,
) -> HashSet<String> {
    let absent = |folders: &HashSet<RepoPath>| {
        let here = folders.iter().filter(|folder| is_here(folder)).count();
        folders.len() - here > here
    };
    named.iter().filter(|(_, folders)| absent(folders)).map(|(url, _)| url.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn a_repository_is_the_same_by_any_url() {
        for url in [
            "https://github.com/acme/GitOps.git",
            "https://github.com/acme/gitops/",
            "git@github.com:acme/gitops.git",
            "ssh://git@github.com/acme/gitops",
            "https://token@github.com/acme/gitops",
        ] {
            assert_eq!(repository(url), "github.com/acme/gitops", "{url}");
        }
        assert_ne!(repository("https://github.com/acme/other"), "github.com/acme/gitops");
    }
}
