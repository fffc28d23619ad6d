//! The sentry and releases of fetched charts.

use testkit::charts::ChartRepository;
use testkit::registry::Registry;
use testkit::repo::{Repo, helm_folder, path_without_helm};

use crate::sentry::{decided, event, handle, is, outcome};
use crate::support::{Run, pullable_with};

const JSON: &[&str] = &["--format", "json"];

/// A release of the chart `web`, whose versions were these, one commit each.
fn releases(charts: &ChartRepository, versions: &[&str]) -> Repo {
    let repo = Repo::new();
    let url = charts.url();
    repo.write(
        "repository.yaml",
        format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts, namespace: prod}}\nspec: {{url: '{url}'}}\n"),
    );
    for version in versions {
        let release = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: prod}}\nspec:\n  \
             chart:\n    spec:\n      chart: web\n      version: {version}\n      sourceRef: {{kind: HelmRepository, name: charts}}\n"
        );
        repo.write("release.yaml", release).commit(&format!("web {version}"));
    }
    repo
}

fn publish(charts: &ChartRepository, registry: &Registry, version: &str, tag: &str) {
    let host = registry.host();
    let values = format!("image:\n  repository: {host}/shop/web\n  tag: '{tag}'\n");
    let template = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}]}\n";
    charts.publish("web", version, &[("values.yaml", &values), ("templates/pod.yaml", template)]);
}

fn of_release(repo: &Repo) -> Run {
    handle(repo, &notification(), JSON)
}

/// The run with helm; `None` without it.
fn rendered(repo: &Repo) -> Option<Run> {
    let helm = helm_folder()?;
    let path = format!("{}:{}", helm.path().display(), path_without_helm().display());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), notification().to_string()).unwrap();
    let args = [&["sentry", "--event", file.path().to_str().unwrap()], JSON].concat();
    Some(pullable_with(repo, &[("PATH", &path)], &args))
}

fn notification() -> serde_json::Value {
    let mut event = event("web");
    event["involvedObject"]["kind"] = "HelmRelease".into();
    event["involvedObject"]["namespace"] = "prod".into();
    event["metadata"]["revision"] = "2.0.0+34295e5b91da".into();
    event
}

#[test]
fn a_version_of_a_chart_that_was_deleted_goes_back() {
    let (charts, registry) = (ChartRepository::new(), Registry::start());
    registry.push("shop/web", "1");
    publish(&charts, &registry, "1.0.0", "1");
    let run = of_release(&releases(&charts, &["1.0.0", "2.0.0"]));
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"), "{}", run.stdout);
    let json = outcome(&run);
    let reference = &json["incidents"][0]["references"][0];
    assert_eq!(
        (&reference["rule"], &reference["to"]),
        (&"missing-chart-version".into(), &format!("{}/web:1.0.0", charts.url()).into()),
        "{json:#}"
    );
}

#[test]
fn an_image_of_the_defaults_of_a_chart_that_is_not_rendered_is_not_decided() {
    let (charts, registry) = (ChartRepository::new(), Registry::start());
    registry.push("shop/web", "1");
    publish(&charts, &registry, "2.0.0", "2");
    let run = of_release(&releases(&charts, &["2.0.0"]));
    assert_eq!(decided(&run), is(3, "report", "unverified"), "{}", run.stdout);
    let json = outcome(&run);
    assert_eq!(json["unverified"][0], format!("{}/shop/web:2", registry.host()));
    assert!(json["why"].as_str().unwrap().starts_with("Git does not decide 1 reference"), "{json:#}");
}

#[test]
fn an_image_of_the_defaults_of_a_rendered_chart_goes_back_with_the_chart() {
    let (charts, registry) = (ChartRepository::new(), Registry::start());
    registry.push("shop/web", "1");
    publish(&charts, &registry, "1.0.0", "1");
    publish(&charts, &registry, "2.0.0", "2");
    let repo = releases(&charts, &["1.0.0", "2.0.0"]);
    let Some(run) = rendered(&repo) else { return };
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"), "{}", run.stdout);
    let incident = outcome(&run)["incidents"][0].clone();
    let reference = &incident["references"][0];
    assert_eq!(reference["from"], format!("{}/shop/web:2", registry.host()));
    assert_eq!(
        (&reference["to"], &incident["verified"]),
        (&format!("{}/shop/web:1", registry.host()).into(), &true.into())
    );
}

#[test]
fn a_number_as_a_tag_is_no_reason_to_revert_while_the_tag_that_helm_makes_of_it_is_there() {
    for (pushed, expected) in
        [("1.1", is(3, "report", "unverified")), ("1.10", is(1, "report", "confirmed-missing"))]
    {
        let (charts, registry) = (ChartRepository::new(), Registry::start());
        registry.push("shop/web", "1");
        registry.push("shop/web", pushed);
        publish(&charts, &registry, "1.0.0", "1");
        let repo = releases(&charts, &["1.0.0"]);
        let release = std::fs::read_to_string(repo.path().join("release.yaml")).unwrap();
        repo.write("release.yaml", format!("{release}  values: {{image: {{tag: 1.10}}}}\n"))
            .commit("web 1.10");
        let Some(run) = rendered(&repo) else { return };
        assert_eq!(decided(&run), expected, "{}", run.stdout);
    }
}
