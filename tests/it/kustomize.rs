//! Kustomizations with the program: the images that `kustomize build` 5.8.1 builds, and the faults that it
//! refuses.

use testkit::repo::Repo;

use crate::support::pullable;

/// The output of `images --all` for these files: `path:line image`, then `path:line rule: message`.
pub fn built(files: &[(&str, &str)]) -> Vec<String> {
    let repo = Repo::new();
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.commit("all");
    let run = pullable(&repo, &["images", "--all", "--format", "json"]);
    let json = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").replace("docker.io/library/", "");
    let place = |it: &serde_json::Value| format!("{}:{}", text(&it["path"]), it["line"]);
    let references = json["references"].as_array().unwrap().iter();
    let references = references.map(|it| format!("{} {}", place(it), text(&it["image"])));
    let findings = json["findings"].as_array().unwrap().iter();
    let findings =
        findings.map(|it| format!("{} {}: {}", place(it), text(&it["rule"]), text(&it["message"])));
    references.chain(findings).collect()
}

pub const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: web:1
";

/// The same with these fields of a root `kustomization.yaml` over `web.yaml`, and other files.
fn root(fields: &str, others: &[(&str, &str)]) -> Vec<String> {
    let kustomization = format!("resources: [web.yaml]\n{fields}");
    let mut files = vec![("kustomization.yaml", kustomization.as_str()), ("web.yaml", WEB)];
    files.extend_from_slice(others);
    built(&files)
}

#[test]
fn image_tags_are_images() {
    assert_eq!(root("imageTags:\n- name: web\n  newTag: '2'\n", &[]), ["kustomization.yaml:4 web:2"]);
}

#[test]
fn a_configuration_names_fields_of_images() {
    let custom = "apiVersion: example.org/v1\nkind: Shop\nmetadata: {name: a}\nspec:\n  image: shop:1\n  sidecar: side\n";
    let configuration = "images:\n- {path: spec/image, kind: Shop}\n- {path: spec/sidecar, kind: Shop}\n";
    let told = built(&[
        (
            "kustomization.yaml",
            "resources: [shop.yaml]\nconfigurations: [c.yaml]\nimages:\n- name: shop\n  newTag: '2'\n",
        ),
        ("shop.yaml", custom),
        ("c.yaml", configuration),
    ]);
    // The other one has no tag, and nothing gives it one.
    assert_eq!(told, ["kustomization.yaml:5 shop:2"]);
}

#[test]
fn variables_have_their_values() {
    let told = built(&[
        (
            "kustomization.yaml",
            "resources: [web.yaml]\nconfigMapGenerator: [{name: versions, literals: [tag=7]}]\nconfigurations: [c.yaml]\nvars:\n- name: TAG\n  objref: {apiVersion: v1, kind: ConfigMap, name: versions}\n  fieldref: {fieldpath: data.tag}\n",
        ),
        ("web.yaml", &WEB.replace("web:1", "web:$(TAG)")),
        ("c.yaml", "varReference:\n- {kind: Deployment, path: spec/template/spec/containers/image}\n"),
    ]);
    assert_eq!(told, ["web.yaml:9 web:7"]);
}

#[test]
fn transformers_in_place_and_in_files() {
    let inline = "transformers:\n- |-\n  apiVersion: builtin\n  kind: ImageTagTransformer\n  metadata: {name: a}\n  imageTag:\n    name: web\n    newTag: '2'\n";
    assert_eq!(root(inline, &[]), ["kustomization.yaml:9 web:2"]);
    let transformer = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\ntarget: {kind: Deployment}\npath: p.txt\n";
    let patch = "- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: web:3\n";
    let told = root("transformers: [t.conf]\n", &[("t.conf", transformer), ("p.txt", patch)]);
    assert_eq!(told, ["p.txt:3 web:3"]);
}

