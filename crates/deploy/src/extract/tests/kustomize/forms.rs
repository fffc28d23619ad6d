//! Rare forms of entries: generators and transformers as resources, patches as trees, and faults.

use super::{built, deployment, images};
use crate::extract::tests::found;
use crate::extract::tests::overlays::deployed;

const ONE: &str = "[{name: a, image: 'a:1'}]";

/// True if one of the lines has these words.
fn has(told: &[String], words: &str) -> bool {
    told.iter().any(|line| line.contains(words))
}

#[test]
fn patches_that_are_trees() {
    let tree = "apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: a, image: 'a:2'}]}}}";
    for fields in
        [format!("patches: [{{patch: {{{tree}}}}}]\n"), format!("patchesStrategicMerge: [{{{tree}}}]\n")]
    {
        let told = built(ONE, &fields);
        assert!(has(&told, "a:2") || has(&told, "unreadable-file") || has(&told, "broken"), "{told:?}");
    }
    assert!(has(&built(ONE, "patches: [{path: [a]}]\n"), "a:1"));
}

#[test]
fn generators_and_transformers_as_resources() {
    let map = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: tags}\nliterals: [tag=7]\n";
    let replacement = "replacements:\n- source: {kind: ConfigMap, fieldPath: data.tag}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image], options: {delimiter: ':', index: 1}}]\n";
    let indented = map.replace('\n', "\n    ");
    let told = built(ONE, &format!("generators:\n- |-\n    {indented}\n{replacement}"));
    assert_eq!(told, ["a:7"]);
    let program =
        map.replace("builtin", "acme.io/v1").replace("ConfigMapGenerator", "Change").replace('\n', "\n    ");
    let told = built(ONE, &format!("transformers:\n- |-\n    {program}\n"));
    assert!(has(&told, "not-checked: the transformer Change is not run"), "{told:?}");
}

#[test]
fn a_long_secret_is_written_in_lines() {
    let secret = |text: &str| {
        format!(
            "secretGenerator: [{{name: s, literals: ['t={text}']}}]\nreplacements:\n- source: {{kind: Secret, fieldPath: data.t}}\n  targets: [{{select: {{kind: Deployment}}, fieldPaths: [spec.template.spec.containers.0.image]}}]\n"
        )
    };
    assert!(has(&built(ONE, &secret("aaa")), "YWFh"));
    let told = built(ONE, &secret(&"a".repeat(60)));
    assert!(told.len() == 1 && told[0].contains("is not an image reference"), "{told:?}");
}

#[test]
fn what_generated_metadata_selects() {
    let fields = "generatorOptions: {labels: {tier: front}}\nconfigMapGenerator: [{name: tags, literals: [tag=7]}]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: metadata.labels.tier}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image], options: {delimiter: ':', index: 1}}]\n";
    assert_eq!(built(ONE, fields), ["a:front"]);
    let own = fields.replace("literals:", "options: {labels: {tier: own}}, literals:");
    assert_eq!(built(ONE, &own), ["a:own"]);
    let several =
        "configMapGenerator: [{name: tags, behavior: merge, literals: [tag=7]}]\nresources: [one, two]\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tags}\n";
    let base = |name: &str| format!("namePrefix: {name}-\nresources: [map.yaml]\n");
    let told = images(&[
        ("kustomization.yaml", several),
        ("one/kustomization.yaml", &base("one")),
        ("one/map.yaml", map),
        ("two/kustomization.yaml", &base("two")),
        ("two/map.yaml", map),
    ]);
    assert!(has(&told, "several resources match ConfigMap tags") || has(&told, "broken"), "{told:?}");
}

#[test]
fn faults_of_entries() {
    for (fields, words) in [
        (
            "patches: [{target: {labelSelector: 'app in'}, patch: '[{op: remove, path: /spec}]'}]\n",
            "as a selector",
        ),
        ("replacements: [{path: r.yaml, source: {kind: Pod}, targets: []}]\n", "a path beside a replacement"),
        ("patches: [{path: none.yaml, patch: 'a: b'}]\n", "a path beside a patch"),
        (
            "patches: [{target: {kind: Deployment}, patch: '[{op: copy, from: /none/x, path: /spec/x}]'}]\n",
            "broken",
        ),
        ("patches: [{patch: 'a: [}'}]\n", "cannot be read as YAML"),
    ] {
        let told = built(ONE, fields);
        assert!(has(&told, words) && has(&told, "kustomization:"), "{fields} {told:?}");
    }
    let kind = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n";
    let told = images(&[
        (
            "kustomization.yaml",
            "namePrefix: a-\nresources: [n.yaml]\npatches: [{patch: 'apiVersion: v1\n\n    kind: Namespace\n\n    metadata: {name: web}'}]\n",
        ),
        ("n.yaml", kind),
    ]);
    assert!(!has(&told, "no resource matches"), "the name of a namespace is fixed: {told:?}");
}

#[test]
fn variables_that_are_not_replaced_are_told() {
    let vars = |field: &str| {
        format!(
            "vars: [{{name: V, objref: {{group: apps, version: v1, kind: Deployment, name: web}}, fieldref: {{fieldPath: {field}}}}}]\nconfigurations: [c.yaml]\nresources: [web.yaml]\n"
        )
    };
    let web = |text: &str, image: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, annotations: {{a: {text}}}}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{image}'}}]}}}}}}\n"
        )
    };
    let told = |field: &str, text: &str, image: &str| {
        images(&[
            ("kustomization.yaml", &vars(field)),
            ("c.yaml", "varReference: [{path: spec/template/spec/containers/image}]\n"),
            ("web.yaml", &web(text, image)),
        ])
    };
    assert_eq!(told("metadata.annotations.a", "x", "web:$(V)"), ["web:x"]);
    let long = told("metadata.annotations.a", &"x".repeat(40_000), "web:$(V)$(V)$(V)");
    assert!(has(&long, "unreadable-file: the Deployment web is too large to replace"), "{}", long.len());
    let deep = format!("a{}", ".b".repeat(2000));
    assert!(has(&told(&deep, "x", "web:$(V)"), "unreadable-file: its field exceeds"));
    let told = told("metadata.annotations", "x", "web:$(V)");
    assert_eq!(told, ["the"], "the reference is a variable");
}

