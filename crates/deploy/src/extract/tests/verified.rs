//! Images that kustomize deploys and that are not evaluated: each of them makes the run unverified.

use super::overlays::{deployed, deployment};
use super::*;

/// The problems of the rule `unreadable-file` in a kustomization of one Deployment, and further files.
fn unverified(kustomization: &str, files: &[(&str, &str)]) -> Vec<String> {
    let web = deployment("web:1");
    let all = [&[("kustomization.yaml", kustomization), ("web.yaml", &web)], files].concat();
    deployed(&all).into_iter().filter(|line| line.contains(" unreadable-file: ")).collect()
}

/// A text that only YAML 1.1 accepts, before the rest of a document.
const MARGIN: &str = "q: 'x\ny'\n";

#[test]
fn files_that_only_kustomize_reads() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n";
    let patch = format!("{MARGIN}{patch}");
    let deep = format!("- {{op: test, path: /a, value: {}{}}}\n", "[".repeat(300), "]".repeat(300));
    let replacement = format!("{MARGIN}source: {{kind: Deployment}}\ntargets: []\n");
    let surrogate = r#"[{"op": "replace", "path": "/spec/a", "value": "\ud800"}]"#;
    let values = format!("{MARGIN}image: 'web:2'\n");
    for (field, text) in [
        ("patches: [{path: x.txt}]", &*patch),
        ("patchesStrategicMerge: [x.txt]", &patch),
        ("patches: [{path: x.txt, target: {kind: Deployment}}]", &deep),
        ("patches: [{path: x.txt, target: {kind: Deployment}}]", surrogate),
        ("replacements: [{path: x.txt}]", &replacement),
        ("configurations: [x.txt]", &values),
        ("helmCharts: [{name: c, repo: 'oci://r', valuesFile: x.txt}]", &values),
        ("helmCharts: [{name: c, repo: 'oci://r', additionalValuesFiles: [x.txt]}]", &values),
    ] {
        let told = unverified(&format!("resources: [web.yaml]\n{field}\n"), &[("x.txt", text)]);
        assert_eq!(told.len(), 1, "{field}: {told:?}");
        assert!(told[0].starts_with("x.txt:"), "{field}: {told:?}");
    }
    let broken = unverified("resources: [web.yaml]\npatches: [{path: x.txt}]\n", &[("x.txt", "a: b: c\n")]);
    assert_eq!(broken, Vec::<String>::new(), "kustomize refuses it too");
}

#[test]
fn texts_that_only_kustomize_reads() {
    let text = r#""q: 'x\ny'\nkind: X\n""#;
    for field in [format!("patches: [{{patch: {text}}}]"), format!("transformers: [{text}]")] {
        let told = unverified(&format!("resources: [web.yaml]\n{field}\n"), &[]);
        assert_eq!(told.len(), 1, "{field}: {told:?}");
    }
}

#[test]
fn a_json_patch_that_is_not_utf8() {
    let web = deployment("web:1");
    let memory = Memory::default()
        .with("kustomization.yaml", "resources: [web.yaml]\npatches: [{path: x.txt, target: {name: web}}]\n")
        .with("web.yaml", web)
        .with("x.txt", b"[{\"op\": \"add\", \"path\": \"/spec/a\", \"value\": \"\xff\"}]".to_vec());
    let told = overlays::told(&run(&memory, None, Selection::Candidates));
    assert!(told[1].contains(" unreadable-file: the file is not UTF-8"), "{told:?}");
}

#[test]
fn limits_of_a_build() {
    let deep = "/a".repeat(600);
    let long = "a".repeat(300_000);
    for (field, said) in [
        (
            format!("patches: [{{target: {{name: web}}, patch: '[{{op: add, path: {deep}, value: 1}}]'}}]"),
            "exceeds the limit of nesting",
        ),
        (
            format!(
                "replacements: [{{sourceValue: x, targets: [{{select: {{name: web}}, fieldPaths: ['{}']}}]}}]",
                "a.".repeat(600)
            ),
            "exceeds the limit of nesting",
        ),
        (
            format!(
                "replacements: [{{source: {{name: web, fieldPath: '{}'}}, targets: []}}]",
                "a.".repeat(600)
            ),
            "exceeds the limit of nesting",
        ),
        (
            format!(
                "replacements: [{{sourceValue: {long}, targets: [{{select: {{name: web}}, fieldPaths: [metadata.name], options: {{delimiter: '-'}}}}]}}]"
            ),
            "too large to replace it",
        ),
    ] {
        let told = unverified(&format!("resources: [web.yaml]\n{field}\n"), &[]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(said), "{told:?}");
    }
}

