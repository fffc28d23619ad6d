//! Keys of values that look like images and that nothing here reads: one notice for each file that a change touches.

use crate::audit_case::{Case, Outcome};

/// The notices about keys of a file.
fn notices(checked: &Outcome) -> Vec<String> {
    let json = checked.run.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let about = findings.filter(|it| it["rule"] == "not-checked");
    about
        .map(|it| {
            format!("{}:{} {}", it["path"].as_str().unwrap(), it["line"], it["message"].as_str().unwrap())
        })
        .collect()
}

/// The notice about a change of `values.yaml` from `1.0` to `1.1`.
#[track_caller]
fn notice_of(text: &str) -> Vec<String> {
    let case = Case::new()
        .base("values.yaml", &text.replace("TAG", "1.0"))
        .head("values.yaml", &text.replace("TAG", "BAD"));
    let checked = case.check("1.1");
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
    notices(&checked)
}

#[test]
fn forms_that_nothing_reads() {
    for (text, keys) in [
        ("app:\n  image: calculator\n  version: 'TAG'\n", "app.version (line 3)"),
        ("mesh:\n  image_name: shop/mesh\n  image_version: 'TAG'\n", "mesh.image_version (line 3)"),
        ("web:\n  imageRepository: HOST/shop/web\n  imageVersion: 'TAG'\n", "web.imageVersion (line 3)"),
        ("image:\n  tag: 'TAG'\n", "image.tag (line 2)"),
        ("images:\n  web: shop/web\n  tag: 'TAG'\n", "images.tag (line 3)"),
    ] {
        let line = text.lines().count();
        let message = format!(
            "values.yaml:{line} keys that look like images are not read, and their images are not checked: {keys}"
        );
        assert_eq!(notice_of(text), [message], "{text}");
    }
}

/// Up to three are named.
#[test]
fn several_keys() {
    let text = "a: {image: {tag: 'TAG'}}\nb: {image: {tag: 'TAG'}}\nc: {image: {tag: 'TAG'}}\nd: {image: {tag: 'TAG'}}\n";
    let message = "values.yaml:1 keys that look like images are not read, and their images are not checked: \
                   a.image.tag (line 1), b.image.tag (line 2), c.image.tag (line 3), and 1 more";
    assert_eq!(notice_of(text), [message]);
}

#[test]
fn a_release_of_an_external_chart() {
    let release = |tag: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: apps}}\nspec:\n  \
             chartRef: {{kind: OCIRepository, name: web}}\n  values:\n    image:\n      tag: '{tag}'\n"
        )
    };
    let checked =
        Case::new().base("web.yaml", &release("1.0")).head("web.yaml", &release("1.1")).check("1.1");
    let message = "web.yaml:8 keys that look like images are not read, and their images are not checked: \
                   spec.values.image.tag (line 8)";
    assert_eq!(notices(&checked), [message], "{}", checked.shown());
}

/// Keys that the change leaves as they are, keys that something reads, and texts that are no images are not named.
#[test]
fn keys_that_are_not_named() {
    for text in [
        "image: {tag: '1.0'}\nreplicas: 'TAG'\n",
        "logo:\n  image: /static/TAG.png\n",
        "image:\n  pullPolicy: 'TAG'\n",
        "backgroundImage: 'https://a.test/TAG.png'\n",
        "useImage: true # TAG\n",
        "image: \"{{ .Values.x }}TAG\"\n",
        "theme: {version: 'TAG'}\n",
        "git: {repository: shop, version: 'TAG'}\n",
    ] {
        let found = notice_of(text);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
    let read = "image: {repository: REP, tag: 'TAG'}\n";
    assert!(notice_of(read).is_empty());
}

/// The values of a chart are read with it, and a whole tree has no such notice.
#[test]
fn values_of_a_chart() {
    let case = Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base(
            "chart/values.yaml",
            "image: {repository: REP, tag: '1.0'}\napp: {image: calculator, version: '1.0'}\n",
        )
        .base("chart/values-prod.yaml", "image: {tag: '1.0'}\n")
        .head("chart/values-prod.yaml", "image: {tag: '1.1'}\n");
    let checked = case.check("1.1");
    assert!(notices(&checked).is_empty(), "{}", checked.shown());
    let changed = case.clone().head(
        "chart/values.yaml",
        "image: {repository: REP, tag: '1.0'}\napp: {image: calculator, version: '1.1'}\n",
    );
    assert_eq!(notices(&changed.check("1.1")).len(), 1);
    assert!(notices(&changed.args(&["--all"]).check("1.1")).is_empty());
}

/// A values file with the version alone, over a default with the image.
#[test]
fn a_version_over_a_default_of_the_chart() {
    let values = |tag: &str| format!("app:\n  version: '{tag}'\n");
    let case = Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("c/values.yaml", "app:\n  image: calculator\n  version: '1.0'\n")
        .base("c/values-prod.yaml", &values("1.0"))
        .head("c/values-prod.yaml", &values("BAD"));
    let message = "c/values-prod.yaml:2 keys that look like images are not read, and their images are not checked: app.version (line 2)";
    assert_eq!(notices(&case.check("1.1")), [message]);
}

/// A version of something else stays silent.
#[test]
fn a_version_over_a_default_without_an_image() {
    let values = |tag: &str| format!("app:\n  version: '{tag}'\n");
    let case = Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("c/values.yaml", "app:\n  port: 80\n  version: '1.0'\n")
        .base("c/values-prod.yaml", &values("1.0"))
        .head("c/values-prod.yaml", &values("BAD"));
    assert_eq!(notices(&case.check("1.1")), [""; 0]);
}
