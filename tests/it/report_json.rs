//! The JSON report: valid by its schema whatever a repository holds, and the same to the byte when it is read back and
//! written again.

use std::path::Path;

use model::report::Document;
use testkit::registry::{MANIFEST, Registry};
use testkit::repo::Repo;

use crate::reports::trouble;
use crate::support::{Run, pod, pullable, pullable_with};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: web, image: shop/web:set-by-overlay}
";

/// A repository in which one reference belongs to several units, one is put together from several scalars, one is a
/// range of versions of a chart, and one has an ignore.
fn features(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1");
    registry.push("hub/shop/cached", "1");
    let config = r#"{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:00","size":2}"#;
    let chart = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
    registry.push_raw("charts/web", "1.2.0", MANIFEST, chart);
    let repo = Repo::new();
    let images = format!("images: [{{name: shop/web, newName: {host}/shop/web, newTag: '1'}}]\n");
    let dependency = format!("{{name: web, version: ^1, repository: 'oci://{host}/charts'}}");
    repo.write("README.md", "shop").commit("before");
    repo.branch("change");
    repo.write("base/web.yaml", DEPLOYMENT)
        .write("base/kustomization.yaml", format!("resources: [web.yaml]\n{images}"))
        .write("overlays/a/kustomization.yaml", "resources: [../../base]\n")
        .write("overlays/b/kustomization.yaml", "resources: [../../base]\n")
        .write("overlays/c/kustomization.yaml", format!("resources: [../../base]\n{images}"))
        .write(
            "chart/Chart.yaml",
            format!("apiVersion: v2\nname: all\nversion: 1.0.0\ndependencies: [{dependency}]\n"),
        )
        .write("chart/values.yaml", format!("image: {{repository: {host}/shop/web}}\n"))
        .write("cached.yaml", pod(&["mirrored.test/shop/cached:1"]))
        .write("old.yaml", pod(&[&format!("{host}/shop/web:2 # pullable: ignore[missing-tag] old")]));
    repo
}

/// The reports of runs that use every field of the format.
fn runs() -> Vec<Run> {
    let registry = Registry::start();
    let (trouble, features) = (trouble(&registry), features(&registry));
    let mirror = format!("mirrored.test={}/hub", registry.host());
    let mut runs = Vec::new();
    for repo in [&trouble, &features] {
        let mut json = |args: &[&str]| {
            let args = [args, &["--mirror", mirror.as_str(), "--format", "json"]].concat();
            runs.push(pullable(repo, &args));
        };
        json(&["check", "--base", "main"]);
        json(&["check", "--all"]);
        json(&["check", "--all", "--write-baseline", "baseline.json"]);
        json(&["check", "--all", "--baseline", "baseline.json"]);
        let all = ["images", "--all", "--format", "json"];
        runs.push(pullable(repo, &all));
        let check = ["check", "--all", "--format", "json"];
        runs.push(pullable_with(repo, &[("PULLABLE_OVERRIDE", "the registry is down")], &check));
    }
    runs
}

#[test]
fn reports_are_valid_and_read_back_to_the_byte() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.schema.json");
    let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut seen = String::new();
    for run in runs() {
        let errors: Vec<String> = validator
            .iter_errors(&run.json())
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let document = Document::parse(run.stdout.as_bytes()).unwrap();
        assert_eq!(pullable::report::document(&document), run.stdout);
        seen.push_str(&run.stdout);
    }
    // No field of the format is left out above.
    for reference in ["also_in", "version", "mirror", "reason"] {
        assert!(seen.contains(&format!("\"{reference}\": ")), "no report has {reference}");
    }
    for filled in [
        "\"change\": {",
        "\"override\": {",
        "\"let_pass\"",
        "\"baseline\": {\n    \"written\": ",
        "\"namespace\": \"shop\"",
    ] {
        assert!(seen.contains(filled), "no report has {filled}");
    }
}
