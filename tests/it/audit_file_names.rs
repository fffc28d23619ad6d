//! Files that a root reads count by what reads them, not by their names.

use crate::audit_case::{Case, deployment};

/// A kustomization with a Deployment, and these fields.
fn kustomization(fields: &str) -> Case {
    Case::new()
        .base("k/kustomization.yaml", &format!("resources: [web.yaml]\n{fields}"))
        .base("k/web.yaml", &deployment("REP:1.0"))
}

const JSON_PATCH: &str =
    r#"[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "REP:TAG"}]"#;

const CONFIG_MAP_TO_IMAGE: &str = "\
replacements:
- source: {kind: ConfigMap, name: cm, fieldPath: data.image}
  targets:
  - select: {kind: Deployment, name: web}
    fieldPaths: [spec.template.spec.containers.0.image]
";

#[test]
fn resources() {
    for name in ["a", "a.txt", "a.yaml.tmpl", "web manifest", "é", ".hidden", "a.YML.bak"] {
        Case::new()
            .base("k/kustomization.yaml", &format!("resources:\n- {name}\n"))
            .base(&format!("k/{name}"), &deployment("REP:1.0"))
            .head(&format!("k/{name}"), &deployment("REP:BAD"))
            .is_missing_at(&format!("k/{name}:10"));
    }
}

#[test]
fn patches() {
    kustomization("patches:\n- path: p.patch\n")
        .base("k/p.patch", &deployment("REP:1.0"))
        .head("k/p.patch", &deployment("REP:BAD"))
        .is_missing_at("k/p.patch:10");
}

#[test]
fn json_patches() {
    kustomization("patches:\n- path: p\n  target: {kind: Deployment}\n")
        .base("k/p", &JSON_PATCH.replace("TAG", "1.0"))
        .head("k/p", &JSON_PATCH.replace("TAG", "BAD"))
        .is_missing_at("k/p:1");
}

#[test]
fn strategic_merge_patches() {
    kustomization("patchesStrategicMerge: [p.txt]\n")
        .base("k/p.txt", &deployment("REP:1.0"))
        .head("k/p.txt", &deployment("REP:BAD"))
        .is_missing_at("k/p.txt:10");
}

#[test]
fn a_json_patch_that_a_transformer_reads() {
    let transformer = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\npath: p.json\n\
                       target: {kind: Deployment}\n";
    kustomization("transformers: [t.yaml]\n")
        .base("k/t.yaml", transformer)
        .base("k/p.json", &JSON_PATCH.replace("TAG", "1.0"))
        .head("k/p.json", &JSON_PATCH.replace("TAG", "BAD"))
        .is_missing_at("k/p.json:1");
}

#[test]
fn replacements() {
    let replacement = "source: {kind: ConfigMap, name: cm, fieldPath: data.FIELD}\ntargets:\n\
                       - select: {kind: Deployment, name: web}\n  fieldPaths: [spec.template.spec.containers.0.image]\n";
    let data =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata:\n  old: REP:1.0\n  new: REP:BAD\n";
    Case::new()
        .base("k/kustomization.yaml", "resources: [web.yaml, cm.yaml]\nreplacements:\n- path: r.txt\n")
        .base("k/web.yaml", &deployment("REP:1.0"))
        .base("k/cm.yaml", data)
        .base("k/r.txt", &replacement.replace("FIELD", "old"))
        .head("k/r.txt", &replacement.replace("FIELD", "new"))
        .is_missing_at("k/cm.yaml:6");
}

#[test]
fn generated_config_maps_in_replacements() {
    for (entry, file) in [
        ("envs: [.env]", ".env"),
        ("env: image.properties", "image.properties"),
        ("files: [image=image.txt]", "image.txt"),
        ("files: [image]", "image"),
    ] {
        let prefix = if entry.starts_with("env") { "image=" } else { "" };
        kustomization(&format!("configMapGenerator:\n- name: cm\n  {entry}\n{CONFIG_MAP_TO_IMAGE}"))
            .base(&format!("k/{file}"), &format!("{prefix}REP:1.0"))
            .head(&format!("k/{file}"), &format!("{prefix}REP:BAD"))
            .is_missing_at(&format!("k/{file}:1"));
    }
}