#[test]
fn charts_of_generators_are_as_those_of_the_kustomization() {
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: shop\nrepo: oci://ghcr.io/acme/charts\nversion: 1.2.3\nvaluesInline:\n  image: {repository: ghcr.io/acme/shop, tag: '4'}\n";
    let told = built(&[("kustomization.yaml", "generators: [chart.yaml]\n"), ("chart.yaml", generator)]);
    assert_eq!(told, ["chart.yaml:6 ghcr.io/acme/charts/shop:1.2.3", "chart.yaml:8 ghcr.io/acme/shop:4"]);
    let told = built(&[
        ("kustomization.yaml", "generators: [chart.yaml]\n"),
        ("chart.yaml", &generator.replace("oci://ghcr.io/acme/charts", "https://charts.example.org")),
    ]);
    assert_eq!(
        told,
        ["chart.yaml:6 https://charts.example.org/shop:1.2.3", "chart.yaml:8 ghcr.io/acme/shop:4"]
    );
}

#[test]
fn values_files_of_charts_lie_over_each_other() {
    let told = built(&[
        (
            "kustomization.yaml",
            "helmCharts:\n- name: shop\n  repo: oci://ghcr.io/acme/charts\n  version: 1.2.3\n  valuesFile: base.values\n  additionalValuesFiles: [prod.values]\n  valuesInline:\n    side: {image: {repository: ghcr.io/acme/side, tag: '5'}}\n",
        ),
        ("base.values", "image: {repository: ghcr.io/acme/shop, tag: '1'}\nside: {image: {tag: '0'}}\n"),
        ("prod.values", "image:\n  tag: '9'\n"),
    ]);
    assert_eq!(
        told,
        [
            "kustomization.yaml:4 ghcr.io/acme/charts/shop:1.2.3",
            "kustomization.yaml:8 ghcr.io/acme/side:5",
            "prod.values:2 ghcr.io/acme/shop:9",
        ]
    );
}

#[test]
fn a_chart_in_the_repository_gets_its_values_file() {
    let told = built(&[
        ("kustomization.yaml", "helmCharts:\n- name: shop\n  valuesFile: my.yaml\n"),
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.1.0\n"),
        ("charts/shop/values.yaml", "image: {repository: ghcr.io/acme/shop, tag: '1'}\n"),
        ("my.yaml", "image: {tag: '8'}\n"),
    ]);
    assert!(told.contains(&"my.yaml:1 ghcr.io/acme/shop:8".to_owned()), "{told:?}");
}

#[test]
fn images_change_what_charts_deploy() {
    let told = built(&[(
        "kustomization.yaml",
        "helmCharts:\n- name: shop\n  repo: oci://ghcr.io/acme/charts\n  version: 1.2.3\n  valuesInline:\n    image: {repository: ghcr.io/acme/shop, tag: '1'}\nimages:\n- name: ghcr.io/acme/shop\n  newTag: '2'\n",
    )]);
    assert_eq!(
        told,
        ["kustomization.yaml:4 ghcr.io/acme/charts/shop:1.2.3", "kustomization.yaml:9 ghcr.io/acme/shop:2"]
    );
}

#[test]
fn a_json_patch_may_add_an_annotation() {
    let patch = "patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /metadata/annotations/x\n      value: y\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: nginx:1.99-typo\n";
    assert_eq!(root(patch, &[]), ["kustomization.yaml:10 nginx:1.99-typo"]);
    // A refused operation hides no other.
    let told = root(&patch.replace("annotations", "labels"), &[]);
    assert_eq!(
        told,
        [
            "kustomization.yaml:10 nginx:1.99-typo",
            "kustomization.yaml:5 broken-kustomization: this does not apply to the Deployment web: there is no /metadata/labels"
        ]
    );
    // Labels of a kustomization reach pod templates.
    let labelled = "commonLabels: {a: b}\npatchesJson6902:\n- target: {version: v1, kind: Deployment, name: web}\n  patch: |-\n    - op: add\n      path: /spec/template/metadata/labels/x\n      value: y\n";
    assert_eq!(root(labelled, &[]), ["web.yaml:9 web:1"]);
}

