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

#[test]
fn images_of_a_configured_field() {
    let custom = "apiVersion: shop.test/v1\nkind: Shop\nmetadata: {name: web}\nspec: {runs: REP:1.0}\n";
    Case::new()
        .base("k/shop.yaml", custom)
        .base("k/config.yaml", "images:\n- path: spec/runs\n  kind: Shop\n")
        .base(
            "k/kustomization.yaml",
            "resources: [shop.yaml]\nconfigurations: [config.yaml]\nimages:\n- name: REP\n  newTag: '1.0'\n",
        )
        .head(
            "k/kustomization.yaml",
            "resources: [shop.yaml]\nconfigurations: [config.yaml]\nimages:\n- name: REP\n  newTag: 'BAD'\n",
        )
        .is_missing_at("k/kustomization.yaml:5");
}

#[test]
fn vars_on_an_image() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {tag: 'TAG'}\n";
    let vars = "resources: [web.yaml, cm.yaml]\nvars:\n- name: TAG\n  objref: {apiVersion: v1, kind: ConfigMap, name: cm}\n  \
                fieldref: {fieldpath: data.tag}\nconfigurations: [config.yaml]\n";
    Case::new()
        .base("k/web.yaml", &deployment("REP:$(TAG)"))
        .base(
            "k/config.yaml",
            "varReference:\n- path: spec/template/spec/containers/image\n  kind: Deployment\n",
        )
        .base("k/kustomization.yaml", vars)
        .base("k/cm.yaml", &map.replace("TAG", "1.0"))
        .head("k/cm.yaml", &map.replace("TAG", "BAD"))
        .is_missing_at("k/cm.yaml:4");
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

#[test]
fn values_files_of_inflated_charts() {
    inflated("  valuesFile: my.yaml\n", "my.yaml").is_missing_at("k/my.yaml:1");
    inflated("  valuesFile: my.conf\n", "my.conf").is_missing_at("k/my.conf:1");
    inflated("  additionalValuesFiles: [more.yaml]\n", "more.yaml").is_missing_at("k/more.yaml:1");
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

#[test]
fn generators_that_inflate_charts() {
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: web}\nname: web\nreleaseName: web\n\
                     valuesInline:\n  image: {tag: 'TAG'}\n";
    inflated("", "other.yaml")
        .base("k/kustomization.yaml", "generators: [web.yaml]\n")
        .base("k/web.yaml", &generator.replace("TAG", "1.0"))
        .head("k/web.yaml", &generator.replace("TAG", "BAD"))
        .is_missing_at("k/web.yaml:7");
}

/// A chart of an OCI registry in a generator is a reference.
#[test]
fn generators_that_name_a_chart_of_a_registry() {
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: web}\nname: web\n\
                     repo: oci://HOST/shop\nversion: TAG\nreleaseName: web\n";
    let case = Case::new()
        .base("k/kustomization.yaml", "generators: [web.yaml]\n")
        .base("k/web.yaml", &generator.replace("TAG", "1.0.0"))
        .head("k/web.yaml", &generator.replace("TAG", "9.9.9-bad"));
    case.fails_with("missing-tag", "k/web.yaml:6");
}

/// kustomize creates the map of annotations that a JSON patch adds to.
#[test]
fn json_patches_that_add_an_annotation() {
    for path in ["/metadata/annotations/x", "/metadata/labels/x"] {
        bumped(&format!(
            "patches:\n- target: {{kind: Deployment}}\n  patch: |-\n    - {{op: add, path: {path}, value: y}}\n    \
             - {{op: replace, path: /spec/template/spec/containers/0/image, value: 'REP:TAG'}}\n"
        ))
        .is_missing_at("k/kustomization.yaml:6");
    }
}

/// A JSON patch below a field that a transformer creates: kustomize applies `patchesJson6902` after labels.
#[test]
fn json_patches_below_what_a_transformer_creates() {
    bumped(
        "labels:\n- pairs: {team: shop}\n  includeTemplates: true\npatchesJson6902:\n\
         - target: {group: apps, version: v1, kind: Deployment, name: web}\n  patch: |-\n    \
         - {op: replace, path: /spec/template/metadata/labels/team, value: x}\n    \
         - {op: replace, path: /spec/template/spec/containers/0/image, value: 'REP:TAG'}\n",
    )
    .is_missing_at("k/kustomization.yaml:9");
}

