//! Tests of sets that Argo CD evaluates and this program evaluates only in part: never without a word.

use super::*;

/// The images of a set whose template deploys `apps/a` with `web:{{.i}}`, and the rules of its problems.
pub(crate) fn made(generators: &str, files: &[(&str, &str)]) -> Vec<String> {
    of(&set(true, generators, "apps/a", &images("{{.i}}")), files)
}

fn of(set: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut told = Vec::new();
    for line in all(set, &["apps/a"], files) {
        let words: Vec<&str> = line.split(' ').collect();
        let word = words.get(1).copied().unwrap_or_default();
        let word = word.strip_suffix(':').unwrap_or(word);
        told.push(word.strip_prefix("docker.io/library/").unwrap_or(word).to_owned());
    }
    told.sort();
    told.dedup();
    told
}

pub(crate) fn git(patterns: &str) -> String {
    format!("  - git: {{repoURL: x, files: [{patterns}]}}\n")
}

/// A document that only the readers of Kubernetes read.
const AMBIGUOUS: &str = "i: x\nq: 'x\ny'\n";

#[test]
fn files_and_texts_that_only_argo_cd_reads() {
    let one = ("cfg/a.json", r#"{"i": "z"}"#);
    let all = git("{path: 'cfg/*'}");
    let unread = ["not-checked", "unreadable-file", "web:z"];
    assert_eq!(made(&all, &[one, ("cfg/b.conf", AMBIGUOUS)]), unread);
    let long = format!("i: x\n#{}\n", "x".repeat(1 << 20));
    assert_eq!(made(&all, &[one, ("cfg/b.conf", &long)]), unread);
    let list = "  - list: {elementsYaml: \"- i: x\\n  q: 'x\\ny'\\n\"}\n  - list: {elements: [{i: z}]}\n";
    assert_eq!(made(list, &[]), ["unreadable-file", "web:z"]);
    assert_eq!(made(&all, &[one, ("cfg/b.conf", "[")]), ["web:z"], "no reader reads it");
}

#[test]
fn a_merge_key_behind_the_keys_that_it_overrides() {
    let all = git("{path: 'cfg/*'}");
    let of_file = |text: &str| made(&all, &[("cfg/a.json", r#"{"i": "z"}"#), ("cfg/b.conf", text)]);
    assert_eq!(of_file("i: w\n<<: {i: x}\n"), ["not-checked", "unreadable-file", "web:z"]);
    assert_eq!(of_file("<<: {i: x}\ni: w\n"), ["web:w", "web:z"]);
    assert_eq!(of_file("i: w\n<<: {k: x}\n"), ["web:w", "web:z"]);
}

#[test]
fn a_file_that_is_not_text() {
    let web = deployment("web:0");
    let tree = Memory::default()
        .with("apps/a/kustomization.yaml", "resources: [web.yaml]\n")
        .with("apps/a/web.yaml", web)
        .with("set.yaml", set(true, &git("{path: 'cfg/*'}"), "apps/a", &images("{{.i}}")))
        .with("cfg/a.json", r#"{"i": "z"}"#)
        .with("cfg/b.conf", b"i: \xff\n".as_slice());
    let told = told(&run(&tree, None, Selection::All));
    assert!(told.join("").contains("cfg/b.conf unreadable-file: the file is not UTF-8"), "{told:?}");
}

#[test]
fn an_empty_file_is_one_application() {
    let git = git("{path: 'apps/*/c.json'}");
    let set = set(true, &git, "{{.path.path}}", &images("7"));
    let files = [("apps/a/c.json", ""), ("apps/b/c.json", "{}")];
    assert_eq!(of(&set, &files), ["web:7"]);
    assert_eq!(of(&set, &[("apps/a/c.json", "null\n"), files[1]]), ["web:7"]);
}

#[test]
fn every_limit_is_told() {
    let elements = |count: usize| "{i: z}, ".repeat(count);
    let list = |count| format!("  - list: {{elements: [{}{{i: x}}]}}\n", elements(count));
    // A folder that does not exist is not built for each Application.
    let nowhere = |generators: &str| of(&set(true, generators, "none", &images("{{.i}}")), &[]);
    assert_eq!(nowhere(&list(999)), ["web:0", "web:x", "web:z"]);
    assert_eq!(nowhere(&list(1000)), ["unreadable-file", "web:0", "web:z"]);
    let selected = |count: usize| {
        format!(
            "  - list: {{elements: [{}{{i: x, e: a}}]}}\n    selector: {{matchLabels: {{e: a}}}}\n",
            elements(count)
        )
    };
    assert_eq!(made(&selected(1999), &[]), ["web:x"], "the selector comes first");
    assert_eq!(made(&selected(2000), &[]), ["unreadable-file", "web:0"]);
    let many = "  - list: {elements: []}\n".repeat(300) + "  - list: {elements: [{i: x}]}\n";
    assert_eq!(made(&many, &[]), ["web:x"]);
    let parameters = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("p{at}: q, ")).collect();
        format!("  - list: {{elements: [{{{}i: x}}]}}\n", names.concat())
    };
    assert_eq!(made(&parameters(2001), &[]), ["web:x"]);
    assert!(made(&parameters(2500), &[]).contains(&"unreadable-file".to_owned()));
    let deep = "  - matrix: {generators: [{list: {elements: [{a: b}]}}, ".repeat(4).replacen("  - ", "", 0);
    let deep = deep.replace("  - matrix", "{matrix").replacen("{matrix", "  - matrix", 1);
    let deep = format!("{deep}{{list: {{elements: [{{i: x}}]}}}}]}}{}\n", "}]}".repeat(3));
    assert!(made(&deep, &[]).contains(&"unreadable-file".to_owned()), "{deep}");
}

#[test]
fn a_long_text_with_parameters() {
    let long = |value: &str| {
        let comment = format!("            # {}\n", "x".repeat(70)).repeat(1000);
        let values = format!(
            "        helm:\n          values: |\n            a: '{{{{.p}}}}'\n{comment}            z: '{{{{.p}}}}'\n            image: web:{{{{.i}}}}\n"
        );
        let list = format!("  - list: {{elements: [{{i: x, p: {value}}}]}}\n");
        let set = set(true, &list, "none", &values)
            .replace("path: 'none'", "chart: c\n        targetRevision: '1'");
        of(&set, &[]).into_iter().filter(|line| !line.contains("charts")).collect::<Vec<_>>()
    };
    assert!(long("q").contains(&"web:x".to_owned()), "{:?}", long("q"));
    let value = "q".repeat(1 << 17);
    assert!(long(&value).contains(&"unreadable-file".to_owned()));
}

#[test]
fn all_kinds_of_an_item_and_all_children_of_a_merge() {
    let file = ("cfg/a.json", r#"{"i": "x"}"#);
    for list in ["{elements: [{i: z}]}", "null"] {
        let both = format!("  - list: {list}\n    git: {{repoURL: x, files: [{{path: 'cfg/*'}}]}}\n");
        assert!(made(&both, &[file]).contains(&"web:x".to_owned()), "{list}");
    }
    let child = |i: &str| format!("{{list: {{elements: [{{k: a, i: {i}}}]}}}}, ");
    let merge = |keys: &str| {
        format!("  - merge: {{mergeKeys: [{keys}], generators: [{}{}]}}\n", child("z").repeat(4), child("x"))
    };
    assert_eq!(made(&merge("k"), &[]), ["web:x"]);
    assert_eq!(made(&merge("none"), &[]), ["web:x"], "null is the same as null");
    let types = "  - merge: {mergeKeys: [k], generators: [{list: {elements: [{k: 1, i: x}]}}, {list: {elements: [{k: '1', i: z}]}}]}\n";
    assert_eq!(made(types, &[]), ["web:x"], "a number is no text");
}

#[test]
fn an_empty_value_that_overrides_another_one() {
    let merge = "  - merge: {mergeKeys: [k], generators: [{list: {elements: [{k: 1, i: x}]}}, {list: {elements: [{k: 1, i: ''}]}}]}\n";
    assert!(made(merge, &[]).contains(&"unreadable-file".to_owned()));
}

#[test]
fn elements_that_a_file_holds() {
    for function in ["toJson", "toYaml"] {
        let matrix = format!(
            "  - matrix: {{generators: [{{git: {{repoURL: x, files: [{{path: cfg}}]}}}}, {{list: {{elementsYaml: '{{{{ .a.l | {function} }}}}'}}}}]}}\n"
        );
        let config = ("cfg/a.json", r#"{"a": {"l": [{"i": "x"}, {"i": "z"}]}}"#);
        assert_eq!(made(&matrix, &[config]), ["web:x", "web:z"], "{function}");
    }
}

#[test]
fn patterns_of_git() {
    let files = [("cfg/a.json", r#"{"i": "z"}"#), ("cfg/sub/bb.json", r#"{"i": "x"}"#)];
    for (pattern, expected) in [
        ("cfg/sub", "web:x"),
        ("./cfg/sub/bb.json", "web:x"),
        ("cfg/sub/bb.json", "web:x"),
        ("':(glob)cfg/sub/*'", "unreadable-file"),
        ("'cfg/sub/[[:lower:]][[:lower:]].json'", "unreadable-file"),
        ("cfg/../cfg/sub", "unreadable-file"),
    ] {
        let told = made(&git(&format!("{{path: cfg/a.json}}, {{path: {pattern}}}")), &files);
        assert_eq!(
            told,
            if expected < "web:z" { vec![expected, "web:z"] } else { vec!["web:z"] },
            "{pattern}"
        );
    }
    let long = format!("{{path: cfg/a.json}}, {{path: 'cfg/sub/b{}'}}", "*".repeat(1030));
    assert_eq!(made(&git(&long), &files), ["unreadable-file", "web:z"]);
    let not = git("{path: 'cfg/*'}, {path: cfg/a.json, exclude: True}");
    assert_eq!(made(&not, &files), ["web:x"]);
}

#[test]
fn values_are_those_of_json() {
    for (written, image) in [
        ("1.10", "web:1.1"),
        ("010", "web:8"),
        ("1_0", "web:10"),
        ("yes", "web:true"),
        ("'1.10'", "web:1.10"),
        ("1", "web:1"),
    ] {
        let list = format!("  - list: {{elements: [{{i: {written}}}]}}\n");
        assert_eq!(made(&list, &[]), [image], "{written}");
    }
    assert_eq!(made(&git("{path: cfg}"), &[("cfg/a.json", r#"{"i": 1.10}"#)]), ["web:1.1"]);
    for (label, written) in [("'true'", "yes"), ("'1'", "1.0")] {
        let list = format!(
            "  - list: {{elements: [{{i: x, e: {written}}}]}}\n    selector: {{matchLabels: {{e: {label}}}}}\n"
        );
        assert_eq!(made(&list, &[]), ["web:x"], "{written}");
    }
}

#[test]
fn functions_of_templates() {
    let list = "  - list: {elements: [{i: X, k: web}]}\n";
    let with = |source: &str| of(&set(true, list, "apps/a", source), &[]);
    for (tag, image) in [
        ("{{ .i | lower }}", "web:x"),
        ("{{ .k | upper }}", "web:WEB"),
        ("{{ .i | default \"a\" }}", "web:X"),
        ("{{ .none | default \"A\" | lower }}", "web:a"),
    ] {
        assert!(with(&images(tag)).contains(&image.to_owned()), "{tag}");
    }
    let quoted = "        chart: c\n        targetRevision: '1'\n        helm: {values: 'image: {repository: web, tag: {{ .i | quote }}}'}\n";
    assert!(with(quoted).contains(&"web:X".to_owned()), "{:?}", with(quoted));
    for source in [
        "        helm: {valueFiles: ['../../env/{{ .i | sha256sum }}.yaml']}\n",
        "        helm: {valuesObject: {'{{ .k | sha256sum }}': a}}\n",
        "        helm: {parameters: [{name: '{{ .k | sha256sum }}', value: a}]}\n",
        "        kustomize: {components: ['../{{ .k | sha256sum }}']}\n",
        "        helm: {values: \"'{{ .k | sha256sum }}': a\"}\n",
        "        helm: {values: '{{ if .k }}image: web:1{{ end }}'}\n",
    ] {
        assert!(with(source).contains(&"unreadable-file".to_owned()), "{source}");
    }
    let key = "        helm: {valuesObject: {'{{.k}}': {image: 'web:{{.i}}'}, image: 'web:0'}}\n";
    assert!(with(key).contains(&"web:X".to_owned()), "{:?}", with(key));
    let twice = "        helm: {valuesObject: {'{{.k}}': {image: 'web:1'}, web: {image: 'web:2'}}}\n";
    assert!(with(twice).contains(&"unreadable-file".to_owned()), "one of two equal keys applies");
    let upper = set(true, list, "apps/a", &images("{{.i}}")).replace("goTemplate: true", "goTemplate: True");
    assert_eq!(of(&upper, &[]), ["web:X"]);
}

#[test]
fn a_patch_of_templates() {
    let with = |list: &str, patch: &str| {
        let patch = format!("  templatePatch: |\n    {patch}\n");
        of(&set(true, list, "apps/a", &(images("{{.i}}") + &patch)), &[])
    };
    let list = "  - list: {elements: [{i: x, prune: true}]}\n";
    assert_eq!(with(list, "spec: {source: {kustomize: {images: [x]}}}"), ["unreadable-file", "web:x"]);
    let harmless =
        "metadata: {finalizers: [resources-finalizer.argocd.argoproj.io], labels: {p: '{{.prune}}'}}";
    assert!(!with(list, harmless).contains(&"unreadable-file".to_owned()));
    let other = with(list, "metadata: {labels: {a: b}}");
    assert!(!other.contains(&"not-checked".to_owned()), "it is not about images: {other:?}");
    let about = with(list, "metadata: {annotations: {image: a}}");
    assert!(about.contains(&"not-checked".to_owned()), "{about:?}");
    let named = "  - list: {elements: [{i: x, a: {source: b}}]}\n";
    assert!(
        !with(named, "metadata: {labels: {a: b}}").contains(&"unreadable-file".to_owned()),
        "no template"
    );
    let fed = "  - list: {elements: [{i: x, prune: 'spec: {source: {}}'}]}\n";
    assert_eq!(with(fed, "{{.prune}}"), ["unreadable-file", "web:x"]);
}

#[test]
fn a_template_of_a_generator_with_empty_fields() {
    for own in ["null", "{}", "{spec: {source: {path: '', kustomize: {images: []}}}}"] {
        let list = format!("  - list: {{elements: [{{i: x}}], template: {own}}}\n");
        assert_eq!(made(&list, &[]), ["web:x"], "{own}");
    }
}

#[test]
fn a_change_of_an_unverified_part_is_told() {
    let with = |set: &str, config: &str| {
        Memory::default()
            .with("apps/a/kustomization.yaml", "resources: [web.yaml]\n")
            .with("apps/a/web.yaml", deployment("web:0"))
            .with("set.yaml", set)
            .with("cfg/a.json", config)
    };
    let patch = "  templatePatch: |\n    spec: {source: {targetRevision: '{{.r}}'}}\n";
    let text = set(true, &git("{path: cfg}"), "apps/a", &(images("{{.i}}") + patch));
    let config = Some(RepoPath::new("cfg/a.json"));
    let changes = [Change { base: config.clone(), head: config }];
    let (base, head) = (with(&text, r#"{"i": "x", "r": "1"}"#), with(&text, r#"{"i": "x", "r": "2"}"#));
    let told = told(&run(&head, Some(&base), Selection::Changed(&changes)));
    assert!(told.join("").contains("unreadable-file: the templatePatch"), "{told:?}");
}

#[test]
fn paths_of_functions_and_of_names_that_are_not_known() {
    let deployed = |go: bool, path: &str| {
        let list = "  - list: {elements: [{i: z, app: a, file: a.yaml}]}\n";
        of(&set(go, list, path, &images(if go { "{{.i}}" } else { "{{i}}" })), &[])
    };
    for path in [
        "apps/{{- .app -}}",
        "apps/{{ \"a\" }}",
        "apps/{{ index . \"app\" }}",
        "apps/{{ .file | trimSuffix \".yaml\" }}",
        "{{ .app | replace \"a\" \"apps/a\" }}",
    ] {
        assert_eq!(deployed(true, path), ["web:z"], "{path}");
    }
    assert_eq!(deployed(true, "apps/{{ .other }}"), ["unreadable-file", "web:0", "web:z"]);
    assert_eq!(deployed(true, "apps/{{ .app | trunc 1 }}"), ["unreadable-file", "web:0", "web:z"]);
    // The name stays in the path, and there is no such folder.
    assert_eq!(deployed(false, "apps/{{other}}"), ["not-checked", "web:0", "web:z"]);
}
