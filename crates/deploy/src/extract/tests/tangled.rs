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
