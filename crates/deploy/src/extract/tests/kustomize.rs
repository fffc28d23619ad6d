//! Edge cases of patches, images and replacements that a comparison with kustomize found.

use crate::extract::tests::overlays::{deployed, deployment};

mod forms;
mod schemas;

/// The images of a root `prod` with these fields over a deployment `web` with the containers of a list.
fn built(containers: &str, fields: &str) -> Vec<String> {
    let base =
        deployment("IMAGE").replace("\n      - name: web\n        image: IMAGE", &format!(" {containers}"));
    images(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", &base),
        ("prod/kustomization.yaml", &format!("resources: [../base]\n{fields}")),
    ])
}

/// The images, and the problems.
fn images(files: &[(&str, &str)]) -> Vec<String> {
    let told = deployed(files).into_iter();
    let mut told: Vec<String> = told
        .map(|line| {
            let image = line.split(' ').nth(1).unwrap().trim_start_matches("docker.io/library/").to_owned();
            if line.contains(": ") { line } else { image }
        })
        .collect();
    told.sort();
    told
}

/// A strategic merge patch of the containers.
fn containers(list: &str) -> String {
    format!(
        "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: web}}\n    spec: {{template: {{spec: {{containers: {list}}}}}}}\n"
    )
}

/// A JSON patch of the deployment.
fn operations(list: &str) -> String {
    format!("patches: [{{target: {{kind: Deployment}}, patch: '{list}'}}]\n")
}

#[test]
fn directives_within_lists() {
    let two = "[{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]";
    for (patch, expected) in [
        ("[{name: a, image: 'a:2'}]", vec!["a:2", "b:1"]),
        ("[{name: b, $patch: delete}]", vec!["a:1"]),
        ("[{$patch: replace}, {name: c, image: 'c:1'}]", vec!["c:1"]),
        ("[{name: c, image: 'c:1'}, {$patch: delete}]", vec![]),
        ("[{$patch: merge}, {name: a, image: 'a:2'}]", vec!["a:2", "b:1"]),
        // kustomize does not change the item that is to be replaced.
        ("[{name: a, image: 'a:2', $patch: replace}]", vec!["a:1", "b:1"]),
        ("[{name: c, image: 'c:1', $patch: replace}]", vec!["a:1", "b:1", "c:1"]),
        // And a directive of the list that is not the first one replaces it.
        ("[{name: a, $patch: delete}, {$patch: merge}]", vec![]),
        ("[{name: a, image: 'a:2'}, {name: a, image: 'a:3'}]", vec!["a:2", "b:1"]),
        ("[]", vec!["a:1", "b:1"]),
        ("null", vec![]),
    ] {
        assert_eq!(built(two, &containers(patch)), expected, "{patch}");
    }
    // New values contain no directives.
    assert_eq!(built("null", &containers("[{name: a, $patch: delete}, {name: b, image: 'b:2'}]")), ["b:2"]);
    // The last of several items with the same name is not changed.
    assert_eq!(
        built("[{name: a, image: 'a:1'}, {name: a, image: 'a:2'}]", &containers("[{name: a, image: 'a:3'}]")),
        ["a:2"]
    );
}

#[test]
fn lists_of_kinds_that_kustomize_does_not_know_are_replaced() {
    let old = deployment("web:1").replace("apps/v1", "apps/v1beta1");
    let patch = containers("[{name: side, image: 'side:1'}]").replace("apps/v1", "apps/v1beta1");
    let kustomization = format!("resources: [web.yaml]\n{patch}");
    assert_eq!(images(&[("kustomization.yaml", &kustomization), ("web.yaml", &old)]), ["side:1"]);
}

#[test]
fn json_patches_as_kustomize_applies_them() {
    let one = "[{name: a, image: 'a:1'}, {name: b}]";
    let at = "/spec/template/spec/containers";
    for (patch, expected) in [
        (format!("[{{op: replace, path: {at}/-1/image, value: b:2}}]"), vec!["a:1", "b:2"]),
        (format!("[{{op: remove, path: {at}/-2}}]"), vec![]),
        (format!("[{{op: copy, from: /spec/none, path: {at}}}]"), vec![]),
        (format!("[{{op: add, path: {at}/-1, value: {{name: c, image: c:1}}}}]"), vec!["a:1", "c:1"]),
        (format!("[{{op: test, path: {at}/1/image, value: null}}, {{op: remove, path: {at}/0}}]"), vec![]),
    ] {
        assert_eq!(built(one, &operations(&patch)), expected, "{patch}");
    }
}