#[test]
fn a_long_image_is_not_changed() {
    let web = deployment(&"a".repeat(5000));
    let kustomization = "resources: [web.yaml]\nimages: [{name: 'a*', newName: 'evil/x', newTag: '1'}]\n";
    let told = deployed(&[("kustomization.yaml", kustomization), ("web.yaml", &web)]);
    let is_said = |line: &String| line.ends_with("unreadable-file: an image is too long to change it");
    assert!(told.iter().any(is_said), "{told:?}");
}

#[test]
fn a_chain_of_kustomizations_that_is_too_long() {
    let web = deployment("web:1");
    let mut memory =
        Memory::default().with("l69/kustomization.yaml", "resources: [web.yaml]\n").with("l69/web.yaml", web);
    for level in 0..69 {
        let text = format!("resources: [../l{}]\n", level + 1);
        memory = memory.with(&format!("l{level}/kustomization.yaml"), text);
    }
    let told = overlays::told(&run(&memory, None, Selection::Candidates));
    assert!(
        told.iter().any(|line| line.contains(" unreadable-file: kustomizations nest deeper")),
        "{told:?}"
    );
}

/// kustomize matches with each of these patterns.
#[test]
fn patterns_of_go() {
    let change = |field: &str| {
        let web = deployment("web:1");
        let kustomization = format!("resources: [web.yaml]\n{field}\n");
        deployed(&[("kustomization.yaml", &kustomization), ("web.yaml", &web)]).swap_remove(0)
    };
    let patch = "patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: evil/x:1}]'";
    for name in [r"\Qweb\E", "[w&&x]eb", "[[w]eb", "(?P<1a>web)", r"\167eb"] {
        let told = change(&format!("patches: [{{target: {{name: '{name}'}}, {patch}}}]"));
        assert!(told.contains(" docker.io/evil/x:1 "), "{name}: {told}");
    }
    for (name, image) in [("[w&&x]eb", "docker.io/evil/x:1"), (r"\d", "docker.io/library/web:1")] {
        let told = change(&format!("images: [{{name: '{name}', newName: evil/x}}]"));
        assert!(told.contains(&format!(" {image} ")), "{name}: {told}");
    }
    let told = change(
        "replacements: [{sourceValue: 'evil/x:1', targets: [{select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=[w&&x]].image']}]}]",
    );
    assert!(told.contains(" docker.io/evil/x:1 "), "{told}");
}

#[test]
fn patterns_that_are_too_large() {
    for field in [
        "patches: [{target: {name: 'web|.{1000}'}, patch: '[]'}]",
        "images: [{name: 'web|.{1000}', newTag: '2'}]",
        "replacements: [{sourceValue: x, targets: [{select: {name: 'web|.{1000}'}}]}]",
        "replacements: [{sourceValue: x, targets: [{select: {name: web}, reject: [{name: '.{1000}'}]}]}]",
        "replacements: [{sourceValue: x, targets: [{select: {name: web}, fieldPaths: ['a.[b=.{1000}]']}]}]",
    ] {
        let told = unverified(&format!("resources: [web.yaml]\n{field}\n"), &[]);
        assert_eq!(told.len(), 1, "{field}: {told:?}");
        assert!(told[0].contains("this pattern cannot be evaluated"), "{told:?}");
    }
}

/// A built-in transformer.
fn builtin(kind: &str, fields: &str) -> String {
    format!("apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t, namespace: n}}\n{fields}\n")
}

