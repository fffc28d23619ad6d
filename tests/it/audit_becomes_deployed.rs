//! Existing files that become deployed: their images are introduced.

use crate::audit_case::{Case, deployment};

/// An Application on a folder, with more fields of its source.
fn application(path: &str, fields: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
         repoURL: https://git.test/shop.git\n    path: {path}\n{fields}"
    )
}

/// A Flux Kustomization on a folder.
fn flux(path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux-system}}\n\
         spec:\n  path: ./{path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
}

/// A folder `d` with a good manifest, and a folder `e` with the one under test.
fn two_folders() -> Case {
    Case::new().base("d/web.yaml", &deployment("REP:1.0")).base("e/web.yaml", &deployment("REP:BAD"))
}

#[test]
fn a_new_application_on_a_folder() {
    two_folders().head("argo/web.yaml", &application("e", "")).is_missing_at("e/web.yaml:10");
}

#[test]
fn an_application_that_switches_its_path() {
    two_folders()
        .base("argo/web.yaml", &application("d", ""))
        .head("argo/web.yaml", &application("e", ""))
        .is_missing_at("e/web.yaml:10");
}

#[test]
fn a_directory_that_becomes_recursive() {
    Case::new()
        .base("d/web.yaml", &deployment("REP:1.0"))
        .base("d/below/web.yaml", &deployment("REP:BAD"))
        .base("argo/web.yaml", &application("d", ""))
        .head("argo/web.yaml", &application("d", "    directory: {recurse: true}\n"))
        .is_missing_at("d/below/web.yaml:10");
}

#[test]
fn a_directory_with_a_wider_include() {
    Case::new()
        .base("d/a.yaml", &deployment("REP:1.0"))
        .base("d/b.yaml", &deployment("REP:BAD"))
        .base("argo/web.yaml", &application("d", "    directory: {include: 'a*'}\n"))
        .head("argo/web.yaml", &application("d", "    directory: {include: '{a*,b*}'}\n"))
        .is_missing_at("d/b.yaml:10");
}

#[test]
fn a_directory_with_a_narrower_exclude() {
    Case::new()
        .base("d/a.yaml", &deployment("REP:1.0"))
        .base("d/b.yaml", &deployment("REP:BAD"))
        .base("argo/web.yaml", &application("d", "    directory: {exclude: 'b*'}\n"))
        .head("argo/web.yaml", &application("d", "    directory: {exclude: 'c*'}\n"))
        .is_missing_at("d/b.yaml:10");
}

#[test]
fn a_file_renamed_into_the_folder_of_an_application() {
    Case::new()
        .base("argo/web.yaml", &application("d", ""))
        .base("d/web.yaml", &deployment("REP:1.0"))
        .base("drafts/new.yaml", &deployment("REP:BAD"))
        .rename("drafts/new.yaml", "d/new.yaml")
        .is_missing_at("d/new.yaml:10");
}

#[test]
fn a_new_flux_kustomization_on_a_plain_folder() {
    two_folders().head("clusters/web.yaml", &flux("e")).is_missing_at("e/web.yaml:10");
}

#[test]
fn a_new_flux_kustomization_on_a_bare_root() {
    two_folders()
        .base("e/kustomization.yaml", "resources: [web.yaml]\n")
        .head("clusters/web.yaml", &flux("e"))
        .is_missing_at("e/web.yaml:10");
}

#[test]
fn a_new_application_on_a_bare_root() {
    two_folders()
        .base("e/kustomization.yaml", "resources: [web.yaml]\n")
        .head("argo/web.yaml", &application("e", ""))
        .is_missing_at("e/web.yaml:10");
}

#[test]
fn a_flux_kustomization_that_switches_its_path() {
    two_folders()
        .base("e/kustomization.yaml", "resources: [web.yaml]\n")
        .base("clusters/web.yaml", &flux("d"))
        .head("clusters/web.yaml", &flux("e"))
        .is_missing_at("e/web.yaml:10");
}

