//! Inputs of Flux, Argo CD, Helm and Kyverno that put an image where it is deployed.

use crate::audit_case::Case;

const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    \
                        image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n";

/// A chart in the tree.
fn chart() -> Case {
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base("chart/templates/pod.yaml", TEMPLATE)
}

/// A file whose only difference is its tag.
fn bumped(case: Case, path: &str, text: &str) -> Case {
    case.base(path, &text.replace("TAG", "1.0")).head(path, &text.replace("TAG", "BAD"))
}

/// A HelmRelease of the chart, with more fields of its spec.
fn release(fields: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: apps}}\nspec:\n  \
         chart: {{spec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}\n{fields}"
    )
}

#[test]
fn images_of_post_renderers() {
    let fields =
        "  postRenderers:\n  - kustomize:\n      images:\n      - name: REP\n        newTag: 'TAG'\n";
    bumped(chart(), "apps/web.yaml", &release(fields)).is_missing_at("apps/web.yaml:10");
}
