//! The lock file of a chart, and the dependencies that are in the repository.

use source::RepoPath;

use crate::engine::tree::Tree;
use crate::reference::chart::Lock;

impl Tree<'_> {
    /// The lock file of the chart in a folder, and those of its dependencies that are in the repository.
    pub(crate) fn lock(&self, folder: &RepoPath) -> Lock {
        let mut found = Lock::default();
        let charts = folder.join("charts");
        for path in self.files_below(&charts) {
            found.vendored.extend(vendored(&charts, path));
        }
        if let Some(lock) = self.document(&folder.join("Chart.lock"), &mut |_| {}) {
            for entry in lock.list("dependencies") {
                if let (Some(name), Some(version)) = (entry.get("name"), entry.get("version")) {
                    let name = name.scalar().unwrap_or_default().to_owned();
                    found.versions.insert(name, version.clone());
                }
            }
        }
        found
    }
}

/// The name of the chart that a file below `charts` belongs to: `charts/NAME/Chart.yaml`, `charts/NAME-1.2.3.tgz`.
fn vendored(charts: &RepoPath, path: &RepoPath) -> Option<String> {
    let parent = path.parent();
    if path.file_name() == "Chart.yaml" && parent.parent() == *charts {
        return Some(parent.file_name().to_owned());
    }
    let stem = path.file_name().strip_suffix(".tgz").filter(|_| parent == *charts)?;
    // The version begins after the first dash that a digit follows.
    let dashes = stem.match_indices('-').map(|(at, _)| stem.split_at(at));
    let named = dashes.into_iter().find(|(_, rest)| is_version(rest.trim_start_matches('-')));
    named.map(|(name, _)| name.to_owned())
}

fn is_version(text: &str) -> bool {
    text.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit())
}
