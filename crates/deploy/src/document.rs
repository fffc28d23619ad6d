//! A document and its role in a deployment: a manifest, Helm values, a kustomization, or nothing that
//! is deployed.

use std::sync::Arc;

use model::Resource;
use source::{RepoPath, Site};
use yaml::Node;

use crate::reference::archive::Archive;
use crate::reference::chart::Lock;
use crate::tool_file::{is_gitlab_ci, is_tool_file};

/// Maximum number of items of all lists, nested ones included: aliases of lists multiply items.
const MAX_ITEMS: usize = 200_000;

/// A document with its role.
#[derive(Clone, Debug)]
pub struct Document {
    /// The root node; shared between the units that deploy it.
    pub root: Arc<Node>,
    /// Its role.
    pub role: Role,
    /// The objects and files elsewhere in the tree that it names.
    pub beside: Box<Beside>,
}

/// The objects and files elsewhere in the tree that a document names.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The repository that a chart comes from.
    pub repository: Option<Arc<Node>>,
    /// The object that `chartRef` of a release names, with the objects that this one names.
    pub chart: Option<Box<Document>>,
    /// The dependencies of a chart in its folder.
    pub lock: Lock,
    /// The values below those in the document itself, by the index of the source.
    pub values: Vec<(usize, Arc<Node>)>,
    /// The layers of those values, the lowest first, by the index of the source.
    pub layers: Vec<(usize, Vec<Arc<Node>>)>,
    /// The entries of `images` that change the rendered result of the charts that a kustomization renders.
    pub images_over: Vec<Node>,
    /// For the values of a chart: the values of its subcharts.
    pub within: Vec<Arc<Node>>,
    /// The charts of the repository that its sources use.
    pub local: Vec<LocalChart>,
    /// The indexes of the sources whose chart was rendered: their values are not read.
    pub rendered: Vec<usize>,
    /// The indexes of the sources whose chart was rendered and may deploy more in a cluster: their values are read too.
    pub open: Vec<usize>,
    /// The charts that were fetched for its sources.
    pub fetched: Vec<Fetched>,
    /// Values of other files that override all others, by the index of the source: the name in the form of
    /// `--set`, and the value.
    pub set: Vec<(usize, String, Node)>,
    /// The patches of kustomizations that change the rendered result of the chart that it names.
    pub patches_over: Vec<Arc<Node>>,
    /// The chart that it is rendered from.
    pub(crate) archive: Option<Archive>,
    /// The paths of fields that hold images according to a kustomization, as kustomize writes them: `spec/image`.
    pub images: Vec<String>,
}

/// A chart of the repository that a source of a document uses.
#[derive(Clone, Debug)]
pub struct LocalChart {
    /// The index of the source.
    pub at: usize,
    /// The folder of the chart.
    pub folder: RepoPath,
    /// True if the layers replace the defaults of the chart.
    pub replaces_defaults: bool,
}

/// A chart that was fetched for a source of a document.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The index of the source.
    pub at: usize,
    /// The scalar that decides which chart it is.
    pub place: Site,
    /// The values of its subcharts, merged with those of the release.
    pub within: Vec<Arc<Node>>,
}

/// The role of a document in a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A Kubernetes resource.
    Manifest(Resource),
    /// A kustomization.
    Kustomization,
    /// A policy: images in it are patterns, except those that it looks up itself.
    Policy(Resource),
    /// Helm values, or any YAML without another role.
    Values,
    /// A chart's `Chart.yaml`.
    Chart,
    /// A document that names no image.
    Other,
}

/// Kinds that carry image-like text which no cluster pulls: schemas, policies with patterns, machine
/// images. By API group; `*` for every kind of the group.
const NOT_DEPLOYED: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "*"),
    ("policies.kyverno.io", "*"),
    ("templates.gatekeeper.sh", "*"),
    ("constraints.gatekeeper.sh", "*"),
    ("cluster.x-k8s.io", "*"),
    ("karpenter.k8s.aws", "*"),
    ("metal3.io", "*"),
    ("machine.openshift.io", "*"),
    ("skaffold", "*"),
    ("chainsaw.kyverno.io", "*"),
];

impl Document {
    /// A document that names no other object.
    pub fn new(root: Arc<Node>, role: Role) -> Self {
        Self { root, role, beside: Box::default() }
    }

    /// The documents in a parsed document: the items of a `List`, otherwise the document itself. The flag is
    /// false if aliases of lists give more items than the limit.
    pub fn classify(root: Node, path: &RepoPath) -> (Vec<Self>, bool) {
        let (mut found, mut fuel) = (Vec::new(), MAX_ITEMS);
        Self::flatten(root, path, None, &mut fuel, &mut found);
        (found, fuel > 0)
    }

