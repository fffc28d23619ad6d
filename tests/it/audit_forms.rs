//! Forms of files that YAML allows and parsers often do not support.

use crate::audit_case::{Case, deployment};

/// A carriage return alone ends a line for YAML 1.2 and for Kubernetes.
#[test]
fn lines_that_end_in_a_carriage_return() {
    // Git and the forges count line feeds alone, so this is their line 1.
    let text = |tag: &str| deployment(&format!("REP:{tag}")).replace('\n', "\r");
    Case::new().base("web.yaml", &text("1.0")).head("web.yaml", &text("BAD")).is_missing_at("web.yaml:1");
    let text = |tag: &str| deployment(&format!("REP:{tag}")).replace('\n', "\r\n");
    Case::new().base("web.yaml", &text("1.0")).head("web.yaml", &text("BAD")).is_missing_at("web.yaml:10");
}

/// The parsers of Kubernetes, kustomize and Helm begin a new line at these characters, also in a comment.
#[test]
fn an_image_behind_a_line_separator_in_a_comment() {
    for mark in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let text = |tag: &str| {
            deployment(&format!("REP:{tag}")).replace("web\n        i", &format!("web # {mark}        i"))
        };
        Case::new().base("web.yaml", &text("1.0")).head("web.yaml", &text("BAD")).is_missing_at("web.yaml:9");
    }
}

/// A resource of a kustomization that seems to contain only a schema, and was therefore not parsed.
#[test]
fn an_object_behind_a_schema() {
    let schema =
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b.c}\n---\n";
    let text =
        |tag: &str| schema.to_owned() + &deployment(&format!("REP:{tag}")).replace("\nkind", "\n\"kind\"");
    Case::new()
        .base("k/kustomization.yaml", "resources: [all.yaml]\n")
        .base("k/all.yaml", &text("1.0"))
        .head("k/all.yaml", &text("BAD"))
        .is_missing_at("k/all.yaml:14");
}

#[test]
fn a_file_without_a_name_before_its_ending() {
    for path in [".yaml", "apps/.yml", "apps/.json"] {
        let text = |tag: &str| {
            let yaml = deployment(&format!("REP:{tag}"));
            let json = format!(
                r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"x"}},"spec":{{"containers":[{{"name":"x","image":"REP:{tag}"}}]}}}}"#
            );
            if path.ends_with("json") { json } else { yaml }
        };
        let line = if path.ends_with("json") { 1 } else { 10 };
        Case::new()
            .base(path, &text("1.0"))
            .head(path, &text("BAD"))
            .is_missing_at(&format!("{path}:{line}"));
    }
}

/// kubectl and kustomize refuse comments in JSON, so the manifest is not deployed: a warning.
#[test]
fn json_with_comments() {
    let text = "// The shop.\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"REP:BAD\"}]}}\n";
    let within = "{\"apiVersion\":\"v1\", // the version\n\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"REP:BAD\"}]}}\n";
    for text in [text, within] {
        let checked = Case::new().head("pod.json", text).check("9.9-bad");
        assert!(
            checked.findings.iter().any(|it| it == "warning unparseable-file pod.json"),
            "{}",
            checked.shown()
        );
    }
    let url = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"a\":\"http://x\",\"containers\":[{\"image\":\"REP:1.1\"}]}}\n";
    let checked = Case::new().head("pod.json", url).check("1.1");
    assert!(checked.findings.is_empty(), "{}", checked.shown());
}

/// A folder that a plug-in of Argo CD renders.
#[test]
fn the_folder_of_a_plugin() {
    let application = |plugin: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
             repoURL: https://git.test/shop.git\n    path: app\n{plugin}"
        )
    };
    let case = |plugin: &str| {
        Case::new()
            .base("argo/web.yaml", &application(plugin))
            .base("app/web.cue", "image: \"REP:1.0\"\n")
            .base("app/web.yaml", &deployment("REP:1.0"))
    };
    for file in ["app/web.cue", "app/web.yaml"] {
        let plugin = case("    plugin: {name: cue}\n").head(file, &deployment("REP:BAD")).check("1.1");
        assert!(plugin.has("not-checked", "argo/web.yaml:8"), "{}", plugin.shown());
    }
    let other = case("    plugin: {name: cue}\n").head("other/a.yaml", "a: 1\n").check("1.1");
    assert!(other.findings.is_empty(), "{}", other.shown());
    let plain = case("").head("app/web.yaml", &deployment("REP:1.1")).check("1.1");
    assert!(plain.findings.is_empty(), "{}", plain.shown());
}

/// Parameters of an Application whose chart is fetched.
#[test]
fn a_parameter_of_an_application() {
    let application = |tag: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
             repoURL: https://charts.test\n    chart: web\n    targetRevision: 1.0.0\n    helm:\n      parameters:\n      \
             - {{name: image.repository, value: REP}}\n      - {{name: image.tag, value: '{tag}'}}\n"
        )
    };
    Case::new()
        .base("argo/web.yaml", &application("1.0"))
        .head("argo/web.yaml", &application("BAD"))
        .is_missing_at("argo/web.yaml:12");
}