#[test]
fn a_resource_that_becomes_listed() {
    Case::new()
        .base("d/web.yaml", &deployment("REP:1.0"))
        .base("d/new.yaml", &deployment("REP:BAD").replace("name: web\nspec", "name: new\nspec"))
        .base("d/kustomization.yaml", "resources: [web.yaml]\n")
        .head("d/kustomization.yaml", "resources: [web.yaml, new.yaml]\n")
        .is_missing_at("d/new.yaml:10");
}

/// A file that moves or disappears introduces nothing, also where its tag is missing since long.
#[test]
fn a_file_that_moves_introduces_nothing() {
    let moved = Case::new()
        .base("d/web.yaml", &deployment("REP:BAD"))
        .base("d/old.yaml", &deployment("REP:BAD").replace("name: web\nspec", "name: old\nspec"))
        .rename("d/web.yaml", "e/web.yaml")
        .remove("d/old.yaml")
        .check("9.9-bad");
    assert_eq!((moved.run.code, moved.findings.len()), (0, 0), "{}", moved.shown());
}

/// An ApplicationSet over a chart whose values files are named in each form.
fn set(value_file: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: web}}\nspec:\n  \
         goTemplate: true\n  generators:\n  - list: {{elements: [{{name: a}}]}}\n  template:\n    \
         metadata: {{name: '{{{{.name}}}}'}}\n    spec:\n      source:\n        \
         repoURL: https://git.test/shop.git\n        path: c\n        helm: {{valueFiles: ['{value_file}']}}\n"
    )
}

/// Changes of the values file that an ApplicationSet names.
#[test]
fn values_files_of_application_sets() {
    for (named, path) in [
        ("envs/a.yaml", "c/envs/a.yaml"),
        ("envs/{{.name}}.yaml", "c/envs/a.yaml"),
        ("../env/a.yaml", "env/a.yaml"),
        ("/env/{{.name}}.yaml", "env/a.yaml"),
    ] {
        Case::new()
            .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
            .base("c/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
            .base(
                "c/templates/pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    \
                 image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
            )
            .base("argo/set.yaml", &set(named))
            .base(path, "image: {tag: '1.0'}\n")
            .head(path, "image: {tag: 'BAD'}\n")
            .is_missing_at(&format!("{path}:1"));
    }
}

/// A base that its overlay no longer includes is a separate root, with the tag that the overlay replaced.
#[test]
fn a_base_that_is_no_longer_deployed_with_its_overlay() {
    Case::new()
        .base("b/kustomization.yaml", "resources: [web.yaml]\n")
        .base("b/web.yaml", &deployment("REP:BAD"))
        .base("prod/other.yaml", &deployment("REP:1.0"))
        .base(
            "prod/kustomization.yaml",
            "resources: [other.yaml, ../b]\nimages: [{name: REP, newTag: '1.0'}]\n",
        )
        .head("prod/kustomization.yaml", "resources: [other.yaml]\nimages: [{name: REP, newTag: '1.0'}]\n")
        .is_missing_at("b/web.yaml:10");
}

/// The same of a manifest that its kustomization no longer lists.
#[test]
fn a_manifest_that_is_no_longer_listed() {
    Case::new()
        .base("prod/web.yaml", &deployment("REP:BAD"))
        .base("prod/other.yaml", &deployment("REP:1.0"))
        .base(
            "prod/kustomization.yaml",
            "resources: [other.yaml, web.yaml]\nimages: [{name: REP, newTag: '1.0'}]\n",
        )
        .head("prod/kustomization.yaml", "resources: [other.yaml]\nimages: [{name: REP, newTag: '1.0'}]\n")
        .is_missing_at("prod/web.yaml:10");
}

/// A variable of one Kustomization in the path of another: the folder is not known when roots are found.
#[test]
fn a_path_that_a_variable_switches() {
    let inner = flux("${FOLDER}").replace("name: web", "name: inner");
    let outer = |folder: &str| format!("{}  postBuild: {{substitute: {{FOLDER: {folder}}}}}\n", flux("c"));
    two_folders()
        .base("c/kustomization.yaml", "resources: [inner.yaml]\n")
        .base("c/inner.yaml", &inner)
        .base("outer.yaml", &outer("d"))
        .head("outer.yaml", &outer("e"))
        .ends_with(0, "notice not-checked c/inner.yaml:5");
}
