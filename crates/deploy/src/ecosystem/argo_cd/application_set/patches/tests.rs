use std::sync::Arc;

use source::{RepoPath, SourceFile};
use yaml::Node;

use super::{may_change_sources, may_name_sources, written};
use crate::ecosystem::argo_cd::application_set::parameters::Parameters;

#[test]
fn fields_of_sources() {
    for patch in [
        "spec:\n  source:\n    helm: {}\n",
        "spec: {Sources: [x]}",
        r#"{"spec":{"source":{}}}"#,
        r#"{"spec":{"source" : {}}}"#,
        r#"spec: {"\x73ource": {}}"#,
        "spec: {{ .x }}\nsource : {}",
        "spec: {? source : {}}",
        "a: &s source\nspec: {*s : {}}",
        "spec: {!!str source: {}}",
        // A key of several pieces.
        r#"spec: {{{ "sou" }}{{ "rce" }}: {}}"#,
        r#"spec: {so{{ "ur" }}ce: {}}"#,
        "spec: {so{{ .a }}: {}}",
        "spec: {{{ .a }}{{ .b }}: {}}",
        "spec: {{{ .a }}rce : {}}",
        "spec: {\"{{ .a }}rce\": {}}",
        "spec: {sou {{- .a }}: {}}",
        "spec: {sou{{ if .a }}{{ .b }}{{ end }}: {}}",
        "spec: {{{ .a | default \"source\" }}: {}}",
        "spec: {source{{ .empty }}: {}}",
        "spec: {source {{ .empty }}: {}}",
        // A text of an expression.
        r#"a: {{ "\nsource: {}" }}"#,
        r#"a: {{ printf "\n  so%sce: x" "ur" }}"#,
        "a: {{ `\nso` }}{{ `urce: {}` }}",
        "# {{ \"\\nsource: {}\" }}",
    ] {
        assert!(may_change_sources(patch), "{patch}");
    }
}

#[test]
fn patches_that_change_no_source() {
    for patch in [
        "metadata: {finalizers: [resources-finalizer.argocd.argoproj.io]}",
        "spec: {syncPolicy: {automated: {prune: {{ .prune }}}}}",
        "# a single source is left as it is\nspec: {}\n",
        "spec: {}\n  # source: {}\nmetadata: {}\n",
        "{{/* source: {} */}}spec: {}",
        "spec: {info: [{name: source, value: \"{{.env}}\"}]}",
        "spec: {ignoreDifferences: [{jsonPointers: [/spec/source], kind: {{.env}}}]}",
        "{{ if eq .source \"x\" }}spec: {}{{ end }}",
        "spec:\n  info:\n  - name: source\n    value: x\n",
        "spec: {}\n{{ if .a }}\nmetadata: {annotations: {note: source}}\n{{ end }}",
        "{{ range $k, $v := .labels }}{{ $k }}: {{ $v | quote }}{{ end }}",
        r#"{{ if eq .a "b" }}prune: {{ .c }}{{ end }}"#,
        r#"a: {{ "b" }} - {{ if .c }}prune: true{{ end }}"#,
        "metadata: {labels: {{{ .env }}: \"{{ .auto | default \"x\" }}\"}}",
        "metadata: {labels: {app.kubernetes.io/{{ .env }}: x}}",
        "metadata: {labels: {{{ .env }}-{{ .app }}: x}}",
    ] {
        assert!(!may_change_sources(patch), "{patch}");
    }
}

#[test]
fn parameters_that_a_patch_writes() {
    let is_fed = |patch: &str, name: &str, value: &str| {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("set.yaml"), "a: b\n"));
        let mut roots = Vec::new();
        yaml::each_document(&file, |root| roots.extend(root));
        let mut parameters = Parameters::default();
        parameters.add(name, &Node::text_at(value, &roots[0]));
        may_name_sources(&written(patch), &parameters)
    };
    for (patch, name, value) in [
        ("spec: {{{ .key }}: {}}", "key", "source"),
        ("{{ .patch }}", "patch", "spec: {source: {}}"),
        ("a: {{ .patch }}", "patch", "1\nsou"),
        ("a: {{ .x }}{{ .patch }}", "patch", "rce: {}"),
        ("a: {{ .x }}{{ .patch }}", "patch", "rce\":1"),
        ("{{ toYaml .app }}", "app.source.path", "x"),
        ("{{ .app | toJson }}", "app.source.path", "x"),
        ("{{ range .all }}{{ . }}{{ end }}", "all.0", "source"),
        ("{{ $a := .all }}{{ $a }}", "all", "Sources"),
        ("a: {{ .x }}", "x", "\\u0073ource"),
    ] {
        let expected = patch != "a: {{ .patch }}";
        assert_eq!(is_fed(patch, name, value), expected, "{patch} {value}");
    }
    for (patch, name, value) in [
        ("{{ if eq .auto \"true\" }}spec: {}{{ end }}", "note", "the source of truth: this"),
        ("{{ if eq .auto \"true\" }}spec: {}{{ end }}", "app.source.path", "x"),
        ("a: {{ .note }}", "note", "the source of truth"),
        ("a: {{ .url }}", "url", "https://git.test:8080/x"),
        ("a: {{ .url }}", "urls", "source"),
    ] {
        assert!(!is_fed(patch, name, value), "{patch} {value}");
    }
}
