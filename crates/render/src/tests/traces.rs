//! Images and their characters.

use super::*;

fn pod(image: &str) -> String {
    format!("kind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n    - image: {image}\n")
}

/// The places of the images of a chart with one template.
fn of(files: &[(&str, &str)], values: &str) -> Vec<String> {
    let Some(helm) = helm() else { return Vec::new() };
    places(&traced(&helm, &chart(files), &release(values)))
}

/// Compares places, unless helm is absent.
fn assert_places(found: &[String], expected: &[&str]) {
    if !found.is_empty() {
        assert_eq!(found, expected);
    }
}

#[test]
fn values_of_the_chart_and_of_the_release() {
    let template =
        pod("\"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"");
    let files = [
        ("values.yaml", "image:\n  registry: quay.io\n  repository: shop/web # the web\n  tag: '1.4.2'\n"),
        ("templates/a.yaml", template.as_str()),
    ];
    assert_places(
        &of(&files, ""),
        &["quay.io/shop/web:1.4.2: charts/app/values.yaml:3[shop/web] charts/app/values.yaml:4[1.4.2]"],
    );
    assert_places(
        &of(&files, "image:\n  tag: 1.5.0-rc.1\n"),
        &["quay.io/shop/web:1.5.0-rc.1: charts/app/values.yaml:3[shop/web] release.yaml:2[1.5.0-rc.1]"],
    );
}

#[test]
fn the_versions_of_chart_yaml() {
    let template = [
        pod("\"shop/web:{{ .Values.tag | default .Chart.AppVersion }}\""),
        pod("\"shop/web:v{{ .Chart.Version }}-slim\""),
    ]
    .join("---\n");
    assert_places(
        &of(&[("values.yaml", "tag: ''\n"), ("templates/a.yaml", &template)], ""),
        &[
            "shop/web:2.5.7: charts/app/templates/a.yaml:5[shop/web] charts/app/Chart.yaml:4[2.5.7]",
            "shop/web:v0.3.1-slim: charts/app/templates/a.yaml:11[shop/web] charts/app/templates/a.yaml:11[slim]",
        ],
    );
}

#[test]
fn digests_numbers_and_whole_references() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let template = [
        pod("{{ .Values.web.image }}"),
        pod("\"{{ .Values.db.image.repository }}:{{ .Values.db.image.tag }}\""),
        pod("\"{{ .Values.x.image.repository }}@{{ .Values.x.image.digest }}\""),
        pod("{{ index (splitList \"@\" .Values.web.image) 0 }}"),
    ]
    .join("---\n");
    let values = format!(
        "web:\n  image: &web shop/web:1.2@{digest}\ndb:\n  image:\n    repository: postgres\n    tag: 16\nx:\n  image:\n    repository: shop/x\n    digest: {digest}\n"
    );
    let (first, third) = (format!("1.2@{digest}"), &digest);
    assert_places(
        &of(&[("values.yaml", &values), ("templates/a.yaml", &template)], ""),
        &[
            &format!(
                "shop/web:{first}: charts/app/values.yaml:2[shop/web:1.2] charts/app/values.yaml:2[{digest}]"
            ),
            "postgres:16: charts/app/values.yaml:5[postgres] charts/app/values.yaml:6[16]",
            &format!("shop/x@{third}: charts/app/values.yaml:9[shop/x] charts/app/values.yaml:10[{digest}]"),
            "shop/web:1.2: charts/app/values.yaml:2[shop/web] charts/app/values.yaml:2[1.2]",
        ],
    );
}

