//! Inputs of Flux, Argo CD, Helm and Kyverno that put an image where it is deployed.

use crate::audit_case::{Case, deployment};

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
fn post_renderers_of_a_release() {
    let fields = "  postRenderers:\n  - kustomize:\n      patches:\n      - target: {kind: Pod, name: web}\n        patch: |\n          \
                  - op: replace\n            path: /spec/containers/0/image\n            value: REP:TAG\n";
    bumped(chart(), "apps/web.yaml", &release(fields)).is_missing_at("apps/web.yaml:13");
    let merge = "  postRenderers:\n  - kustomize:\n      patches:\n      - patch: |\n          apiVersion: v1\n          kind: Pod\n          \
                 metadata: {name: web}\n          spec:\n            containers:\n            - name: web\n              image: REP:TAG\n";
    bumped(chart(), "apps/web.yaml", &release(merge)).is_missing_at("apps/web.yaml:16");
}

#[test]
fn images_of_post_renderers() {
    let fields =
        "  postRenderers:\n  - kustomize:\n      images:\n      - name: REP\n        newTag: 'TAG'\n";
    bumped(chart(), "apps/web.yaml", &release(fields)).is_missing_at("apps/web.yaml:10");
}

#[test]
fn a_target_path_of_values() {
    let from = "  valuesFrom: [{kind: ConfigMap, name: web, valuesKey: tag, targetPath: image.tag}]\n";
    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: apps}\ndata:\n  tag: 'TAG'\n";
    bumped(chart().base("apps/web.yaml", &release(from)), "apps/cm.yaml", map)
        .is_missing_at("apps/cm.yaml:5");
}

#[test]
fn values_from_a_secret_in_clear() {
    let from = "  valuesFrom: [{kind: Secret, name: web}]\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: apps}\nstringData:\n  values.yaml: |\n    \
                  image:\n      tag: 'TAG'\n";
    bumped(chart().base("apps/web.yaml", &release(from)), "apps/secret.yaml", secret)
        .is_missing_at("apps/secret.yaml:7");
}

/// `data` of a Secret is base64: the whole scalar is the place.
#[test]
fn values_from_a_secret_in_base64() {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let secret = |data: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: web, namespace: apps}}\ndata:\n  values.yaml: {data}\n"
        )
    };
    chart()
        .base("apps/web.yaml", &release("  valuesFrom: [{kind: Secret, name: web}]\n"))
        .base("apps/secret.yaml", &secret(&encode("image: {tag: '1.0'}\n")))
        .head("apps/secret.yaml", &secret(&encode("image: {tag: '9.9-bad'}\n")))
        .fails_with("missing-tag", "apps/secret.yaml:5");
}

#[test]
fn variables_from_a_secret_in_clear() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
                spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n  \
                postBuild: {substituteFrom: [{kind: Secret, name: vars}]}\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: vars, namespace: flux-system}\nstringData:\n  web_tag: 'TAG'\n";
    let case =
        Case::new().base("clusters/apps.yaml", flux).base("apps/web.yaml", &deployment("REP:${web_tag}"));
    bumped(case, "clusters/vars.yaml", secret).is_missing_at("clusters/vars.yaml:5");
}

/// An Application on a folder, with more fields of its source.
fn application(path: &str, fields: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
         repoURL: https://git.test/shop.git\n    path: {path}\n{fields}"
    )
}

#[test]
fn sources_that_image_updater_writes() {
    let file = "helm:\n  parameters:\n  - name: image.tag\n    value: 'TAG'\n    forcestring: true\n";
    let case = chart().base("argo/web.yaml", &application("chart", ""));
    bumped(case.clone(), "chart/.argocd-source-web.yaml", file)
        .is_missing_at("chart/.argocd-source-web.yaml:4");
    bumped(case, "chart/.argocd-source.yaml", file).is_missing_at("chart/.argocd-source.yaml:4");
    let images = "kustomize:\n  images:\n  - REP:TAG\n";
    let case = Case::new()
        .base("k/kustomization.yaml", "resources: [web.yaml]\n")
        .base("k/web.yaml", &deployment("REP:1.0"))
        .base("argo/web.yaml", &application("k", ""));
    bumped(case, "k/.argocd-source-web.yaml", images).is_missing_at("k/.argocd-source-web.yaml:3");
}

#[test]
fn file_parameters_of_an_application() {
    let fields = "    helm:\n      fileParameters:\n      - name: image.tag\n        path: files/tag\n";
    let case = chart().base("argo/web.yaml", &application("chart", fields));
    case.base("chart/files/tag", "1.0").head("chart/files/tag", "BAD").is_missing_at("chart/files/tag:1");
}

#[test]
fn globs_of_values_files() {
    let fields = "    helm:\n      valueFiles: ['envs/*.yaml']\n";
    let case = chart().base("argo/web.yaml", &application("chart", fields));
    bumped(case, "chart/envs/a.yaml", "image: {tag: 'TAG'}\n").is_missing_at("chart/envs/a.yaml:1");
}

