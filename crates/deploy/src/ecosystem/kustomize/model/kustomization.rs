//! A kustomization and its entries.

use std::sync::Arc;

use yaml::Node;

use super::chart::HelmChart;
use super::read::{entries, list, mapping, scalar, written};

/// The fields of a kustomization that do not change the specification of a resource. Any other field may
/// change it.
const PLAIN_FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "namespace",
    "generatorOptions",
    "configMapGenerator",
    "secretGenerator",
];

/// True if a kustomization has a field that is neither plain nor one of these. An empty list changes nothing.
pub(crate) fn has_fields_beside(kustomization: &Node, others: &[&str]) -> bool {
    let mut found = false;
    kustomization.each_entry(|key, value| {
        let is_empty = value.is_null() || value.is_sequence() && value.items().is_empty();
        let is_other = |key: &str| !PLAIN_FIELDS.contains(&key) && !others.contains(&key);
        found |= !is_empty && key.scalar().is_none_or(is_other);
    });
    found
}

/// A kustomization, with the fields that a Flux Kustomization or an Argo CD Application adds to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) api_version: Option<Node>,
    /// `kind`; an absent one means `Kustomization`.
    pub(crate) kind: Option<Node>,
    pub(crate) openapi: Option<Node>,
    pub(crate) sort_options: Option<Node>,
    /// `resources`, then `bases`.
    pub(crate) resources: Vec<Node>,
    pub(crate) components: Vec<Node>,
    pub(crate) configurations: Vec<Node>,
    pub(crate) crds: Vec<Node>,
    pub(crate) config_maps: Vec<Generated>,
    pub(crate) secrets: Vec<Generated>,
    pub(crate) generators: Vec<Node>,
    pub(crate) transformers: Vec<Node>,
    pub(crate) validators: Vec<Node>,
    pub(crate) replicas: Vec<Replicas>,
    /// `helmCharts`, then `helmChartInflationGenerator`.
    pub(crate) charts: Vec<HelmChart>,
    /// The folder of the charts that are in the repository.
    pub(crate) chart_home: Option<Node>,
    pub(crate) patches_strategic_merge: Vec<Node>,
    pub(crate) patches: Vec<PatchEntry>,
    pub(crate) patches_json6902: Vec<PatchEntry>,
    /// `images`, then `imageTags`.
    pub(crate) images: Vec<ImageEntry>,
    /// The `images` that the deployer adds.
    pub(crate) added_images: Vec<ImageEntry>,
    pub(crate) replacements: Vec<Replacement>,
    pub(crate) vars: Vec<Var>,
    pub(crate) namespace: Option<Node>,
    pub(crate) name_prefix: Option<Node>,
    pub(crate) name_suffix: Option<Node>,
    /// `commonLabels`, then `labels`.
    pub(crate) labels: Vec<Labels>,
    pub(crate) annotations: Vec<Node>,
}

impl Kustomization {
    /// Reads a kustomization.
    pub(crate) fn read(root: &Node) -> Self {
        if root.entries().is_empty() {
            return Self::default();
        }
        let resources = [list(root, "resources"), list(root, "bases")].concat();
        let mut charts = entries(root, "helmCharts", HelmChart::read);
        charts.extend(entries(root, "helmChartInflationGenerator", HelmChart::read_inflation));
        let mut images = entries(root, "images", ImageEntry::read);
        images.extend(entries(root, "imageTags", ImageEntry::read));
        let options = root.get("generatorOptions");
        let generated = |key| list(root, key).iter().map(|it| Generated::read(it).with(options)).collect();
        let mut labels: Vec<Labels> = root.get("commonLabels").map(Labels::common).into_iter().collect();
        labels.extend(list(root, "labels").iter().filter_map(Labels::read));
        Self {
            api_version: written(root, "apiVersion"),
            kind: written(root, "kind"),
            openapi: mapping(root, "openapi"),
            sort_options: mapping(root, "sortOptions"),
            resources,
            components: list(root, "components"),
            configurations: list(root, "configurations"),
            crds: list(root, "crds"),
            config_maps: generated("configMapGenerator"),
            secrets: generated("secretGenerator"),
            generators: list(root, "generators"),
            transformers: list(root, "transformers"),
            validators: list(root, "validators"),
            replicas: list(root, "replicas").iter().filter_map(Replicas::read).collect(),
            charts,
            chart_home: root.at(&["helmGlobals", "chartHome"]).cloned(),
            patches_strategic_merge: list(root, "patchesStrategicMerge"),
            patches: entries(root, "patches", PatchEntry::read),
            patches_json6902: entries(root, "patchesJson6902", PatchEntry::read),
            images,
            added_images: Vec::new(),
            replacements: entries(root, "replacements", Replacement::read),
            vars: list(root, "vars").iter().filter_map(Var::read).collect(),
            namespace: written(root, "namespace").or_else(|| written(root, "targetNamespace")),
            name_prefix: written(root, "namePrefix"),
            name_suffix: written(root, "nameSuffix"),
            labels,
            annotations: root.get("commonAnnotations").cloned().into_iter().collect(),
        }
    }