    /// `list`: the list that holds it, whose items may leave their kind out (`PodList`).
    fn flatten(
        root: Node,
        path: &RepoPath,
        list: Option<&Resource>,
        fuel: &mut usize,
        found: &mut Vec<Self>,
    ) {
        let Some(left) = fuel.checked_sub(1) else { return };
        *fuel = left;
        let role = match role(&root, path) {
            Role::Values | Role::Other if root.is_mapping() && root.get("kind").is_none() => match list {
                Some(list) => role_of(item_of(list, &root)),
                None => role(&root, path),
            },
            role => role,
        };
        let items = items_of(&root, path);
        let is_list = matches!(&items, Some((list, _)) if list.kind.ends_with("List"));
        if !is_list {
            found.push(Self::new(Arc::new(root), role));
        }
        let Some((list, items)) = items else { return };
        let typed = (is_list && list.kind != "List").then_some(&list);
        for item in items {
            Self::flatten(item, path, typed, fuel, found);
        }
    }

    /// The resource, of a manifest or a policy.
    pub fn resource(&self) -> Option<&Resource> {
        match &self.role {
            Role::Manifest(resource) | Role::Policy(resource) => Some(resource),
            _ => None,
        }
    }

    /// The API group and the kind of a manifest.
    pub fn group_and_kind(&self) -> Option<(&str, &str)> {
        self.resource().map(|resource| (group_of(&resource.api_version), resource.kind.as_str()))
    }

    /// True if it is a manifest of this API group and kind, in any version.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group_and_kind() == Some((group, kind))
    }
}

/// The list that a document is, in any API group, and its items. kubectl takes each object with items as a list, so that items
/// with a kind count in an object of any kind.
fn items_of(root: &Node, path: &RepoPath) -> Option<(Resource, Vec<Node>)> {
    if is_kustomization_file(path) {
        return None;
    }
    let list = resource_of(root)?;
    let mut items = root.get("items")?.items().to_vec();
    if !list.kind.ends_with("List") {
        items.retain(|item| resource_of(item).is_some());
    }
    Some((list, items))
}

/// The resource of an item of a typed list that has no kind of its own.
fn item_of(list: &Resource, item: &Node) -> Resource {
    let text = |keys: &[&str]| item.at(keys).and_then(Node::scalar).map(str::to_owned);
    Resource {
        api_version: list.api_version.clone(),
        kind: list.kind.trim_end_matches("List").to_owned(),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]),
    }
}

fn role(root: &Node, path: &RepoPath) -> Role {
    let file = path.file_name();
    if is_kustomization_file(path) {
        return Role::Kustomization;
    }
    if let Some(resource) = resource_of(root) {
        let is_kustomization = group_of(&resource.api_version) == "kustomize.config.k8s.io";
        return if is_kustomization { Role::Kustomization } else { role_of(resource) };
    }
    if file == "Chart.yaml" && root.get("apiVersion").is_some() && root.get("name").is_some() {
        return Role::Chart;
    }
    let yaml = file.rsplit_once('.').is_none_or(|(_, end)| !end.eq_ignore_ascii_case("json"));
    let is_other = is_tool_file(path) || is_gitlab_ci(root, path);
    if root.is_mapping() && yaml && !is_other { Role::Values } else { Role::Other }
}

/// The role of a resource, by its API group and kind.
pub(crate) fn role_of(resource: Resource) -> Role {
    let group = group_of(&resource.api_version);
    if NOT_DEPLOYED.iter().any(|(g, k)| *g == group && (*k == "*" || *k == resource.kind)) {
        return Role::Other;
    }
    let role = if group == "kyverno.io" { Role::Policy } else { Role::Manifest };
    role(resource)
}

/// The resource that a document is, deployed or not.
pub(crate) fn resource(document: &Document) -> Option<Resource> {
    match &document.role {
        Role::Manifest(resource) | Role::Policy(resource) => Some(resource.clone()),
        Role::Other => resource_of(&document.root),
        _ => None,
    }
}

/// The resource that a mapping is.
pub(crate) fn resource_of(root: &Node) -> Option<Resource> {
    let text = |keys: &[&str]| root.at(keys).and_then(Node::scalar).map(str::to_owned);
    let (api_version, kind) = (text(&["apiVersion"])?, text(&["kind"])?);
    let name = text(&["metadata", "name"]).or_else(|| text(&["metadata", "generateName"]));
    Some(Resource { namespace: text(&["metadata", "namespace"]), name, api_version, kind })
}

/// The group of an `apiVersion`; empty for the core group.
fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// True if kustomize reads the file as a kustomization.
pub fn is_kustomization_file(path: &RepoPath) -> bool {
    matches!(path.file_name(), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}
