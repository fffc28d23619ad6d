//! Tests of Flux's variables, and of references to resources elsewhere.

use super::*;
use crate::extract::tests::overlays::{deployed, deployment, told};

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  path: ./apps\n  postBuild:\n";
const BASE: (&str, &str) = ("apps/kustomization.yaml", "resources: [web.yaml]\n");

fn with(post_build: &str, image: &str) -> Vec<String> {
    let flux = format!("{FLUX}{post_build}");
    deployed(&[("flux.yaml", &flux), BASE, ("apps/web.yaml", &deployment(image))])
}

#[test]
fn variables_are_put_in_as_flux_does() {
    let set = "    substitute: {TAG: '1.5', NAME: web, EMPTY: ''}\n";
    for (image, made) in [
        ("acme/${NAME}:${TAG}", "docker.io/acme/web:1.5"),
        ("'${NAME}:${OTHER:=2}'", "docker.io/library/web:2"),
        ("web:${EMPTY:-${TAG}}", "docker.io/library/web:1.5"),
        ("web:${NAME^^}", "docker.io/library/web:WEB"),
        ("web:1${NONE}", "docker.io/library/web:1"),
        ("web:$TAG", "the reference is a variable that is substituted later"),
        ("web:$${TAG}", "the reference is a variable that is substituted later"),
        ("web:${TAG/1/2}", "the reference is a variable that is substituted later"),
        ("web:${TAG", "the reference is a variable that is substituted later"),
    ] {
        let told = with(set, image).join("\n");
        let found = told.split_once(' ').map_or("", |(_, rest)| rest).split(" (apps)").next();
        assert_eq!(found, Some(made), "{image}: {told}");
    }
}

#[test]
fn the_string_decides_and_the_variable_is_beside_it() {
    let set = "    substitute: {TAG: '1.5'}\n";
    assert_eq!(
        with(set, "web:${TAG}"),
        ["apps/web.yaml:9:16 docker.io/library/web:1.5 (apps) ← variable flux.yaml:7:24"]
    );
}

#[test]
fn variables_of_config_maps_and_of_what_is_not_here() {
    let from =
        |kind: &str, name: &str| format!("{FLUX}    substituteFrom: [{{kind: {kind}, name: {name}}}]\n");
    let web = deployment("web:${TAG}");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {TAG: '3'}\n";
    let near = [
        ("clusters/a/flux.yaml", from("ConfigMap", "settings")),
        ("clusters/a/settings.yaml", map.to_owned()),
        ("clusters/b/settings.yaml", map.replace('3', "4")),
        ("apps/kustomization.yaml", BASE.1.to_owned()),
        ("apps/web.yaml", web.clone()),
    ];
    let files: Vec<(&str, &str)> = near.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(
        deployed(&files),
        ["apps/web.yaml:9:16 docker.io/library/web:3 (apps) ← variable clusters/a/settings.yaml:4:14"]
    );
    let secret = from("Secret", "settings");
    let told = deployed(&[("flux.yaml", &secret), BASE, ("apps/web.yaml", &web)]);
    assert_eq!(
        told,
        ["apps/web.yaml:9:16 the reference is a variable that is substituted later (apps)"],
        "nobody knows what a secret holds"
    );
    let generated = "configMapGenerator:\n- name: settings\n  literals: [TAG=5]\n";
    let flux = from("ConfigMap", "settings");
    let told = deployed(&[
        ("flux.yaml", &flux),
        ("settings/kustomization.yaml", generated),
        BASE,
        ("apps/web.yaml", &web),
    ]);
    assert_eq!(
        told,
        ["apps/web.yaml:9:16 docker.io/library/web:5 (apps) ← variable settings/kustomization.yaml:3:14"]
    );
}

#[test]
fn a_changed_variable_reaches_what_it_is_put_into() {
    let flux = format!("{FLUX}    substituteFrom: [{{kind: ConfigMap, name: settings}}]\n");
    let map = |tag: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{TAG: '{tag}'}}\n")
    };
    let tree = |tag: &str| {
        Memory::default()
            .with("flux.yaml", flux.as_str())
            .with("settings.yaml", map(tag))
            .with(BASE.0, BASE.1)
            .with("apps/web.yaml", deployment("web:${TAG}"))
    };
    let path = Some(RepoPath::new("settings.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (tree("1"), tree("2"));
    assert_eq!(
        told(&run(&head, Some(&base), Selection::Changed(&changes))),
        ["apps/web.yaml:9:16 docker.io/library/web:2 (apps) ← variable settings.yaml:4:14"]
    );
}

#[test]
fn disabled_and_absent_substitution_leave_the_text() {
    let labelled =
        deployment("web:${TAG:=1}").replace("app: web", "'kustomize.toolkit.fluxcd.io/substitute': disabled");
    let flux = format!("{FLUX}    substitute: {{TAG: '2'}}\n");
    let told = deployed(&[("flux.yaml", &flux), BASE, ("apps/web.yaml", &labelled)]);
    assert!(told.join("").contains("substituted later"), "{told:?}");
    let bare = FLUX.replace("  postBuild:\n", "");
    let told = deployed(&[("flux.yaml", &bare), BASE, ("apps/web.yaml", &deployment("web:${TAG:=1}"))]);
    assert!(told.join("").contains("substituted later"), "{told:?}");
}

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: apps}\nspec:\n  chart:\n    spec:\n      chart: web\n      version: 1.2.3\n      sourceRef: {kind: HelmRepository, name: acme, namespace: flux-system}\n";

fn repository(url: &str, namespace: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: acme, namespace: {namespace}}}\nspec: {{type: oci, url: '{url}'}}\n"
    )
}

