//! Images that a chart of a chart repository makes: `drift` and `audit` fetch it, `where` and `images` read the cache.

use serde_json::{Value, json};
use testkit::charts::ChartRepository;
use testkit::registry::Registry;
use testkit::repo::{Repo, helm_folder, path_without_helm};

use crate::drift::{entries, flux, valid};
use crate::drift_git::dump;
use crate::support::{Run, pullable_with, scrub};

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: '{{ .Release.Name }}-web'}
spec:
  template:
    spec:
      containers:
      - name: web
        image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'
";

/// Releases of the chart `web` out of a chart repository. Its default is the repository `shop/web` with a tag.
struct World {
    repo: Repo,
    charts: ChartRepository,
    registry: Registry,
    /// The folders of programs.
    path: String,
}

impl World {
    /// A chart whose versions 1.0.0, 2.0.0 … have the default tags 1, 2 …; with Helm, or without.
    fn new(versions: u32, helm: bool) -> Option<(Option<tempfile::TempDir>, Self)> {
        let helm = if helm { Some(helm_folder()?) } else { None };
        let rest = path_without_helm();
        let folders = helm
            .iter()
            .map(|helm| helm.path().to_owned())
            .chain(std::env::split_paths(&rest))
            .collect::<Vec<_>>();
        let path = std::env::join_paths(folders).unwrap().into_string().unwrap();
        let world =
            Self { repo: Repo::new(), charts: ChartRepository::new(), registry: Registry::start(), path };
        let host = world.registry.host();
        for version in 1..=versions {
            let values = format!("image:\n  repository: {host}/shop/web\n  tag: '{version}'\n");
            let files = [("values.yaml", values.as_str()), ("templates/web.yaml", TEMPLATE)];
            world.charts.publish("web", &format!("{version}.0.0"), &files);
            world.registry.push("shop/web", &version.to_string());
        }
        let url = world.charts.url();
        let repository = format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts, namespace: shop}}\nspec: {{url: '{url}'}}\n"
        );
        world
            .repo
            .write("clusters/prod/apps.yaml", flux("apps", "./apps"))
            .write("apps/charts.yaml", repository);
        Some((helm, world))
    }

    /// Commits a release of a version, with a tag in its values if there is one.
    fn release(&self, name: &str, version: u32, tag: Option<&str>) -> String {
        let values = tag.map(|tag| format!("  values:\n    image:\n      tag: {tag}\n")).unwrap_or_default();
        let release = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  \
             chart:\n    spec:\n      chart: web\n      version: {version}.0.0\n      \
             sourceRef: {{kind: HelmRepository, name: charts}}\n{values}"
        );
        self.repo.write(format!("apps/{name}.yaml"), release).commit(&format!("{name} {version}"))
    }

    /// A Deployment of a release in the cluster.
    fn live(&self, release: &str, name: &str, tag: &str) -> Value {
        let image = format!("{}/shop/web:{tag}", self.registry.host());
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": name, "labels": {
                "helm.toolkit.fluxcd.io/name": release, "helm.toolkit.fluxcd.io/namespace": "shop"}},
            "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
        })
    }

    fn run(&self, args: &[&str]) -> Run {
        pullable_with(&self.repo, &[("PATH", &self.path)], args)
    }

    fn drift(&self, items: &[Value], args: &[&str]) -> Run {
        self.repo.write(".git/dump.json", dump(items));
        let run = self.run(&[&["drift", ".git/dump.json", "--format", "json"], args].concat());
        assert!(run.code != 2, "{}", run.stderr);
        run
    }

    /// The only reason for which something was not compared.
    fn only_exclusion(run: &Run) -> String {
        let json = valid(run);
        assert_eq!(json["excluded"].as_array().map(Vec::len), Some(1), "{json:#}");
        json["excluded"][0]["reason"].as_str().unwrap().to_owned()
    }
}

#[test]
fn workloads_of_fetched_charts_are_the_same() {
    for helm in [true, false] {
        let Some((_helm, world)) = World::new(2, helm) else { continue };
        world.release("default", 1, None);
        world.release("values", 1, Some("'2'"));
        let items = [world.live("default", "default-web", "1"), world.live("values", "values-web", "2")];
        let offline = world.drift(&items, &["--offline"]);
        assert_eq!((offline.code, World::only_exclusion(&offline).as_str()), (0, "not-rendered"));
        let image = "127.0.0.1:PORT./shop/web";
        let same = |name: &str, tag: &str| format!("same {name}-web web: {image}:{tag} <- {image}:{tag}");
        let online = world.drift(&items, &[]);
        assert_eq!((online.code, entries(&online)), (0, vec![same("default", "1"), same("values", "2")]));
        // The chart is in the cache now.
        let requests = world.charts.requests().len();
        let offline = world.drift(&items, &["--offline"]);
        assert_eq!((offline.code, entries(&offline)), (0, vec![same("default", "1"), same("values", "2")]));
        let uncached = world.drift(&items, &["--offline", "--no-cache"]);
        assert_eq!(World::only_exclusion(&uncached), "not-rendered");
        assert_eq!(world.charts.requests().len(), requests, "nothing is fetched");
    }
}