/// An Application with an artifact of a registry: without a revision the newest version is taken.
#[test]
fn artifacts_without_a_revision() {
    let text = |name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
             repoURL: oci://HOST/shop/{name}\n    path: .\n"
        )
    };
    Case::new()
        .base("argo/web.yaml", &text("web"))
        .head("argo/web.yaml", &text("gone"))
        .fails_with("missing-repository", "argo/web.yaml:6");
}

/// Manifests that a values file holds as text.
#[test]
fn values_that_hold_yaml_as_text() {
    for text in [
        "extraContainers: |\n  - name: side\n    image: REP:TAG\n",
        "sidecars: |\n  - name: side\n    image: REP:TAG\n",
        "extraDeploy:\n- |\n  apiVersion: v1\n  kind: Pod\n  metadata: {name: x}\n  spec:\n    containers:\n    - name: x\n      \
         image: REP:TAG\n",
    ] {
        let line = text.lines().count();
        bumped(Case::new(), "values.yaml", text).is_missing_at(&format!("values.yaml:{line}"));
    }
}

/// Templates in such a text: the images that no template writes.
#[test]
fn values_that_hold_templates_as_text() {
    for text in [
        "extraContainers: |\n  - name: {{ .Release.Name }}-side\n    image: REP:TAG\n",
        "extraContainers: |\n  {{- if .Values.x }}\n  - name: side\n    image: \"REP:TAG\"\n  {{- end }}\n",
        "sidecars: |\n  - {name: '{{ .Release.Name }}', image: REP:TAG}\n",
        "extraDeploy:\n- |\n  apiVersion: v1\n  kind: Pod\n  metadata: {name: '{{ .Release.Name }}'}\n  spec:\n    containers:\n    \
         - name: x\n      image: REP:TAG # the side\n",
    ] {
        let line = 1 + text.lines().position(|line| line.contains("REP:TAG")).unwrap();
        bumped(Case::new(), "values.yaml", text).is_missing_at(&format!("values.yaml:{line}"));
    }
}

/// An image that a template writes, in whole or in part, and one in a comment are not known.
#[test]
fn values_whose_templates_write_the_image() {
    let text = "extraContainers: |\n  - name: side\n    image: REP:{{ .Values.tag }}\n    # image: REP:TAG\n";
    let outcome = bumped(Case::new(), "values.yaml", text).check("9.9-bad");
    assert_eq!((outcome.run.code, outcome.references.len()), (0, 0), "{}", outcome.shown());
}

#[test]
fn mutations_of_kyverno() {
    let policy = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\nspec:\n  rules:\n  - name: side\n    \
                  match: {any: [{resources: {kinds: [Pod]}}]}\n    mutate:\n      patchStrategicMerge:\n        spec:\n          \
                  containers:\n          - name: side\n            image: REP:TAG\n";
    bumped(Case::new(), "policy.yaml", policy).is_missing_at("policy.yaml:13");
    let operations = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\nspec:\n  rules:\n  - name: side\n    \
                      match: {any: [{resources: {kinds: [Pod]}}]}\n    mutate:\n      patchesJson6902: |-\n        \
                      - op: add\n          path: /spec/containers/-\n          value: {name: side, image: 'REP:TAG'}\n";
    bumped(Case::new(), "policy.yaml", operations).is_missing_at("policy.yaml:12");
}

#[test]
fn resources_that_kyverno_generates() {
    let policy = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\nspec:\n  rules:\n  - name: web\n    \
                  match: {any: [{resources: {kinds: [Namespace]}}]}\n    generate:\n      apiVersion: apps/v1\n      kind: Deployment\n      \
                  name: web\n      namespace: x\n      data:\n        spec:\n          template:\n            spec:\n              \
                  containers:\n              - name: web\n                image: REP:TAG\n";
    bumped(Case::new(), "policy.yaml", policy).is_missing_at("policy.yaml:19");
}

#[test]
fn manifests_of_argo_workflows() {
    let workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: x}\nspec:\n  templates:\n  - name: make\n    \
                    resource:\n      action: create\n      manifest: |\n        apiVersion: v1\n        kind: Pod\n        \
                    metadata: {name: x}\n        spec:\n          containers:\n          - name: x\n            image: REP:TAG\n";
    bumped(Case::new(), "workflow.yaml", workflow).is_missing_at("workflow.yaml:16");
    let plugin = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: x}\nspec:\n  executorPlugins:\n  - spec:\n      \
                  sidecar:\n        container:\n          name: x\n          image: REP:TAG\n";
    bumped(Case::new(), "workflow.yaml", plugin).is_missing_at("workflow.yaml:10");
}

