//! Deployers that deploy each other, and patches that look like deployers.

use super::*;
use crate::extract::tests::overlays::{deployed, deployment};

/// A Flux Kustomization of this repository, with these further fields.
fn flux(name: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\nspec:\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
    )
}

fn all(files: &[(&str, String)]) -> Vec<String> {
    deployed(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
}

fn has(told: &[String], text: &str) -> bool {
    told.iter().any(|line| line.contains(text))
}

const PATCHED: &str =
    "resources: [sync.yaml]\npatches:\n- path: ../../base/sample.yaml\n  target: {kind: Kustomization}\n";

/// A cluster that deploys itself, and that gives all its Kustomizations the fields of a sample.
fn cluster(sample: &str) -> Vec<(&'static str, String)> {
    vec![
        ("clusters/a/sync.yaml", flux("flux-system", "  path: ./clusters/a\n")),
        ("clusters/a/kustomization.yaml", PATCHED.to_owned()),
        ("base/sample.yaml", flux("sample", sample)),
        ("web.yaml", deployment("good.io/web:1")),
    ]
}

const IMAGES: &str = "  images: [{name: good.io/web, newName: evil.io/web}]\n";

#[test]
fn a_patch_without_a_path_deploys_nothing_by_itself() {
    let told = all(&cluster("  postBuild: {substitute: {NAME: a}}\n"));
    assert_eq!(told, ["web.yaml:9:16 good.io/web:1 (web.yaml)"]);
    assert_eq!(all(&cluster(IMAGES)), told);
}

#[test]
fn a_patch_that_is_deployed_too_deploys_its_folder() {
    let with = |path: &'static str, text: String| {
        let mut files = cluster(IMAGES);
        files.push((path, text));
        all(&files)
    };
    let folder = |path: &str| flux("base", &format!("  path: {path}\n"));
    for (path, text) in [
        ("other/kustomization.yaml", "resources: [../base/sample.yaml]\n".to_owned()),
        ("clusters/a/more/kustomization.yaml", "resources: [../../../base/sample.yaml]\n".to_owned()),
        ("other/kustomization.yaml", "generators: [../base/sample.yaml]\n".to_owned()),
        ("clusters/b.yaml", folder("./base")),
        ("clusters/b.yaml", applications::application("base", "").replace("apps/web", "base")),
    ] {
        let told = with(path, text.clone());
        assert!(has(&told, "evil.io/web"), "{path}: {text}: {told:?}");
    }
    let both = PATCHED.replace("[sync.yaml]", "[sync.yaml, ../../base/sample.yaml]");
    let mut files = cluster(IMAGES);
    files[1].1 = both;
    assert!(has(&all(&files), "unreadable-file: "), "the cluster and the patch deploy each other");
    let mut files = cluster(&format!("  path: ./\n{IMAGES}"));
    assert!(has(&all(&files), "evil.io/web") || has(&all(&files), "unreadable-file: "), "a path of its own");
    files = cluster(IMAGES);
    files[1].1 = "resources: [sync.yaml]\n".to_owned();
    assert!(has(&all(&files), "evil.io/web"), "no patch");
}

#[test]
fn a_message_names_the_root_folder() {
    let mut files = cluster(IMAGES);
    files[1].1 = PATCHED.replace("[sync.yaml]", "[sync.yaml, ../../base/sample.yaml]");
    assert!(has(&all(&files), "what deploys the root folder here"), "{:?}", all(&files));
}

const IN_GIT: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n";

