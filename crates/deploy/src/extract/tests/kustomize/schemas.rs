//! Files of schemas, which are not parsed: a kustomization that deploys or copies a part of them is not verified.

use super::images;

const SCHEMA: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: web\nspec:\n  \
                      image: a:2\n  template:\n    spec:\n      containers:\n      - image: a:1\n";
/// The operations that make a Deployment.
const MAKE: &str =
    "[{op: replace, path: /kind, value: Deployment}, {op: replace, path: /apiVersion, value: apps/v1}]";

const CHANGED: &str = "base/schema.yaml:4:9 unreadable-file: a schema becomes the Deployment web, and its own fields are not read";
/// The end of the problem of a value that is copied.
const UNKNOWN: &str = "unreadable-file: the value of spec.image in the CustomResourceDefinition web is not known, and kustomize reads it";

/// The images of a root with these fields over a base that is a schema, and over a Pod and its settings, without
/// the image of the Pod itself. Another root shares the base.
fn over_a_schema(fields: &str) -> Vec<String> {
    let image = if fields.contains("vars:") { "$(IMAGE)" } else { "a:0" };
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{image: {image}}}]}}\n"
    );
    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {kind: Deployment, version: apps/v1}\n";
    let part = format!("kind: Component\npatches: [{{target: {{name: web}}, patch: '{MAKE}'}}]\n");
    let mut found = images(&[
        ("base/kustomization.yaml", "resources: [schema.yaml]\n"),
        ("base/schema.yaml", SCHEMA),
        ("other/kustomization.yaml", "resources: [../base]\n"),
        ("part/kustomization.yaml", &part),
        ("prod/kustomization.yaml", &format!("resources: [../base, pod.yaml, map.yaml]\n{fields}")),
        ("prod/pod.yaml", &pod),
        ("prod/map.yaml", map),
        ("prod/vars.yaml", "varReference: [{path: spec/containers/image, kind: Pod}]\n"),
    ]);
    found.retain(|line| line != "a:0");
    found
}

#[test]
fn a_schema_that_a_patch_turns_into_another_object() {
    for fields in [
        format!("patches: [{{target: {{name: web}}, patch: '{MAKE}'}}]\n"),
        format!("patches: [{{target: {{kind: Custom.*}}, patch: '{MAKE}'}}]\n"),
        format!("patchesJson6902: [{{target: {{name: web, kind: CustomResourceDefinition}}, patch: '{MAKE}'}}]\n"),
        "components: [../part]\n".to_owned(),
        "patches:\n- target: {kind: CustomResourceDefinition}\n  options: {allowKindChange: true}\n  patch: '{apiVersion: \
         apps/v1, kind: Deployment, metadata: {name: web}}'\n- target: {kind: Deployment}\n  patch: '[{op: replace, path: \
         /apiVersion, value: apps/v1}]'\n"
            .to_owned(),
    ] {
        assert_eq!(over_a_schema(&fields), [CHANGED], "{fields}");
    }
}

#[test]
fn a_schema_that_replacements_turn_into_another_object() {
    let replaced = |from: &str, to: &str| {
        format!(
            "- {{source: {{kind: ConfigMap, fieldPath: {from}}}, targets: [{{select: {{name: web}}, fieldPaths: [{to}]}}]}}\n"
        )
    };
    let both = replaced("data.version", "apiVersion") + &replaced("data.kind", "kind");
    assert_eq!(over_a_schema(&format!("replacements:\n{both}")), [CHANGED]);
}

#[test]
fn a_field_of_a_schema_that_is_copied() {
    let target = "targets: [{select: {kind: Pod}, fieldPaths: [spec.containers.0.image]}]";
    for source in ["kind: CustomResourceDefinition", "name: web"] {
        let fields = format!("replacements:\n- source: {{{source}, fieldPath: spec.image}}\n  {target}\n");
        let told = over_a_schema(&fields);
        assert!(matches!(told.as_slice(), [one] if one.ends_with(UNKNOWN)), "{source} {told:?}");
    }
    let object = "{kind: CustomResourceDefinition, name: web, apiVersion: apiextensions.k8s.io/v1}";
    let vars = format!("vars: [{{name: IMAGE, objref: {object}, fieldref: {{fieldpath: spec.image}}}}]\n");
    let told = over_a_schema(&format!("{vars}configurations: [vars.yaml]\n"));
    assert!(told.iter().any(|one| one.ends_with(UNKNOWN)), "{told:?}");
}

#[test]
fn a_schema_stays_what_it_is() {
    for fields in [
        "",
        "namePrefix: y-\n",
        "patches: [{target: {kind: Pod}, patch: '[{op: add, path: /metadata/labels, value: {a: b}}]'}]\n",
        "patches: [{target: {name: web}, patch: '{kind: Deployment, apiVersion: apps/v1, metadata: {name: web}}'}]\n",
        "patches: [{target: {name: web}, patch: '[{op: add, path: /metadata/labels, value: {a: b}}]'}]\n",
    ] {
        assert_eq!(over_a_schema(fields), Vec::<String>::new(), "{fields}");
    }
}

/// The YAML reader of kustomize accepts each of these, and deploys the image.
#[test]
fn a_schema_whose_metadata_cannot_be_read_is_not_verified() {
    let fields = format!("patches: [{{target: {{kind: CustomResourceDefinition}}, patch: '{MAKE}'}}]\n");
    for annotation in [
        "\"\nspec:\n    \"",
        "'\nspec:\n    '",
        "\"\nstatus:\n    \"",
        "\"x\n y\"",
        "{?a: b}",
        "!!binary d2Vi",
    ] {
        let annotated = format!("  name: web\n  annotations:\n    a: {annotation}\n");
        let schema = SCHEMA.replace("  name: web\n", &annotated);
        let told = images(&[
            ("kustomization.yaml", &format!("resources: [schema.yaml]\n{fields}")),
            ("schema.yaml", &schema),
        ]);
        let is_told =
            told.iter().any(|line| line.contains("schema.yaml:") && line.contains(" unreadable-file: "));
        assert!(is_told, "{annotation:?} {told:?}");
    }
}