#[test]
fn templates_may_compare_versions_and_refuse_values() {
    let template = format!(
        "{{{{- if not (semverCompare \">=1.4.0\" .Values.image.tag) }}}}{{{{ fail \"too old\" }}}}{{{{ end }}}}\n{{{{- if ne .Values.image.variant \"slim\" }}}}{{{{ fail (print \"unknown variant \" .Values.image.variant) }}}}{{{{ end }}}}\n{{{{- if ne .Values.image.flavor \"a\" }}}}{{{{ fail \"unknown flavor\" }}}}{{{{ end }}}}\n{}",
        pod(
            "\"{{ .Values.image.repository }}:{{ .Values.image.tag }}-{{ .Values.image.variant }}-{{ .Values.image.flavor }}\""
        )
    );
    let values = "image:\n  repository: shop/web\n  tag: v1.4.2\n  variant: slim\n  flavor: a\n";
    let schema = r#"{"properties": {"image": {"properties": {"tag": {"pattern": "^v1\\.4\\.2$"}}}}}"#;
    let notes = "image: shop/web:1\n{{ if ne .Values.image.tag \"v1.4.2\" }}{{ fail \"never\" }}{{ end }}";
    let files = [
        ("values.yaml", values),
        ("templates/a.yaml", template.as_str()),
        ("values.schema.json", schema),
        ("templates/NOTES.txt", notes),
    ];
    let Some(helm) = helm() else { return };
    let traced = traced(&helm, &chart(&files), &release(""));
    let image = &images(&traced.documents)[0];
    assert_eq!(image.scalar(), Some("shop/web:v1.4.2-slim-a"));
    assert_eq!(place(image, 0..8), "charts/app/values.yaml:2[shop/web]");
    assert_eq!(place(image, 9..15), "charts/app/values.yaml:3[v1.4.2]");
    assert!(traced.images[0].is_traced && traced.renderings <= 10, "{:?}", traced.images);
}

#[test]
fn files_that_templates_read() {
    let template = [
        pod("shop/web:{{ .Files.Get \"tags/web\" | trim }}"),
        pod("shop/db:{{ (.Files.Get \"tags.yaml\" | fromYaml).db.tag }}"),
    ]
    .join("---\n");
    let files = [
        ("tags/web", "1.7.0-4\n"),
        ("tags.yaml", "db:\n  tag: '9'\n"),
        ("templates/a.yaml", template.as_str()),
    ];
    assert_places(
        &of(&files, ""),
        &[
            "shop/web:1.7.0-4: charts/app/templates/a.yaml:5[shop/web] charts/app/tags/web:1[1.7.0-4]",
            "shop/db:9: charts/app/templates/a.yaml:11[shop/db] charts/app/tags.yaml:2[9]",
        ],
    );
}

#[test]
fn subcharts_aliases_and_globals() {
    let chart_yaml = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: sub, alias: one, version: 1.x}\n- {name: sub, alias: two, version: 1.x}\n";
    let template = pod(
        "\"{{ .Values.global.imageRegistry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"",
    );
    let found = of(
        &[
            ("Chart.yaml", chart_yaml),
            ("values.yaml", "global:\n  imageRegistry: reg.example\ntwo:\n  image:\n    tag: 2.0.0\n"),
            ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.2.3\nappVersion: 7.7.7\n"),
            ("charts/sub/values.yaml", "image:\n  repository: shop/sub\n  tag: ''\n"),
            ("charts/sub/templates/a.yaml", &template),
        ],
        "",
    );
    assert_places(
        &found,
        &[
            "reg.example/shop/sub:7.7.7: charts/app/charts/sub/values.yaml:2[shop/sub] charts/app/charts/sub/Chart.yaml:4[7.7.7]",
            "reg.example/shop/sub:2.0.0: charts/app/charts/sub/values.yaml:2[shop/sub] charts/app/values.yaml:5[2.0.0]",
        ],
    );
}

#[test]
fn templates_within_values() {
    let template = format!(
        "{}---\n{{{{ range .Values.extra }}}}{{{{ tpl . $ }}}}{{{{ end }}}}\n",
        pod("{{ tpl .Values.image $ | quote }}")
    );
    let values =
        "registry: reg.example\ntag: 3.1.4\nimage: \"{{ .Values.registry }}/web:{{ .Values.tag }}\"\n";
    let release = "extra:\n- |\n  kind: Pod\n  metadata: {name: b}\n  spec:\n    containers:\n    - image: busybox:1.36\n    - image: busybox:1.36\n";
    assert_places(
        &of(&[("values.yaml", values), ("templates/a.yaml", &template)], release),
        &[
            "reg.example/web:3.1.4: charts/app/values.yaml:3[web] charts/app/values.yaml:2[3.1.4]",
            "busybox:1.36: release.yaml:7[busybox] release.yaml:7[1.36]",
            "busybox:1.36: release.yaml:8[busybox] release.yaml:8[1.36]",
        ],
    );
}

#[test]
fn literals_of_templates_and_helpers() {
    let helpers = "{{- define \"app.image\" -}}{{ printf \"%s/%s:%s\" \"quay.io\" \"shop/web\" (default \"5.5.5\" .Values.tag) }}{{- end -}}\n";
    let template = [pod("{{ include \"app.image\" . }}"), pod("busybox:1.36 # a test")].join("---\n");
    assert_places(
        &of(&[("templates/_helpers.tpl", helpers), ("templates/a.yaml", &template)], ""),
        &[
            "quay.io/shop/web:5.5.5: charts/app/templates/_helpers.tpl:1[shop/web] charts/app/templates/_helpers.tpl:1[5.5.5]",
            "busybox:1.36: charts/app/templates/a.yaml:11[busybox] charts/app/templates/a.yaml:11[1.36]",
        ],
    );
}

