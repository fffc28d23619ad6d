//! Charts of chart repositories: their versions, and the images of their defaults.

use testkit::charts::{ChartRepository, archive, push_chart};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pullable};

/// A repository of files that deploys with Flux, a chart repository and a registry.
struct World {
    repo: Repo,
    charts: ChartRepository,
    registry: Registry,
}

impl World {
    fn new() -> Self {
        Self { repo: Repo::new(), charts: ChartRepository::new(), registry: Registry::start() }
    }

    /// The `HelmRepository` of the chart repository.
    fn write_repository(&self) {
        let url = self.charts.url();
        self.repo.write(
            "repository.yaml",
            format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts}}\nspec: {{url: '{url}'}}\n"
            ),
        );
    }

    /// A release of the chart `web`.
    fn write_release(&self, version: &str, rest: &str) {
        self.repo.write("release.yaml", release(version, rest));
    }

    fn check(&self, args: &[&str]) -> Run {
        pullable(&self.repo, &[&["check", "--base", "HEAD", "--no-cache", "--format", "json"], args].concat())
    }
}

fn release(version: &str, rest: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  chart:\n    spec:\n      chart: web\n      version: {version}\n      sourceRef: {{kind: HelmRepository, name: charts}}\n{rest}"
    )
}

/// A commit with version 1.0.0 of the chart, and a branch on top of it.
fn changed() -> World {
    let world = World::new();
    world.write_repository();
    world.write_release("1.0.0", "");
    world.repo.commit("base");
    world
}

/// Line, rule, severity and message of each finding.
fn findings(run: &Run) -> Vec<String> {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            format!(
                "{}:{} {} {}: {}",
                text("path"),
                it["line"],
                text("severity"),
                text("rule"),
                text("message")
            )
        })
        .map(|text| crate::support::scrub(&text))
        .collect()
}

/// Verdict, image and default of each reference.
fn references(run: &Run) -> Vec<String> {
    let json = run.json();
    let references = json["references"].as_array().unwrap();
    references
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let default = &it["default_of"];
            let from = match default["chart"].as_str() {
                Some(chart) => {
                    format!(" ({chart} {}:{})", default["path"].as_str().unwrap(), default["line"])
                }
                None => String::new(),
            };
            format!("{} {}{from}", text("verdict"), text("image"))
        })
        .map(|text| crate::support::scrub(&text))
        .collect()
}

#[test]
fn a_version_is_looked_up_in_the_index() {
    let world = changed();
    for version in ["1.0.0", "1.1.0", "v2.0.0"] {
        world.charts.publish("web", version, &[]);
    }
    for (version, code, expected) in [
        ("1.1.0", 0, ""),
        ("2.0.0", 0, ""),
        ("'1.1'", 0, ""),
        ("'>=1.0.0 <2'", 0, ""),
        (
            "1.2.0",
            1,
            "release.yaml:8 error missing-chart-version: web of http://127.0.0.1:PORT. has no version 1.2.0",
        ),
        (
            "latest",
            1,
            "release.yaml:8 error malformed-reference: \"latest\" is neither a version nor a range of versions",
        ),
    ] {
        world.write_release(version, "");
        let run = world.check(&[]);
        assert_eq!(
            (run.code, findings(&run).join("\n")),
            (code, expected.to_owned()),
            "{version} {}",
            run.stderr
        );
    }
}

#[test]
fn near_versions_are_suggested() {
    let world = changed();
    for version in ["1.0.0", "1.1.0", "1.1.1", "3.0.0"] {
        world.charts.publish("web", version, &[]);
    }
    world.write_release("1.1.2", "");
    let run = world.check(&[]);
    assert_eq!(run.json()["findings"][0]["suggestions"], serde_json::json!(["1.1.0", "1.1.1", "3.0.0"]));
}

#[test]
fn a_chart_or_archive_that_is_gone_is_missing() {
    let world = changed();
    world.charts.publish("wep", "1.0.0", &[]);
    world.write_release("1.2.0", "");
    let run = world.check(&[]);
    assert_eq!(
        findings(&run),
        ["release.yaml:7 error missing-chart-version: http://127.0.0.1:PORT. lists no chart web"]
    );
    assert_eq!(run.json()["findings"][0]["help"], "did you mean wep?");
    world.charts.list("web", "1.2.0");
    let run = world.check(&[]);
    let gone = "release.yaml:8 error missing-chart-version: web of http://127.0.0.1:PORT. lists 1.2.0, and its archive http://127.0.0.1:PORT./web-1.2.0.tgz is gone";
    assert_eq!(findings(&run), [gone]);
}

