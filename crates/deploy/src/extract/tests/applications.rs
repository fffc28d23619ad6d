//! Argo CD's Applications as roots.

use super::*;
use crate::extract::tests::overlays::{deployed, deployment, told};

const BASE: (&str, &str) = ("apps/web/kustomization.yaml", "resources: [web.yaml]\n");

pub(crate) fn application(name: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n  source:\n    repoURL: https://github.com/acme/gitops\n    path: apps/web\n{source}"
    )
}

const IMAGES: &str = "    kustomize: {images: ['web=ghcr.io/acme/web:2', 'other:3']}\n";

#[test]
fn the_application_decides() {
    let (base, application) = (deployment("web:set-later"), application("web", IMAGES));
    assert_eq!(
        deployed(&[("argo/web.yaml", &application), BASE, ("apps/web/web.yaml", &base)]),
        [
            "argo/web.yaml:8:27 ghcr.io/acme/web:2 (apps/web) ← written here in the base apps/web/web.yaml:9:16"
        ],
        "and of the other image there is none here"
    );
}

#[test]
fn an_image_of_the_application_takes_the_place_of_the_one_of_the_kustomization() {
    for (own, added, made) in [
        ("{name: web, newName: ghcr.io/acme/web, newTag: '1'}", "web:2", "docker.io/library/web:2"),
        ("{name: web, newName: ghcr.io/acme/web, newTag: '1'}", "web=*:2", "ghcr.io/acme/web:2"),
        ("{name: web, newTag: '1'}", "web=ghcr.io/acme/web:*", "ghcr.io/acme/web:1"),
        ("{name: web, newName: ghcr.io/acme/web}", "ghcr.io/acme/web:3", "ghcr.io/acme/web:0"),
        ("{name: web, newTag: '1'}", "ghcr.io/acme/none:3", "docker.io/library/web:1"),
    ] {
        let application = application("web", &format!("    kustomize: {{images: ['{added}']}}\n"));
        let kustomization = format!("resources: [web.yaml]\nimages: [{own}]\n");
        let told = deployed(&[
            ("web.yaml", &application),
            (BASE.0, &kustomization),
            ("apps/web/web.yaml", &deployment("web:0")),
        ]);
        let [line] = told.as_slice() else { panic!("{added}: {told:?}") };
        assert_eq!(line.split(' ').nth(1), Some(made), "{added}: {told:?}");
    }
}