#[test]
fn values_of_a_chart_without_nulls() {
    let chart = |fields: &str| {
        images(&[
            ("kustomization.yaml", &format!("helmCharts: [{{name: x, repo: 'oci://r', {fields}}}]\n")),
            ("v.yaml", "image: {repository: web, tag: '1'}\n"),
        ])
    };
    let told = chart(
        "valuesInline: {image: {tag: '2', digest: null}, none: null}, valuesFile: v.yaml, valuesMerge: override",
    );
    assert!(has(&told, "web:2"), "{told:?}");
    assert!(has(&chart("valuesInline: {image: 'web:3'}, valuesMerge: merge"), "web:3"));
}

#[test]
fn literal_patches_of_a_post_renderer() {
    let images = |patch: &str| {
        let text = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {{postRenderers: [{{kustomize: {{{patch}}}}}]}}\n"
        );
        found("a.yaml", &text)
            .iter()
            .filter_map(|line| line.split(" → ").nth(1).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let at = |path: &str, value: &str| {
        images(&format!(
            "patches: [{{target: {{kind: Pod}}, patch: '[{{op: add, path: {path}, value: {value}}}]'}}]"
        ))
    };
    let one = ["docker.io/library/x:1"];
    for (path, value) in [
        ("/spec/containers/0/image", "\"x:1\""),
        ("/spec/containers", "[{image: \"x:1\"}]"),
        ("/spec/containers/0", "{image: \"x:1\"}"),
        ("/spec/volumes/0/image/reference", "\"x:1\""),
        ("/spec/volumes/0/image", "{reference: \"x:1\"}"),
        ("/spec/volumes/0", "{image: {reference: \"x:1\"}}"),
        ("/spec", "{containers: [{image: \"x:1\"}]}"),
    ] {
        assert_eq!(at(path, value), one, "{path} {value}");
    }
    assert_eq!(at("/spec/volumes", "[{image: {reference: \"x:1\"}}]"), one);
    assert_eq!(at("/metadata/name", "\"x:1\""), Vec::<String>::new());
    let merge = "spec: {containers: [{name: a, image: \"x:1\"}]}";
    assert_eq!(images(&format!("patchesStrategicMerge: ['{merge}']")), one);
    assert_eq!(images(&format!("patches: [{{patch: {{{merge}}}}}]")), one);
}

/// A file of a schema only is not parsed; version, kind and metadata are read, since other parts of the build may use them.
#[test]
fn schemas_are_resources_of_a_build() {
    let schema = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x\n  annotations:\n    version: v2\nspec:\n  group: a.b\n";
    let web = deployment("web:v1");
    let built = |fields: &str| {
        let kustomization = format!("resources: [crd.yaml, web.yaml]\n{fields}\n");
        let files =
            [("kustomization.yaml", kustomization.as_str()), ("crd.yaml", schema), ("web.yaml", &web)];
        images(&files)
    };
    let operations = "{op: replace, path: /apiVersion, value: v1}, {op: replace, path: /kind, value: Pod}, {op: replace, path: /spec, value: {containers: [{name: a, image: 'b:1'}]}}";
    let target = "target: {kind: CustomResourceDefinition}";
    let made = built(&format!("patches: [{{{target}, patch: '[{}]'}}]", operations.replace('\'', "\"")));
    let changed = "crd.yaml:4:9 unreadable-file: a schema becomes the Pod x, and its own fields are not read";
    assert_eq!(made, ["b:1", changed, "web:v1"]);
    let of_spec = "[{op: replace, path: /spec/group, value: c.d}, {op: remove, path: /spec/names/plural}]";
    assert_eq!(built(&format!("patches: [{{{target}, patch: '{of_spec}'}}]")), ["web:v1"]);
    let source = "source: {kind: CustomResourceDefinition, name: x, fieldPath: metadata.annotations.version}";
    let image = "targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image], options: {delimiter: ':', index: 1}}]";
    assert_eq!(built(&format!("replacements: [{{{source}, {image}}}]")), ["web:v2"]);
    let into = "source: {kind: Deployment, name: web}, targets: [{select: {kind: CustomResourceDefinition}, fieldPaths: [spec.group]}]";
    assert_eq!(built(&format!("replacements: [{{{into}}}]")), ["web:v1"]);
    let group = source.replace("metadata.annotations.version", "spec.group");
    let kustomization = format!("resources: [crd.yaml, web.yaml]\nreplacements: [{{{group}, {image}}}]\n");
    let told = deployed(&[("kustomization.yaml", &kustomization), ("crd.yaml", schema), ("web.yaml", &web)]);
    let unknown = "unreadable-file: the value of spec.group in the CustomResourceDefinition x is not known, and kustomize reads it";
    assert!(told.iter().any(|line| line.ends_with(unknown)), "{told:?}");
    let twice = [("kustomization.yaml", "resources: [crd.yaml, more.yaml]\n"), ("crd.yaml", schema)];
    let more = format!("{web}---\n{schema}");
    let told = deployed(&[twice[0], twice[1], ("more.yaml", &more)]);
    let refused = "this root has another CustomResourceDefinition x, and kustomize refuses to build both";
    assert!(told.iter().any(|line| line.ends_with(refused)), "{told:?}");
}
