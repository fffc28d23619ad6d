//! Reports and verdicts: one finding for one cause, the schema, caches, mirrors, and files that are not
//! manifests.

use serde_json::Value;

use crate::audit_case::{Case, deployment, outcome, shop};
use crate::support::{pullable, pullable_with};

/// The report of a base that two overlays deploy, which has `also_in`, follows the schema.
#[test]
fn a_report_with_several_units_follows_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap();
    let case = Case::new()
        .base("base/web.yaml", &deployment("REP:1.0"))
        .base("base/kustomization.yaml", "resources: [web.yaml]\n")
        .base("a/kustomization.yaml", "resources: [../base]\n")
        .base("b/kustomization.yaml", "resources: [../base]\n")
        .head("base/web.yaml", &deployment("REP:BAD"));
    let checked = case.check("9.9-bad");
    let json = checked.run.json();
    assert_eq!(json["references"][0]["also_in"], serde_json::json!(["b"]), "{}", checked.shown());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// One cause is one finding with one fingerprint, however many roots meet it.
#[test]
fn one_cause_is_printed_once() {
    let case = Case::new()
        .base("base/web.yaml", &deployment("REP:1.0"))
        .base("base/kustomization.yaml", "resources: [web.yaml]\n")
        .base("a/kustomization.yaml", "resources: [../base]\n")
        .base("b/kustomization.yaml", "resources: [../base]\nnamePrefix: b-\n")
        .head("base/kustomization.yaml", "resources: [web.yaml, gone.yaml]\n");
    let checked = case.check("1.1");
    let json = checked.run.json();
    let findings = json["findings"].as_array().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for finding in findings {
        let place =
            (finding["path"].to_string(), finding["line"].to_string(), finding["message"].to_string());
        assert!(seen.insert(place), "twice: {finding:#}");
    }
    assert_eq!(findings.len(), 1, "{}", checked.shown());
}

/// `devcontainer.json` is JSON with comments.
#[test]
fn a_devcontainer_with_comments() {
    let text = "{\n  // The image of the editor.\n  \"image\": \"REP:TAG\",\n}\n";
    for path in [".devcontainer/devcontainer.json", ".devcontainer/go/devcontainer.json"] {
        let case =
            Case::new().base(path, &text.replace("TAG", "1.0")).head(path, &text.replace("TAG", "1.1"));
        for args in [&[][..], &["--all"]] {
            let checked = case.clone().args(args).check("1.1");
            assert_eq!((checked.run.code, checked.findings.len()), (0, 0), "{}", checked.shown());
        }
    }
}

/// The verdict on a Helm chart in the place of an image is the same before and after a run that read it.
#[test]
fn a_verdict_does_not_depend_on_the_cache() {
    let registry = shop();
    let config = "{\"mediaType\": \"application/vnd.cncf.helm.config.v1+json\"}";
    let manifest = format!(
        "{{\"schemaVersion\": 2, \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\", \"config\": \
         {{\"mediaType\": \"application/vnd.cncf.helm.config.v1+json\", \"digest\": \"sha256:{:064}\", \"size\": {}}}, \"layers\": []}}",
        0,
        config.len()
    );
    registry.push_raw("shop/chart", "1.0", "application/vnd.oci.image.manifest.v1+json", manifest);
    let repo = Case::new().commit(&registry, "1.1");
    repo.write("web.yaml", deployment(&format!("{}/shop/chart:1.0", registry.host())));
    repo.commit("a chart in the place of an image");
    let check = |args: &[&str]| {
        let range = ["check", "--base", "main", "--head", "HEAD", "--format", "json"];
        outcome(pullable(&repo, &[&range, args].concat()))
    };
    let cold = check(&[]);
    let deep = check(&["--deep"]);
    let warm = check(&[]);
    assert!(deep.has("wrong-kind", "web.yaml:10"), "{}", deep.shown());
    assert_eq!((cold.run.code, &cold.findings), (warm.run.code, &warm.findings), "{}", warm.shown());
}

/// An image that only a mirror has: the report names the mirror.
#[test]
fn a_mirror_is_named() {
    let (registry, mirror) = (shop(), shop());
    let case = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"));
    mirror.push("shop/web", "9.9-bad");
    let repo = case.commit(&registry, "9.9-bad");
    let rule = format!("{}={}", registry.host(), mirror.host());
    let run = pullable(&repo, &["check", "--base", "main", "--head", "HEAD", "--mirror", &rule]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains(&mirror.host()), "{}", run.stdout);
}

const SERVICE: &str = "services:\n  web:\n    BUILD\n    image: HOST/shop/local:TAG\n";

/// The image of a Compose service with `build` is made there, and not pulled.
#[test]
fn compose_services_that_are_built() {
    for path in ["compose.yaml", "docker-compose.yml", "deploy/docker-compose.prod.yaml"] {
        let text = SERVICE.replace("BUILD", "build: .");
        let case =
            Case::new().base(path, &text.replace("TAG", "1.0")).head(path, &text.replace("TAG", "1.1"));
        let checked = case.check("1.1");
        assert_eq!((checked.run.code, checked.findings.len()), (0, 0), "{path} {}", checked.shown());
        let registry = shop();
        let named = outcome(pullable(&case.commit(&registry, "1.1"), &["check", path, "--format", "json"]));
        assert_eq!(named.run.code, 0, "{path} {}", named.shown());
    }
}

/// An unknown origin does not prevent a run outside of CI from querying its registry.
#[test]
fn a_run_outside_of_ci_asks_private_registries() {
    let registry = shop();
    let case = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"));
    let repo = case.commit(&registry, "1.1");
    let args = ["check", "--base", "main", "--head", "HEAD", "--format", "json"];
    let checked = outcome(pullable_with(&repo, &[], &args));
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
}
