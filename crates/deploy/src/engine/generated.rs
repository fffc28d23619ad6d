//! Entries of the generators of kustomizations: the files that they name, and their text.

use source::RepoPath;
use yaml::Node;

/// The key and the path of an item of `files`: `key=path`, or a path alone.
pub(crate) fn keyed(item: &str) -> (&str, &str) {
    let name = item.rsplit('/').next().unwrap_or(item);
    item.split_once('=').unwrap_or((name, item))
}

/// The files of `envs`.
pub(crate) fn env_files(entry: &Node) -> impl Iterator<Item = &str> {
    entry.list("envs").iter().chain(entry.get("env")).filter_map(Node::scalar)
}

/// The files from which the data of an entry of a generator come.
pub(crate) fn generated_files(folder: &RepoPath, entry: &Node) -> Vec<RepoPath> {
    let files = entry.list("files").iter().filter_map(Node::scalar).map(|item| keyed(item).1);
    files.chain(env_files(entry)).map(|path| folder.join(path)).collect()
}

/// The text of an entry of a generator, with the text of its aliases.
pub(crate) fn written(entry: &Node) -> String {
    let site = entry.site();
    let text = site.text();
    if text.contains('*') { site.file.text().to_owned() } else { text.to_owned() }
}