#[test]
fn empty_documents_of_patches_are_no_fault() {
    let merge = format!("---\n{}---\n", WEB.replace("web:1", "web:2"));
    let operations =
        "---\n- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: web:3\n---\n";
    let fields = "patches:\n- path: merge.yaml\n- path: operations.yaml\n  target: {kind: Deployment}\n";
    let told = root(fields, &[("merge.yaml", &merge), ("operations.yaml", operations)]);
    assert_eq!(told, ["operations.yaml:4 web:3"]);
}

#[test]
fn nothing_behind_a_remote_patch_is_broken() {
    let fields = "patches:\n- path: https://example.org/p.yaml\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/initContainers/0/name\n      value: a\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: web:2\n";
    let told = root(fields, &[]);
    assert_eq!(told[0], "kustomization.yaml:11 web:2");
    assert!(told[1..].iter().all(|line| line.contains("not-checked")), "{told:?}");
}

#[test]
fn images_in_patches_of_a_remote_base_are_references() {
    let told = built(&[
        (
            "kustomization.yaml",
            "resources: [github.com/acme/base?ref=v1]\npatches:\n- path: merge.yaml\n- target: {kind: Deployment, name: api}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: api:2\n    - op: remove\n      path: /spec/replicas\nimages:\n- name: web\n  newTag: '3'\n",
        ),
        ("merge.yaml", WEB),
    ]);
    assert_eq!(told[..2], ["kustomization.yaml:8 api:2", "kustomization.yaml:13 web:3"]);
    assert!(told[2].contains("not-checked") && told.len() == 3, "{told:?}");
}

#[test]
fn a_kustomization_that_cannot_be_read_is_reported_where_it_stops() {
    let told = built(&[
        ("kustomization.yaml", "resources: [web.yaml]\nimages: [\n"),
        ("web.yaml", WEB),
        ("top/kustomization.yaml", "resources: [../base]\n"),
        ("base/kustomization.yaml", "resources: {\n"),
        ("empty/kustomization.yaml", ""),
    ]);
    let at = |path: &str| told.iter().filter(|line| line.starts_with(path)).count();
    assert_eq!((at("kustomization.yaml:"), at("base/kustomization.yaml:")), (1, 1), "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains("unreadable-file")).count(), 2, "{told:?}");
    assert!(told.iter().any(|line| line.contains("refuses an empty kustomization")), "{told:?}");
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: 'a:1'}]}\n";

/// Asserts that one thing is refused of these files and a pod `a.yaml`, whose image is found all the same.
fn refused(files: &[(&str, &str)], expected: &str) {
    let all = [&[("a.yaml", POD)], files].concat();
    let told = built(&all);
    assert!(told.iter().any(|line| line.ends_with(" a:1")), "{told:?}");
    let problems: Vec<&String> = told.iter().filter(|line| line.contains("broken-kustomization")).collect();
    assert_eq!(problems, [expected]);
}

#[test]
fn files_and_components_that_kustomize_refuses() {
    for (files, expected) in [
        (
            vec![
                ("kustomization.yaml", "resources: [a.yaml]\n"),
                ("kustomization.yml", "resources: [a.yaml]\n"),
            ],
            "kustomization.yaml:1 broken-kustomization: kustomize refuses this folder, because it has another kustomization file: kustomization.yml",
        ),
        (
            vec![
                ("kustomization.yaml", "resources: [a.yaml, c]\n"),
                (
                    "c/kustomization.yaml",
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\n",
                ),
            ],
            "kustomization.yaml:1 broken-kustomization: c is a component; kustomize requires it under components",
        ),
        (
            vec![
                ("kustomization.yaml", "resources: [a.yaml]\ncomponents: [c]\n"),
                ("c/kustomization.yaml", "namePrefix: x-\n"),
            ],
            "kustomization.yaml:2 broken-kustomization: c is not a component; kustomize requires it under resources",
        ),
    ] {
        refused(&files, expected);
    }
}

