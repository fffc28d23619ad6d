//! Files above `--max-file-size`: deployed files that were not read are not verified.

use crate::audit_case::{Case, deployment};

/// A text with a comment that puts it above the limit.
fn large(text: &str) -> String {
    format!("{text}# {}\n", "x".repeat(8192))
}

const LIMIT: &[&str] = &["--max-file-size", "4096"];

/// The change of a file above the limit is not verified.
#[track_caller]
fn is_unverified(case: &Case, path: &str) {
    for all in [&[][..], &["--all"]] {
        let checked = case.clone().args(LIMIT).args(all).check("1.1");
        let found = checked.findings.iter().any(|it| it == &format!("error unreadable-file {path}"));
        assert!(found, "{path} {all:?}: {}", checked.shown());
        assert_eq!(checked.run.code, 3, "{path} {all:?}: {}", checked.shown());
    }
}

/// The change of a file above the limit is no finding.
#[track_caller]
fn is_silent(case: &Case, path: &str) {
    for all in [&[][..], &["--all"]] {
        let checked = case.clone().args(LIMIT).args(all).check("1.1");
        assert_eq!(checked.run.code, 0, "{path} {all:?}: {}", checked.shown());
        assert!(checked.findings.is_empty(), "{path} {all:?}: {}", checked.shown());
    }
}

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
                    spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

fn application(fields: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  source:\n    \
         repoURL: https://git.test/shop.git\n{fields}"
    )
}

fn chart() -> Case {
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
}

#[test]
fn files_that_are_deployed() {
    let web = deployment("REP:1.1");
    is_unverified(&Case::new().head("web.yaml", &large(&web)), "web.yaml");
    is_unverified(
        &Case::new()
            .base("k/kustomization.yaml", "resources: [web]\n")
            .base("k/web", &web)
            .head("k/web", &large(&web)),
        "k/web",
    );
    is_unverified(
        &Case::new()
            .base("clusters/apps.yaml", FLUX)
            .base("apps/web.yaml", &web)
            .head("apps/web.yaml", &large(&web)),
        "apps/web.yaml",
    );
    is_unverified(
        &Case::new()
            .base("argo/web.yaml", &application("    path: apps\n"))
            .base("apps/web.yaml", &web)
            .head("apps/web.yaml", &large(&web)),
        "apps/web.yaml",
    );
    is_unverified(
        &Case::new()
            .base("clusters/apps.yaml", FLUX)
            .base("apps/web.yaml", &web)
            .head("clusters/apps.yaml", &large(FLUX)),
        "clusters/apps.yaml",
    );
}

#[test]
fn inputs_of_kustomizations() {
    let web = deployment("REP:1.0");
    let base = |fields: &str| {
        Case::new()
            .base("k/kustomization.yaml", &format!("resources: [web.yaml]\n{fields}"))
            .base("k/web.yaml", &web)
    };
    is_unverified(
        &Case::new()
            .base("k/kustomization.yaml", "resources: [web.yaml]\n")
            .base("k/web.yaml", &web)
            .head("k/kustomization.yaml", &large("resources: [web.yaml]\n")),
        "k/kustomization.yaml",
    );
    is_unverified(
        &base("patches: [{path: p.patch}]\n").base("k/p.patch", &web).head("k/p.patch", &large(&web)),
        "k/p.patch",
    );
}

#[test]
fn values_of_charts() {
    let values = "image: {repository: REP, tag: '1.1'}\n";
    is_unverified(&chart().head("chart/values.yaml", &large(values)), "chart/values.yaml");
    is_unverified(&chart().head("chart/values-prod.yaml", &large(values)), "chart/values-prod.yaml");
    is_unverified(
        &chart()
            .base(
                "argo/web.yaml",
                &application("    path: chart\n    helm: {valueFiles: [../envs/prod.values]}\n"),
            )
            .base("envs/prod.values", values)
            .head("envs/prod.values", &large(values)),
        "envs/prod.values",
    );
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: apps}\nspec:\n  \
                   chart: {spec: {chart: ./chart, valuesFiles: [envs/prod.conf], \
                   sourceRef: {kind: GitRepository, name: flux-system}}}\n";
    is_unverified(
        &chart()
            .base("web.yaml", release)
            .base("envs/prod.conf", values)
            .head("envs/prod.conf", &large(values)),
        "envs/prod.conf",
    );
}

/// Large files that deploy nothing are no reason to fail.
#[test]
fn files_that_deploy_nothing() {
    let services = "services:\n  web:\n    image: REP:1.1\n";
    for (path, text) in [
        ("README.md", "image: x\n"),
        ("docker-compose.yml", services),
        ("pnpm-lock.yaml", services),
        ("data/list.csv", "a,b\n"),
        ("k8s/logo.png", "x"),
    ] {
        is_silent(&Case::new().base(path, "a").head(path, &large(text)), path);
    }
}

/// A file above the limit that the change does not touch is no finding of the change.
#[test]
fn files_that_a_change_does_not_touch() {
    let checked = Case::new()
        .base("crds.yaml", &large("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"))
        .base("k/kustomization.yaml", "resources: [web.yaml, crds.yaml]\n")
        .base("k/crds.yaml", &large("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"))
        .base("k/web.yaml", &deployment("REP:1.0"))
        .head("k/web.yaml", &deployment("REP:1.1"))
        .args(LIMIT)
        .check("1.1");
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
    assert!(checked.findings.is_empty(), "{}", checked.shown());
}
