//! The fields and annotations that make controllers ignore an object. A suspended schedule (`CronJob`, `Job`)
//! is not included, because it is a normal state. The same holds for a stage of Kargo without automatic
//! promotion, which is the default. A field that is absent suspends nothing.

use source::Site;
use yaml::{Meaning, Node};

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::windows;

/// A way to suspend an object.
enum Way {
    /// A field that is true.
    True(&'static [&'static str]),
    /// A field that is false.
    False(&'static [&'static str]),
    /// An annotation with this value, in upper or lower case.
    Annotation(&'static str, &'static str),
    /// An annotation with any value.
    AnyAnnotation(&'static str),
    /// Sync windows that deny every sync.
    Windows,
}

/// An API group, kinds of it (all, if there are none), and the way.
struct Row(&'static str, &'static [&'static str], Way);

const SUSPEND: &[&str] = &["spec", "suspend"];
const PAUSED: &[&str] = &["spec", "paused"];

/// Sources: the controllers' API definitions.
const ROWS: &[Row] = &[
    Row("kustomize.toolkit.fluxcd.io", &["Kustomization"], Way::True(SUSPEND)),
    Row("helm.toolkit.fluxcd.io", &["HelmRelease"], Way::True(SUSPEND)),
    Row(
        "source.toolkit.fluxcd.io",
        &["GitRepository", "HelmRepository", "HelmChart", "OCIRepository", "Bucket"],
        Way::True(SUSPEND),
    ),
    Row(
        "image.toolkit.fluxcd.io",
        &["ImageRepository", "ImagePolicy", "ImageUpdateAutomation"],
        Way::True(SUSPEND),
    ),
    Row("notification.toolkit.fluxcd.io", &["Receiver", "Alert", "Provider"], Way::True(SUSPEND)),
    Row("*", &[], Way::Annotation("kustomize.toolkit.fluxcd.io/reconcile", "disabled")),
    Row("*", &[], Way::Annotation("kustomize.toolkit.fluxcd.io/ssa", "ignore")),
    Row("fluxcd.controlplane.io", &[], Way::Annotation("fluxcd.controlplane.io/reconcile", "disabled")),
    Row("argoproj.io", &["Application"], Way::Annotation("argocd.argoproj.io/skip-reconcile", "true")),
    Row("argoproj.io", &["Application"], Way::False(&["spec", "syncPolicy", "automated", "enabled"])),
    Row(
        "argoproj.io",
        &["ApplicationSet"],
        Way::False(&["spec", "template", "spec", "syncPolicy", "automated", "enabled"]),
    ),
    Row("argoproj.io", &["AppProject"], Way::Windows),
    Row("argoproj.io", &["Rollout"], Way::True(PAUSED)),
    Row("apps", &["Deployment"], Way::True(PAUSED)),
    Row("fleet.cattle.io", &["GitRepo", "Bundle"], Way::True(PAUSED)),
    Row("cluster.x-k8s.io", &["Cluster"], Way::True(PAUSED)),
    Row("cluster.x-k8s.io", &[], Way::AnyAnnotation("cluster.x-k8s.io/paused")),
    Row("keda.sh", &[], Way::Annotation("autoscaling.keda.sh/paused", "true")),
    Row("keda.sh", &[], Way::AnyAnnotation("autoscaling.keda.sh/paused-replicas")),
    Row("*", &[], Way::Annotation("crossplane.io/paused", "true")),
];

/// The place that suspends an object; `None` if nothing does.
pub(crate) fn suspended_by(document: &Document) -> Option<Site> {
    let Role::Manifest(resource) = &document.role else { return None };
    let group = resource.api_version.split_once('/').map_or("", |(group, _)| group);
    for Row(of, kinds, way) in ROWS {
        let is_kind = kinds.is_empty() || kinds.contains(&resource.kind.as_str());
        if (*of == "*" || *of == group) && is_kind {
            let found = way.place(&document.root);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

impl Way {
    fn place(&self, root: &Node) -> Option<Site> {
        match self {
            Self::True(path) => root.at(path).filter(|node| node.is_true()).map(Node::site),
            Self::False(path) => root.at(path).filter(|node| is_false(node)).map(Node::site),
            Self::Annotation(name, value) => annotation(root, name)
                .filter(|node| node.scalar().is_some_and(|text| text.eq_ignore_ascii_case(value)))
                .map(Node::site),
            Self::AnyAnnotation(name) => annotation(root, name).map(Node::site),
            Self::Windows => windows::denying(root).map(Node::site),
        }
    }
}

/// True for a boolean that is false, in any of its forms.
fn is_false(node: &Node) -> bool {
    node.meaning() == Some(Meaning::Bool) && !node.is_true()
}

/// True if Argo CD syncs an Application, or those of an ApplicationSet, by itself.
pub(crate) fn is_automated(document: &Document) -> bool {
    let automated: &[&str] = if document.is("argoproj.io", "Application") {
        &["spec", "syncPolicy", "automated"]
    } else if document.is("argoproj.io", "ApplicationSet") {
        &["spec", "template", "spec", "syncPolicy", "automated"]
    } else {
        return false;
    };
    document.root.at(automated).is_some_and(|node| !node.is_null())
}

/// An annotation of an object.
pub(crate) fn annotation<'n>(root: &'n Node, name: &str) -> Option<&'n Node> {
    root.at(&["metadata", "annotations", name])
}
