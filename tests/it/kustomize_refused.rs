//! Builds that `kustomize build` 5.8.1 refuses: each is reported, its images are found all the same, and a good build
//! that looks like it is no alarm.

use crate::kustomize::{WEB, built};

/// The problems of a root `kustomization.yaml` over `web.yaml`, whose image is found whatever is refused.
#[track_caller]
fn problems(fields: &str, others: &[(&str, &str)]) -> Vec<String> {
    let kustomization = format!("resources: [web.yaml]\n{fields}");
    let mut files = vec![("kustomization.yaml", kustomization.as_str()), ("web.yaml", WEB)];
    files.extend_from_slice(others);
    let told = built(&files);
    assert!(told.iter().any(|line| line.contains(" web:")), "{fields}: {told:?}");
    told.into_iter().filter_map(|line| line.split_once(" broken-kustomization: ").map(joined)).collect()
}

fn joined((place, message): (&str, &str)) -> String {
    format!("{place} {message}")
}

/// Asserts that exactly this is refused.
#[track_caller]
fn refused(fields: &str, others: &[(&str, &str)], expected: &str) {
    assert_eq!(problems(fields, others), [expected], "{fields}");
}

/// Asserts that nothing is.
#[track_caller]
fn accepted(fields: &str, others: &[(&str, &str)]) {
    assert_eq!(problems(fields, others), Vec::<String>::new(), "{fields}");
}

