//! Plain renderings.

use super::*;
use crate::Hooks;

const CONFIG: &str = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n";

fn data(rendered: &Rendered, key: &str) -> Option<String> {
    let mut documents = rendered.documents.iter();
    documents.find_map(|document| document.root.at(&["data", key])?.scalar()).map(str::to_owned)
}

#[test]
fn values_and_release_reach_the_templates() {
    let Some(helm) = helm() else { return };
    let template = format!(
        "{CONFIG}  name: {{{{ .Release.Name }}}}/{{{{ .Release.Namespace }}}}/{{{{ .Capabilities.KubeVersion.Version }}}}\n  upgrade: {{{{ .Release.IsUpgrade }}}}\n  api: {{{{ .Capabilities.APIVersions.Has \"example.org/v1/Web\" }}}}\n  values: {{{{ toJson .Values | quote }}}}\n"
    );
    let chart = chart(&[("values.yaml", "a: 1\nb: {c: x, d: y, k: yes}\n"), ("templates/c.yaml", &template)]);
    let mut release =
        release("b: {c: null, e: 1.10, f: '1.10', g: y, h: 017, i: 2024-01-02}\nz: \"\\u0007😀\"\n");
    release.is_upgrade = true;
    release.api_versions = vec!["example.org/v1/Web".into()];
    let output = rendered(&helm, &chart, &release).unwrap();
    assert_eq!(data(&output, "name").unwrap(), "rel/shop/v1.33.0");
    assert_eq!(
        (data(&output, "upgrade").unwrap(), data(&output, "api").unwrap()),
        ("true".into(), "true".into())
    );
    let values = r#"{"a":1,"b":{"d":true,"e":1.1,"f":"1.10","g":true,"h":15,"i":"2024-01-02","k":true},"z":"\u0007😀"}"#;
    assert_eq!(data(&output, "values").unwrap(), values);
    assert_eq!(output.documents[0].template.as_str(), "templates/c.yaml");
}

#[test]
fn values_in_place_of_the_charts_own() {
    let Some(helm) = helm() else { return };
    let template = format!("{CONFIG}  values: {{{{ toJson .Values | quote }}}}\n");
    let chart = chart(&[("values.yaml", "a: 1\n"), ("templates/c.yaml", &template)]);
    let mut release = release("c: 3\n");
    release.defaults = Some(root("values-prod.yaml", "b: 2\n"));
    let output = rendered(&helm, &chart, &release).unwrap();
    assert_eq!(data(&output, "values").unwrap(), r#"{"b":2,"c":3}"#);
}

#[test]
fn tests_and_crds_are_rendered_if_wanted() {
    let Some(helm) = helm() else { return };
    let test = "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n";
    let hook = "kind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n";
    let chart = chart(&[
        ("templates/tests/t.yaml", test),
        ("templates/h.yaml", hook),
        ("crds/c.yaml", "kind: CustomResourceDefinition\nmetadata: {name: c}\n"),
    ]);
    let mut release = release("");
    let kinds = |release: &Release| {
        let output = rendered(&helm, &chart, release).unwrap();
        let kinds =
            output.documents.iter().map(|document| document.root.get("kind")?.scalar().map(str::to_owned));
        kinds.map(Option::unwrap_or_default).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&release), ["Job"]);
    (release.hooks, release.include_crds) = (Hooks::All, true);
    assert_eq!(kinds(&release), ["CustomResourceDefinition", "Pod", "Job"]);
}

#[test]
fn failures_have_helms_message() {
    let Some(helm) = helm() else { return };
    let message =
        |chart: &Chart, values: &str| rendered(&helm, chart, &release(values)).unwrap_err().to_string();
    let refused = message(&chart(&[("templates/a.yaml", "{{ fail \"no \\u001b[31m way\" }}")]), "");
    assert!(refused.starts_with("helm: ") && refused.ends_with(r"no \u{1b}[31m way"), "{refused}");
    assert!(refused.contains("app/templates/a.yaml:1:3"), "{refused}");
    let schema = r#"{"properties": {"tag": {"pattern": "^v"}}}"#;
    let invalid = message(&chart(&[("values.schema.json", schema)]), "tag: 1.x\n");
    assert!(invalid.starts_with("helm: values don't meet the specifications"), "{invalid}");
    assert!(!invalid.contains("pullable-"), "no path of this machine: {invalid}");
    let depends = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: redis, version: 1.x, repository: 'https://x'}, {name: common, version: 1.x, repository: ''}]\n";
    let missing = rendered(&helm, &chart(&[("Chart.yaml", depends)]), &release("")).unwrap_err();
    let Failure::MissingDependencies(mut names) = missing else { panic!("{missing}") };
    names.sort();
    assert_eq!(names, ["common", "redis"]);
    let none = rendered(&helm, &Chart::default(), &release("")).unwrap_err().to_string();
    assert!(none.contains("Chart.yaml"), "{none}");
}

#[test]
fn windows_line_ends_and_marks_are_no_obstacle() {
    let Some(helm) = helm() else { return };
    let template =
        "\u{feff}kind: ConfigMap\r\nmetadata:\r\n  name: a\r\ndata:\r\n  tag: {{ .Values.tag }}\r\n";
    let chart = chart(&[("values.yaml", "\u{feff}tag: x\r\n"), ("templates/c.yaml", template)]);
    assert_eq!(data(&rendered(&helm, &chart, &release("")).unwrap(), "tag").unwrap(), "x");
}