    /// Adds the fields of the deployer: lists are extended, and texts are replaced.
    pub(crate) fn add(&mut self, added: Self) {
        self.resources.extend(added.resources);
        self.components.extend(added.components);
        self.configurations.extend(added.configurations);
        self.config_maps.extend(added.config_maps);
        self.secrets.extend(added.secrets);
        self.generators.extend(added.generators);
        self.transformers.extend(added.transformers);
        self.charts.extend(added.charts);
        self.patches_strategic_merge.extend(added.patches_strategic_merge);
        self.patches.extend(added.patches);
        self.patches_json6902.extend(added.patches_json6902);
        self.added_images.extend(added.images);
        self.replacements.extend(added.replacements);
        self.vars.extend(added.vars);
        self.namespace = added.namespace.or(self.namespace.take());
        self.name_prefix = added.name_prefix.or(self.name_prefix.take());
        self.name_suffix = added.name_suffix.or(self.name_suffix.take());
        self.labels.extend(added.labels);
        self.annotations.extend(added.annotations);
    }

    pub(crate) fn is_component(&self) -> bool {
        self.kind.as_ref().and_then(Node::scalar) == Some("Component")
    }

    /// The tree of a kustomization with these `images` and without charts, which have trees of their own.
    pub(crate) fn with_images(source: &Arc<Node>, images: Vec<Node>) -> Arc<Node> {
        let fields = ["images", "imageTags", "helmCharts", "helmChartInflationGenerator"];
        if !fields.iter().any(|field| source.get(field).is_some()) {
            return Arc::clone(source);
        }
        let mut root = (**source).clone();
        for field in fields {
            root.remove(field);
        }
        let list = Node::sequence_at(images, &root);
        root.insert(Node::text_at("images", &list), list);
        Arc::new(root)
    }
}

/// A kind of resource that kustomizations generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GeneratedKind {
    ConfigMap,
    Secret,
}

impl GeneratedKind {
    /// Both kinds.
    pub(crate) const ALL: [Self; 2] = [Self::ConfigMap, Self::Secret];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    /// The entries of a kustomization that generate this kind, each with its name.
    pub(crate) fn named_entries(self, kustomization: &Node) -> Vec<(&str, &Node)> {
        let field = match self {
            Self::ConfigMap => "configMapGenerator",
            Self::Secret => "secretGenerator",
        };
        let mut named = Vec::new();
        for entry in kustomization.list(field) {
            named.extend(entry.get("name").and_then(Node::scalar).map(|name| (name, entry)));
        }
        named
    }
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) node: Node,
    pub(crate) name: Option<Node>,
    pub(crate) namespace: Option<Node>,
    /// `merge` or `replace` if it changes an existing resource.
    pub(crate) behavior: Option<String>,
    pub(crate) literals: Vec<Node>,
    /// Paths, each with its key before an equals sign or without one.
    pub(crate) files: Vec<Node>,
    /// `envs`, then `env`.
    pub(crate) envs: Vec<Node>,
    pub(crate) labels: Option<Node>,
    pub(crate) annotations: Option<Node>,
}

impl Generated {
    pub(crate) fn read(node: &Node) -> Self {
        Self {
            node: node.clone(),
            name: written(node, "name"),
            namespace: written(node, "namespace"),
            behavior: scalar(node, "behavior").map(str::to_owned),
            literals: list(node, "literals"),
            files: list(node, "files"),
            envs: list(node, "envs").into_iter().chain(written(node, "env")).collect(),
            labels: node.at(&["options", "labels"]).cloned(),
            annotations: node.at(&["options", "annotations"]).cloned(),
        }
    }

    /// The same with the metadata of `generatorOptions` below its own.
    fn with(mut self, options: Option<&Node>) -> Self {
        for (field, own) in [("labels", &mut self.labels), ("annotations", &mut self.annotations)] {
            let Some(pairs) = options.and_then(|options| options.get(field)) else { continue };
            let mut all = pairs.clone();
            if let Some(own) = own {
                own.each_entry(|key, value| all.insert(key.clone(), value.clone()));
            }
            *own = Some(all);
        }
        self
    }

