//! kustomizations as kustomize 5.8.1 builds them: fields that carry an image, and builds that it refuses.

use crate::audit_case::{Case, deployment};

/// A kustomization with a Deployment, whose other fields change.
fn kustomization(before: &str, after: &str) -> Case {
    let text = |fields: &str| format!("resources: [web.yaml]\n{fields}");
    Case::new()
        .base("k/web.yaml", &deployment("REP:1.0"))
        .base("k/kustomization.yaml", &text(before))
        .head("k/kustomization.yaml", &text(after))
}

/// The same fields with another tag.
fn bumped(fields: &str) -> Case {
    kustomization(&fields.replace("TAG", "1.0"), &fields.replace("TAG", "BAD"))
}

const POD_TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    \
                            image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n";

/// A local chart that a kustomization inflates.
fn inflated(entry: &str, file: &str) -> Case {
    Case::new()
        .base("k/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("k/charts/web/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base("k/charts/web/templates/pod.yaml", POD_TEMPLATE)
        .base("k/kustomization.yaml", &format!("helmCharts:\n- name: web\n  releaseName: web\n{entry}"))
        .base(&format!("k/{file}"), "image: {tag: '1.0'}\n")
        .head(&format!("k/{file}"), "image: {tag: 'BAD'}\n")
}

/// `images` of the kustomization apply to the objects of its charts.
#[test]
fn images_over_inflated_charts() {
    let text = |tag: &str| {
        format!("helmCharts:\n- name: web\n  releaseName: web\nimages:\n- name: REP\n  newTag: '{tag}'\n")
    };
    inflated("", "other.yaml")
        .base("k/kustomization.yaml", &text("1.0"))
        .head("k/kustomization.yaml", &text("BAD"))
        .is_missing_at("k/kustomization.yaml:6");
}

/// Empty documents around a patch are no patches.
#[test]
fn empty_documents_in_patches() {
    for (before, after) in [("---\n", ""), ("", "---\n"), ("---\n---\n", "---\n"), ("# a comment\n---\n", "")]
    {
        let patch = |tag: &str| format!("{before}{}{after}", deployment(&format!("REP:{tag}")));
        let line = 10 + before.lines().count();
        kustomization("patches:\n- path: p.yaml\n", "patches:\n- path: p.yaml\n")
            .base("k/p.yaml", &patch("1.0"))
            .head("k/p.yaml", &patch("BAD"))
            .is_missing_at(&format!("k/p.yaml:{line}"));
    }
}

/// Builds that kustomize refuses are reported, also where each file can be read.
fn is_refused(case: &Case, path: &str) {
    let checked = case.check("1.1");
    let about = checked.findings.iter().any(|it| it.contains("broken-kustomization") && it.contains(path));
    assert!(about, "{}", checked.shown());
}

#[test]
fn ambiguous_targets_of_patches() {
    let both = deployment("REP:1.0")
        + "---\n"
        + &deployment("REP:1.0").replace("name: web\nspec", "name: web\n  namespace: b\nspec");
    let patch = "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web, namespace: c}\n    spec: {replicas: 2}\n";
    is_refused(&kustomization("", patch).base("k/web.yaml", &both), "k/kustomization.yaml");
}

/// Flux builds without kustomize's restriction to files below the root.
#[test]
fn files_outside_of_the_root_below_flux() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k, namespace: flux-system}\n\
                spec:\n  path: ./k\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    Case::new()
        .base("clusters/k.yaml", flux)
        .base("k/kustomization.yaml", "resources: [../web.yaml]\n")
        .base("web.yaml", &deployment("REP:1.0"))
        .head("web.yaml", &deployment("REP:BAD"))
        .is_missing_at("web.yaml:10");
}

/// A change of a good kustomization with many fields is no alarm.
#[test]
fn a_good_change_of_many_fields() {
    bumped(
        "namespace: shop\nnamePrefix: a-\ncommonLabels: {app: web}\nlabels:\n- pairs: {team: shop}\n\
         commonAnnotations: {note: x}\nreplicas:\n- {name: web, count: 2}\nsortOptions: {order: fifo}\n\
         buildMetadata: [originAnnotations]\nopenapi: {}\nimages:\n- name: REP\n  newTag: 'TAG'\n",
    )
    .is_missing_at("k/kustomization.yaml:15");
}