/// Argo CD deploys itself by an Application that an Application of its own folder deploys. `more`: fields of the
/// kustomization of Argo CD; `files`: further files.
fn argo_cd(resources: &str, more: &str, files: &[(&str, &str)]) -> Vec<String> {
    let application = |name: &str, path: &str| {
        format!(
            "{IN_GIT}metadata: {{name: {name}}}\nspec: {{source: {{repoURL: 'https://example.com/a', path: {path}}}}}\n"
        )
    };
    let mut all_files = vec![
        ("argocd/root.yaml", application("app-of-apps", "envs")),
        ("argocd/kustomization.yaml", format!("resources: [root.yaml{resources}]\n{more}\n")),
        ("envs/argocd.yaml", application("argocd", "argocd")),
    ];
    all_files.extend(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let mut told = all(&all_files);
    told.retain(|line| line.contains("unreadable-file: "));
    told
}

fn is_verified(resources: &str, more: &str, files: &[(&str, &str)]) -> bool {
    let told = argo_cd(resources, more, files);
    assert!(told.iter().all(|line| line.contains("deploy each other, with changes")), "{more}: {told:?}");
    told.is_empty()
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n";
const POD_FILE: &[(&str, &str)] = &[("argocd/pod.yaml", POD)];

#[test]
fn fields_that_do_not_change_what_deployers_deploy() {
    for more in [
        "",
        "namePrefix: a-\nnameSuffix: -a",
        "commonAnnotations: {a: b}",
        "commonLabels: {a: b}",
        "labels: [{pairs: {a: b}, includeSelectors: true, includeTemplates: true}]",
        "sortOptions: {order: fifo}",
        "buildMetadata: [originAnnotations]",
        "images: [{name: a, newName: b}]",
        "replicas: [{name: a, count: 2}]",
        "helmCharts: []",
        "patches: []\ntransformers:\nreplacements: []\ncrds: []",
        "patches: [{target: {kind: Pod, name: p}, patch: '[{op: remove, path: /spec}]'}]",
        "patches: [{target: {kind: Pod}, path: patch.yaml}]",
        "patches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: p}}'}]",
        "patches: [{path: patch.yaml}]",
        "patchesStrategicMerge: [patch.yaml]",
        "patchesStrategicMerge: ['{apiVersion: v1, kind: Pod, metadata: {name: p}}']",
        "patchesJson6902: [{target: {version: v1, kind: Pod, name: p}, path: patch.yaml}]",
    ] {
        let files = [POD_FILE[0], ("argocd/patch.yaml", POD)];
        assert!(is_verified(", pod.yaml", more, &files), "{more}");
    }
}

#[test]
fn fields_that_may_change_what_deployers_deploy() {
    let own = format!("{IN_GIT}metadata: {{name: app-of-apps}}\nspec: {{source: {{path: evil}}}}\n");
    let files = [
        ("argocd/patch.yaml", own.as_str()),
        ("argocd/bad.yaml", "{kind: Pod, kind: Application}"),
        POD_FILE[0],
    ];
    for more in [
        "NamePrefix: a-",
        "namePrefix: a-\nconfigurations: [more.yaml]",
        "Images: [{name: a, newName: b}]",
        "labels: [{pairs: {path: evil}, fields: [{path: spec/source, kind: Application}]}]",
        "labels: [{pairs: {path: evil}, Fields: [{path: spec/source, kind: Application}]}]",
        "configurations: [more.yaml]\nimages: [{name: envs, newName: evil}]",
        "crds: [more.json]\nimages: [{name: envs, newName: evil}]",
        "helmCharts: [{name: a}]",
        "components: [../c]",
        "replacements: [{path: r.yaml}]",
        "vars: [{name: A}]",
        "transformers: [t.yaml]",
        "patches: [{patch: '[{op: replace, path: /spec/source/path, value: evil}]'}]",
        "patches: [{target: {}, patch: '[{op: replace, path: /spec/source/path, value: evil}]'}]",
        "patches: [{target: {name: app-of-apps}, path: patch.yaml}]",
        "patches: [{target: {kind: Application}, path: patch.yaml}]",
        "patches: [{target: {kind: 'App.*'}, path: patch.yaml}]",
        "patches: [{target: {kind: .*}, path: patch.yaml}]",
        "patches: [{target: {kind: Pod|Application}, path: patch.yaml}]",
        "patches: [{target: {kind: }, path: patch.yaml}]",
        "patches: [{target: {kind: ''}, path: patch.yaml}]",
        "patches: [{target: {kind: application}, path: patch.yaml}]",
        "patches: [{target: {Kind: Pod}, path: patch.yaml}]",
        "patches: [{target: {kind: Pod, Kind: Application}, path: patch.yaml}]",
        "patches: [{target: {kind: Pod}, Target: {kind: Application}, path: patch.yaml}]",
        "patches: [{target: {kind: Pod}, options: {allowKindChange: true}, path: patch.yaml}]",
        "patches: [{path: patch.yaml}]",
        "patches: [{path: absent.yaml}]",
        "patches: [{path: bad.yaml}]",
        "patches: [{patch: '{kind: List, items: [{kind: Application, metadata: {name: app-of-apps}}]}'}]",
        "patches: [{patch: \"{kind: Pod}\\n---\\n{kind: Application}\"}]",
        "patchesStrategicMerge: [pod.yaml, patch.yaml]",
        "patchesStrategicMerge: [{kind: Application, metadata: {name: app-of-apps}}]",
        "patchesJson6902: [{target: {kind: Application, name: app-of-apps}, path: patch.yaml}]",
    ] {
        let told = argo_cd(", pod.yaml", more, &files);
        assert!(has(&told, "deploy each other, with changes"), "{more}: {told:?}");
    }
}

/// kustomize uses the fields that a base adds for everything that includes the base.
#[test]
fn fields_that_another_base_adds_are_written_too() {
    let images = "images: [{name: envs, newName: evil}]";
    let base = |field: &'static str| [("base/kustomization.yaml", field), ("base/c.yaml", "{}")];
    assert!(is_verified(", ../base", images, &base("resources: []\n")));
    assert!(!is_verified(", ../base", images, &base("configurations: [c.yaml]\n")));
    assert!(is_verified(", ../base", "", &base("configurations: [c.yaml]\n")));
    let below = [
        ("base/kustomization.yaml", "resources: [../other]\n"),
        ("other/kustomization.yaml", "crds: [c.json]\n"),
    ];
    assert!(!is_verified(", ../base", images, &below));
    let folder = |more: &'static str| {
        let path = |path: &str| flux("web", &format!("  path: {path}\n{more}"));
        let told = all(&[
            ("a/b.yaml", path("./b")),
            ("b/a.yaml", path("./a")),
            ("b/base/kustomization.yaml", "configurations: [c.yaml]\n".to_owned()),
            ("b/base/c.yaml", "images: [{path: spec/path}]\n".to_owned()),
        ]);
        has(&told, "deploy each other, with changes")
    };
    assert!(folder("  images: [{name: ./a, newName: ./evil}]\n"));
    assert!(!folder("  prune: true\n"));
}

#[test]
fn a_change_that_steers_deployers_is_noticed() {
    let tree = |more: &str, patch: &str| {
        [
            ("a/b.yaml", flux("b", "  path: ./b\n")),
            ("b/a.yaml", flux("a", "  path: ./a\n")),
            ("a/kustomization.yaml", format!("resources: [b.yaml, ../base]\n{more}\n")),
            ("a/patch.yaml", patch.to_owned()),
            (
                "base/kustomization.yaml",
                if patch.is_empty() { "configurations: [c.yaml]\n" } else { "" }.to_owned(),
            ),
            ("base/c.yaml", "{}\n".to_owned()),
        ]
        .iter()
        .fold(Memory::default(), |tree, (path, text)| tree.with(path, text.as_str()))
    };
    let other = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: b}\n";
    for (more, patch, path) in [
        ("patches: [{path: patch.yaml}]", other, "a/patch.yaml"),
        ("images: [{name: a, newName: b}]", "", "base/kustomization.yaml"),
    ] {
        let (base, head) = (tree(more, POD), tree(more, patch));
        let path = Some(RepoPath::new(path));
        let changes = [Change { base: path.clone(), head: path }];
        let told = overlays::told(&run(&head, Some(&base), Selection::Changed(&changes)));
        assert!(has(&told, "deploy each other, with changes"), "{more}: {told:?}");
    }
}

#[test]
fn new_names_matter_if_something_is_found_by_name() {
    let names = "nameSuffix: -a";
    assert!(is_verified("", names, &[("argocd/.argocd-source.yaml", "{}")]));
    assert!(!is_verified("", names, &[("argocd/.argocd-source-argocd-a.yaml", "{}")]));
    assert!(!is_verified("", names, &[("envs/.argocd-source-app-of-apps-a.yaml", "{}")]));
    let image = format!(
        "{IN_GIT}metadata: {{name: argocd}}\nspec: {{source: {{repoURL: 'https://example.com/a', path: argocd, kustomize: {{images: ['$ARGOCD_APP_NAME']}}}}}}\n"
    );
    assert!(!is_verified("", names, &[("envs/argocd.yaml", &image)]));
    let told = all(&[
        ("a/b.yaml", flux("b", "  path: ./b\n")),
        ("b/a.yaml", flux("a", "  path: ./a\n  namePrefix: a-\n")),
    ]);
    assert!(has(&told, "deploy each other, with changes"), "{told:?}");
}
