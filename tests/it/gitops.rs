//! The repository of `examples/gitops` is complete: everything in it is found, can be pulled, and renders.

use testkit::gitops;
use testkit::registry::Registry;
use testkit::repo::{Repo, helm_folder};

use crate::support::{Run, pullable, pullable_with};

/// Rule and place of each finding.
fn findings(run: &Run) -> Vec<String> {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    findings.iter().map(|finding| format!("{} {}", finding["rule"], finding["path"])).collect()
}

/// Image, verdict and place of each reference.
fn references(run: &Run) -> String {
    let json = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("–").to_owned();
    let mut lines = String::new();
    for reference in json["references"].as_array().unwrap() {
        let image = text(&reference["image"]).split_once('/').unwrap().1.to_owned();
        let path = text(&reference["path"]);
        lines.push_str(&format!("{image} {} {path}:{}\n", text(&reference["verdict"]), reference["line"]));
    }
    lines
}

fn check(repo: &Repo, path: Option<&str>) -> Run {
    let variables: Vec<(&str, &str)> = path.iter().map(|path| ("PATH", *path)).collect();
    pullable_with(repo, &variables, &["check", "--all", "--format", "json"])
}

#[test]
fn everything_in_it_is_found_and_can_be_pulled() {
    let registry = Registry::start();
    let repo = gitops::repository_at(&registry);
    let run = check(&repo, None);
    assert_eq!(references(&run), REFERENCES);
    assert_eq!((run.code, findings(&run)), (0, vec![NOT_RENDERED.to_owned()]));
}

/// Without Helm and with it.
const REFERENCES: &str = "\
library/nginx:1.27.3 present apps/base/deployment.yaml:21
stefanprodan/podinfo:6.7.0 present apps/production/kustomization.yaml:9
stefanprodan/podinfo:6.7.1 present apps/staging/kustomization.yaml:9
library/redis:7.4.2 present charts/cache/values-staging.yaml:2
library/redis:7.4.1 present charts/cache/values.yaml:3
stefanprodan/podinfo:6.7.0 present infrastructure/status/release.yaml:13
stefanprodan/charts/podinfo:6.7.1 present infrastructure/status/source.yaml:13
";

/// Without Helm, the values of a chart are read, and its template is named.
const NOT_RENDERED: &str = r#""not-checked" "charts/cache/templates/deployment.yaml""#;

#[test]
fn its_charts_are_rendered() {
    let Some(helm) = helm_folder() else { return };
    let registry = Registry::start();
    let repo = gitops::repository_at(&registry);
    let run = check(&repo, Some(&format!("{}:/usr/bin:/bin", helm.path().display())));
    assert_eq!((run.code, findings(&run)), (0, Vec::new()));
    assert_eq!(run.json()["renderer"]["name"], "helm");
    assert_eq!(references(&run), REFERENCES);
}

#[test]
fn a_change_of_the_base_reaches_both_overlays() {
    let repo = gitops::repository();
    repo.branch("change");
    let path = repo.path().join("apps/base/deployment.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    repo.write("apps/base/deployment.yaml", text.replace("nginx:1.27.3", "nginx:1.27.4"));
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    let json = run.json();
    let introduced = json["references"].as_array().unwrap();
    assert_eq!(introduced.len(), 1, "{json:#}");
    assert_eq!(introduced[0]["image"], "docker.io/library/nginx:1.27.4");
    let units = format!("{} {}", introduced[0]["unit"], introduced[0]["also_in"]);
    assert_eq!(units, r#""apps/production" ["apps/staging"]"#);
    let markdown = pullable(&repo, &["images", "--base", "main", "--format", "markdown"]).stdout;
    let change = "<code>docker.io/library/nginx:1.27.3 → 1.27.4</code> | – | \
        Deployment production/web (proxy) in apps/production, also in apps/staging |";
    assert!(markdown.contains(change), "the namespace is another one in staging: {markdown}");
}