/// kustomize changes the image, or a field of the same name, in each of these cases.
#[test]
fn transformers_that_write_image_fields() {
    let specs = "fieldSpecs: [{path: spec/template/spec/containers/image}]";
    for (kind, fields) in [
        ("ValueAddTransformer", "value: e:1\ntargets: [{fieldPath: spec/template/spec/containers/0/image}]"),
        (
            "ValueAddTransformer",
            "Value: e:1\nTargets: [{FieldPath: 'spec/template/spec/containers[]/image'}]",
        ),
        ("ValueAddTransformer", "value: e:1\ntargetFilePath: f.yaml"),
        ("PrefixTransformer", &format!("prefix: evil\n{specs}")),
        ("SuffixTransformer", &format!("suffix: evil\n{specs}")),
        ("PrefixSuffixTransformer", &format!("suffix: evil\n{specs}")),
        ("NamespaceTransformer", specs),
        ("ReplicaCountTransformer", &format!("replica: {{name: web, count: 7}}\n{specs}")),
        ("AnnotationsTransformer", "annotations: {image: e}\nfieldSpecs: [{path: spec}]"),
        ("LabelTransformer", "labels: {tag: e}\nfieldSpecs: [{path: spec/a}]"),
    ] {
        let text = builtin(kind, fields);
        let told = unverified("resources: [web.yaml]\ntransformers: [t.yaml]\n", &[("t.yaml", &text)]);
        assert_eq!(told.len(), 1, "{kind} {fields}: {told:?}");
        assert!(told[0].contains("t.yaml:"), "{told:?}");
    }
    for (kind, fields) in [
        ("PrefixTransformer", "prefix: a-\nfieldSpecs: [{path: metadata/name}]"),
        ("LabelTransformer", "labels: {tag: a}\nfieldSpecs: [{path: metadata/labels, create: true}]"),
        ("AnnotationsTransformer", "annotations: {a: b}\nfieldSpecs: [{path: spec/x, create: true}]"),
    ] {
        let text = builtin(kind, fields);
        let told = unverified("resources: [web.yaml]\ntransformers: [t.yaml]\n", &[("t.yaml", &text)]);
        assert_eq!(told, Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn configurations_that_write_image_fields() {
    for (configuration, field) in [
        ("namespace: [{path: spec/image}]", "namespace: n"),
        ("NamePrefix: [{Path: spec/image}]", "namePrefix: n"),
        ("nameSuffix: [{path: spec/chart/version}]", "nameSuffix: n"),
        ("replicas: [{path: 'spec/images/0'}]", ""),
        ("nameReference: [{kind: A, fieldSpecs: [{path: spec/image}]}]", "namePrefix: n"),
        ("commonAnnotations: [{path: spec}]", "commonAnnotations: {image: e}"),
        ("labels: [{path: spec}]", "commonLabels: {image: e}"),
        ("images: []", "labels: [{pairs: {image: e}, fields: [{path: spec}]}]"),
    ] {
        let told = unverified(
            &format!("resources: [web.yaml]\nconfigurations: [c.yaml]\n{field}\n"),
            &[("c.yaml", configuration)],
        );
        assert_eq!(told.len(), 1, "{configuration}: {told:?}");
    }
    let usual = "namePrefix: [{path: metadata/name}]\nnameReference: [{kind: A, fieldSpecs: [{path: spec/ref/name}]}]\ncommonLabels: [{path: spec/tags}]\n";
    let told = unverified(
        "resources: [web.yaml]\nconfigurations: [c.yaml]\nnamePrefix: a\ncommonLabels: {app: a}\n",
        &[("c.yaml", usual)],
    );
    assert_eq!(told, Vec::<String>::new());
}

/// Go's reader of JSON does not care about the case of a field.
#[test]
fn fields_of_plug_ins_in_any_case() {
    let web = deployment("web:1");
    for (kind, fields) in [
        ("ImageTagTransformer", "ImageTag: {Name: web, newtag: '2'}\nFieldSpecs: [{Path: spec/x}]"),
        (
            "ReplacementTransformer",
            "Replacements: [{SourceValue: 'web:2', targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]}]",
        ),
    ] {
        let told = deployed(&[
            ("kustomization.yaml", "resources: [web.yaml]\ntransformers: [t.yaml]\n"),
            ("web.yaml", &web),
            ("t.yaml", &builtin(kind, fields)),
        ]);
        assert!(told[0].contains(" docker.io/library/web:2 "), "{kind}: {told:?}");
    }
}

/// The image of the Deployment after a replacement of its tag, with further fields of the kustomization.
fn replaced(source: &str, more: &str, files: &[(&str, &str)]) -> Vec<String> {
    let web = deployment("web:1");
    let kustomization = format!(
        "resources: [web.yaml]\nreplacements: [{{source: {{{source}}}, targets: [{{select: {{name: web}}, fieldPaths: [spec.template.spec.containers.0.image], options: {{delimiter: ':', index: 1}}}}]}}]\n{more}\n"
    );
    deployed(&[&[("kustomization.yaml", kustomization.as_str()), ("web.yaml", &web)], files].concat())
}

#[test]
fn values_that_kustomize_generates() {
    for (source, more, image) in [
        ("kind: Secret, fieldPath: data.I", "secretGenerator: [{name: q, literals: [I=evi]}]", "web:ZXZp"),
        ("kind: Deployment, fieldPath: spec.replicas", "replicas: [{name: web, count: 77}]", "web:77"),
        (
            "kind: ConfigMap, fieldPath: data.I",
            "configMapGenerator: [{name: q, literals: [\"I='2'\"]}]",
            "web:2",
        ),
    ] {
        let told = replaced(source, more, &[]);
        assert_eq!(told.len(), 1, "{more}: {told:?}");
        assert!(told[0].contains(&format!(" docker.io/library/{image} ")), "{more}: {told:?}");
    }
}

#[test]
fn values_that_only_kustomize_reads() {
    let large = format!("{}|9|", "x".repeat(70_000));
    for (field, key, text) in [("files: [x.txt]", "[x.txt]", &*large), ("envs: [x.txt]", "TAG", "TAG\n")] {
        let source = format!("kind: ConfigMap, fieldPath: 'data.{key}'");
        let told =
            replaced(&source, &format!("configMapGenerator: [{{name: q, {field}}}]"), &[("x.txt", text)]);
        assert!(told.iter().any(|line| line.contains("unreadable-file: the value of data.")), "{told:?}");
    }
}

/// Booleans of YAML 1.1.
#[test]
fn options_in_any_form_of_true() {
    let web = deployment("web:1");
    for yes in ["true", "True", "yes", "on"] {
        let field = format!(
            "replacements: [{{sourceValue: 'e:1', targets: [{{select: {{name: web}}, fieldPaths: ['spec.template.spec.initContainers.[name=z].image'], options: {{create: {yes}}}}}]}}]"
        );
        let kustomization = format!("resources: [web.yaml]\n{field}\n");
        let told = deployed(&[("kustomization.yaml", &kustomization), ("web.yaml", &web)]);
        assert!(told.iter().any(|line| line.contains(" docker.io/library/e:1 ")), "{yes}: {told:?}");
    }
}

#[test]
fn labels_are_numbers_too() {
    let web = deployment("web:1").replace("{app: web}", "{n: '7'}");
    let patch = "patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: e:1}]'";
    for selector in ["n>5", "n in(7)", "n<8,n"] {
        let kustomization = format!(
            "resources: [web.yaml]\npatches: [{{target: {{labelSelector: '{selector}'}}, {patch}}}]\n"
        );
        let told = deployed(&[("kustomization.yaml", &kustomization), ("web.yaml", &web)]);
        assert!(told[0].contains(" docker.io/library/e:1 "), "{selector}: {told:?}");
    }
}

#[test]
fn a_post_renderer_that_only_kustomize_reads() {
    let release = |patch: &str| {
        let patch = format!("{patch}spec: {{containers: [{{image: 'evil/x:1'}}]}}\n").replace('\n', "\\n");
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec: {{postRenderers: [{{kustomize: {{patches: [{{patch: \"{patch}\"}}]}}}}]}}\n"
        )
    };
    assert!(found("a.yaml", &release(""))[0].contains("docker.io/evil/x:1"));
    let told = found("a.yaml", &release(MARGIN));
    assert!(
        told[0].starts_with("unreadable-file: this cannot be read as YAML, and kustomize may"),
        "{told:?}"
    );
}

/// A part that base has too is not verified again if a file of its unit differs: it may make another image.
#[test]
fn a_change_below_a_part_that_is_not_verified() {
    let kustomization = "resources: [web.yaml]\nimages: [{name: 'web|.{1000}', newTag: '2'}]\n";
    let (one, other) = (deployment("web:1"), deployment("web:1").replace("name: web", "name: api"));
    let found = |web: &str, note: &str, changed: &str| {
        let of = |web| [("kustomization.yaml", kustomization), ("web.yaml", web)];
        let (base, head) = ([&of(&one)[..], &[("note.yaml", "a: b\n")]].concat(), of(web));
        let head = [&head[..], &[("note.yaml", note)]].concat();
        introduced(&base, &head, &[(Some(changed), Some(changed))])
    };
    let unverified = "unreadable-file: this pattern cannot be evaluated, and kustomize may read it";
    assert_eq!(found(&other, "a: b\n", "web.yaml"), [unverified]);
    assert_eq!(found(&one, "a: c\n", "note.yaml"), Vec::<String>::new());
}
