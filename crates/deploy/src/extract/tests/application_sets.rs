//! Tests of ApplicationSets: generators, templates, and the changes that affect them.

use super::*;
use crate::extract::tests::overlays::{deployed, deployment, told};

mod generators;
mod unverified;

/// A set whose Applications deploy `path`, with further fields of the source.
pub(crate) fn set(go: bool, generators: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all}}\nspec:\n  goTemplate: {go}\n  generators:\n{generators}  template:\n    metadata: {{name: 'x-{path}'}}\n    spec:\n      source:\n        repoURL: https://github.com/acme/gitops\n        path: '{path}'\n{more}"
    )
}

pub(crate) fn images(tag: &str) -> String {
    format!("        kustomize: {{images: ['web:{tag}']}}\n")
}

/// Folders of apps, each with a Deployment.
fn apps<'a>(names: &[&'a str], web: &'a str) -> Vec<(String, &'a str)> {
    let of = |name: &&str| {
        [(format!("{name}/kustomization.yaml"), "resources: [web.yaml]\n"), (format!("{name}/web.yaml"), web)]
    };
    names.iter().flat_map(of).collect()
}

pub(crate) fn all(set: &str, folders: &[&str], more: &[(&str, &str)]) -> Vec<String> {
    let web = deployment("web:0");
    let mut files = apps(folders, &web);
    files.push(("argo/set.yaml".to_owned(), set));
    files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), *text)));
    deployed(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>())
}

/// Image and unit of each line.
pub(crate) fn short(told: &[String]) -> Vec<String> {
    let short = |line: &String| {
        line.split(' ').skip(1).take_while(|word| *word != "←").collect::<Vec<&str>>().join(" ")
    };
    let mut all: Vec<String> = told.iter().map(short).collect();
    all.sort();
    all
}

const LIST: &str = "  - list:\n      elements:\n      - {name: a, tag: '1'}\n      - {name: b, tag: '2'}\n";

#[test]
fn a_list_in_both_syntaxes() {
    for (go, path, tag) in [(false, "apps/{{name}}", "{{ tag }}"), (true, "apps/{{.name}}", "{{ .tag }}")] {
        let set = set(go, LIST, path, &images(tag));
        let told = all(&set, &["apps/a", "apps/b", "apps/c"], &[]);
        assert_eq!(
            short(&told),
            [
                "docker.io/library/web:0 (apps/c)",
                "docker.io/library/web:1 (apps/a)",
                "docker.io/library/web:2 (apps/b)",
            ],
            "{told:?}"
        );
        assert!(told.join("").contains("← parameter argo/set.yaml:9:25"), "{told:?}");
    }
}

#[test]
fn folders_that_a_git_generator_finds() {
    let git = "  - git:\n      repoURL: x\n      directories: [{path: 'apps/*'}, {path: apps/old, exclude: true}]\n";
    let folders = ["apps/a", "apps/old", "apps/a/sub", "apps/.hidden"];
    for (go, path) in
        [(false, "{{path}}"), (true, "{{.path.path}}"), (true, "apps/{{index .path.segments 1}}")]
    {
        let told = all(&set(go, git, path, &images("7")), &folders, &[]);
        assert_eq!(
            short(&told),
            [
                "docker.io/library/web:0 (apps/.hidden)",
                "docker.io/library/web:0 (apps/a/sub)",
                "docker.io/library/web:0 (apps/old)",
                "docker.io/library/web:7 (apps/a)",
            ],
            "{path}: {told:?}"
        );
    }
}

const FILES: &str = "  - git:\n      repoURL: x\n      files: [{path: 'clusters/*/config.json'}]\n      values: {app: '{{path.basename}}'}\n";

