//! The rules that are off by default: mutable tags, digests, registries.

use testkit::charts::ChartRepository;
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable};

const CONFIG: &str = ".pullable.yaml";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const MUTABLE: &str = "rules: {mutable-tag: error}\n";
const DIGESTS: &str = "rules: {digest-required: error}\n";

/// The rules for a Pod with this image, without registries.
fn rules_of(config: &str, image: &str) -> Vec<String> {
    let repo = Repo::new();
    repo.write(CONFIG, config).write("a.yaml", pod(&[image])).commit("one");
    pullable(&repo, &["images", "--all", "--format", "json"]).rules()
}

/// Asserts which of these images a rule reports.
fn reports(config: &str, rule: &str, reported: &[&str], others: &[&str]) {
    for image in reported {
        assert_eq!(rules_of(config, image), [rule], "{image}");
    }
    for image in others {
        assert_eq!(rules_of(config, image), [""; 0], "{image}");
    }
}

#[test]
fn a_tag_that_moves() {
    let pinned = format!("ghcr.io/acme/web:latest@{DIGEST}");
    let untagged = format!("nginx@{DIGEST}");
    let moving = ["nginx", "nginx:latest", "ghcr.io/acme/web:main", "a.io/b:1-SNAPSHOT", "a.io/b:Latest"];
    reports(MUTABLE, "mutable-tag", &moving, &["nginx:1.27", "a.io/b:mainline", &pinned, &untagged]);
    let own = "rules: {mutable-tag: {severity: error, tags: [latest, 'pr-*']}}\n";
    reports(own, "mutable-tag", &["nginx", "a.io/b:pr-5"], &["a.io/b:main", "a.io/b:1"]);
    reports("", "", &[], &["nginx", "a.io/b:main"]);
    reports("rules: {mutable-tag: off}\n", "", &[], &["nginx"]);
}

#[test]
fn a_digest_that_is_absent() {
    let (tag, alone) = (format!("nginx:1.27@{DIGEST}"), format!("nginx@{DIGEST}"));
    reports(DIGESTS, "digest-required", &["nginx:1.27", "ghcr.io/acme/web"], &[&tag, &alone]);
}

#[test]
fn a_registry_that_is_not_allowed() {
    let config = "rules:\n  registry-not-allowed:\n    severity: error\n    \
                  allow: [ghcr.io/acme, '*.internal.example', docker.io/library, 'r.io:5000']\n";
    let fine =
        ["ghcr.io/acme/web:1", "GHCR.io/acme/team/web:1", "a.internal.example/x:1", "nginx", "r.io:5000/x"];
    let not = [
        "ghcr.io/acme-labs/web:1",
        "quay.io/acme/web:1",
        "bitnami/redis:7",
        "evilinternal.example/x:1",
        "r.io/x:1",
        "ghcr.io.evil.example/acme/web:1",
    ];
    reports(config, "registry-not-allowed", &not, &fine);
    let hub = "rules: {registry-not-allowed: {severity: warning, allow: docker.io}}\n";
    reports(
        hub,
        "registry-not-allowed",
        &["ghcr.io/a/b:1"],
        &["nginx", "bitnami/redis:7", "index.docker.io/a/b:1"],
    );
}

#[test]
fn a_mirror_does_not_change_whose_image_it_is() {
    let mirror = Registry::start();
    mirror.push("hub/shop/web", "1");
    let host = mirror.host();
    let config = |allow: &str| {
        format!(
            "rules: {{registry-not-allowed: {{severity: error, allow: '{allow}'}}}}\n\
             registries:\n  upstream.test: {{mirrors: ['{host}/hub']}}\n"
        )
    };
    for (allow, code) in [("upstream.test", 0), (host.as_str(), 1)] {
        let repo = Repo::new();
        repo.write(CONFIG, config(allow)).write("a.yaml", pod(&["upstream.test/shop/web:1"])).commit("one");
        let run = pullable(&repo, &["check", "--all", "--format", "json"]);
        assert_eq!(run.code, code, "{allow} {}", run.stdout);
        assert_eq!(run.json()["references"][0]["verdict"], "present", "{allow}");
    }
}