#[test]
fn fields_that_kustomize_does_not_know() {
    for (fields, expected) in [
        ("image: []\n", r#"kustomization.yaml:2 kustomize knows no field "image" here"#),
        ("images:\n- name: a\n  tag: '2'\n", r#"kustomization.yaml:4 kustomize knows no field "tag" here"#),
        ("x-names: &a {}\n", r#"kustomization.yaml:2 kustomize knows no field "x-names" here"#),
        (
            "patches:\n- path: p.yaml\n  target: {apiVersion: apps/v1}\n",
            r#"kustomization.yaml:4 kustomize knows no field "apiVersion" here"#,
        ),
        (
            "configMapGenerator:\n- {name: a, type: Opaque}\n",
            r#"kustomization.yaml:3 kustomize knows no field "type" here"#,
        ),
        (
            "metadata: {name: a, creationTimestamp: null}\n",
            r#"kustomization.yaml:2 kustomize knows no field "creationTimestamp" here"#,
        ),
    ] {
        refused(fields, &[("p.yaml", WEB)], expected);
    }
    accepted("metadata: {name: a, labels: {b: c}}\nsecretGenerator:\n- {name: a, type: Opaque}\n", &[]);
    // The version after 5.8.1 has it.
    accepted("labels:\n- pairs: {a: b}\n  includeVolumeClaimTemplates: true\n", &[]);
}

#[test]
fn values_of_another_type() {
    for (fields, expected) in [
        ("namePrefix: 12\n", "kustomize wants text here, and this is a number"),
        ("commonLabels: {a: yes}\n", "kustomize wants text here, and this is true or false"),
        ("commonLabels: {a: n}\n", "kustomize wants text here, and this is true or false"),
        ("commonAnnotations: [a]\n", "kustomize wants a mapping here, and this is a list"),
        ("components: c\n", "kustomize wants a list here, and this is text"),
        (
            "labels: [{pairs: {a: b}, includeSelectors: 'on'}]\n",
            "kustomize wants true or false here, and this is text",
        ),
        (
            "replicas: [{name: web, count: 1.5}]\n",
            "kustomize wants a whole number here, and this is a number",
        ),
        ("images: ['a:2']\n", "kustomize wants a mapping here, and this is text"),
    ] {
        refused(fields, &[], &format!("kustomization.yaml:2 {expected}"));
    }
    accepted("commonLabels: {a: 'yes', b: 2020-01-01, c: , d: !!str 1}\nnamespace:\n", &[]);
    accepted("labels: [{pairs: {a: b}, includeSelectors: yes}]\nreplicas: [{name: web, count: 2.0}]\n", &[]);
}

#[test]
fn headers_and_options() {
    for (fields, expected) in [
        ("kind: Kustomisation\n", "kustomize wants the kind Kustomization or Component"),
        (
            "apiVersion: kustomize.config.k8s.io/v1\n",
            "kustomize wants the apiVersion kustomize.config.k8s.io/v1beta1 for a Kustomization",
        ),
        (
            "sortOptions: {order: fifo, legacySortOptions: {orderFirst: []}}\n",
            "kustomize refuses legacySortOptions beside the order fifo",
        ),
        ("sortOptions: {order: name}\n", "kustomize wants sortOptions.order to be fifo or legacy"),
        ("openapi: {version: v1.14.1}\n", "kustomize 5.8.1 has no schema but v1.21.2"),
        (
            "openapi: {version: v1.21.2, path: s.json}\n",
            "kustomize refuses a version of the schema beside a path",
        ),
    ] {
        refused(fields, &[("s.json", "{}")], &format!("kustomization.yaml:2 {expected}"));
    }
    accepted("apiVersion: ''\nkind: Kustomization\nsortOptions: {order: legacy}\n", &[]);
    accepted("openapi: {version: v1.21.2}\n", &[]);
    let empty = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamePrefix: ''\n";
    let told = built(&[("kustomization.yaml", empty), ("a/kustomization.yaml", "resources: []\n")]);
    assert_eq!(told, ["kustomization.yaml:1 broken-kustomization: kustomize refuses an empty kustomization"]);
}

/// kustomize reads the names of fields in any case, and takes the last value of a key that is written twice.
#[test]
fn fields_in_other_cases_and_twice() {
    let root = |fields: &str| {
        built(&[("kustomization.yaml", &format!("resources: [web.yaml]\n{fields}")), ("web.yaml", WEB)])
    };
    assert_eq!(root("Images:\n- Name: web\n  newtag: '2'\n"), ["kustomization.yaml:4 web:2"]);
    assert_eq!(root("images:\n- name: web\n  newTag: '2'\n  newTag: '3'\n"), ["kustomization.yaml:5 web:3"]);
    assert_eq!(
        root("images: [{name: web, newTag: '2'}]\nimages: [{name: web, newTag: '3'}]\n"),
        ["kustomization.yaml:3 web:3"]
    );
}

/// An entry of `patches` for the Deployment.
fn patch(body: &str) -> String {
    let mut text = "patches:\n- target: {kind: Deployment}\n  patch: |-\n".to_owned();
    for line in body.lines() {
        text += &format!("    {line}\n");
    }
    text
}

#[test]
fn patches_without_content() {
    let target = "target: {kind: Deployment, name: web}";
    for (fields, expected) in [
        (format!("patches:\n- {target}\n"), "kustomization.yaml:3 kustomize wants a patch or a path here"),
        ("patches:\n- patch: ' '\n".to_owned(), "kustomization.yaml:3 kustomize wants a patch or a path here"),
        (
            "patches:\n- patch: 'a: b'\n  path: p.yaml\n".to_owned(),
            "kustomization.yaml:4 kustomize refuses a path beside a patch",
        ),
        (
            "patchesStrategicMerge: [comment.yaml]\n".to_owned(),
            "kustomization.yaml:2 kustomize refuses an empty patch here",
        ),
        (
            format!("patchesJson6902:\n- {target}\n  path: comment.yaml\n"),
            "kustomization.yaml:3 kustomize refuses an empty patch here",
        ),
        (
            "patchesJson6902:\n- target: {kind: Deployment}\n  patch: '[{op: add, path: /spec/x, value: 1}]'\n".to_owned(),
            "kustomization.yaml:3 kustomize wants a target with a name here",
        ),
    ] {
        refused(&fields, &[("comment.yaml", "# nothing\n"), ("p.yaml", WEB)], expected);
    }
    // These patches do nothing, and kustomize does not mind.
    for fields in [
        "patches:\n- path: comment.yaml\n",
        "patches:\n- patch: '{}'\n",
        "patches:\n- patch: '[]'\n",
        "patchesStrategicMerge: []\n",
        "patchesStrategicMerge: [comment.yaml, p.yaml]\n",
    ] {
        accepted(fields, &[("comment.yaml", "# nothing\n"), ("p.yaml", WEB)]);
    }
}

#[test]
fn patches_that_kustomize_cannot_apply() {
    for (body, expected) in [
        ("spec: {replicas: 2}", "5 this patch has no kind or no name, and kustomize refuses it"),
        (
            "kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: {name: web}}}}",
            "7 this does not apply to the Deployment web: containers is a list in the resource, and a mapping in this patch",
        ),
        (
            "kind: Deployment\nmetadata: {name: web}\nspec: {template: {$patch: drop}}",
            "7 this does not apply to the Deployment web: kustomize knows no $patch: drop",
        ),
        (
            "- {op: test, path: /spec/template/spec/containers/0, value: {name: web}}",
            "5 this does not apply to the Deployment web: the test of /spec/template/spec/containers/0 fails",
        ),
    ] {
        refused(&patch(body), &[], &format!("kustomization.yaml:{expected}"));
    }
    accepted(
        &patch("- {op: test, path: /spec/template/spec/containers/0, value: {image: 'web:1', name: web}}"),
        &[],
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n";
    accepted("patches: [{path: list.yaml}]\n", &[("list.yaml", list)]);
}

#[test]
fn patterns_that_kustomize_cannot_read() {
    let patch = |name: &str| {
        format!("patches:\n- target: {{name: '{name}'}}\n  patch: '[{{op: add, path: /x, value: 1}}]'\n")
    };
    refused(&patch("*-web"), &[], "kustomization.yaml:3 kustomize cannot read this as a pattern");
    refused(&patch("("), &[], "kustomization.yaml:3 kustomize cannot read this as a pattern");
    refused(
        "images: [{name: '(web', newTag: '2'}]\n",
        &[],
        "kustomization.yaml:2 kustomize cannot read this as a pattern",
    );
    accepted(&patch(".*web"), &[]);
    // It stands behind a circumflex, which may be repeated.
    accepted("images: [{name: '*web', newTag: '2'}]\n", &[]);
    // A brace stands for itself where it repeats nothing.
    accepted(&patch("{web"), &[]);
}