#[test]
fn a_repository_that_does_not_answer_is_not_verified() {
    let world = changed();
    for (status, rule) in [(503, "registry-error"), (401, "unauthorized"), (404, "registry-error")] {
        world.charts.reply("/index.yaml", status, b"<html>".to_vec());
        world.write_release("1.2.0", "");
        let run = world.check(&["--deadline", "5s"]);
        assert_eq!((run.code, run.rules()), (3, vec![rule.to_owned()]), "{status} {}", run.stdout);
    }
}

#[test]
fn a_repository_with_a_secret_may_show_less() {
    let world = changed();
    let url = world.charts.url();
    world.repo.write(
        "repository.yaml",
        format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts}}\nspec: {{url: '{url}', secretRef: {{name: login}}}}\n"),
    );
    world.charts.publish("web", "1.0.0", &[]);
    world.write_release("1.2.0", "");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (3, vec!["missing-or-private".to_owned()]), "{}", run.stdout);
}

#[test]
fn no_charts_makes_no_request() {
    let world = changed();
    world.write_release("1.2.0", "");
    let run = world.check(&["--no-charts"]);
    assert_eq!((run.code, run.rules()), (0, vec!["not-checked".to_owned()]), "{}", run.stdout);
    world.repo.write(".pullable.yaml", "charts: false\n");
    world.repo.commit("policy");
    world.write_release("1.3.0", "");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (0, vec!["not-checked".to_owned()]), "{}", run.stdout);
    assert_eq!(world.charts.requests(), Vec::<String>::new());
}

#[test]
fn defaults_are_references_below_the_values_of_the_release() {
    let world = changed();
    let host = world.registry.host();
    for tag in ["1", "2", "3"] {
        world.registry.push("acme/web", tag);
    }
    let values = |tag: &str| format!("image:\n  repository: {host}/acme/web\n  tag: '{tag}'\n");
    world.charts.publish("web", "1.0.0", &[("values.yaml", &values("1"))]);
    world.charts.publish("web", "1.1.0", &[("values.yaml", &values("2"))]);
    world.charts.publish("web", "1.2.0", &[("values.yaml", &values("9"))]);
    world.write_release("1.1.0", "");
    let run = world.check(&[]);
    assert_eq!(
        references(&run),
        [
            "present http://127.0.0.1:PORT./web:1.1.0",
            "present 127.0.0.1:PORT./acme/web:2 (web 1.1.0 values.yaml:3)"
        ]
    );
    assert_eq!(run.json()["references"][1]["previous"]["image"], format!("{host}/acme/web:1"));
    // A tag that the release sets itself is reported there.
    world.write_release("1.1.0", "  values:\n    image:\n      tag: '8'\n");
    let run = world.check(&[]);
    let missing = "release.yaml:12 error missing-tag: 127.0.0.1:PORT./acme/web has no tag 8".to_string();
    assert_eq!((run.code, findings(&run)), (1, vec![missing]));
    // A default that is not set may belong to a disabled part.
    world.write_release("1.2.0", "");
    let run = world.check(&[]);
    assert!(!pullable(&world.repo, &["check", "--base", "HEAD", "--no-cache"]).stdout.contains('✓'));
    let warning = "release.yaml:8 warning missing-tag: 127.0.0.1:PORT./acme/web has no tag 9".to_string();
    assert_eq!((run.code, findings(&run)), (0, vec![warning]));
}

#[test]
fn a_release_that_did_not_change_costs_no_request() {
    let world = changed();
    world.repo.write("other.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n");
    world.repo.write("release.yaml", format!("# a comment\n{}", release("1.0.0", "")));
    let run = world.check(&[]);
    assert_eq!((run.code, references(&run)), (0, Vec::new()), "{}", run.stdout);
    assert_eq!(world.charts.requests(), Vec::<String>::new());
}

#[test]
fn equal_charts_are_fetched_once() {
    let world = World::new();
    world.write_repository();
    world.repo.commit("base");
    world.charts.publish("web", "1.0.0", &[]);
    for name in ["a", "b", "c"] {
        world.repo.write(
            format!("{name}.yaml"),
            release("1.0.0", "").replace("name: web", &format!("name: {name}")),
        );
    }
    let run = world.check(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(world.charts.requests(), ["/index.yaml", "/web-1.0.0.tgz"]);
}

/// An `OCIRepository` of the chart `web`, and a release that refers to it.
fn artifact(host: &str, revision: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: web}}\nspec:\n  url: oci://{host}/charts/web\n  ref: {{{revision}}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  chartRef: {{kind: OCIRepository, name: web}}\n"
    )
}

