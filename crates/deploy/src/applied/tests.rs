use source::Memory;

use super::*;
use crate::{Input, Selection, extract};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.27}]}\n";

fn kustomization(name: &str, namespace: &str, path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
    )
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectId {
    let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
    ObjectId { kind: kind.to_owned(), namespace, name: name.to_owned() }
}

fn units(files: &Memory, object: &ObjectId) -> Vec<String> {
    let applied = applied(files, 1 << 20, &Repositories::default(), object).unwrap();
    applied.shares.iter().map(|share| share.unit.to_string()).collect()
}

#[test]
fn a_kustomization_applies_its_folder() {
    let files = Memory::default()
        .with("clusters/a/apps.yaml", kustomization("apps", "flux-system", "./apps/a"))
        .with("clusters/b/apps.yaml", kustomization("apps", "flux-system", "./apps/b"))
        .with("clusters/a/infra.yaml", kustomization("infra", "flux-system", "./infra"))
        .with("apps/a/pod.yaml", POD)
        .with("apps/b/pod.yaml", POD)
        .with("infra/pod.yaml", POD);
    let apps = object("Kustomization", "flux-system", "apps");
    assert_eq!(units(&files, &apps), ["apps/a", "apps/b"]);
    let unknown =
        applied(&files, 1 << 20, &Repositories::default(), &object("Kustomization", "flux-system", "app"))
            .unwrap();
    assert!(!unknown.is_found && unknown.shares.is_empty());
    assert_eq!(unknown.others.into_iter().collect::<Vec<_>>(), ["flux-system/apps", "flux-system/infra"]);
    assert!(units(&files, &object("HelmRelease", "flux-system", "apps")).is_empty());
}

#[test]
fn names_count_as_they_are_deployed() {
    let sets = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: team\nnamePrefix: prod-\nresources: [apps.yaml]\n";
    let files = Memory::default()
        .with("clusters/kustomization.yaml", sets)
        .with("clusters/apps.yaml", kustomization("apps", "flux-system", "./apps"))
        .with("apps/pod.yaml", POD);
    assert_eq!(units(&files, &object("Kustomization", "team", "prod-apps")), ["apps"]);
    assert!(units(&files, &object("Kustomization", "flux-system", "apps")).is_empty());
}

#[test]
fn a_release_is_the_part_of_a_unit() {
    let release = |name: &str, image: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}}}\n\
             spec: {{values: {{image: {{repository: {image}, tag: '1'}}}}}}\n---\n"
        )
    };
    let text = format!("{}{}{POD}", release("web", "ghcr.io/acme/web"), release("db", "ghcr.io/acme/db"));
    let files = Memory::default()
        .with("prod/kustomization.yaml", "namespace: prod\nresources: [all.yaml]\n")
        .with("prod/all.yaml", text);
    let web =
        applied(&files, 1 << 20, &Repositories::default(), &object("HelmRelease", "prod", "web")).unwrap();
    assert_eq!(web.shares.len(), 1);
    let input = Input {
        head: &files,
        base: None,
        selection: Selection::Shares(&web.shares),
        max_file_size: 1 << 20,
        renders: false,
        repositories: Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    let found = extract(&input).unwrap().references;
    assert_eq!(found.iter().filter_map(|one| one.image()).collect::<Vec<_>>(), ["ghcr.io/acme/web:1"]);
    assert_eq!(found[0].unit.to_string(), "prod");
}

#[test]
fn a_release_has_the_object_that_its_chart_comes_from() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n\
        spec: {chartRef: {kind: OCIRepository, name: chart}, values: {image: {repository: a/b, tag: '1'}}}\n";
    let chart = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: chart}\n\
        spec: {url: oci://ghcr.io/acme/chart, ref: {tag: 1.2.3}}\n";
    let files = Memory::default()
        .with("prod/kustomization.yaml", "namespace: prod\nresources: [web.yaml]\n")
        .with("prod/web.yaml", release)
        .with("sources/chart.yaml", chart);
    let web = object("HelmRelease", "prod", "web");
    assert_eq!(units(&files, &web), ["prod", "sources/chart.yaml"]);
}

#[test]
fn an_application_applies_its_folders_and_its_chart() {
    let application = |name: &str, source: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\n\
             spec: {{source: {{repoURL: https://git.example/a/b, {source}}}}}\n"
        )
    };
    let files = Memory::default()
        .with("argo/web.yaml", application("web", "path: apps/web"))
        .with("argo/db.yaml", application("db", "chart: db, targetRevision: 1.2.3"))
        .with("apps/web/pod.yaml", POD);
    assert_eq!(units(&files, &object("Application", "argocd", "web")), ["apps/web", "argo/web.yaml"]);
    assert_eq!(units(&files, &object("Application", "", "db")), ["argo/db.yaml"]);
}

#[test]
fn applications_for_each_cluster_are_found_by_the_text_around_the_name_of_the_cluster() {
    let set = |name: &str, path: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: {path}}}\n\
             spec:\n  generators: [{{clusters: {{}}}}]\n  template:\n    metadata: {{name: '{name}', namespace: '{{{{ns}}}}'}}\n\
             \x20   spec: {{source: {{repoURL: https://git.example/a/b, path: 'apps/{path}'}}}}\n"
        )
    };
    let files = Memory::default()
        .with("argo/web.yaml", set("web-{{name}}", "web"))
        .with("argo/admin.yaml", set("web-admin-{{.name}}", "admin"))
        .with("argo/any.yaml", set("{{name}}", "any"))
        .with("apps/web/pod.yaml", POD)
        .with("apps/any/pod.yaml", POD)
        .with("apps/admin/pod.yaml", POD);
    let of = |name: &str| units(&files, &object("Application", "argocd", name));
    assert_eq!(of("web-eu"), ["apps/web", "argo/web.yaml"]);
    assert_eq!(of("web-admin-eu"), ["apps/admin", "argo/admin.yaml"]);
    assert!(of("db").is_empty());
}

#[test]
fn applications_of_a_set_are_told_apart() {
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\n\
        spec:\n  generators: [{list: {elements: [{app: web}, {app: db}]}}]\n  template:\n    metadata: {name: '{{app}}'}\n\
        \x20   spec: {source: {repoURL: https://git.example/a/b, path: 'apps/{{app}}'}}\n";
    let files = Memory::default()
        .with("argo/all.yaml", set)
        .with("apps/web/pod.yaml", POD)
        .with("apps/db/pod.yaml", POD);
    assert_eq!(units(&files, &object("Application", "argocd", "web")), ["apps/web", "argo/all.yaml"]);
}
