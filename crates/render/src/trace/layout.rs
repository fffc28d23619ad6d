//! The folders of a chart's subcharts by the names that helm writes into its output.

use std::collections::BTreeMap;
use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::Node;

use crate::Chart;

/// The file that makes a folder a chart.
const CHART_YAML: &str = "Chart.yaml";

/// The folders of the charts.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// From helm's path before `templates/` to the folder.
    folders: BTreeMap<String, String>,
}

impl Layout {
    /// Reads the names of the subcharts.
    pub(crate) fn of(chart: &Chart) -> Self {
        let mut layout = Self::default();
        layout.folders.insert(String::new(), String::new());
        let names = names(chart);
        // A folder's parent is visited first, because its path is a prefix.
        for folder in names.keys().filter(|folder| !folder.is_empty()) {
            let Some((parent, _)) = split(folder) else { continue };
            let outer: Vec<String> = layout
                .folders
                .iter()
                .filter(|(_, own)| *own == parent)
                .map(|(shown, _)| shown.clone())
                .collect();
            for shown in outer {
                for name in names_in_parent(&names, parent, folder) {
                    layout.folders.insert(joined(&shown, &format!("charts/{name}")), folder.clone());
                }
            }
        }
        layout
    }

    /// The path in the chart of a template, by the path that helm writes.
    pub(crate) fn file(&self, template: &RepoPath) -> RepoPath {
        let path = template.as_str();
        for (at, _) in path.rmatch_indices('/') {
            let (shown, rest) = path.split_at(at);
            if let Some(folder) = self.folders.get(shown) {
                return RepoPath::new(&joined(folder, rest));
            }
        }
        template.clone()
    }
}

/// The name and the root of each Chart.yaml, by folder.
fn names(chart: &Chart) -> BTreeMap<String, (String, Node)> {
    let mut names = BTreeMap::new();
    for (path, file) in chart.texts() {
        if path.file_name() != CHART_YAML || !crate::chart::own_part(path).eq(CHART_YAML) {
            continue;
        }
        let Some(root) = first_document(file) else { continue };
        let name = root.get("name").and_then(Node::scalar).unwrap_or_default().to_owned();
        names.insert(path.parent().as_str().to_owned(), (name, root));
    }
    names
}

/// The names under which a parent uses the subchart in a folder: its own, and the aliases of the dependencies on it.
fn names_in_parent(names: &BTreeMap<String, (String, Node)>, parent: &str, folder: &str) -> Vec<String> {
    let own = names.get(folder).map(|(name, _)| name.clone()).unwrap_or_default();
    let mut found = vec![own.clone()];
    let Some((_, root)) = names.get(parent) else { return found };
    for dependency in root.list("dependencies") {
        let alias = dependency.get("alias").and_then(Node::scalar);
        let is_it = dependency.get("name").and_then(Node::scalar) == Some(&own);
        found.extend(alias.filter(|_| is_it).map(str::to_owned));
    }
    found
}

/// The folder of the parent chart, and the name of the folder.
fn split(folder: &str) -> Option<(&str, &str)> {
    let (outer, name) = folder.rsplit_once('/')?;
    let parent = outer.strip_suffix("charts")?;
    Some((parent.strip_suffix('/').unwrap_or(parent), name))
}

fn joined(folder: &str, rest: &str) -> String {
    let rest = rest.trim_start_matches('/');
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") }
}

/// The first document of a file, if it is YAML.
pub(crate) fn first_document(file: &Arc<SourceFile>) -> Option<Node> {
    let mut first = None;
    yaml::each_document(file, |document| {
        if first.is_none() {
            first = document.ok();
        }
    });
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_lead_to_their_folder() {
        let mut chart = Chart::default();
        for (path, text) in [
            (
                "Chart.yaml",
                "name: app\ndependencies: [{name: memcached, alias: cache}, {name: memcached, alias: index}]\n",
            ),
            ("charts/memcached-7/Chart.yaml", "name: memcached\n"),
            ("charts/memcached-7/charts/common/Chart.yaml", "name: common\n"),
        ] {
            chart.add(RepoPath::new(path), &RepoPath::new(path), text.into());
        }
        let layout = Layout::of(&chart);
        for (shown, expected) in [
            ("templates/a.yaml", "templates/a.yaml"),
            ("charts/cache/templates/a.yaml", "charts/memcached-7/templates/a.yaml"),
            (
                "charts/index/charts/common/templates/b/c.yaml",
                "charts/memcached-7/charts/common/templates/b/c.yaml",
            ),
            ("charts/memcached/templates/a.yaml", "charts/memcached-7/templates/a.yaml"),
            ("charts/other/templates/a.yaml", "charts/other/templates/a.yaml"),
        ] {
            assert_eq!(layout.file(&RepoPath::new(shown)).as_str(), expected);
        }
    }
}
