//! `Chart.yaml`. No other file knows its field names.
//! Source: <https://helm.sh/docs/topics/charts/#the-chartyaml-file>.

use yaml::Node;

/// A `Chart.yaml`.
#[derive(Clone, Debug)]
pub(crate) struct ChartFile<'a> {
    /// The version of the application, unless it is empty.
    pub(crate) app_version: Option<&'a Node>,
    pub(crate) dependencies: Vec<Dependency<'a>>,
}

/// An entry of `dependencies`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dependency<'a> {
    pub(crate) name: &'a str,
    /// The key of its values.
    pub(crate) key: &'a str,
    pub(crate) repository: Option<&'a str>,
    /// Paths of values, separated by commas, of which the first that is set enables or disables the
    /// dependency.
    pub(crate) condition: Option<&'a str>,
}

impl<'a> ChartFile<'a> {
    pub(crate) fn read(root: &'a Node) -> Self {
        let app_version = root.get("appVersion").filter(|node| is_written(node));
        let list = root.get("dependencies").map(Node::items).unwrap_or_default();
        Self { app_version, dependencies: list.iter().filter_map(Dependency::read).collect() }
    }
}

impl<'a> Dependency<'a> {
    fn read(node: &'a Node) -> Option<Self> {
        let text = |key| node.get(key).and_then(Node::scalar).filter(|text| !text.is_empty());
        let name = text("name")?;
        Some(Self {
            name,
            key: text("alias").unwrap_or(name),
            repository: text("repository"),
            condition: text("condition"),
        })
    }

    /// True if the first of its conditions that is set disables it.
    pub(crate) fn is_off(&self, values: &Node) -> bool {
        for path in self.condition.unwrap_or_default().split(',') {
            let keys: Vec<&str> = path.trim().split('.').collect();
            if let Some(value) = values.at(&keys).and_then(Node::scalar) {
                return value == "false";
            }
        }
        false
    }
}

fn is_written(node: &Node) -> bool {
    node.scalar().is_some_and(|text| !text.is_empty())
}
