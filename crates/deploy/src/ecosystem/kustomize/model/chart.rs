//! Charts that a kustomization renders.

use std::sync::Arc;

use yaml::Node;

use super::read::{list, scalar, written};

/// The order in which the inline values of an entry of `helmCharts` and those of its file are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValuesMerge {
    /// Inline values override those of the file.
    Override,
    /// Values of the file override inline values.
    Merge,
    /// The file is not read.
    Replace,
}

/// An entry of `helmCharts`, or the configuration of a `HelmChartInflationGenerator`.
#[derive(Clone, Debug)]
pub(crate) struct HelmChart {
    pub(crate) node: Node,
    pub(crate) name: Option<Node>,
    pub(crate) repository: Option<Node>,
    pub(crate) version: Option<Node>,
    pub(crate) namespace: Option<Node>,
    /// The folder of the charts in the repository, if the entry itself names it.
    pub(crate) home: Option<Node>,
    pub(crate) values_file: Option<Node>,
    pub(crate) additional_values_files: Vec<Node>,
    pub(crate) values: Option<Node>,
    pub(crate) merge: ValuesMerge,
}

impl HelmChart {
    /// Reads an entry of `helmCharts`; a generator that is configured as a resource has the same fields.
    pub(crate) fn read(node: &Node) -> Self {
        Self {
            node: node.clone(),
            name: written(node, "name"),
            repository: written(node, "repo"),
            version: written(node, "version"),
            namespace: written(node, "namespace"),
            home: written(node, "chartHome"),
            values_file: written(node, "valuesFile"),
            additional_values_files: list(node, "additionalValuesFiles"),
            values: node.get("valuesInline").filter(|values| values.is_mapping()).cloned(),
            merge: values_merge(node),
        }
    }

    /// Reads an entry of `helmChartInflationGenerator`, as older versions of kustomize write it.
    pub(crate) fn read_inflation(node: &Node) -> Self {
        Self {
            node: node.clone(),
            name: written(node, "chartName"),
            repository: written(node, "chartRepoUrl"),
            version: written(node, "chartVersion"),
            namespace: None,
            home: written(node, "chartHome"),
            values_file: written(node, "values"),
            additional_values_files: Vec::new(),
            values: node.get("valuesLocal").filter(|values| values.is_mapping()).cloned(),
            merge: values_merge(node),
        }
    }

    /// The tree of a kustomization with only this chart and these values.
    pub(crate) fn alone(&self, values: Option<Node>) -> Arc<Node> {
        let fields = [
            ("name", self.name.clone()),
            ("repo", self.repository.clone()),
            ("version", self.version.clone()),
            ("valuesInline", values),
            ("namespace", self.namespace.clone()),
        ];
        let kept = OPTIONS.iter().map(|key| (*key, self.node.get(key).cloned()));
        let mut entry = Vec::new();
        for (key, value) in fields.into_iter().chain(kept) {
            entry.extend(value.map(|value| (Node::text_at(key, &self.node), value)));
        }
        let charts = Node::sequence_at(vec![Node::mapping_at(entry, &self.node)], &self.node);
        Arc::new(Node::mapping_at(vec![(Node::text_at("helmCharts", &self.node), charts)], &self.node))
    }

    /// The values in a tree that [`Self::alone`] made.
    pub(crate) fn values_in(root: &Node) -> Option<&Node> {
        root.list("helmCharts").first()?.get("valuesInline")
    }
}

/// The options of an entry for `helm template`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChartOptions<'a> {
    entry: &'a Node,
}

/// The keys of these options.
const OPTIONS: &[&str] =
    &["releaseName", "includeCRDs", "skipTests", "skipHooks", "kubeVersion", "apiVersions"];

impl<'a> ChartOptions<'a> {
    /// Reads the options of an entry of `helmCharts`.
    pub(crate) fn read(entry: &'a Node) -> Self {
        Self { entry }
    }

    /// The name of the release.
    pub(crate) fn name(self) -> Option<&'a str> {
        scalar(self.entry, "releaseName")
    }

    /// The namespace of the release.
    pub(crate) fn namespace(self) -> Option<&'a str> {
        scalar(self.entry, "namespace")
    }

    /// The version of Kubernetes.
    pub(crate) fn kube_version(self) -> Option<&'a str> {
        scalar(self.entry, "kubeVersion")
    }

    /// Further API versions of the cluster.
    pub(crate) fn api_versions(self) -> impl Iterator<Item = &'a str> {
        self.entry.list("apiVersions").iter().filter_map(Node::scalar)
    }

    /// True if a switch is on: `includeCRDs`, `skipTests`, `skipHooks`.
    pub(crate) fn is_on(self, switch: &str) -> bool {
        self.entry.get(switch).is_some_and(Node::is_true)
    }
}

fn values_merge(node: &Node) -> ValuesMerge {
    match scalar(node, "valuesMerge") {
        Some("merge") => ValuesMerge::Merge,
        Some("replace") => ValuesMerge::Replace,
        _ => ValuesMerge::Override,
    }
}