#[test]
fn earlier_versions_of_a_chart_are_earlier_values_of_git() {
    let Some((_helm, world)) = World::new(3, true) else { return };
    world.release("web", 1, None);
    let before = world.release("web", 2, None);
    let now = world.release("web", 3, None);
    // Another release of the unit has the image all along.
    world.release("other", 3, None);
    for (tag, verdict) in [("3", "same"), ("2", "behind"), ("1", "behind"), ("0", "foreign")] {
        let run =
            world.drift(&[world.live("web", "web-web", tag), world.live("other", "other-web", "3")], &[]);
        let json = valid(&run);
        let all = json["workloads"].as_array().unwrap();
        let entry = all.iter().find(|entry| entry["name"] == "web-web").unwrap();
        assert_eq!(entry["verdict"], verdict, "{entry:#}");
        if verdict != "same" {
            assert_eq!(entry["since"]["id"], now.as_str(), "{entry:#}");
        }
        if tag == "2" {
            let until = entry["reason"].as_str().unwrap().strip_prefix("Git had it until ").unwrap();
            assert!(before.starts_with(until), "{entry:#}");
        }
    }
    let items = [world.live("web", "web-web", "2"), world.live("other", "other-web", "3")];
    world.run(&["check", "--all"]);
    let offline = world.drift(&items, &["--offline"]);
    assert!(entries(&offline).iter().any(|line| line.starts_with("behind web-web")), "{}", offline.stdout);
}

#[test]
fn a_workload_that_the_chart_does_not_make_is_not_known() {
    let Some((_helm, world)) = World::new(1, true) else { return };
    world.release("web", 1, None);
    let run = world.drift(&[world.live("web", "web-web", "1"), world.live("web", "copy", "1")], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let json = valid(&run);
    let reason = json["workloads"][0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("HelmRelease web is in Git, and its chart, as it is rendered here, has no"),
        "{reason}"
    );
}

#[test]
fn where_and_images_read_charts_of_the_cache() {
    let Some((_helm, world)) = World::new(2, true) else { return };
    world.release("web", 1, None);
    world.release("web", 2, None);
    let image = format!("{}/shop/web", world.registry.host());
    let before = world.run(&["where", &image]);
    assert_eq!(before.code, 3, "{}", before.stdout);
    assert!(before.stdout.contains("1 chart or artifact is not in Git"), "{}", before.stdout);
    assert_eq!(world.run(&["check", "--all"]).code, 0);
    let requests = world.charts.requests().len();
    let run = world.run(&["where", &image]);
    assert!(run.stdout.contains("/web:1.0.0 is not in the cache, and nothing is fetched"), "{}", run.stdout);
    assert_eq!(world.charts.requests().len(), requests, "nothing is fetched");
    assert_eq!(world.run(&["check", "--all", "--head", "HEAD~1"]).code, 0);
    let requests = world.charts.requests().len();
    insta::assert_snapshot!(scrub(&world.run(&["where", &image]).shown()), @"
    exit 0
    127.0.0.1:PORT./shop/web:2
      apps/web.yaml:8:16  apps  since 2024-01-01, COMMIT web 2

    1 place in 1 unit at COMMIT
    ");
    let absent = world.run(&["where", "busybox"]);
    assert_eq!(absent.code, 1, "all is known: {}", absent.stdout);
    let images = world.run(&["images", "--all"]);
    assert!(images.stdout.contains(&format!("{image}:2")), "{}", images.stdout);
    assert_eq!(world.charts.requests().len(), requests, "nothing is fetched");
}

#[test]
fn audit_rolls_back_what_charts_make() {
    let Some((_helm, world)) = World::new(2, true) else { return };
    world.release("web", 1, None);
    world.release("web", 2, None);
    world.registry.untag("shop/web", "1");
    let run = world.run(&["audit", "--format", "json"]);
    let json = run.json();
    let rollback = &json["audit"]["rollback"];
    assert_eq!((&rollback["answer"], &rollback["gone"]), (&json!("no"), &json!(1)), "{rollback:#}");
    let previous = scrub(rollback["references"][0]["previous"]["image"].as_str().unwrap());
    assert_eq!(previous, "127.0.0.1:PORT./shop/web:1");
    assert_eq!(rollback["not_known"], json!([]));
}
