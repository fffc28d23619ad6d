//! Tests of generators: selectors, prefixes, lists in files, the keys of a merge, and limits.

use super::unverified::{git, made};
use super::*;

#[test]
fn selectors_with_expressions() {
    let list = "  - list: {elements: [{i: x, stage: prod}, {i: z, stage: test}, {i: w}]}\n";
    let open = "  - matrix: {generators: [{list: {elements: [{i: x}]}}, {clusters: {}}]}\n";
    for (expression, expected) in [
        ("{key: stage, operator: In, values: [a, prod]}", vec!["web:x"]),
        ("{key: stage, operator: NotIn, values: [prod]}", vec!["web:w", "web:z"]),
        ("{key: stage, operator: Exists}", vec!["web:x", "web:z"]),
        ("{key: stage, operator: DoesNotExist}", vec!["web:w"]),
        ("{key: stage, operator: other}", vec!["web:w", "web:x", "web:z"]),
        ("{operator: Exists}", vec!["web:w", "web:x", "web:z"]),
        ("{key: stage, operator: Exists}, {key: stage, operator: NotIn, values: [test]}", vec!["web:x"]),
    ] {
        let selector = format!("    selector: {{matchExpressions: [{expression}]}}\n");
        assert_eq!(made(&(list.to_owned() + &selector), &[]), expected, "{expression}");
        // A cluster may have any label.
        assert!(made(&(open.to_owned() + &selector), &[]).contains(&"web:x".to_owned()), "{expression}");
    }
    let known = "    selector: {matchExpressions: [{key: i, operator: In, values: [y]}]}\n";
    assert_eq!(made(&(open.to_owned() + known), &[]), ["web:0"], "a known value is no other one");
}

#[test]
fn prefixes_and_normalized_names() {
    let file = ("Cfg_1/A_b.json", "{}");
    for (prefix, go, plain) in [("p", ".p.path", "p.path"), ("''", ".path", "path")] {
        let git =
            format!("  - git: {{repoURL: x, pathParamPrefix: {prefix}, files: [{{path: 'Cfg_1/*'}}]}}\n");
        for (is_go, name) in [(true, go), (false, plain)] {
            let tag = format!("{{{{{name}.basenameNormalized}}}}-{{{{{name}.filenameNormalized}}}}");
            let told = all(&set(is_go, &git, "apps/a", &images(&tag)), &["apps/a"], &[file]);
            assert_eq!(short(&told), ["docker.io/library/web:cfg-1-a-b.json (apps/a)"], "{name} {told:?}");
        }
    }
}