const FLUX: &str = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
";

#[test]
fn generated_variables_of_flux() {
    for (kind, generator, entry, file, line) in [
        ("ConfigMap", "configMapGenerator", "envs: [vars.env]", "vars.env", "TAG=PUT\n"),
        ("ConfigMap", "configMapGenerator", "env: vars", "vars", "TAG=PUT\n"),
        ("ConfigMap", "configMapGenerator", "files: [TAG=tag.txt]", "tag.txt", "PUT"),
        ("Secret", "secretGenerator", "envs: [vars.env]", "vars.env", "TAG=PUT\n"),
        ("Secret", "secretGenerator", "files: [TAG=tag.txt]", "tag.txt", "PUT"),
    ] {
        Case::new()
            .base("clusters/apps.yaml", &FLUX.replace("ConfigMap", kind))
            .base(
                "vars/kustomization.yaml",
                &format!("{generator}:\n- name: vars\n  namespace: flux-system\n  {entry}\noptions: {{disableNameSuffixHash: true}}\n"),
            )
            .base("apps/web.yaml", &deployment("REP:${TAG}"))
            .base(&format!("vars/{file}"), &line.replace("PUT", "1.0"))
            .head(&format!("vars/{file}"), &line.replace("PUT", "BAD"))
            .is_missing_at(&format!("vars/{file}:1"));
    }
}

const RELEASE: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}FILES}}
  valuesFrom: [{kind: ConfigMap, name: vars}]
";

/// A chart in the tree with an image.
fn chart() -> Case {
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base(
            "chart/templates/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    \
             image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
        )
}

#[test]
fn generated_values_of_a_release() {
    for (kind, field) in [("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")] {
        let kustomization = format!(
            "namespace: apps\nresources: [release.yaml]\n{field}:\n- name: vars\n  \
             files: [values.yaml=web.conf]\noptions: {{disableNameSuffixHash: true}}\n"
        );
        chart()
            .base("apps/kustomization.yaml", &kustomization)
            .base("apps/release.yaml", &RELEASE.replace("FILES", "").replace("ConfigMap", kind))
            .base("apps/web.conf", "image: {tag: '1.0'}\n")
            .head("apps/web.conf", "image: {tag: 'BAD'}\n")
            .is_missing_at("apps/web.conf:1");
    }
}

#[test]
fn values_files_of_a_release() {
    chart()
        .base(
            "apps/release.yaml",
            &RELEASE.replace("FILES", ", valuesFiles: [chart/values.yaml, chart/zz.conf]"),
        )
        .base("chart/zz.conf", "image: {tag: '1.0'}\n")
        .head("chart/zz.conf", "image: {tag: 'BAD'}\n")
        .is_missing_at("chart/zz.conf:1");
}

#[test]
fn values_files_of_an_application() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  \
                       source: {repoURL: https://git.test/shop.git, path: chart, helm: {valueFiles: [prod.values]}}\n";
    chart()
        .base("apps/web.yaml", application)
        .base("chart/prod.values", "image: {tag: '1.0'}\n")
        .head("chart/prod.values", "image: {tag: 'BAD'}\n")
        .is_missing_at("chart/prod.values:1");
}

#[test]
fn files_of_a_git_generator() {
    let set = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web}
spec:
  goTemplate: true
  generators:
  - git: {repoURL: https://git.test/shop.git, revision: HEAD, files: [{path: 'cfg/*.conf'}]}
  template:
    metadata: {name: '{{.name}}'}
    spec:
      source: {repoURL: https://git.test/shop.git, path: k, kustomize: {images: ['REP:{{.tag}}']}}
";
    kustomization("")
        .base("apps/set.yaml", set)
        .base("cfg/a.conf", "name: a\ntag: '1.0'\n")
        .head("cfg/a.conf", "name: a\ntag: 'BAD'\n")
        .is_missing_at("cfg/a.conf:2");
}
