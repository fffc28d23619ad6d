//! Flux Kustomizations and Applications that others deploy, and change on the way.

use super::*;
use crate::extract::tests::overlays::{deployed, deployment, told};

/// A Flux Kustomization.
fn flux(name: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\nspec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
    )
}

/// A patch that gives these variables to every deployed Kustomization.
fn giving(spec: &str) -> String {
    format!(
        "  patches:\n  - target: {{kind: Kustomization}}\n    patch: |\n      apiVersion: kustomize.toolkit.fluxcd.io/v1\n      kind: Kustomization\n      metadata: {{name: _}}\n      spec: {spec}\n"
    )
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {TAG: '3'}\n";

/// A cluster whose one Kustomization gives variables to those of all apps.
fn cluster(map: &str, gives: &str, web: &str) -> Vec<(&'static str, String)> {
    let from = "{postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}}";
    let gives = giving(if gives.is_empty() { from } else { gives });
    vec![
        ("flux/apps.yaml", flux("cluster-apps", "./apps", &gives)),
        ("flux/settings.yaml", map.to_owned()),
        ("apps/web/ks.yaml", flux("web", "./apps/web/app", "")),
        ("apps/web/app/kustomization.yaml", "resources: [web.yaml]\n".to_owned()),
        ("apps/web/app/web.yaml", deployment(web)),
        ("apps/kustomization.yaml", "resources: [web/ks.yaml]\n".to_owned()),
    ]
}

fn all(files: &[(&'static str, String)]) -> Vec<String> {
    deployed(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
}

fn memory(files: &[(&str, String)]) -> Memory {
    files.iter().fold(Memory::default(), |tree, (path, text)| tree.with(path, text.as_str()))
}

fn changed(base: &Memory, head: &Memory, paths: &[&str]) -> Vec<String> {
    let path = |path: &&str| Some(RepoPath::new(path));
    let changes: Vec<Change> = paths.iter().map(|it| Change { base: path(it), head: path(it) }).collect();
    told(&run(head, Some(base), Selection::Changed(&changes)))
}

#[test]
fn what_an_outer_root_puts_into_a_deployer_counts() {
    assert_eq!(
        all(&cluster(MAP, "", "web:${TAG}")),
        [
            "apps/web/app/web.yaml:9:16 docker.io/library/web:3 (apps/web/app) ← variable flux/settings.yaml:4:14"
        ]
    );
    assert_eq!(
        all(&cluster(MAP, "{images: [{name: web, newTag: '7'}]}", "web:1")),
        [
            "flux/apps.yaml:13:44 docker.io/library/web:7 (apps/web/app) ← written here in the base apps/web/app/web.yaml:9:16"
        ]
    );
}

#[test]
fn a_change_above_reaches_what_is_deployed_below() {
    let expected = |tag: &str| {
        format!(
            "apps/web/app/web.yaml:9:16 docker.io/library/web:{tag} (apps/web/app) ← variable flux/settings.yaml:4:14"
        )
    };
    let old = memory(&cluster(MAP, "", "web:${TAG}"));
    let map = memory(&cluster(&MAP.replace('3', "4"), "", "web:${TAG}"));
    assert_eq!(changed(&old, &map, &["flux/settings.yaml"]), [expected("4")]);
    let none = memory(&cluster(MAP, "{prune: true}", "web:${TAG}"));
    assert_eq!(changed(&none, &old, &["flux/apps.yaml"]), [expected("3")]);
    // A folder that is deployed separately is not affected.
    let app = memory(&cluster(MAP, "", "api:${TAG}"));
    assert_eq!(changed(&old, &app, &["apps/web/app/web.yaml"]).len(), 1);
    assert_eq!(changed(&old, &old, &["apps/web/ks.yaml"]), Vec::<String>::new());
}

#[test]
fn a_change_of_the_deployer_above_reaches_below() {
    let tree =
        |tag: &str| memory(&cluster(MAP, &format!("{{images: [{{name: web, newTag: '{tag}'}}]}}"), "web:1"));
    assert_eq!(
        changed(&tree("7"), &tree("8"), &["flux/apps.yaml"]),
        [
            "flux/apps.yaml:13:44 docker.io/library/web:8 (apps/web/app) ← written here in the base apps/web/app/web.yaml:9:16"
        ]
    );
}

#[test]
fn patches_of_a_kustomization_on_the_way_reach_below() {
    let tree = |tag: &str| {
        let patch = format!(
            "- target: {{name: web}}\n  patch: '[{{op: add, path: /spec/images, value: [{{name: web, newTag: \"{tag}\"}}]}}]'\n"
        );
        let mut files = cluster(MAP, "{prune: true}", "web:1");
        files.pop();
        files.push(("apps/kustomization.yaml", format!("resources: [web/ks.yaml]\npatches:\n{patch}")));
        files
    };
    assert_eq!(
        changed(&memory(&tree("2")), &memory(&tree("3")), &["apps/kustomization.yaml"]),
        [
            "apps/kustomization.yaml:4:71 docker.io/library/web:3 (apps/web/app) ← written here in the base apps/web/app/web.yaml:9:16"
        ]
    );
}

#[test]
fn a_deployer_that_deploys_itself() {
    let told = deployed(&[
        ("prod/flux-system/sync.yaml", &flux("flux-system", "./prod", "")),
        (
            "prod/flux-system/kustomization.yaml",
            &format!(
                "resources: [sync.yaml]\n{}",
                giving("{postBuild: {substitute: {TAG: '1'}}}").replace("\n  ", "\n")[2..].to_owned()
            ),
        ),
        ("prod/web.yaml", &deployment("web:${TAG}")),
    ]);
    assert_eq!(
        told,
        [
            "prod/web.yaml:9:16 docker.io/library/web:1 (prod) ← variable prod/flux-system/kustomization.yaml:8:43"
        ]
    );
}

#[test]
fn deployers_that_deploy_each_other_come_to_an_end() {
    let mut files: Vec<(String, String)> = Vec::new();
    for at in 0..30 {
        let more = giving(&format!("{{postBuild: {{substitute: {{TAG: '{at}'}}}}}}"));
        files.push((format!("all/{at}.yaml"), flux(&format!("k{at}"), "./all", &more)));
    }
    files.push(("all/web.yaml".to_owned(), deployment("web:${TAG}")));
    let tree = files.iter().fold(Memory::default(), |tree, (path, text)| tree.with(path, text.as_str()));
    let told = told(&run(&tree, None, Selection::Candidates));
    let (images, problems): (Vec<&String>, Vec<&String>) =
        told.iter().partition(|line| !line.contains("unreadable-file: "));
    assert_eq!((images.len(), problems.len()), (1, 30), "as they are written: {told:?}");
    assert!(problems[0].contains("deploy each other, with changes"), "{problems:?}");
}

/// Two Kustomizations that deploy each other; the first one changes the other one.
#[test]
fn a_change_among_deployers_that_deploy_each_other_is_not_verified() {
    let tree = |more: &str| {
        let files = [
            ("a/b.yaml", flux("b", "./b", "")),
            ("b/a.yaml", flux("a", "./a", more)),
            ("b/web.yaml", deployment("good.io/a:1")),
        ];
        all(&files)
    };
    let patch = giving("{images: [{name: good.io/a, newName: evil.io/x}]}");
    let told = tree(&patch);
    assert!(told.iter().any(|line| line.contains("unreadable-file: ")), "{told:?}");
    assert_eq!(tree("").len(), 1, "without changes they are used as they are written");
}

#[test]
fn more_versions_than_are_evaluated_are_not_verified() {
    let clusters = |number: usize| {
        let mut files: Vec<(String, String)> = vec![
            ("infra/ks.yaml".to_owned(), flux("apps", "./apps", "")),
            ("apps/web.yaml".to_owned(), deployment("web:${TAG}")),
        ];
        for at in 0..number {
            let more = giving(&format!("{{postBuild: {{substitute: {{TAG: '{at}'}}}}}}"));
            files.push((format!("clusters/{at}/ks.yaml"), flux(&format!("c{at}"), "./infra", &more)));
        }
        files.iter().fold(Memory::default(), |tree, (path, text)| tree.with(path, text.as_str()))
    };
    let told = |number: usize| told(&run(&clusters(number), None, Selection::Candidates));
    assert_eq!(told(40).len(), 40);
    for (number, why) in [(65, "in too many versions"), (201, "by too many others")] {
        let told = told(number);
        assert!(hidden::is_unverified(&told, "infra/ks.yaml", why), "{told:?}");
    }
    // A change of one of them.
    let path = Some(RepoPath::new("clusters/64/ks.yaml"));
    let head = clusters(65);
    let base = clusters(65).with("clusters/64/ks.yaml", flux("c64", "./infra", ""));
    let changes = [Change { base: path.clone(), head: path }];
    let told = overlays::told(&run(&head, Some(&base), Selection::Changed(&changes)));
    assert!(told.iter().any(|line| line.contains("too many versions")), "{told:?}");
}

/// Two Kustomizations, each in 40 versions, deploy the same one.
#[test]
fn versions_of_several_deployers_are_counted_together() {
    let tree = |number: usize| {
        let gives = |at: usize| giving(&format!("{{postBuild: {{substitute: {{TAG: v{at}}}}}}}"));
        let images = "  images: [{name: web, newTag: '${TAG}'}]\n";
        let mut files: Vec<(String, String)> = vec![
            ("infra/one.yaml".to_owned(), flux("one", "./middle", "")),
            ("infra/two.yaml".to_owned(), flux("two", "./middle", "")),
            ("middle/ks.yaml".to_owned(), flux("apps", "./apps", images)),
            ("apps/web.yaml".to_owned(), deployment("web:0")),
        ];
        for at in 0..number {
            files.push((format!("clusters/{at}/ks.yaml"), flux(&format!("c{at}"), "./infra", &gives(at))));
        }
        files.iter().fold(Memory::default(), |tree, (path, text)| tree.with(path, text.as_str()))
    };
    let told = |number: usize| told(&run(&tree(number), None, Selection::Candidates)).join("\n");
    let few = told(32);
    assert!(few.contains("web:v31 (apps)") && !few.contains("unreadable-file: "), "{few}");
    let many = told(40);
    assert!(many.contains("unreadable-file: ") && many.contains("in too many versions"), "{many}");
}

/// Each root deploys the next one, and the last one deploys a folder.
#[test]
fn more_roots_above_than_are_followed_are_not_verified() {
    let chain = |length: usize| {
        let mut tree = Memory::default().with(&format!("f{length}/web.yaml"), deployment("web:1"));
        for at in 0..length {
            tree =
                tree.with(&format!("f{at}/ks.yaml"), flux(&format!("k{at}"), &format!("./f{}", at + 1), ""));
        }
        told(&run(&tree, None, Selection::Candidates))
    };
    assert_eq!(chain(201).len(), 1, "200 roots above");
    let many = chain(202);
    assert!(hidden::is_unverified(&many, "f201/ks.yaml", "deployed by too many others"), "{many:?}");
}

#[test]
fn two_clusters_that_make_different_things_of_one_deployer() {
    let overlay = |tag: &str| {
        format!(
            "resources: [../../base]\npatches:\n- target: {{name: web}}\n  patch: '[{{op: add, path: /spec/images, value: [{{name: web, newTag: \"{tag}\"}}]}}]'\n"
        )
    };
    let told = deployed(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", &flux("web", "./apps/web", "")),
        ("clusters/a/kustomization.yaml", &overlay("1")),
        ("clusters/b/kustomization.yaml", &overlay("2")),
        ("apps/web/web.yaml", &deployment("web:0")),
    ]);
    assert_eq!(
        told,
        [
            "clusters/a/kustomization.yaml:4:71 docker.io/library/web:1 (apps/web) ← written here in the base apps/web/web.yaml:9:16",
            "clusters/b/kustomization.yaml:4:71 docker.io/library/web:2 (apps/web) ← written here in the base apps/web/web.yaml:9:16",
        ]
    );
}

#[test]
fn an_application_that_a_kustomization_patches() {
    let application = applications::application("web", "");
    let told = deployed(&[
        (
            "argo/kustomization.yaml",
            "resources: [web.yaml]\npatches:\n- target: {kind: Application}\n  patch: '[{op: add, path: /spec/source/kustomize, value: {images: [web:9]}}]'\n",
        ),
        ("argo/web.yaml", &application),
        ("apps/web/kustomization.yaml", "resources: [web.yaml]\n"),
        ("apps/web/web.yaml", &deployment("web:0")),
    ]);
    assert_eq!(
        told,
        [
            "argo/kustomization.yaml:4:69 docker.io/library/web:9 (apps/web) ← written here in the base apps/web/web.yaml:9:16"
        ]
    );
}

/// The files of Argo CD are merged over an Application in the form in which it is deployed.
#[test]
fn an_application_that_a_kustomization_renames_has_the_overrides_of_its_name() {
    let images = "    kustomize: {images: ['web=web:$ARGOCD_APP_NAME']}\n";
    let tree = |of_name: &str| {
        deployed(&[
            ("argo/kustomization.yaml", "resources: [web.yaml]\nnameSuffix: -a\n"),
            ("argo/web.yaml", &applications::application("web", images)),
            ("apps/web/kustomization.yaml", "resources: [web.yaml]\n"),
            ("apps/web/web.yaml", &deployment("web:0")),
            (&format!("apps/web/.argocd-source{of_name}.yaml"), "kustomize: {images: ['web=evil.io/x:2']}\n"),
        ])
    };
    for of_name in ["", "-web-a"] {
        let told = tree(of_name);
        assert!(told[0].contains("evil.io/x:2 (apps/web"), "{told:?}");
    }
    let told = tree("-web");
    assert!(told.iter().any(|line| line.contains("library/web:web-a (apps/web")), "{told:?}");
}

/// kustomize reads a resource whatever the name of its file is.
#[test]
fn a_deployer_in_a_file_that_a_kustomization_names() {
    let tree = |resources: &str, tag: &str| {
        let app = flux("web", "./app", &format!("  images: [{{name: web, newTag: '{tag}'}}]\n"));
        memory(&[
            ("apps/kustomization.yaml", format!("{resources}\n")),
            ("apps/web.txt", app),
            ("app/kustomization.yaml", "resources: [web.yaml]\n".to_owned()),
            ("app/web.yaml", deployment("web:1")),
        ])
    };
    let deployed = |tag: &str| {
        format!(
            "apps/web.txt:7:33 docker.io/library/web:{tag} (app) ← written here in the base app/web.yaml:9:16"
        )
    };
    let named = tree("Resources: [web.txt]", "2");
    assert_eq!(told(&run(&named, None, Selection::Candidates)), [deployed("2")]);
    let alone = tree("resources: []", "2");
    assert_eq!(told(&run(&alone, None, Selection::Candidates)).len(), 1, "not deployed");
    assert_eq!(changed(&alone, &named, &["apps/kustomization.yaml"]), [deployed("2")]);
    assert_eq!(changed(&named, &tree("resources: [web.txt]", "3"), &["apps/web.txt"]), [deployed("3")]);
}