/// A string under `image` of an unknown kind, with a host and a tag, is a reference.
#[test]
fn images_of_unknown_kinds() {
    let custom = "apiVersion: shop.test/v1\nkind: Shop\nmetadata: {name: web}\nspec:\n  image: REP:TAG\n";
    bumped(Case::new(), "shop.yaml", custom).is_missing_at("shop.yaml:5");
}

/// Images of an unknown kind in parts, in a list or by name: one notice for the kind.
#[test]
fn images_in_parts_of_unknown_kinds() {
    for spec in [
        "{image: {repository: REP, tag: 'TAG'}}",
        "{images: ['REP:TAG']}",
        "{images: {web: 'REP:TAG'}}",
        "{values: {webImage: {repository: REP, tag: 'TAG'}}}",
    ] {
        let custom = |tag: &str| {
            let spec = spec.replace("TAG", tag);
            format!("apiVersion: shop.test/v1\nkind: Shop\nmetadata: {{name: web}}\nspec: {spec}\n")
        };
        let case = Case::new().base("shop.yaml", &custom("1.0")).head("shop.yaml", &custom("BAD"));
        let checked = case.check("9.9-bad");
        let notices = checked.findings.iter().filter(|it| it.starts_with("notice not-checked shop.yaml"));
        assert_eq!((checked.run.code, notices.count()), (0, 1), "{spec} {}", checked.shown());
    }
}

/// Other fields of an unknown kind that look like an image: one notice for the kind.
#[test]
fn image_like_fields_of_unknown_kinds() {
    let custom = |tag: &str| {
        format!(
            "apiVersion: shop.test/v1\nkind: Shop\nmetadata: {{name: web}}\nspec:\n  image: web\n  imageTag: '{tag}'\n---\n\
             apiVersion: shop.test/v1\nkind: Shop\nmetadata: {{name: b}}\nspec:\n  image: web\n  imageTag: '{tag}'\n"
        )
    };
    let checked =
        Case::new().base("shop.yaml", &custom("1.0")).head("shop.yaml", &custom("BAD")).check("9.9-bad");
    let notices = checked.findings.iter().filter(|it| it.starts_with("notice not-checked shop.yaml"));
    assert_eq!((checked.run.code, notices.count()), (0, 1), "{}", checked.shown());
}

/// A list or a mapping on one line, as templates with `toJson` get it.
#[test]
fn values_that_hold_json_as_text() {
    for text in [
        "extraContainers: '[{\"name\": \"side\", \"image\": \"REP:TAG\"}]'\n",
        "podSpec: '{\"spec\": {\"containers\": [{\"name\": \"side\", \"image\": \"REP:TAG\"}]}}'\n",
    ] {
        bumped(Case::new(), "values.yaml", text).is_missing_at("values.yaml:1");
    }
}

#[test]
fn values_from_a_config_map_in_base64() {
    // image: {tag: '1.0'}, and image: {tag: 9.9-bad}
    let map = |data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: apps}}\nbinaryData:\n  values.yaml: {data}\n"
        )
    };
    let case = chart()
        .base("apps/web.yaml", &release("  valuesFrom: [{kind: ConfigMap, name: web}]\n"))
        .base("apps/map.yaml", &map("aW1hZ2U6IHt0YWc6ICcxLjAnfQo="))
        .head("apps/map.yaml", &map("aW1hZ2U6IHt0YWc6IDkuOS1iYWR9Cg=="));
    let outcome = case.check("9.9-bad");
    assert!(outcome.has("missing-tag", "apps/map.yaml:5"), "{}", outcome.shown());
}

/// The source that Argo CD's hydrator renders.
#[test]
fn a_dry_source_of_an_application() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  sourceHydrator:\n    \
                drySource:\n      repoURL: https://git.test/shop.git\n      path: web\n      kustomize:\n        images:\n        \
                - REP:TAG\n    syncSource: {targetBranch: environments/prod, path: web}\n";
    let folder = Case::new()
        .base("web/kustomization.yaml", "resources: [web.yaml]\n")
        .base("web/web.yaml", &deployment("REP:1.0"));
    bumped(folder, "argo/web.yaml", text).is_missing_at("argo/web.yaml:11");
}

#[test]
fn elements_of_an_application_set_as_text() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: web}\nspec:\n  goTemplate: true\n  \
                generators:\n  - list:\n      elementsYaml: |\n        - {path: web, tag: 'TAG'}\n  template:\n    metadata: \
                {name: web}\n    spec:\n      source:\n        repoURL: https://git.test/shop.git\n        path: '{{.path}}'\n        \
                kustomize: {images: ['REP:{{.tag}}']}\n";
    let folder = Case::new()
        .base("web/kustomization.yaml", "resources: [web.yaml]\n")
        .base("web/web.yaml", &deployment("REP:1.0"));
    bumped(folder, "argo/set.yaml", text).is_missing_at("argo/set.yaml:9");
}
