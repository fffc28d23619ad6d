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
        ("image: []\n", r#"kustomization.yaml:2 kustomize has no field "image" here"#),
        ("images:\n- name: a\n  tag: '2'\n", r#"kustomization.yaml:4 kustomize has no field "tag" here"#),
        ("x-names: &a {}\n", r#"kustomization.yaml:2 kustomize has no field "x-names" here"#),
        (
            "patches:\n- path: p.yaml\n  target: {apiVersion: apps/v1}\n",
            r#"kustomization.yaml:4 kustomize has no field "apiVersion" here"#,
        ),
        (
            "configMapGenerator:\n- {name: a, type: Opaque}\n",
            r#"kustomization.yaml:3 kustomize has no field "type" here"#,
        ),
        (
            "metadata: {name: a, creationTimestamp: null}\n",
            r#"kustomization.yaml:2 kustomize has no field "creationTimestamp" here"#,
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
        ("namePrefix: 12\n", "kustomize requires text here, and this is a number"),
        ("commonLabels: {a: yes}\n", "kustomize requires text here, and this is true or false"),
        ("commonLabels: {a: n}\n", "kustomize requires text here, and this is true or false"),
        ("commonAnnotations: [a]\n", "kustomize requires a mapping here, and this is a list"),
        ("components: c\n", "kustomize requires a list here, and this is text"),
        (
            "labels: [{pairs: {a: b}, includeSelectors: 'on'}]\n",
            "kustomize requires true or false here, and this is text",
        ),
        (
            "replicas: [{name: web, count: 1.5}]\n",
            "kustomize requires a whole number here, and this is a number",
        ),
        ("images: ['a:2']\n", "kustomize requires a mapping here, and this is text"),
    ] {
        refused(fields, &[], &format!("kustomization.yaml:2 {expected}"));
    }
    accepted("commonLabels: {a: 'yes', b: 2020-01-01, c: , d: !!str 1}\nnamespace:\n", &[]);
    accepted("labels: [{pairs: {a: b}, includeSelectors: yes}]\nreplicas: [{name: web, count: 2.0}]\n", &[]);
}

#[test]
fn headers_and_options() {
    for (fields, expected) in [
        ("kind: Kustomisation\n", "kustomize requires the kind Kustomization or Component"),
        (
            "apiVersion: kustomize.config.k8s.io/v1\n",
            "kustomize requires the apiVersion kustomize.config.k8s.io/v1beta1 for a Kustomization",
        ),
        (
            "sortOptions: {order: fifo, legacySortOptions: {orderFirst: []}}\n",
            "kustomize refuses legacySortOptions beside the order fifo",
        ),
        ("sortOptions: {order: name}\n", "kustomize requires sortOptions.order to be fifo or legacy"),
        ("openapi: {version: v1.14.1}\n", "kustomize 5.8.1 has only the schema v1.21.2"),
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

/// kustomize deploys the first value, and nearly every other parser reads the last.
#[test]
fn a_key_that_a_patch_has_twice_is_not_verified() {
    let containers = "[{name: web, image: web:bad, image: web:2}]";
    let head = "kind: Deployment\nmetadata: {name: web}\n";
    let twice = format!("{head}spec: {{template: {{spec: {{containers: {containers}}}}}}}\n");
    let message = "this patch has the key image twice: kustomize reads the first, and other parsers the last";
    for (fields, place) in [
        ("patches:\n- path: p.yaml\n", "p.yaml:4"),
        ("patchesStrategicMerge: [p.yaml]\n", "p.yaml:4"),
        (&*patch(&format!("apiVersion: apps/v1\n{twice}")), "kustomization.yaml:8"),
    ] {
        let kustomization = format!("resources: [web.yaml]\n{fields}");
        let written = format!("apiVersion: apps/v1\n{twice}");
        let files = [("kustomization.yaml", &*kustomization), ("web.yaml", WEB), ("p.yaml", &*written)];
        let told = built(&files);
        assert!(told.contains(&format!("{place} unreadable-file: {message}")), "{told:?}");
    }
    let once = twice.replace("image: web:bad, ", "");
    let files = [
        ("kustomization.yaml", "resources: [web.yaml]\npatches:\n- path: p.yaml\n"),
        ("web.yaml", WEB),
        ("p.yaml", &*format!("apiVersion: apps/v1\n{once}")),
    ];
    assert_eq!(built(&files), ["p.yaml:4 web:2"]);
}

#[test]
fn patches_without_content() {
    let target = "target: {kind: Deployment, name: web}";
    for (fields, expected) in [
        (format!("patches:\n- {target}\n"), "kustomization.yaml:3 kustomize requires a patch or a path here"),
        ("patches:\n- patch: ' '\n".to_owned(), "kustomization.yaml:3 kustomize requires a patch or a path here"),
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
            "kustomization.yaml:3 kustomize requires a target with a name here",
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
            "7 this does not apply to the Deployment web: kustomize has no $patch: drop",
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
    // It follows a circumflex, which may be repeated.
    accepted("images: [{name: '*web', newTag: '2'}]\n", &[]);
    // A brace is literal if it repeats nothing.
    accepted(&patch("{web"), &[]);
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versions}\ndata: {tag: '7'}\n";

#[test]
fn replacements_that_find_nothing() {
    let replacement = |source: &str, path: &str| {
        format!(
            "configMapGenerator: [{{name: made, literals: [tag=8], files: [gone]}}]\nreplacements:\n- source: {{kind: ConfigMap, name: {source}}}\n  \
             targets:\n  - select: {{kind: Deployment}}\n    fieldPaths: [{path}]\n"
        )
    };
    let told = |source: &str, path: &str| {
        let told = problems(&replacement(source, path), &[("gone", "text")]);
        told.join("; ")
    };
    let image = "spec.template.spec.containers.0.image";
    assert_eq!(
        told("none, fieldPath: data.tag", image),
        "kustomization.yaml:4 no resource matches this source"
    );
    assert_eq!(
        told("made, fieldPath: data.none", image),
        "kustomization.yaml:4 there is no data.none in the ConfigMap made"
    );
    assert_eq!(
        told("made, fieldPath: data.tag", "spec.none"),
        "kustomization.yaml:7 there is no spec.none in the Deployment web"
    );
    // The rest of a root with a remote base may be what it lacks.
    let open = format!("{}bases: [github.com/acme/base?ref=v1]\n", replacement("none", "spec.none"));
    accepted(&open, &[("gone", "text")]);
    for (file, expected) in
        [("", vec!["kustomization.yaml:2 kustomize requires a replacement in this file"]), ("[]", vec![])]
    {
        assert_eq!(problems("replacements: [{path: r.yaml}]\n", &[("r.yaml", file)]), expected);
    }
}

#[test]
fn generated_resources_that_kustomize_refuses() {
    for (fields, expected) in [
        ("configMapGenerator: [{literals: [a=b]}]\n", "kustomize requires a name here"),
        (
            "configMapGenerator: [{name: a, files: [key=gone.txt]}]\n",
            "there is no file gone.txt, and kustomize needs it; the rest is checked",
        ),
        (
            "secretGenerator: [{name: a, envs: [gone.env]}]\n",
            "there is no file gone.env, and kustomize needs it; the rest is checked",
        ),
        (
            "configMapGenerator: [{name: a, literals: [b]}]\n",
            "kustomize requires a key, an equals sign and a value here",
        ),
        (
            "configMapGenerator: [{name: a, files: [a=b=c]}]\n",
            "kustomize requires a path, or a key, an equals sign and a path here",
        ),
        ("configMapGenerator: [{name: a, literals: [b=1, b=2]}]\n", "this entry has the key b twice"),
        ("configMapGenerator: [{name: a, behavior: merge}]\n", "there is no ConfigMap a to change"),
        (
            "configMapGenerator: [{name: a}, {name: a, behavior: create}]\n",
            "this root has another ConfigMap a; kustomize requires the behavior merge or replace",
        ),
        ("secretGenerator: [{name: a, behavior: merge, namespace: b}]\n", "there is no Secret a to change"),
    ] {
        refused(fields, &[], &format!("kustomization.yaml:2 {expected}"));
    }
    for fields in [
        "configMapGenerator: [{name: a}, {name: a, namespace: b}, {name: a, behavior: merge, literals: [a=b]}]\n",
        "configMapGenerator: [{name: a, files: [there.txt, b=there.txt], envs: [there.txt]}]\n",
        "resources: [web.yaml, map.yaml]\nconfigMapGenerator: [{name: versions, behavior: replace, literals: [a=b]}]\n",
    ] {
        accepted(fields, &[("there.txt", "a=b\n"), ("map.yaml", MAP)]);
    }
}

#[test]
fn variables_without_a_value() {
    let var = |object: &str, field: &str| {
        format!(
            "resources: [web.yaml, map.yaml]\nvars:\n- name: TAG\n  objref: {{{object}}}\n  fieldref: {{fieldPath: {field}}}\n"
        )
    };
    let files = [("map.yaml", MAP)];
    let map = "apiVersion: v1, kind: ConfigMap, name: versions";
    refused(
        &var("apiVersion: v1, kind: ConfigMap, name: none", "data.tag"),
        &files,
        "kustomization.yaml:4 no resource matches the variable TAG",
    );
    refused(
        &var("kind: ConfigMap, name: versions", "data.tag"),
        &files,
        "kustomization.yaml:4 no resource matches the variable TAG",
    );
    refused(
        &var(map, "data.none"),
        &files,
        "kustomization.yaml:4 there is no data.none in the ConfigMap versions",
    );
    accepted(&var(map, "data.tag"), &files);
    let other = MAP.replace("name: versions", "name: versions, namespace: b");
    let both = format!("{MAP}---\n{other}");
    refused(
        &var(map, "data.tag"),
        &[("map.yaml", &both)],
        "kustomization.yaml:4 2 resources match the variable TAG",
    );
}

#[test]
fn files_that_are_absent_or_of_another_sort() {
    for (fields, expected) in [
        (
            "crds: [gone.yaml]\n",
            "kustomization.yaml:2 there is no file gone.yaml, and kustomize needs it; the rest is checked",
        ),
        (
            "openapi: {path: gone.json}\n",
            "kustomization.yaml:2 there is no file gone.json, and kustomize needs it; the rest is checked",
        ),
        (
            "validators: [gone.yaml]\n",
            "kustomization.yaml:2 there is no gone.yaml, and kustomize needs it; the rest is checked",
        ),
        ("configurations: [c.yaml]\n", r#"c.yaml:1 kustomize has no field "image" here"#),
        (
            "transformers: [t.yaml]\n",
            "kustomization.yaml:2 kustomize has no built-in transformer ImageTransformer",
        ),
        (
            "generators: [t.yaml]\n",
            "kustomization.yaml:2 kustomize has no built-in generator ImageTransformer",
        ),
        (
            "resources: [web.yaml, named.yaml]\n",
            "named.yaml:1 kustomize refuses a resource without a kind or a name",
        ),
        (
            "resources: [web.yaml, word.yaml]\n",
            "word.yaml:1 kustomize refuses a resource without a kind or a name",
        ),
        (
            "replicas: [{name: none, count: 2}]\n",
            "kustomization.yaml:2 no resource matches none, which this entry names",
        ),
    ] {
        let others = [
            ("c.yaml", "image: []\n"),
            ("t.yaml", "apiVersion: builtin\nkind: ImageTransformer\nmetadata: {name: a}\n"),
            ("n.yaml", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: b-\n"),
            ("named.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}\n"),
            ("word.yaml", "word\n"),
        ];
        refused(fields, &others, expected);
    }
    let empty = [("e.yaml", "---\n{}\n---\n"), ("l.yaml", "apiVersion: v1\nkind: List\nitems: []\n")];
    accepted("resources: [web.yaml, e.yaml, l.yaml]\nreplicas: [{name: web, count: 2}]\n", &empty);
    accepted(
        "configurations: [c.yaml]\n",
        &[("c.yaml", "volumeClaimTemplateLabels: []\nnameReference: [{kind: A, fieldSpecs: []}]\n")],
    );
}

#[test]
fn resources_that_become_the_same() {
    let files = [("other.yaml", &*WEB.replace("name: web}", "name: web, namespace: b}"))];
    let expected = "other.yaml:3 this root has another Deployment web, and kustomize refuses to build both";
    refused("resources: [web.yaml, other.yaml]\nnamespace: shop\n", &files, expected);
    accepted("resources: [web.yaml, other.yaml]\n", &files);
}

#[test]
fn folders_above_the_one_that_includes_them() {
    let parent = "resources: [web.yaml]\n";
    let told = built(&[
        ("kustomization.yaml", parent),
        ("web.yaml", WEB),
        ("sub/kustomization.yaml", "resources: [..]\n"),
    ]);
    let expected = "sub/kustomization.yaml:1 broken-kustomization: kustomize refuses a folder above this kustomization, or above one that includes it";
    assert_eq!(told, ["web.yaml:9 web:1", expected]);
}

/// A component that nothing includes changes resources that are not known.
#[test]
fn a_component_alone_is_no_alarm() {
    let component = format!(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [web.yaml]\nreplicas: [{{name: far, count: 2}}]\n\
         configMapGenerator: [{{name: far, behavior: merge, literals: [a=b]}}]\npatches:\n- patch: |-\n{}",
        WEB.replace("name: web}", "name: far}")
            .replace("spec:", "x:")
            .lines()
            .map(|line| format!("    {line}\n"))
            .collect::<String>()
    );
    assert_eq!(built(&[("kustomization.yaml", &component), ("web.yaml", WEB)]), ["web.yaml:9 web:1"]);
}

/// Labels create the `spec` of a workload that has none.
#[test]
fn a_json_patch_below_a_created_spec() {
    let bare = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bare}\n";
    let fields = "resources: [web.yaml, bare.yaml]\ncommonLabels: {a: b}\npatchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: bare}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/replicas\", \"value\": 3}]'\n";
    accepted(fields, &[("bare.yaml", bare)]);
    let unlabelled = fields.replace("commonLabels: {a: b}\n", "");
    refused(
        &unlabelled,
        &[("bare.yaml", bare)],
        "kustomization.yaml:5 this does not apply to the Deployment bare: there is no /spec",
    );
}

/// Flux builds without load restrictions, `kustomize build` only where it is told to.
#[test]
fn files_outside_of_the_folder() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k, namespace: flux-system}\n\
                spec:\n  path: ./k\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    let files = vec![("k/kustomization.yaml", "resources: [../web.yaml]\n"), ("web.yaml", WEB)];
    let told = built(&files);
    assert_eq!(told[0], "web.yaml:9 web:1");
    assert!(
        told[1].starts_with("k/kustomization.yaml:1 not-checked: kustomize refuses a file outside"),
        "{told:?}"
    );
    assert_eq!(told.len(), 2);
    assert_eq!(built(&[files, vec![("clusters/k.yaml", flux)]].concat()), ["web.yaml:9 web:1"]);
}