#[test]
fn a_file_that_holds_a_list() {
    let file = ("cfg/a.json", r#"[{"i": "x"}, {"i": "z"}]"#);
    assert_eq!(made(&git("{path: 'cfg/*'}"), &[file]), ["web:x", "web:z"]);
}

#[test]
fn types_of_the_keys_of_a_merge() {
    let merge = |one: &str, other: &str| {
        format!(
            "  - merge: {{mergeKeys: [k], generators: [{{list: {{elements: [{{k: {one}, i: x}}]}}}}, {{list: {{elements: [{{k: {other}, i: z}}]}}}}]}}\n"
        )
    };
    for (one, other, go, plain) in [
        ("true", "'true'", "web:x", "web:z"),
        ("1", "'1'", "web:x", "web:z"),
        ("true", "yes", "web:z", "web:z"),
        ("null", "null", "web:z", "web:z"),
        ("a", "b", "web:x", "web:x"),
    ] {
        assert_eq!(made(&merge(one, other), &[]), [go], "{one} {other}");
        let told = all(&set(false, &merge(one, other), "apps/a", &images("{{i}}")), &["apps/a"], &[]);
        assert_eq!(short(&told), [format!("docker.io/library/{plain} (apps/a)")], "{one} {other}");
    }
    let without = merge("a", "a").replace("mergeKeys: [k]", "mergeKeys: []");
    assert!(made(&without, &[]).contains(&"not-checked".to_owned()));
}

#[test]
fn elements_in_a_text() {
    let text =
        |text: &str| format!("  - list: {{elementsYaml: '{text}'}}\n  - list: {{elements: [{{i: z}}]}}\n");
    assert_eq!(made(&text("["), &[]), ["web:z"], "nobody reads it");
    assert_eq!(made(&text("[{i: x}]"), &[]), ["web:x", "web:z"]);
    assert!(made(&text("{{ .none }}"), &[]).contains(&"not-checked".to_owned()));
}

/// The result of a set whose Applications deploy a folder that does not exist, which is not built for each of them.
fn nowhere(generators: &str, files: &[(&str, &str)]) -> (bool, bool) {
    let told = all(&set(true, generators, "none", &images("{{.i}}")), &[], files);
    let has = |words: &str| told.iter().any(|line| line.contains(words));
    (has("web:x"), has("unreadable-file"))
}

#[test]
fn the_work_of_a_set_is_bounded() {
    let many = |count: usize| "  - list: {elements: []}\n".repeat(count) + "  - list: {elements: [{i: x}]}\n";
    assert_eq!(nowhere(&many(790), &[]), (true, false));
    assert!(nowhere(&many(800), &[]).1);
    let large = |count: usize| {
        let names: String = (0..99).map(|at| format!("p{at}: q, ")).collect();
        format!("  - list: {{elements: [{}]}}\n", format!("{{{names}i: x}}, ").repeat(count))
    };
    assert_eq!(nowhere(&large(79), &[]), (true, false));
    assert!(nowhere(&large(80), &[]).1);
    let matrix = |one: usize, other: usize| {
        let list = |count: usize| format!("{{list: {{elements: [{}]}}}}", "{i: x}, ".repeat(count));
        format!("  - matrix: {{generators: [{}, {}]}}\n", list(one), list(other))
    };
    assert!(nowhere(&matrix(41, 25), &[]).1);
    assert_eq!(nowhere(&matrix(40, 25), &[]), (true, false));
}

#[test]
fn generators_that_nest_too_deeply() {
    let list = "{list: {elements: [{i: x}]}}";
    for kind in ["matrix: {generators: [", "merge: {mergeKeys: [i], generators: ["] {
        let nested = |depth: usize| {
            format!(
                "  - {kind}{}{list}{}\n",
                format!("{{{kind}").repeat(depth - 1),
                format!("]}}, {list}").repeat(0)
            )
            .replace(list, &format!("{list}, {list}{}", format!("]}}}}, {list}").repeat(depth - 1)))
            .replace('\n', "]}\n")
        };
        assert_eq!(made(&nested(3), &[]), ["web:x"], "{}", nested(3));
        assert!(made(&nested(4), &[]).contains(&"unreadable-file".to_owned()), "{}", nested(4));
    }
}

#[test]
fn files_that_a_git_generator_examines() {
    let paths: Vec<String> = (0..1001).map(|at| format!("cfg/{at}.json")).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "i: x")).collect();
    let twice = git("{path: 'cfg/*'}, {path: 'cfg/?*'}");
    assert_eq!(nowhere(&twice, &files[..600]), (true, false), "each file is found once");
    let excluded = |count: usize| {
        let not: String = (0..count).map(|at| format!("{{path: n{at}, exclude: true}}, ")).collect();
        git(&format!("{not}{{path: 'cfg/*'}}"))
    };
    assert_eq!(nowhere(&excluded(50), &files[..300]), (true, false));
    assert!(nowhere(&excluded(140), &files[..300]).1);
    assert!(nowhere(&git("{path: 'cfg/*'}"), &files).1);
}

#[test]
fn templates_that_stay() {
    let list = "  - list: {elements: [{i: x, k: web}]}\n";
    let with = |go: bool, source: &str| {
        let told = all(&set(go, list, "apps/a", source), &["apps/a"], &[]);
        told.iter().any(|line| line.contains("unreadable-file"))
    };
    let values = |text: &str| format!("        helm: {{values: '{text}'}}\n");
    assert!(with(true, &values("{{ if .k }}a: b{{ end }}")));
    assert!(!with(false, &values("{{ if .k }}a: b{{ end }}")), "a text for other readers");
    assert!(!with(true, &values("image: \"web:{{ .k | sha256sum }}\"")), "an image is a finding by itself");
    let deep = |depth: usize| {
        let (open, close) = ("{a: ".repeat(depth), "}".repeat(depth));
        format!("        helm: {{valuesObject: {open}{{'{{{{ .k | f }}}}': b}}{close}}}\n")
    };
    assert!(with(true, &deep(2)) && with(true, &deep(100)));
    let aliases: String =
        (1..10).map(|at| format!("a{at}: &a{at} [*a{p}, *a{p}, *a{p}], ", p = at - 1)).collect();
    assert!(with(true, &format!("        helm: {{valuesObject: {{a0: &a0 [b], {aliases}}}}}\n")));
}

#[test]
fn a_change_of_a_patch_that_is_not_applied() {
    let with = |revision: &str| {
        let patch = format!("  templatePatch: |\n    spec: {{source: {{targetRevision: '{revision}'}}}}\n");
        tree(&set(true, LIST, "apps/{{.name}}", &(images("1") + &patch)), &["apps/a"], &[])
    };
    let path = Some("argo/set.yaml");
    let told = changed(&with("1"), &with("2"), &[(path, path)]);
    assert!(told.join("").contains("unreadable-file: the templatePatch"), "{told:?}");
}