#[test]
fn a_json_patch_that_renames_is_seen_by_the_next() {
    let fields = format!(
        "{}- {{target: {{name: other}}, patch: '[{{op: replace, path: /spec/template/spec/containers/0/image, value: a:2}}]'}}\n",
        "patches:\n- {target: {kind: Deployment}, patch: '[{op: replace, path: /metadata/name, value: other}]'}\n"
    );
    assert_eq!(built("[{name: a, image: 'a:1'}]", &fields), ["a:2"]);
    // Later patches know the old name, except after a rename by `patchesJson6902`.
    for (key, expected) in [("patches", "a:2"), ("patchesJson6902", "a:1")] {
        let patch = |path: &str, value: &str| {
            format!(
                "- {{target: {{kind: Deployment, name: web}}, patch: '[{{op: replace, path: {path}, value: {value}}}]'}}\n"
            )
        };
        let image = patch("/spec/template/spec/containers/0/image", "a:2");
        let fields = format!("{key}:\n{}{image}", patch("/metadata/name", "other"));
        assert_eq!(built("[{name: a, image: 'a:1'}]", &fields), [expected], "{key}");
    }
}

#[test]
fn a_patch_means_one_version_and_one_namespace() {
    let one = "[{name: a, image: 'a:1'}]";
    let patch = containers("[{name: a, image: 'a:2'}]");
    for (from, to) in [("apps/v1", "apps/v2"), ("{name: web}", "{name: web, namespace: far}")] {
        let told = built(one, &patch.replace(from, to));
        assert_eq!(
            told,
            [
                "a:1",
                "prod/kustomization.yaml:4:5 broken-kustomization: no resource matches Deployment web, which this patch names"
            ]
        );
    }
    let default = patch.replace("{name: web}", "{name: web, namespace: default}");
    assert_eq!(built(one, &default), ["a:2"]);
}

#[test]
fn a_patch_may_speak_of_what_deploys_nothing() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n";
    let pool = "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: x}\n";
    for resource in [crd, pool] {
        let kustomization = "resources: [x.yaml]\npatches: [{path: patch.yaml}]\n";
        let patch = format!("{resource}spec: {{image: 'no:1'}}\n");
        let files =
            [("kustomization.yaml", kustomization), ("x.yaml", resource), ("patch.yaml", patch.as_str())];
        assert_eq!(images(&files), Vec::<String>::new(), "{resource}");
    }
}

#[test]
fn labels_of_a_layer_are_selected_by_the_next() {
    let labels = ["commonLabels: {tier: front}", "labels: [{pairs: {tier: front}}]"];
    let unlabelled = deployment("web:1").replace(", labels: {app: web}", "");
    for (labels, base) in
        [(labels[0], deployment("web:1")), (labels[1], deployment("web:1")), (labels[0], unlabelled)]
    {
        let told = images(&[
            ("base/kustomization.yaml", &format!("resources: [web.yaml]\n{labels}\n")),
            ("base/web.yaml", &base),
            (
                "prod/kustomization.yaml",
                "resources: [../base]\npatches: [{target: {kind: Deployment}, patch: '[{op: add, path: /spec/a, value: b}]'}, {target: {labelSelector: tier=front}, patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: web:2}]'}]\n",
            ),
        ]);
        assert_eq!(told, ["web:2"], "{labels}");
    }
}

#[test]
fn a_suffix_comes_once_for_each_way_to_a_container() {
    let fields = "images: [{name: a, tagSuffix: -x}]\n";
    assert_eq!(built("[{name: a, image: 'a:1'}]", fields), ["a:1-x-x"]);
    let job = deployment("a:1").replace("apps/v1", "batch/v1").replace("Deployment", "CronJob");
    let job = job.replace("  template:\n    spec:\n", "  jobTemplate:\n    spec: {template: {spec:\n");
    let job = job.replace(
        "      containers:\n      - name: web\n        image: a:1\n",
        " {containers: [{name: web, image: 'a:1'}]}}}\n",
    );
    let kustomization = format!("resources: [web.yaml]\n{fields}");
    assert_eq!(images(&[("kustomization.yaml", &kustomization), ("web.yaml", &job)]), ["a:1-x"]);
}

#[test]
fn configurations_of_a_base_hold_above_and_for_their_version() {
    let widget = |version: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/{version}\nkind: Prometheus\nmetadata: {{name: {version}}}\nspec: {{image: 'a:1'}}\n"
        )
    };
    // Of two fields, the less specific one is not used.
    let told = images(&[
        (
            "kustomization.yaml",
            "resources: [one.yaml, two.yaml]\nconfigurations: [config.yaml]\nimages: [{name: a, newTag: '2'}]\n",
        ),
        (
            "config.yaml",
            "images: [{path: spec/image, kind: Prometheus}, {path: spec/image, kind: Prometheus, version: v1}]\n",
        ),
        ("one.yaml", &widget("v1")),
        ("two.yaml", &widget("v2")),
    ]);
    assert_eq!(told, ["a:1", "a:2"]);
    let told = images(&[
        ("base/kustomization.yaml", "resources: [one.yaml, two.yaml]\nconfigurations: [config.yaml]\n"),
        ("base/config.yaml", "images: [{path: spec/image, kind: Prometheus, version: v1}]\n"),
        ("base/one.yaml", &widget("v1")),
        ("base/two.yaml", &widget("v2")),
        ("prod/kustomization.yaml", "resources: [../base]\nimages: [{name: a, newTag: '2'}]\n"),
    ]);
    assert_eq!(told, ["a:1", "a:2"]);
}