#[test]
fn a_guess_of_a_registry_is_neither_allowed_nor_refused() {
    let config = "rules:\n  registry-not-allowed: {severity: error, allow: ghcr.io}\n  mutable-tag: error\n";
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let rules = |values: &str| {
        let repo = Repo::new();
        repo.write(CONFIG, config).write("web/Chart.yaml", chart).write("web/values.yaml", values);
        repo.write("web/templates/x.yaml", "").commit("one");
        let run = pullable(&repo, &["images", "--all", "--render", "never", "--format", "json"]);
        assert!(!run.references().is_empty(), "{}", run.stdout);
        run.rules()
    };
    assert_eq!(rules("image: {repository: acme/web, tag: 1.5.0}\n"), [""; 0]);
    assert_eq!(rules("image: {repository: acme/web, tag: main}\n"), ["mutable-tag"]);
    assert_eq!(rules("image: {repository: quay.io/acme/web, tag: 1.5.0}\n"), ["registry-not-allowed"]);
}

/// A release of a fetched chart with these values of its own and of its defaults.
fn fetched(rules: &str, values: &str, rest: &str) -> Run {
    let charts = ChartRepository::new();
    charts.publish("web", "1.0.0", &[("values.yaml", values)]);
    let repo = Repo::new();
    let url = charts.url();
    let source = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts}}\nspec: {{url: '{url}'}}\n"
    );
    let release = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  chart:\n    spec:\n      chart: web\n      version: 1.0.0\n      sourceRef: {{kind: HelmRepository, name: charts}}\n{rest}"
    );
    repo.write(CONFIG, rules).write("repository.yaml", source).write("release.yaml", release).commit("one");
    pullable(&repo, &["check", "--all", "--no-cache", "--render", "never", "--format", "json"])
}

#[test]
fn images_of_a_fetched_chart_are_reported_at_its_version() {
    let registry = Registry::start();
    registry.push("shop/web", "main");
    let values = format!("image: {{repository: {}/shop/web, tag: main}}\n", registry.host());
    let run = fetched("rules: {mutable-tag: error, digest-required: error}\n", &values, "");
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(run.rules(), ["mutable-tag", "digest-required"], "{}", run.stdout);
    for finding in findings {
        assert_eq!((finding["path"].as_str(), finding["line"].as_u64()), (Some("release.yaml"), Some(8)));
        let help = finding["help"].as_str().unwrap();
        assert!(help.contains("it comes from the chart web 1.0.0"), "{help}");
        // The chart may not deploy a default that is not set.
        assert_eq!(finding["severity"], "warning");
    }
    assert_eq!(run.code, 0);
    let set = "  values: {image: {tag: main}}\n";
    let run = fetched(MUTABLE, &values, set);
    assert_eq!((run.code, run.rules()), (1, vec!["mutable-tag".to_owned()]), "{}", run.stdout);
}

#[test]
fn no_optional_rule_changes_a_verdict() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let image = format!("{}/shop/web:main # pullable: ignore[mutable-tag] the demo", registry.host());
    let repo = Repo::new();
    repo.write(CONFIG, MUTABLE).write("a.yaml", pod(&[&image])).commit("one");
    let run = pullable(&repo, &["check", "--all", "--format", "json"]);
    assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["verdict"], "missing");
    let unreachable = "127.0.0.1:1/shop/web:main";
    repo.write("a.yaml", pod(&[unreachable])).write(CONFIG, "rules: {mutable-tag: warning}\n");
    let run = pullable(&repo, &["check", "--all", "--timeout", "2s", "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["verdict"], "unverified");
}

#[test]
fn only_new_images_count_in_a_change_and_a_baseline_holds_the_others() {
    let registry = Registry::start();
    for tag in ["1", "2"] {
        registry.push("shop/web", tag);
    }
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    let repo = Repo::new();
    repo.write(CONFIG, DIGESTS).write("a.yaml", pod(&[&image("1")])).commit("before");
    repo.branch("change").write("b.yaml", pod(&[&image("2")])).commit("after");
    let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
    assert_eq!((run.code, run.rules().len()), (1, 1), "{}", run.stdout);
    assert_eq!(run.json()["findings"][0]["path"], "b.yaml");
    let baseline = repo.path().join("../baseline.json").display().to_string();
    assert_eq!(pullable(&repo, &["check", "--all", "--write-baseline", &baseline]).code, 0);
    assert_eq!(pullable(&repo, &["check", "--all", "--baseline", &baseline]).code, 0);
}

#[test]
fn sarif_lists_the_rules_as_off_by_default() {
    let repo = Repo::new();
    repo.write(CONFIG, MUTABLE).write("a.yaml", pod(&["nginx"])).commit("one");
    let sarif = pullable(&repo, &["images", "--all", "--format", "sarif"]).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let is_optional = ["mutable-tag", "digest-required", "registry-not-allowed"].contains(&id);
        assert_eq!(rule["defaultConfiguration"]["enabled"], !is_optional, "{id}");
    }
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"mutable-tag".into(), &"error".into()));
}