#[test]
fn what_nothing_shows_is_at_the_fallback() {
    let template =
        pod("\"shop/kubectl:{{ .Capabilities.KubeVersion.Major }}.{{ .Capabilities.KubeVersion.Minor }}\"");
    let Some(helm) = helm() else { return };
    let traced = traced(&helm, &chart(&[("templates/a.yaml", &template)]), &release(""));
    let expected = "shop/kubectl:1.33: charts/app/templates/a.yaml:5[shop/kubectl] fallback.yaml:1[app]";
    assert_eq!(places(&traced), [expected]);
    let line = &traced.images[0];
    assert_eq!((line.template.as_str(), line.line), ("charts/app/templates/a.yaml", Some(5)));
    assert!(!line.is_traced);
    assert_eq!(traced.untraced().count(), 1);
}

#[test]
fn a_default_that_a_null_takes_away() {
    let template = pod("\"shop/web:{{ .Values.image.tag | default \"latest\" }}\"");
    let values = "image:\n  tag: 1.2.3\n";
    assert_places(
        &of(&[("values.yaml", values), ("templates/a.yaml", &template)], "image: {tag: null}\n"),
        &["shop/web:latest: charts/app/templates/a.yaml:5[shop/web] charts/app/templates/a.yaml:5[latest]"],
    );
}

#[test]
fn a_part_that_is_looked_up_by_another() {
    let template = pod("\"{{ .Values.image.name }}:{{ get .Values.tags .Values.image.name }}\"");
    let values = "image:\n  name: web\ntags:\n  web: 1.2.3\n";
    let by_registry = pod(
        "\"{{ if eq .Values.image.registry \"docker.io\" }}{{ .Values.image.registry }}/shop{{ else }}b{{ end }}:{{ .Values.image.tag }}\"",
    );
    // The other name has no tag, so that the origin of the name cannot be proved.
    assert_places(
        &of(&[("values.yaml", values), ("templates/a.yaml", &template)], ""),
        &["web:1.2.3: fallback.yaml:1[app] charts/app/values.yaml:4[1.2.3]"],
    );
    let values = "image:\n  registry: docker.io\n  tag: 1.2.3\n";
    assert_places(
        &of(&[("values.yaml", values), ("templates/a.yaml", &by_registry)], ""),
        &["docker.io/shop:1.2.3: charts/app/templates/a.yaml:5[shop] charts/app/values.yaml:3[1.2.3]"],
    );
}

#[test]
fn documents_that_change_with_each_rendering() {
    let template = format!(
        "{}---\nkind: Secret\nmetadata: {{name: b}}\ndata: {{x: '{{{{ randAlphaNum 20 }}}}', sum: {{{{ .Values.image.tag | sha256sum }}}}}}\n",
        pod("\"shop/web:{{ .Values.image.tag }}\"")
            .replace("name: a", "name: a-{{ .Values.image.tag | sha256sum | trunc 8 }}")
    );
    let Some(helm) = helm() else { return };
    let chart = chart(&[("values.yaml", "image: {tag: 1.2.3}\n"), ("templates/a.yaml", &template)]);
    let plain = rendered(&helm, &chart, &release("")).unwrap();
    let fallback = root("fallback.yaml", "x: y\n");
    let traced =
        crate::trace(&helm, &chart, &release(""), &Limits::default(), &long(), &plain, &fallback).unwrap();
    assert!(traced.images[0].is_traced);
    for (plain, traced) in plain.documents.iter().zip(&traced.documents) {
        assert_eq!(texts(&plain.root), texts(&traced.root), "the text is that of the plain rendering");
    }
}

/// All scalars, with their meaning.
fn texts(node: &Node) -> Vec<String> {
    let mut texts = vec![format!("{:?}", node.meaning())];
    for item in node.items() {
        texts.extend(texts_of(item));
    }
    for (key, value) in node.entries() {
        texts.extend(texts_of(key));
        texts.extend(texts_of(value));
    }
    texts
}

fn texts_of(node: &Node) -> Vec<String> {
    texts(node)
}