    /// Reads a generator that is configured as a resource, which has its name in `metadata`.
    pub(crate) fn read_resource(root: &Node) -> Self {
        let name = root.at(&["metadata", "name"]).cloned();
        let namespace = root.at(&["metadata", "namespace"]).cloned();
        Self { name, namespace, ..Self::read(root) }
    }
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug)]
pub(crate) struct PatchEntry {
    pub(crate) node: Node,
    /// The patch itself, as YAML in a string or as a tree.
    pub(crate) inline: Option<Node>,
    pub(crate) path: Option<Node>,
    pub(crate) target: Option<Node>,
    /// `allowNameChange`.
    pub(crate) renames: bool,
    /// `allowKindChange`.
    pub(crate) changes_kind: bool,
}

impl PatchEntry {
    pub(crate) fn read(node: &Node) -> Self {
        let is_on = |option: &str| node.at(&["options", option]).is_some_and(Node::is_true);
        Self {
            node: node.clone(),
            inline: node.get("patch").filter(|patch| !is_blank(patch)).cloned(),
            path: written(node, "path"),
            target: node.get("target").filter(|target| target.is_mapping()).cloned(),
            renames: is_on("allowNameChange"),
            changes_kind: is_on("allowKindChange"),
        }
    }
}

/// True if a patch is empty.
fn is_blank(patch: &Node) -> bool {
    patch.is_null() || patch.scalar().is_some_and(|text| text.trim().is_empty())
}

/// An entry of `images`: kustomize's mapping, or the text that Argo CD writes.
#[derive(Clone, Debug)]
pub(crate) struct ImageEntry {
    pub(crate) node: Node,
    pub(crate) name: Option<Node>,
    pub(crate) new_name: Option<Node>,
    pub(crate) new_tag: Option<Node>,
    pub(crate) digest: Option<Node>,
    pub(crate) tag_suffix: Option<Node>,
}

impl ImageEntry {
    pub(crate) fn read(node: &Node) -> Self {
        Self {
            node: node.clone(),
            name: written(node, "name"),
            new_name: written(node, "newName"),
            new_tag: written(node, "newTag"),
            digest: written(node, "digest"),
            tag_suffix: written(node, "tagSuffix"),
        }
    }
}

/// An entry of `replicas`.
#[derive(Clone, Debug)]
pub(crate) struct Replicas {
    pub(crate) name: Node,
    pub(crate) count: Option<Node>,
}

impl Replicas {
    pub(crate) fn read(node: &Node) -> Option<Self> {
        Some(Self { name: written(node, "name")?, count: written(node, "count") })
    }
}

/// An entry of `replacements`.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// The replacement itself.
    pub(crate) node: Node,
    /// The file that contains it instead.
    pub(crate) path: Option<Node>,
    /// True if it has a source or targets itself.
    pub(crate) is_inline: bool,
}

impl Replacement {
    pub(crate) fn read(node: &Node) -> Self {
        let has = |key: &str| node.get(key).is_some_and(|value| !value.is_null());
        Self {
            node: node.clone(),
            path: written(node, "path"),
            is_inline: has("source") || !list(node, "targets").is_empty(),
        }
    }
}

/// An entry of `vars`.
#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) node: Node,
    pub(crate) name: String,
    /// The resource that has the value; kustomize requires its complete API version.
    pub(crate) api_version: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) namespace: Option<String>,
    /// The field of the resource.
    pub(crate) field: Option<String>,
}

impl Var {
    fn read(node: &Node) -> Option<Self> {
        let of_object = |key: &str| scalar(node.get("objref")?, key).map(str::to_owned);
        let field = node.get("fieldref").or_else(|| node.get("fieldRef"));
        let field = field.and_then(|field| field.get("fieldPath").or_else(|| field.get("fieldpath")));
        Some(Self {
            node: node.clone(),
            name: scalar(node, "name")?.to_owned(),
            api_version: of_object("apiVersion").or_else(|| {
                match (of_object("group"), of_object("version")) {
                    (Some(group), Some(version)) => Some(format!("{group}/{version}")),
                    (_, version) => version,
                }
            }),
            kind: of_object("kind"),
            resource: of_object("name"),
            namespace: of_object("namespace"),
            field: field.and_then(Node::scalar).map(str::to_owned),
        })
    }
}

/// `commonLabels`, or an entry of `labels`.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    pub(crate) pairs: Node,
    /// True if they are written into selectors and pod templates too.
    pub(crate) reaches_pods: bool,
    /// Further fields that they are written into.
    pub(crate) fields: Vec<Node>,
}

impl Labels {
    pub(crate) fn common(pairs: &Node) -> Self {
        Self { pairs: pairs.clone(), reaches_pods: true, fields: Vec::new() }
    }

    fn read(node: &Node) -> Option<Self> {
        let is_on = |key: &str| node.get(key).is_some_and(Node::is_true);
        let reaches_pods = is_on("includeSelectors") || is_on("includeTemplates");
        Some(Self { pairs: node.get("pairs")?.clone(), reaches_pods, fields: list(node, "fields") })
    }
}