#[test]
fn patches_components_and_names() {
    let source = "    kustomize:\n      namePrefix: pre-\n      components: [../../debug]\n      patches:\n      - target: {kind: Deployment, name: web}\n        patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: web:5}]'\n";
    let files = [
        ("argo/web.yaml", application("web", source)),
        (BASE.0, BASE.1.to_owned()),
        ("apps/web/web.yaml", deployment("web:1")),
        ("debug/kustomization.yaml", "kind: Component\nresources: [api.yaml]\n".to_owned()),
        ("debug/api.yaml", deployment("api:1").replace("name: web", "name: api")),
    ];
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(
        deployed(&all),
        [
            "argo/web.yaml:13:85 docker.io/library/web:5 (apps/web) ← written here in the base apps/web/web.yaml:9:16",
            "debug/api.yaml:9:16 docker.io/library/api:1 (apps/web)",
        ]
    );
    let tree = |api: &str| {
        all.iter()
            .fold(Memory::default(), |tree, (path, text)| tree.with(path, *text))
            .with("debug/api.yaml", deployment(api).replace("name: web", "name: api"))
    };
    let path = Some(RepoPath::new("debug/api.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let told = told(&run(&tree("api:2"), Some(&tree("api:1")), Selection::Changed(&changes)));
    assert_eq!(told, ["debug/api.yaml:9:16 docker.io/library/api:2 (apps/web)"]);
}

#[test]
fn what_an_application_does_not_deploy_from_here_is_judged_as_written() {
    let web = deployment("web:1");
    let application = application("web", IMAGES);
    let plain = deployed(&[("argo/web.yaml", &application), ("apps/web/web.yaml", &web)]);
    assert_eq!(
        plain,
        [
            "apps/web/web.yaml:9:16 docker.io/library/web:1 (apps/web)",
            "argo/web.yaml:8:27 ghcr.io/acme/web:2 (argo/web.yaml)",
            "argo/web.yaml:8:53 docker.io/library/other:3 (argo/web.yaml)",
        ],
        "a folder of plain manifests, or one of another repository"
    );
    let chart = application.replace("path: apps/web", "path: apps/web\n    chart: web");
    let whole = application.replace("path: apps/web", "path: .");
    let outside = application.replace("path: apps/web", "path: ../apps/web");
    let template = application.replace("path: apps/web", "path: '{{ .Values.path }}'");
    for text in [chart, whole, outside, template] {
        let told = deployed(&[("argo/web.yaml", &text), BASE, ("apps/web/web.yaml", &web)]);
        assert!(told.iter().any(|line| line.contains("web:1 (apps/web)")), "{text}: {told:?}");
        assert!(told.iter().any(|line| line.contains("other:3 (argo/web.yaml)")), "{text}: {told:?}");
    }
}

#[test]
fn a_repository_most_of_whose_folders_are_absent_is_another() {
    let (web, ours) = (deployment("web:1"), application("web", IMAGES));
    let theirs = ours.replace("acme/gitops", "other/project");
    let absent = |name: &str| theirs.replace("apps/web", name);
    let kustomization = ("argo/kustomization.yaml", "resources: [web.yaml]\n");
    let files =
        |text| vec![("argo/web.yaml", text), kustomization, BASE, ("apps/web/web.yaml", web.as_str())];
    let mut alone = files(theirs.as_str());
    assert!(deployed(&alone).join("").contains("web:2 (apps/web)"), "nothing says otherwise");
    let (one, two) = (absent("config/one"), absent("config/two"));
    alone.extend([("argo/one.yaml", one.as_str()), ("argo/two.yaml", two.as_str())]);
    let told = deployed(&alone).join("\n");
    assert!(told.contains("docker.io/library/web:1 (apps/web)"), "{told}");
    assert!(told.contains("ghcr.io/acme/web:2 (argo)"), "{told}");
}

#[test]
fn sources_of_one_application_and_applications_of_one_folder() {
    let several = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: all}\nspec:\n  source: {path: ignored}\n  sources:\n  - {repoURL: x, ref: values}\n  - {repoURL: x, path: ./apps/web/, kustomize: {images: ['web:2']}}\n  - {repoURL: x, path: apps/api, kustomize: {images: ['web:3']}}\n";
    let web = deployment("web:1");
    let told = deployed(&[
        ("all.yaml", several),
        BASE,
        ("apps/web/web.yaml", &web),
        ("apps/api/kustomization.yaml", "resources: [web.yaml]\n"),
        ("apps/api/web.yaml", &web),
    ]);
    assert_eq!(
        told,
        [
            "all.yaml:8:59 docker.io/library/web:2 (apps/web) ← written here in the base apps/web/web.yaml:9:16",
            "all.yaml:9:56 docker.io/library/web:3 (apps/api) ← written here in the base apps/api/web.yaml:9:16",
        ]
    );
}

/// Two clusters whose deployed objects have the same name.
fn clusters(a: &str, b: &str, web: &str) -> Memory {
    let of = |tag: &str| application("web", &format!("    kustomize: {{images: ['web:{tag}']}}\n"));
    Memory::default()
        .with("clusters/a/web.yaml", of(a))
        .with("clusters/b/web.yaml", of(b))
        .with(BASE.0, BASE.1)
        .with("apps/web/web.yaml", deployment(web))
}

#[test]
fn two_clusters_with_the_same_names() {
    let path = Some(RepoPath::new("clusters/b/web.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (clusters("1", "2", "web:0"), clusters("1", "1", "web:0"));
    assert_eq!(
        told(&run(&head, Some(&base), Selection::Changed(&changes))),
        [
            "clusters/b/web.yaml:8:27 docker.io/library/web:1 (apps/web (web of clusters/b/web.yaml)) ← written here in the base apps/web/web.yaml:9:16"
        ],
        "new in the one, whatever the other has"
    );
    let path = Some(RepoPath::new("apps/web/web.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (clusters("1", "2", "web:0"), clusters("1", "2", "api:0"));
    let both = told(&run(&head, Some(&base), Selection::Changed(&changes)));
    assert_eq!(
        both,
        [
            "apps/web/web.yaml:9:16 docker.io/library/api:0 (apps/web (web of clusters/a/web.yaml), apps/web (web of clusters/b/web.yaml))"
        ]
    );
}

#[test]
fn a_folder_that_moves_with_its_application_introduces_nothing() {
    let tree = |folder: &str| {
        Memory::default()
            .with("argo/web.yaml", application("web", IMAGES).replace("apps/web", folder))
            .with(&format!("{folder}/kustomization.yaml"), "resources: [web.yaml]\n")
            .with(&format!("{folder}/web.yaml"), deployment("web:1"))
    };
    let change =
        |base: &str, head: &str| Change { base: Some(RepoPath::new(base)), head: Some(RepoPath::new(head)) };
    let changes = [
        change("argo/web.yaml", "argo/web.yaml"),
        change("apps/web/kustomization.yaml", "moved/kustomization.yaml"),
        change("apps/web/web.yaml", "moved/web.yaml"),
    ];
    let told = told(&run(&tree("moved"), Some(&tree("apps/web")), Selection::Changed(&changes)));
    assert_eq!(told, Vec::<String>::new());
}

/// The images that an Application of a chart deploys, whose values name a file, and the rules of its problems.
fn of_chart(source: &str, files: &[(&str, &str)]) -> String {
    let more = "  destination: {namespace: prod}\n  project: team\n";
    let text = application("web", &format!("{source}{more}"));
    let mut all = vec![
        ("argo/web.yaml", text.as_str()),
        ("apps/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("apps/web/values.yaml", "image: web:0\n"),
    ];
    all.extend(files);
    deployed(&all).join("\n")
}

#[test]
fn variables_of_the_build_environment() {
    let value = ("apps/web/v-web.txt", "image: web:7\n");
    for (name, at) in [
        ("v-$ARGOCD_APP_NAME.txt", "apps/web/v-web.txt"),
        ("v-${ARGOCD_APP_NAME}.txt", "apps/web/v-web.txt"),
        ("v-$ARGOCD_APP_NAMESPACE.txt", "apps/web/v-prod.txt"),
        ("v-$ARGOCD_APP_PROJECT_NAME.txt", "apps/web/v-team.txt"),
        ("/$ARGOCD_APP_SOURCE_PATH/v.txt", "apps/web/v.txt"),
        ("v-${UNSET}web.txt", "apps/web/v-web.txt"),
        ("$unset/env/v.txt", "env/v.txt"),
    ] {
        let source = format!("    helm: {{valueFiles: ['{name}']}}\n");
        let told = of_chart(&source, &[(at, value.1)]);
        assert!(told.contains("docker.io/library/web:7"), "{name}: {told}");
        assert!(!told.contains("unreadable-file"), "{name}: {told}");
    }
    for name in ["v-$ARGOCD_APP_REVISION.txt", "v-$$.txt", "v-$1.txt", "v-${KUBE_VERSION}.txt"] {
        let told = of_chart(&format!("    helm: {{valueFiles: ['{name}']}}\n"), &[value]);
        assert!(
            told.contains("unreadable-file: the name of this file depends on a variable"),
            "{name}: {told}"
        );
    }
    let parameter = "    helm: {parameters: [{name: image, value: 'web:$ARGOCD_APP_NAMESPACE'}]}\n";
    assert!(of_chart(parameter, &[]).contains("docker.io/library/web:prod"));
    let images = "    kustomize: {images: ['web=web:$ARGOCD_APP_NAME']}\n";
    let web = deployment("web:0");
    let told = deployed(&[("web.yaml", &application("web", images)), BASE, ("apps/web/web.yaml", &web)]);
    assert!(told.join("").contains("docker.io/library/web:web (apps/web)"), "{told:?}");
}

#[test]
fn a_values_file_of_another_source_is_no_variable() {
    let several = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  sources:\n  - {repoURL: x, ref: values}\n  - {repoURL: x, path: apps/web, helm: {valueFiles: [$values/env/v.txt]}}\n";
    let told = deployed(&[
        ("argo/web.yaml", several),
        ("apps/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("env/v.txt", "image: web:7\n"),
    ])
    .join("\n");
    assert!(told.contains("docker.io/library/web:7"), "{told}");
    assert!(!told.contains("unreadable-file"), "{told}");
}

#[test]
fn a_values_file_whose_name_is_known_only_to_argo_cd() {
    let told = |reference: &str, file: &str| {
        let several = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  sources:\n  - {{repoURL: x, ref: {reference}}}\n  - {{repoURL: x, path: apps/web, helm: {{valueFiles: ['{file}']}}}}\n"
        );
        let chart = ("apps/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
        deployed(&[("argo/web.yaml", &several), chart])
            .join("\n")
            .contains("known only when Argo CD builds it")
    };
    assert!(told("KUBE_x", "a/$KUBE_x/v.yaml"), "a reference stands at the beginning");
    assert!(told("values", "$ARGOCD_APP_REVISION/v.yaml"));
    assert!(told("values", "$values/${a-b}v.yaml") && told("values", "a${-x}.yaml"));
    assert!(!told("values", "$values/v.yaml"));
}

#[test]
fn keys_of_an_override_in_any_case() {
    let web = deployment("web:0");
    let told = deployed(&[
        ("argo/web.yaml", &application("web", "")),
        BASE,
        ("apps/web/web.yaml", &web),
        ("apps/web/.argocd-source.yaml", "Kustomize: {Images: ['web:7']}\n"),
    ])
    .join("\n");
    assert!(told.contains("docker.io/library/web:7 (apps/web)"), "{told}");
    assert!(told.contains("unreadable-file: Argo CD reads the keys of this file without"), "{told}");
}

#[test]
fn booleans_of_yaml() {
    for written in ["true", "True", "TRUE", "yes"] {
        let application = application("web", &format!("    directory: {{recurse: {written}}}\n"));
        let told = deployed(&[
            ("argo/web.yaml", &application),
            (
                "apps/web/sub/web.json",
                r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "web:7"}]}}"#,
            ),
        ])
        .join("\n");
        assert!(told.contains("docker.io/library/web:7 (apps/web)"), "{written}: {told}");
    }
}

#[test]
fn the_settings_of_folders_that_are_rendered_elsewhere() {
    const FOLDER: [(&str, &str); 2] = [("app/main.jsonnet", "function(image) {}\n"), ("cue/a.cue", "a: 1\n")];
    let application = |rest: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec: {{source: {{repoURL: 'https://g/r', {rest}}}}}\n"
        )
    };
    let jsonnet = |image: &str| {
        application(&format!(
            "path: app, directory: {{jsonnet: {{tlas: [{{name: image, value: '{image}'}}]}}}}"
        ))
    };
    let plugin = |image: &str| {
        application(&format!("path: cue, plugin: {{env: [{{name: IMAGE, value: '{image}'}}]}}"))
    };
    let change = |base: Option<&str>, head: &str| {
        let before: Vec<(&str, &str)> = base.iter().map(|text| ("a.yaml", *text)).collect();
        let paths = [(base.map(|_| "a.yaml"), Some("a.yaml"))];
        introduced(&[&FOLDER[..], &before].concat(), &[&FOLDER[..], &[("a.yaml", head)]].concat(), &paths)
    };
    for (old, new, expected) in [
        (jsonnet("a:1"), jsonnet("b:1"), "not-checked: jsonnet renders app, and its result is not checked"),
        (
            plugin("a:1"),
            plugin("b:1"),
            "not-checked: a plug-in of Argo CD renders cue, and its result is not checked",
        ),
    ] {
        assert_eq!(change(None, &old), [expected]);
        assert_eq!(change(Some(&old), &new), [expected]);
        assert_eq!(change(Some(&old), &old.replace("name: a}", "name: b}")), Vec::<String>::new());
    }
    let values = application("chart: web, targetRevision: '1.0.0', helm: {valueFiles: ['https://g/v.yaml']}");
    let told = change(None, &values);
    assert!(
        told.iter()
            .any(|line| line
                == "not-checked: Argo CD fetches this values file, so images in it are not checked"),
        "{told:?}"
    );
}