#[test]
fn a_chart_of_a_repository_that_stands_elsewhere() {
    let (here, other) =
        (repository("oci://ghcr.io/acme/charts", "flux-system"), repository("oci://other", "x"));
    let files =
        [("repositories/acme.yaml", here.as_str()), ("repositories/x.yaml", &other), ("web.yaml", RELEASE)];
    assert_eq!(
        deployed(&files),
        [
            "web.yaml:8:16 ghcr.io/acme/charts/web:1.2.3 (web.yaml) ← repository repositories/acme.yaml:4:25 ← image web.yaml:7:14"
        ]
    );
    let unknown = deployed(&[("web.yaml", RELEASE)]);
    assert_eq!(
        unknown,
        [
            "web.yaml:7:14 not-checked: the HelmRepository of a chart is not in this repository, so the chart is not checked"
        ]
    );
    let http = repository("https://charts.acme.dev", "flux-system");
    let told = deployed(&[("acme.yaml", http.as_str()), ("web.yaml", RELEASE)]);
    assert_eq!(
        told,
        [
            "web.yaml:8:16 https://charts.acme.dev/web:1.2.3 (web.yaml) ← repository acme.yaml:4:25 ← chart web.yaml:7:14"
        ]
    );
}

#[test]
fn a_changed_repository_reaches_the_charts_that_come_from_it() {
    let tree = |url: &str| {
        Memory::default()
            .with("acme.yaml", repository(url, "flux-system"))
            .with("web.yaml", RELEASE)
            .with("other.yaml", RELEASE.replace("name: acme", "name: other"))
    };
    let path = Some(RepoPath::new("acme.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (tree("oci://ghcr.io/old"), tree("oci://ghcr.io/new"));
    let told = told(&run(&head, Some(&base), Selection::Changed(&changes)));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told.join("").starts_with("web.yaml:8:16 ghcr.io/new/web:1.2.3"), "{told:?}");
}

/// The image lines of a Deployment whose containers are written like this, with these variables.
fn containers(written: &str, set: &str) -> Vec<String> {
    let text = deployment("x").replace("      - name: web\n        image: x\n", "");
    let text = text.replace("containers:\n", &format!("containers: {written}\n"));
    let flux = format!("{FLUX}    substitute: {set}\n");
    deployed(&[("flux.yaml", &flux), BASE, ("apps/web.yaml", &text)])
}

#[test]
fn a_variable_may_make_a_list_a_mapping_or_a_key() {
    let list = r#"{c: '[{name: c, image: "evil.io/x:1"}]'}"#;
    let item = r#"{c: '{name: c, image: "evil.io/x:1"}'}"#;
    let parts = r#"{c: "[{name: c, image:\n 'evil.io/x:1'}]"}"#;
    for (written, set) in [
        ("${c}", list),
        ("'${c}'", list),
        ("['${c}']", item),
        ("[{name: c, '${k}': 'evil.io/x:1'}]", "{k: image}"),
        ("[{name: c, '${k:=image}': 'evil.io/x:1'}]", "{z: y}"),
        ("[{name: c, image: '${i}good.io/a:1'}]", "{i: 'evil.io/x:1 #'}"),
        ("${c}", parts),
    ] {
        let told = containers(written, set);
        assert!(told.len() == 1 && told[0].contains(" evil.io/x:1 (apps)"), "{written}: {told:?}");
    }
    let told = containers("[{name: c, image: 'good.io/a:${t}'}]", r#"{t: '1"}'}"#);
    assert!(told[0].contains("is not an image reference"), "{told:?}");
}

#[test]
fn what_flux_may_make_of_a_text_is_not_verified() {
    for (written, set) in [
        ("[{name: c, image: good, '${k}': evil}]", "{k: image}"),
        ("[{name: c, '${k}': {image: evil}}]", "{k: '<<'}"),
        ("[{name: c, '${k}': evil}]", "{k: '? image'}"),
        ("['${c}']", r#"{c: "a\r  image: evil"}"#),
        ("['a: ${c}']", r#"{c: "' #"}"#),
        ("${c/x/y}", "{c: '[{image: evil}]'}"),
        ("['${c}']", "{c: '&a:b c'}"),
    ] {
        let told = containers(written, set);
        assert!(
            told.iter().any(|line| line.contains("unreadable-file: the variables of Flux")),
            "{written}: {told:?}"
        );
    }
}

#[test]
fn a_text_that_no_reader_reads_stays_a_text() {
    let told = containers("['${c}']", "{c: '[a'}");
    assert!(!told.iter().any(|line| line.contains("unreadable-file")), "{told:?}");
}

#[test]
fn a_variable_may_make_a_kind() {
    let release = RELEASE.replace("kind: HelmRelease", "kind: ${kind}");
    let flux = format!("{FLUX}    substitute: {{kind: HelmRelease}}\n");
    let here = repository("oci://ghcr.io/acme/charts", "flux-system");
    let told = deployed(&[("flux.yaml", &flux), ("a.yaml", &here), BASE, ("apps/web.yaml", &release)]);
    assert!(told.iter().any(|line| line.contains("ghcr.io/acme/charts/web:1.2.3 (apps)")), "{told:?}");
}

#[test]
fn a_long_text_is_put_in_up_to_a_limit() {
    let map = |text: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: '${{n}}'}}\ndata: {{a: '{text}'}}\n")
    };
    let told = |text: &str| {
        let set = format!("{FLUX}    substitute: {{n: a, long: '{}'}}\n", "x".repeat(100_000));
        deployed(&[("flux.yaml", &set), BASE, ("apps/web.yaml", &map(text))])
    };
    assert_eq!(told(&"${long}".repeat(100)), Vec::<String>::new());
    let long = told(&"${long}".repeat(200));
    assert!(
        long.len() == 1 && long[0].contains("unreadable-file: ") && long[0].contains("too long"),
        "{long:?}"
    );
}