#[test]
fn resources_that_kustomize_refuses() {
    for (files, expected) in [
        (
            vec![("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"), ("b.yaml", POD)],
            "b.yaml:3 broken-kustomization: this root has another Pod a, and kustomize refuses to build both",
        ),
        (
            vec![
                ("kustomization.yaml", "resources: [x, z]\npatches: [{path: a.yaml}]\n"),
                ("x/kustomization.yaml", "resources: [../base]\nnamePrefix: x-\n"),
                ("z/kustomization.yaml", "resources: [../base]\nnamePrefix: z-\n"),
                ("base/kustomization.yaml", "resources: [a.yaml]\n"),
                ("base/a.yaml", POD),
            ],
            "a.yaml:1 broken-kustomization: 2 resources match Pod a, which this patch names",
        ),
        (
            vec![
                ("kustomization.yaml", "resources: [b.yaml]\n"),
                (
                    "b.yaml",
                    "apiVersion: v1\nkind: Pod\nkind: Pod\nmetadata: {name: b}\nspec: {containers: [{image: 'a:1'}]}\n",
                ),
            ],
            "b.yaml:3 broken-kustomization: this mapping has the key kind twice, which kustomize refuses",
        ),
        (
            vec![
                ("kustomization.yaml", "resources: [b.yaml]\n"),
                (
                    "b.yaml",
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec:\n  containers:\n  - &x {image: 'a:1'}\n  - &y {name: y}\n  - <<: *x\n    <<: *y\n",
                ),
            ],
            "b.yaml:9 broken-kustomization: this mapping has the key << twice, which kustomize refuses",
        ),
        (
            vec![(
                "kustomization.yaml",
                "resources: [a.yaml]\nvars:\n- {name: A, objref: {apiVersion: v1, kind: Pod, name: a}}\n- {name: A, objref: {apiVersion: v1, kind: Pod, name: a}}\n",
            )],
            "kustomization.yaml:4 broken-kustomization: there is another variable A in this root",
        ),
    ] {
        refused(&files, expected);
    }
}

#[test]
fn a_namespace_gets_its_name_from_the_kustomization() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: system}\n";
    let patch = "resources: [base]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Namespace\n    metadata: {name: prod, labels: {a: b}}\n";
    let told = built(&[
        ("kustomization.yaml", patch),
        ("base/kustomization.yaml", "resources: [a.yaml]\nnamespace: prod\n"),
        ("base/a.yaml", namespace),
    ]);
    assert_eq!(told, Vec::<String>::new());
}

/// kustomize builds a resource without an API version.
#[test]
fn a_resource_without_a_version_is_built() {
    let told = built(&[
        ("kustomization.yaml", "resources: [web.yaml]\nimages: [{name: web, newTag: '2'}]\n"),
        ("web.yaml", WEB.split_once('\n').unwrap().1),
    ]);
    assert_eq!(told, ["kustomization.yaml:2 web:2"]);
}

/// The fields of a transformer are separate: `images` of a kustomization above do not change them, and the
/// kinds that lack them are read as if there were none.
#[test]
fn fields_of_a_transformer_are_its_own() {
    let panel = |name: &str, spec: &str| {
        format!("apiVersion: example.org/v1\nkind: Panel\nmetadata: {{name: {name}}}\nspec: {spec}\n")
    };
    let transformer = "apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: a}\nimageTag: {name: ghcr.io/acme/shop, newTag: '2'}\nfieldSpecs: [{path: spec/runs}]\n";
    let told = built(&[
        ("kustomization.yaml", "resources: [base]\nimages: [{name: ghcr.io/acme/shop, newTag: '3'}]\n"),
        ("base/kustomization.yaml", "resources: [a.yaml, b.yaml]\ntransformers: [t.yaml]\n"),
        ("base/a.yaml", &panel("a", "{runs: 'ghcr.io/acme/shop:1'}")),
        ("base/b.yaml", &panel("b", "{pods: {image: 'ghcr.io/acme/side:1'}}")),
        ("base/t.yaml", transformer),
    ]);
    assert_eq!(told, ["base/b.yaml:4 ghcr.io/acme/side:1", "base/t.yaml:4 ghcr.io/acme/shop:2"]);
}