#[test]
fn what_is_local_is_not_deployed() {
    let local = deployment("web:1")
        .replace("{name: web,", "{name: web, annotations: {config.kubernetes.io/local-config: 'true'},");
    assert_eq!(
        images(&[("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", &local)]),
        Vec::<String>::new()
    );
}

#[test]
fn replacements_take_from_config_maps_that_are_generated() {
    let replacement = "replacements:\n- source: {kind: ConfigMap, name: versions, fieldPath: data.tag}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.[name=a].image']\n    options: {delimiter: ':', index: 1}\n";
    for generator in ["literals: [tag=2]", "envs: [versions.env]", "files: [tag=tag.txt]"] {
        let base = deployment("a:1").replace("- name: web", "- name: a");
        let kustomization = format!(
            "resources: [web.yaml]\nnamePrefix: x-\nconfigMapGenerator: [{{name: versions, {generator}}}]\n{replacement}"
        );
        let told = images(&[
            ("kustomization.yaml", &kustomization),
            ("web.yaml", &base),
            ("versions.env", "# versions\ntag=2\nother=3\n"),
            ("tag.txt", "2"),
        ]);
        assert_eq!(told, ["a:2"], "{generator}");
    }
}

#[test]
fn fields_of_replacements() {
    let two = "[{name: web, image: 'a:1'}, {name: web-init, image: 'b:1'}, {name: db, image: 'c:1'}]";
    let replacement = |target: &str| {
        format!(
            "replacements:\n- sourceValue: '2'\n  targets:\n  - select: {{kind: Deployment}}\n    {target}\n"
        )
    };
    let field = "fieldPaths: ['spec.template.spec.containers.";
    let options = "    options: {delimiter: ':', index: 1}";
    for (target, expected) in [
        // A condition is a pattern, and is not anchored.
        (format!("{field}[name=web].image']\n{options}"), vec!["a:2", "b:2", "c:1"]),
        (format!("{field}[name=^web$].image']\n{options}"), vec!["a:2", "b:1", "c:1"]),
        (format!("{field}2.image']\n{options}"), vec!["a:1", "b:1", "c:2"]),
        (format!("{field}*.image']\n{options}"), vec!["a:2", "b:2", "c:2"]),
        // Names and labels reject each on their own.
        (
            format!("reject: [{{name: other, labelSelector: app=web}}]\n    {field}*.image']\n{options}"),
            vec!["a:1", "b:1", "c:1"],
        ),
        (
            format!("reject: [{{name: web, labelSelector: app=other}}]\n    {field}*.image']\n{options}"),
            vec!["a:1", "b:1", "c:1"],
        ),
        (
            format!("{field}[name=new].image']\n    options: {{create: true, delimiter: 'e:', index: 9}}"),
            vec!["a:1", "b:1", "c:1", "e:2"],
        ),
    ] {
        assert_eq!(built(two, &replacement(&target)), expected, "{target}");
    }
}

#[test]
fn transformers_of_kustomize_itself() {
    let json = "patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: a:2}]'";
    for (transformer, expected) in [
        (format!("kind: PatchTransformer\nmetadata: {{name: x}}\ntarget: {{kind: Deployment}}\n{json}"), "a:2"),
        (
            format!(
                "kind: PatchJson6902Transformer\nmetadata: {{name: x}}\ntarget: {{kind: Deployment, name: web}}\n{}",
                json.replace("patch:", "jsonOp:")
            ),
            "a:2",
        ),
        (
            "kind: PatchStrategicMergeTransformer\nmetadata: {name: x}\npatches: |\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {template: {spec: {containers: [{name: web, image: 'a:3'}]}}}".to_owned(),
            "a:3",
        ),
        ("kind: ImageTagTransformer\nmetadata: {name: x}\nimageTag: {name: a, newTag: '4'}".to_owned(), "a:4"),
        (
            "kind: ReplacementTransformer\nmetadata: {name: x}\nreplacements: [{sourceValue: 'a:5', targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]}]".to_owned(),
            "a:5",
        ),
    ] {
        let told = images(&[
            ("kustomization.yaml", "resources: [web.yaml]\ntransformers: [x.yaml]\n"),
            ("web.yaml", &deployment("a:1")),
            ("x.yaml", &format!("apiVersion: builtin\n{transformer}\n")),
        ]);
        assert_eq!(told, [expected], "{transformer}");
    }
}