#[test]
fn files_that_a_git_generator_finds() {
    let set = set(false, FILES, "apps/{{values.app}}", &images("{{image.tag}}"));
    let told = all(
        &set,
        &["apps/a"],
        &[("clusters/a/config.json", r#"{"image": {"tag": "1.5"}}"#), ("clusters/b/other.json", "{}")],
    );
    assert_eq!(
        told,
        [
            "argo/set.yaml:17:31 docker.io/library/web:1.5 (apps/a) ← written here in the base apps/a/web.yaml:9:16 ← parameter clusters/a/config.json:1:20"
        ]
    );
}

#[test]
fn generators_of_generators() {
    let matrix = "  - matrix:\n      generators:\n      - git: {repoURL: x, directories: [{path: 'apps/*'}]}\n      - list: {elements: [{tag: '1'}, {tag: '2'}]}\n";
    let told = all(
        &set(false, matrix, "{{path}}", &images("{{tag}}-{{path.basename}}")),
        &["apps/a", "apps/b"],
        &[],
    );
    assert_eq!(short(&told).len(), 4, "{told:?}");
    assert!(short(&told).join(" ").contains("web:2-b (apps/b"), "{told:?}");
    let merge = "  - merge:\n      mergeKeys: [name]\n      generators:\n      - list: {elements: [{name: a, tag: '1'}, {name: b, tag: '1'}]}\n      - list: {elements: [{name: b, tag: '2'}, {name: c, tag: '3'}]}\n";
    let told = all(&set(false, merge, "apps/{{name}}", &images("{{tag}}")), &["apps/a", "apps/b"], &[]);
    assert_eq!(
        short(&told),
        ["docker.io/library/web:1 (apps/a)", "docker.io/library/web:2 (apps/b)"],
        "{told:?}"
    );
    let clusters =
        matrix.replace("list: {elements: [{tag: '1'}, {tag: '2'}]}", "clusters: {values: {tag: '9'}}");
    let told = all(&set(false, &clusters, "{{path}}", &images("{{values.tag}}")), &["apps/a"], &[]);
    assert_eq!(short(&told), ["docker.io/library/web:9 (apps/a)"], "what is known is enough: {told:?}");
}

#[test]
fn what_is_not_known_is_told_and_not_guessed() {
    let clusters = "  - clusters: {}\n";
    let told = all(&set(false, clusters, "apps/{{name}}", ""), &["apps/a"], &[]);
    assert_eq!(
        told,
        [
            "apps/a/web.yaml:9:16 docker.io/library/web:0 (apps/a)",
            "argo/set.yaml:7:5 not-checked: the result of the clusters generator of an ApplicationSet is not known here, so images that depend on it are not checked",
        ]
    );
    let told = all(&set(false, clusters, "apps/a", &images("3")), &["apps/a"], &[]);
    assert_eq!(short(&told), ["docker.io/library/web:3 (apps/a)"], "nothing depends on the cluster");
    let told = all(&set(true, LIST, "apps/{{ .name | sha256sum }}", ""), &["apps/a"], &[]);
    assert!(told.join("").contains("argo/set.yaml:16:16 unreadable-file: this part of an Appl"), "{told:?}");
    let nowhere = "  - git: {repoURL: x, directories: [{path: 'none/*'}]}\n";
    let told = all(&set(false, nowhere, "{{path}}", ""), &["apps/a"], &[]);
    assert!(
        told.join("").contains("argo/set.yaml:7:5 not-checked: the result of the git generator"),
        "{told:?}"
    );
    let patch = set(
        true,
        LIST,
        "apps/{{.name}}",
        "  templatePatch: |\n    spec: {source: {kustomize: {images: [x]}}}\n",
    );
    let told = all(&patch, &["apps/a"], &[]);
    assert!(told.join("").contains("unreadable-file: the templatePatch"), "{told:?}");
}

#[test]
fn charts_and_values_of_a_template() {
    let chart = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  generators:\n  - list: {elements: [{version: 1.0.0, tag: '3'}, {version: 2.0.0, tag: '3'}]}\n  template:\n    metadata: {name: web}\n    spec:\n      source:\n        repoURL: ghcr.io/acme/charts\n        chart: web\n        targetRevision: '{{version}}'\n        helm: {valuesObject: {image: {repository: acme/web, tag: '{{tag}}'}}}\n";
    let told = all(chart, &[], &[]);
    assert_eq!(
        short(&told),
        [
            "docker.io/acme/web:3 (argo/set.yaml)",
            "ghcr.io/acme/charts/web:1.0.0 (argo/set.yaml)",
            "ghcr.io/acme/charts/web:2.0.0 (argo/set.yaml)",
        ],
        "{told:?}"
    );
}

#[test]
fn templates_of_generators_and_selectors() {
    let list = "  - list: {elements: [{name: a, stage: prod}, {name: b, stage: test}], template: {spec: {source: {kustomize: {images: ['web:5']}}}}}\n    selector: {matchLabels: {stage: prod}}\n";
    let told = all(&set(false, list, "apps/{{name}}", &images("1")), &["apps/a", "apps/b"], &[]);
    assert_eq!(
        short(&told),
        ["docker.io/library/web:0 (apps/b)", "docker.io/library/web:5 (apps/a)"],
        "{told:?}"
    );
}

fn changed(base: &Memory, head: &Memory, changes: &[(Option<&str>, Option<&str>)]) -> Vec<String> {
    let path = |path: Option<&str>| path.map(RepoPath::new);
    let changes: Vec<Change> =
        changes.iter().map(|(base, head)| Change { base: path(*base), head: path(*head) }).collect();
    told(&run(head, Some(base), Selection::Changed(&changes)))
}

fn tree(set: &str, folders: &[&str], more: &[(&str, &str)]) -> Memory {
    let web = deployment("web:0");
    let files = apps(folders, &web);
    let tree = files.iter().fold(Memory::default(), |tree, (path, text)| tree.with(path, *text));
    more.iter().fold(tree, |tree, (path, text)| tree.with(path, *text)).with("argo/set.yaml", set)
}

#[test]
fn a_change_reaches_the_sets_that_find_it() {
    let files = set(false, FILES, "apps/{{values.app}}", &images("{{tag}}"));
    let with = |tag: &str| {
        let text = format!(r#"{{"tag": "{tag}"}}"#);
        tree(&files, &["apps/a", "apps/b"], &[("clusters/a/config.json", text.as_str())])
    };
    let config = Some("clusters/a/config.json");
    let told = changed(&with("1"), &with("2"), &[(config, config)]);
    assert_eq!(short(&told), ["docker.io/library/web:2 (apps/a)"], "{told:?}");
    assert_eq!(changed(&with("1"), &with("1"), &[(config, config)]), Vec::<String>::new());

    let git = "  - git: {repoURL: x, directories: [{path: 'charts/*'}]}\n";
    let chart = set(false, git, "none", "")
        .replace("path: 'none'", "chart: '{{path.basename}}'\n        targetRevision: 1.0.0");
    let chart = chart.replace("https://github.com/acme/gitops", "ghcr.io/acme");
    let one = tree(&chart, &[], &[("charts/a/x.yaml", "{}")]);
    let two = tree(&chart, &[], &[("charts/a/x.yaml", "{}"), ("charts/b/x.yaml", "{}")]);
    let told = changed(&one, &two, &[(None, Some("charts/b/x.yaml"))]);
    assert_eq!(short(&told), ["ghcr.io/acme/b:1.0.0 (argo/set.yaml)"], "{told:?}");
}

#[test]
fn a_new_folder_is_new_and_a_renamed_set_is_not() {
    let git = "  - git: {repoURL: x, directories: [{path: 'apps/*'}]}\n";
    let text = set(false, git, "{{path}}", &images("1"));
    let (one, two) = (tree(&text, &["apps/a"], &[]), tree(&text, &["apps/a", "apps/b"], &[]));
    let told =
        changed(&one, &two, &[(None, Some("apps/b/kustomization.yaml")), (None, Some("apps/b/web.yaml"))]);
    assert_eq!(short(&told), ["docker.io/library/web:1 (apps/b)"], "{told:?}");
    let set = Some("argo/set.yaml");
    let renamed = tree(&text.replace("name: all", "name: other"), &["apps/a"], &[]);
    assert_eq!(changed(&one, &renamed, &[(set, set)]), Vec::<String>::new());
}

#[test]
fn a_set_that_a_kustomization_patches() {
    let text = set(false, LIST, "apps/{{name}}", &images("{{tag}}"));
    let patch = "resources: [set.yaml]\npatches:\n- target: {kind: ApplicationSet}\n  patch: '[{op: replace, path: /spec/template/spec/source/kustomize/images/0, value: \"web:{{name}}\"}]'\n";
    let told = all(&text, &["apps/a", "apps/b"], &[("argo/kustomization.yaml", patch)]);
    assert_eq!(
        short(&told),
        ["docker.io/library/web:a (apps/a)", "docker.io/library/web:b (apps/b)"],
        "{told:?}"
    );
}

#[test]
fn absurd_numbers_and_broken_sets_come_to_an_end() {
    let elements: String = (0..10_000).map(|at| format!("      - {{name: n{at}, tag: '{at}'}}\n")).collect();
    let generators = format!("  - list:\n      elements:\n{elements}");
    let many = set(false, &generators, "apps/a", &images("{{tag}}")).replace("'x-apps/a'", "'{{name}}'");
    let told = all(&many, &["apps/a"], &[]);
    assert!(
        told.join("").contains("unreadable-file: this ApplicationSet is larger than what"),
        "{}",
        told.len()
    );
    assert!(short(&told).contains(&"docker.io/library/web:1 (apps/a (n1))".to_owned()));
    let lists = "  - list: {elements: [{a: '1'}, {a: '2'}]}\n".repeat(2000);
    let matrices = format!(
        "  - matrix:\n      generators:\n      - list:\n          elements: &e\n{}      - list: {{elements: *e}}\n",
        "          - {a: b}\n".repeat(400)
    );
    let deep = format!(
        "  - {}",
        "matrix: {generators: [".repeat(40) + "{list: {elements: []}}" + &"]}".repeat(40) + "\n"
    );
    for generators in [lists, matrices, deep] {
        _ = all(&set(false, &generators, "apps/{{a}}", ""), &["apps/a"], &[]);
    }
    for text in [
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: x\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: x, generators: [x, [], {git: x}, {merge: {}}]}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {spec: {source: {repoURL: x, path: 'apps/{{name'}}}, generators: [{list: {elements: [{name: a}]}}]}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {spec: {source: {repoURL: x, path: '{{}}{{{{a}}'}}}}\n",
    ] {
        let told = all(text, &["apps/a"], &[]);
        assert!(told.iter().any(|line| line.contains("web:0 (apps/a)")), "{text}: {told:?}");
    }
}
