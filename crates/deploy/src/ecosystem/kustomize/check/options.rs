//! Options of a kustomization whose values kustomize refuses.

use model::FileProblem;
use yaml::Node;

use crate::ecosystem::kustomize::model::Kustomization;
use crate::ecosystem::kustomize::problem::broken;

const KUSTOMIZATION_VERSION: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";
/// The schemas of Kubernetes that kustomize 5.8.1 has.
const OPENAPI_VERSION: &str = "v1.21.2";

/// The options that kustomize refuses. `own`: the kustomization as it is written.
pub(super) fn refused(own: &Node, kustomization: &Kustomization) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    header(kustomization, &mut problems);
    if is_empty(own) {
        problems.push(broken(&Node::null_at(own), "kustomize refuses an empty kustomization".to_owned()));
    }
    openapi(kustomization, &mut problems);
    sort_options(kustomization, &mut problems);
    problems
}

fn header(kustomization: &Kustomization, problems: &mut Vec<FileProblem>) {
    let kind = kustomization.kind.as_ref().and_then(Node::scalar).unwrap_or("Kustomization");
    if let Some(node) = kustomization.kind.as_ref().filter(|_| !matches!(kind, "Kustomization" | "Component"))
    {
        let message = "kustomize requires the kind Kustomization or Component".to_owned();
        return problems.push(broken(node, message));
    }
    let wanted = if kind == "Component" { COMPONENT_VERSION } else { KUSTOMIZATION_VERSION };
    if let Some(node) = kustomization.api_version.as_ref().filter(|node| node.scalar() != Some(wanted)) {
        problems.push(broken(node, format!("kustomize requires the apiVersion {wanted} for a {kind}")));
    }
}

/// True if no field except the type is written. An empty list counts as written.
fn is_empty(own: &Node) -> bool {
    let mut is_empty = own.is_mapping();
    own.each_entry(|key, value| {
        let is_type = matches!(key.scalar(), Some("apiVersion" | "kind"));
        is_empty &= is_type || value.is_null() || value.scalar() == Some("");
    });
    is_empty
}

fn openapi(kustomization: &Kustomization, problems: &mut Vec<FileProblem>) {
    let Some(openapi) = &kustomization.openapi else { return };
    let version = openapi.get("version").filter(|version| version.scalar() != Some(""));
    if let Some(version) = version.filter(|_| openapi.get("path").is_some()) {
        let message = "kustomize refuses a version of the schema beside a path".to_owned();
        problems.push(broken(version, message));
    } else if let Some(version) = version.filter(|version| version.scalar() != Some(OPENAPI_VERSION)) {
        let message = format!("kustomize 5.8.1 has only the schema {OPENAPI_VERSION}");
        problems.push(broken(version, message));
    }
}

fn sort_options(kustomization: &Kustomization, problems: &mut Vec<FileProblem>) {
    let Some(options) = &kustomization.sort_options else { return };
    let order = options.get("order").and_then(Node::scalar).unwrap_or_default();
    let message = match (order, options.get("legacySortOptions")) {
        ("fifo", Some(legacy)) if !legacy.is_null() => {
            "kustomize refuses legacySortOptions beside the order fifo"
        }
        ("fifo" | "legacy", _) => return,
        _ => "kustomize requires sortOptions.order to be fifo or legacy",
    };
    problems.push(broken(options, message.to_owned()));
}