/// Literal images in patches over a base from elsewhere are references.
#[test]
fn patches_over_remote_bases() {
    let remote = "resources: ['https://github.com/acme/base?ref=v1']\n";
    let json = "patches:\n- target: {kind: Deployment, name: web}\n  patch: |-\n    \
                - {op: replace, path: /spec/template/spec/containers/0/image, value: 'REP:TAG'}\n";
    Case::new()
        .base("k/kustomization.yaml", &format!("{remote}{}", json.replace("TAG", "1.0")))
        .head("k/kustomization.yaml", &format!("{remote}{}", json.replace("TAG", "BAD")))
        .is_missing_at("k/kustomization.yaml:5");
    Case::new()
        .base("k/kustomization.yaml", &format!("{remote}patches:\n- path: p.yaml\n"))
        .base("k/p.yaml", &deployment("REP:1.0"))
        .head("k/p.yaml", &deployment("REP:BAD"))
        .is_missing_at("k/p.yaml:10");
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
fn two_kustomization_files() {
    let other = Case::new()
        .base("k/web.yaml", &deployment("REP:1.0"))
        .base("k/kustomization.yaml", "resources: [web.yaml]\n");
    for name in ["k/kustomization.yml", "k/Kustomization"] {
        is_refused(&other.clone().head(name, "resources: [web.yaml]\n"), "k/");
    }
}

#[test]
fn components_and_kustomizations_mixed_up() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    let case = |field: &str, kind: &str| {
        Case::new()
            .base("k/web.yaml", &deployment("REP:1.0"))
            .base("k/kustomization.yaml", "resources: [web.yaml]\n")
            .base("c/kustomization.yaml", kind)
            .head("k/kustomization.yaml", &format!("resources: [web.yaml]\n{field}: [../c]\n"))
    };
    is_refused(&case("components", "images: []\n"), "k/kustomization.yaml");
    let case = Case::new()
        .base("c/kustomization.yaml", component)
        .base("k/kustomization.yaml", "resources: []\n")
        .head("k/kustomization.yaml", "resources: [../c]\n");
    is_refused(&case, "k/kustomization.yaml");
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

/// A change that kustomize refuses does not pass, and its images are checked all the same.
#[test]
fn a_refused_build_hides_no_image() {
    let case = bumped("foo: bar\nimages:\n- name: REP\n  newTag: 'TAG'\n");
    case.fails_with("missing-tag", "k/kustomization.yaml:5");
    // A fault that the base already has is not reported.
    assert_eq!(case.check("1.1").run.code, 0);
    is_refused(&kustomization("", "foo: bar\n"), "k/kustomization.yaml:2");
    // The rest of the root is checked too.
    let broken = kustomization("", "components: [../gone]\nimages:\n- name: REP\n  newTag: 'BAD'\n");
    broken.fails_with("missing-tag", "k/kustomization.yaml:5");
    broken.ends_with(1, "warning broken-kustomization k/kustomization.yaml:2");
}

#[test]
fn image_tags() {
    bumped("imageTags:\n- name: REP\n  newTag: 'TAG'\n").is_missing_at("k/kustomization.yaml:4");
}

#[test]
fn transformers_in_place() {
    bumped(
        "transformers:\n- |-\n  apiVersion: builtin\n  kind: ImageTagTransformer\n  metadata: {name: a}\n  \
         imageTag: {name: REP, newTag: 'TAG'}\n",
    )
    .is_missing_at("k/kustomization.yaml:7");
    bumped(
        "transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: a}\n  \
         target: {kind: Deployment}\n  patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: \"REP:TAG\"}]'\n",
    )
    .is_missing_at("k/kustomization.yaml:8");
}

/// Nothing behind a patch that is not fetched is known to be broken, and no image behind it is dropped.
#[test]
fn operations_behind_a_remote_patch() {
    bumped(
        "patches:\n- path: https://example.org/p.yaml\n- target: {kind: Deployment}\n  patch: |-\n    \
         - {op: replace, path: /spec/template/spec/initContainers/0/name, value: a}\n    \
         - {op: replace, path: /spec/template/spec/containers/0/image, value: 'REP:TAG'}\n",
    )
    .is_missing_at("k/kustomization.yaml:7");
}

/// Replacements over what a remote base may hold are not known to be broken.
#[test]
fn replacements_over_a_remote_base() {
    let text = |tag: &str| {
        format!(
            "resources: [web.yaml, 'https://github.com/acme/base?ref=v1']\nreplacements:\n\
             - source: {{kind: ConfigMap, name: far, fieldPath: data.x}}\n  targets: [{{select: {{kind: Service}}}}]\n\
             images:\n- name: REP\n  newTag: '{tag}'\n"
        )
    };
    Case::new()
        .base("k/web.yaml", &deployment("REP:1.0"))
        .base("k/kustomization.yaml", &text("1.0"))
        .head("k/kustomization.yaml", &text("BAD"))
        .is_missing_at("k/kustomization.yaml:7");
}

/// A program is not run, which is reported once for each kind.
#[test]
fn generators_of_other_kinds() {
    let secrets = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: a}\nfiles: [secret.yaml]\n";
    let checked = kustomization("", "generators: [a.yaml]\n").head("k/a.yaml", secrets).check("1.1");
    assert_eq!(checked.findings, ["notice not-checked k/kustomization.yaml:2"], "{}", checked.shown());
    assert!(checked.run.stdout.contains("the generator ksops is not run"), "{}", checked.shown());
}