#[test]
fn a_chart_of_a_registry_is_read_with_one_request_for_its_manifest() {
    let world = World::new();
    let host = world.registry.host();
    world.registry.push("acme/web", "7");
    let values = format!("image:\n  repository: {host}/acme/web\n  tag: '7'\n");
    push_chart(&world.registry, "charts/web", "1.2.3", archive("web", "1.2.3", &[("values.yaml", &values)]));
    world.repo.write("web.yaml", artifact(&host, "tag: 1.2.2"));
    world.repo.commit("base");
    world.repo.write("web.yaml", artifact(&host, "tag: 1.2.3"));
    world.registry.clear_requests();
    let run = world.check(&[]);
    let expected = [
        "present 127.0.0.1:PORT./charts/web:1.2.3",
        "present 127.0.0.1:PORT./acme/web:7 (web 1.2.3 values.yaml:3)",
    ];
    assert_eq!((run.code, references(&run)), (0, expected.map(str::to_owned).to_vec()), "{}", run.stdout);
    assert_eq!(world.registry.count("GET", "charts/web/manifests/1.2.3"), 1);
    assert_eq!(world.registry.count("HEAD", "charts/web/manifests/1.2.3"), 0);
    assert_eq!(world.registry.count("GET", "charts/web/blobs/"), 1);
}

#[test]
fn a_version_that_a_registry_lacks_is_a_missing_tag() {
    let world = World::new();
    let host = world.registry.host();
    push_chart(&world.registry, "charts/web", "1.2.3", archive("web", "1.2.3", &[]));
    world.repo.commit("base");
    world.repo.write("web.yaml", artifact(&host, "tag: 1.2.4"));
    let run = world.check(&[]);
    assert_eq!(
        (run.code, findings(&run)),
        (1, vec!["web.yaml:6 error missing-tag: 127.0.0.1:PORT./charts/web has no tag 1.2.4".to_owned()])
    );
}

#[test]
fn an_archive_above_a_limit_exists_and_hides_no_image() {
    let world = changed();
    let large = "x".repeat(6 << 20);
    world.charts.publish("web", "1.1.0", &[("large.txt", &large)]);
    world.write_release("1.1.0", "");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]), "{}", run.stdout);
    // A login page is not an archive: nothing is known about the chart.
    world.charts.reply("/web-1.1.0.tgz", 200, b"<html>log in</html>".to_vec());
    let run = world.check(&["--deadline", "5s"]);
    assert_eq!((run.code, run.rules()), (3, vec!["registry-error".to_owned()]), "{}", run.stdout);
}

#[test]
fn images_of_post_renderers_change_the_defaults() {
    let world = changed();
    let host = world.registry.host();
    world.registry.push("acme/web", "2");
    let values = format!("image:\n  repository: {host}/acme/web\n  tag: '1'\n");
    world.charts.publish("web", "1.1.0", &[("values.yaml", &values)]);
    let renderers = format!(
        "  postRenderers:\n  - kustomize:\n      images:\n      - name: {host}/acme/web\n        newTag: '2'\n"
    );
    world.write_release("1.1.0", &renderers);
    let run = world.check(&[]);
    assert!(!references(&run).join(" ").contains("acme/web:1"), "{:?}", references(&run));
    assert_eq!((run.code, findings(&run)), (0, Vec::new()));
}

#[test]
fn a_value_null_removes_a_default() {
    let world = changed();
    let values = "image:\n  repository: quay.io/acme/web\n  tag: '1'\n";
    world.charts.publish("web", "1.1.0", &[("values.yaml", values)]);
    world.write_release("1.1.0", "  values:\n    image: null\n");
    let run = world.check(&[]);
    assert_eq!(references(&run), ["present http://127.0.0.1:PORT./web:1.1.0"]);
}

#[test]
fn the_lock_file_decides_the_version_of_a_dependency() {
    let world = World::new();
    world.charts.publish("redis", "18.1.0", &[]);
    let chart = format!(
        "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {{name: redis, version: ^18, repository: '{}'}}\n",
        world.charts.url()
    );
    let lock =
        |version: &str| format!("dependencies:\n- name: redis\n  repository: x\n  version: {version}\n");
    world.repo.write("shop/Chart.yaml", &chart);
    world.repo.write("shop/Chart.lock", lock("18.1.0"));
    world.repo.commit("base");
    world.repo.write("shop/Chart.lock", lock("18.2.0"));
    let run = world.check(&[]);
    let missing = "shop/Chart.lock:4 error missing-chart-version: redis of http://127.0.0.1:PORT. has no version 18.2.0";
    assert_eq!((run.code, findings(&run)), (1, vec![missing.to_owned()]), "{}", run.stdout);
    // One that is in the repository is not fetched.
    world.repo.write("shop/charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 18.2.0\n");
    let run = world.check(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}
