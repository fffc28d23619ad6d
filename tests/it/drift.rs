//! `pullable drift`: what a cluster runs against what Git deploys. The dumps are made by `tests/kubernetes`, from the types
//! of Kubernetes.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pullable, scrub};
use crate::{docs_links, report_schemas};

/// The program that makes dumps, and what it has made.
const KUBERNETES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kubernetes");
/// The names of the fixtures.
const FIXTURES: [&str; 4] = ["verdicts", "noise", "runtimes", "hostile"];

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{KUBERNETES}/fixtures/{name}.json")).unwrap()
}

pub fn deployment(name: &str, containers: &[(&str, &str)]) -> String {
    let mut text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      containers:\n"
    );
    for (container, image) in containers {
        text += &format!("      - name: {container}\n        image: {image}\n");
    }
    text
}

/// A repository whose Flux Kustomization `apps` deploys these files into the namespace `shop`, and images by a tag.
pub fn repository(files: &[(&str, String)], images: &str) -> Repo {
    let repo = Repo::new();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let kustomization = format!("namespace: shop\nresources: [{}]\n{images}", names.join(", "));
    repo.write("clusters/prod/apps.yaml", flux("apps", "./apps"));
    repo.write("apps/kustomization.yaml", kustomization);
    for (name, text) in files {
        repo.write(format!("apps/{name}"), text);
    }
    repo
}

pub fn flux(name: &str, path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{path: {path}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
    )
}

/// The repository of the fixture `verdicts`, and its registry.
fn of_verdicts(registry: &Registry) -> Repo {
    registry.push("shop/web", "1.0.0");
    registry.push("shop/web", "2.0.0");
    registry.create_repository("shop/gone");
    registry.create_repository("shop/missing");
    let host = registry.host();
    let web = format!("{host}/shop/web:base");
    let mut files = Vec::new();
    for name in ["same", "behind", "foreign", "moved", "absent"] {
        files.push((name, deployment(name, &[("web", &web)])));
    }
    files.push(("extra", deployment("extra", &[("web", &web), ("worker", &web)])));
    files.push(("gone", deployment("gone", &[("web", &format!("{host}/shop/gone:1.0.0"))])));
    files.push(("failing", deployment("failing", &[("web", &format!("{host}/shop/missing:1.0.0"))])));
    let named: Vec<(String, String)> =
        files.into_iter().map(|(name, text)| (format!("{name}.yaml"), text)).collect();
    let files: Vec<(&str, String)> = named.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let images = |tag: &str| format!("images:\n- name: {host}/shop/web\n  newTag: {tag}\n");
    let repo = repository(&files, &images("1.0.0"));
    repo.commit("Deploy 1.0.0");
    let text = std::fs::read_to_string(repo.path().join("apps/kustomization.yaml")).unwrap();
    repo.write("apps/kustomization.yaml", text.replace("1.0.0", "2.0.0")).commit("Bump web to 2.0.0");
    repo.write("dump.json", fixture("verdicts").replace("HOST", &host));
    repo
}

/// `verdict place: image in Git <- image in the cluster` of each entry.
pub fn entries(run: &Run) -> Vec<String> {
    let json = valid(run);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let line = |entry: &serde_json::Value| {
        let (name, container) = (text(&entry["name"]), text(&entry["container"]));
        let (git, live) = (text(&entry["git"]["image"]), text(&entry["live"]["image"]));
        scrub(&format!("{} {name} {container}: {git} <- {live}", text(&entry["verdict"])))
    };
    json["workloads"].as_array().unwrap().iter().map(line).collect()
}

/// The report, which is as the schema has it, and whose numbers add up.
pub fn valid(run: &Run) -> serde_json::Value {
    let json = run.json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/drift.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{json:#}");
    let entries = json["workloads"].as_array().unwrap();
    let excluded = |side: &str, what: &[&str]| {
        let all = json["excluded"].as_array().unwrap().iter();
        let counted = all.filter(|one| one["side"] == side && what.contains(&one["what"].as_str().unwrap()));
        counted.map(|one| one["count"].as_u64().unwrap()).sum::<u64>()
    };
    let live = entries.iter().filter(|entry| !entry["live"].is_null()).count() as u64;
    assert_eq!(json["summary"]["in-cluster"], live + excluded("cluster", &["container"]), "{json:#}");
    let git = entries.iter().filter(|entry| !entry["git"].is_null()).count() as u64;
    assert_eq!(json["summary"]["in-git"], git + excluded("git", &["container", "reference"]), "{json:#}");
    json
}

pub fn excluded(run: &Run) -> BTreeMap<String, u64> {
    let json = valid(run);
    let all = json["excluded"].as_array().unwrap().iter();
    all.map(|one| (one["reason"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap())).collect()
}

#[test]
fn each_verdict() {
    let registry = Registry::start();
    let repo = of_verdicts(&registry);
    let run = pullable(&repo, &["drift", "dump.json", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(
        entries(&run),
        [
            "unreproducible gone web: 127.0.0.1:PORT./shop/gone:1.0.0 <- 127.0.0.1:PORT./shop/gone:1.0.0",
            "not-live absent web: 127.0.0.1:PORT./shop/web:2.0.0 <- -",
            "not-live extra worker: 127.0.0.1:PORT./shop/web:2.0.0 <- -",
            "not-live failing web: 127.0.0.1:PORT./shop/missing:1.0.0 <- 127.0.0.1:PORT./shop/missing:1.0.0",
            "foreign foreign web: 127.0.0.1:PORT./shop/web:2.0.0 <- 127.0.0.1:PORT./shop/web:hotfix",
            "behind behind web: 127.0.0.1:PORT./shop/web:2.0.0 <- 127.0.0.1:PORT./shop/web:1.0.0",
            "not-in-git not-in-git web: - <- 127.0.0.1:PORT./shop/web:2.0.0",
            "moved moved web: 127.0.0.1:PORT./shop/web:2.0.0 <- 127.0.0.1:PORT./shop/web:2.0.0",
            "same extra web: 127.0.0.1:PORT./shop/web:2.0.0 <- 127.0.0.1:PORT./shop/web:2.0.0",
            "same same web: 127.0.0.1:PORT./shop/web:2.0.0 <- 127.0.0.1:PORT./shop/web:2.0.0",
        ]
    );
    // Registries are queried for images that are as Git says, each once, and one index is read.
    assert_eq!(registry.count("HEAD", "/shop/web/manifests/2.0.0"), 1);
    assert_eq!(registry.count("GET", "/shop/web/manifests/2.0.0"), 1);
    assert_eq!(registry.count("", "/manifests/hotfix") + registry.count("", "/manifests/1.0.0/x"), 0);
}

#[test]
fn the_report_for_people() {
    let registry = Registry::start();
    let repo = of_verdicts(&registry);
    let run = pullable(&repo, &["drift", "dump.json"]);
    let day = regex::Regex::new(r"\d{4}-\d\d-\d\d").unwrap();
    let digest = regex::Regex::new(r"sha256:[0-9a-f]{64}").unwrap();
    let shown = run.shown().replace("\n    pulled, and", " pulled, and");
    let shown = digest.replace_all(&day.replace_all(&shown, "DAY"), "sha256:DIGEST").into_owned();
    insta::assert_snapshot!(shown, @"
    exit 1
    unreproducible  Deployment shop/gone, container web
      Git:     127.0.0.1:PORT./shop/gone:1.0.0 at apps/gone.yaml:9 (apps)
      cluster: 127.0.0.1:PORT./shop/gone:1.0.0
      it runs, and cannot be pulled again: 127.0.0.1:PORT./shop/gone has no tag 1.0.0
      → pullable revert 127.0.0.1:PORT./shop/gone:1.0.0

    not-live  Deployment shop/absent, container web
      Git:     127.0.0.1:PORT./shop/web:2.0.0 at apps/kustomization.yaml:5 (apps)
      the workload is not in the cluster

    not-live  Deployment shop/extra, container worker
      Git:     127.0.0.1:PORT./shop/web:2.0.0 at apps/kustomization.yaml:5 (apps)
      the workload has no such container

    not-live  Deployment shop/failing, container web
      Git:     127.0.0.1:PORT./shop/missing:1.0.0 at apps/failing.yaml:9 (apps)
      cluster: 127.0.0.1:PORT./shop/missing:1.0.0
      ImagePullBackOff, and 127.0.0.1:PORT./shop/missing has no tag 1.0.0
      → pullable revert 127.0.0.1:PORT./shop/missing:1.0.0

    foreign  Deployment shop/foreign, container web
      Git:     127.0.0.1:PORT./shop/web:2.0.0 at apps/kustomization.yaml:5 (apps)
      cluster: 127.0.0.1:PORT./shop/web:hotfix
      Git never had it here: it was set in the cluster (kubectl set image, a rollback, an automation)
      Git's since DAY, commit COMMIT: Bump web to 2.0.0

    behind  Deployment shop/behind, container web
      Git:     127.0.0.1:PORT./shop/web:2.0.0 at apps/kustomization.yaml:5 (apps)
      cluster: 127.0.0.1:PORT./shop/web:1.0.0
      Git had it until COMMIT
      Git's since DAY, commit COMMIT: Bump web to 2.0.0

    not-in-git  Deployment shop/not-in-git, container web
      cluster: 127.0.0.1:PORT./shop/web:2.0.0
      Kustomization apps is in Git, and Git has no such container there

    moved  Deployment shop/moved, container web
      Git:     127.0.0.1:PORT./shop/web:2.0.0 at apps/kustomization.yaml:5 (apps)
      cluster: 127.0.0.1:PORT./shop/web:2.0.0
      the tag pointed to sha256:DIGEST when it
        was pulled, and points to
        sha256:DIGEST now

    ✗ 10 containers compared with Git at COMMIT: 1 unreproducible, 3 not-live, 1 foreign, 1 behind,
      1 not-in-git, 1 moved, 2 same
      the dump holds no statefulsets, daemonsets, jobs, cronjobs: if the cluster has some, add them to
        kubectl's command
    ");
    for width in ["40", "80", "200"] {
        let run = crate::support::pullable_with(&repo, &[("COLUMNS", width)], &["drift", "dump.json"]);
        let most: usize = width.parse().unwrap();
        for line in run.stdout.lines().filter(|line| line.split_whitespace().count() > 1) {
            let longest = line.split_whitespace().map(str::len).max().unwrap();
            assert!(line.chars().count() <= most.max(longest + 12), "{width}: {line}");
        }
    }
}

/// The repository of the fixture `noise`.
pub fn of_noise() -> Repo {
    let cluster = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec: {imageName: ghcr.io/cloudnative-pg/postgresql:16.4}\n";
    let kafka = "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: kafka}\nspec: {kafka: {version: 3.9.0}}\n";
    let cache = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache}\nspec:\n  chart: {spec: {chart: redis, version: 20.1.0, sourceRef: {kind: HelmRepository, name: bitnami}}}\n  values:\n    image: {registry: docker.io, repository: bitnami/redis, tag: 7.4.1}\n";
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME}\nspec: {template: {spec: {containers: [{name: migrate, image: alpine:3.20}]}}}\n";
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: backup}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: backup, image: alpine:3.20}]}}}}}\n";
    let hook = "apiVersion: v1\nkind: Pod\nmetadata: {name: smoke, annotations: {argocd.argoproj.io/hook: PostSync}}\nspec: {containers: [{name: smoke, image: busybox:1}]}\n";
    let rollout = deployment("rollout", &[("web", "nginx:1.27")])
        .replace("apps/v1\nkind: Deployment", "argoproj.io/v1alpha1\nkind: Rollout");
    let scaled = "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: scaled}\nspec: {jobTargetRef: {template: {spec: {containers: [{name: worker, image: 'alpha:1'}]}}}}\n";
    let elsewhere = "namespace: staging\nresources: [web.yaml]\n";
    let repo = repository(
        &[
            ("web.yaml", deployment("web", &[("web", "nginx:1.27")])),
            ("rolling.yaml", deployment("rolling", &[("web", "nginx:1.27")])),
            ("backup.yaml", cron.to_owned()),
            ("migrate.yaml", job.replace("NAME", "migrate")),
            ("removed.yaml", job.replace("NAME", "removed")),
            ("kafka.yaml", kafka.to_owned()),
            ("db.yaml", cluster.to_owned()),
            ("cache.yaml", cache.to_owned()),
            ("smoke.yaml", hook.to_owned()),
            ("rollout.yaml", rollout),
            ("scaled.yaml", scaled.to_owned()),
        ],
        "",
    );
    repo.write("staging/kustomization.yaml", elsewhere);
    repo.write("staging/web.yaml", deployment("web", &[("web", "nginx:1.28")]));
    repo.write("charts/demo/Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.0.0\n");
    repo.write("charts/demo/templates/web.yaml", deployment("demo", &[("web", "nginx:1.20")]));
    repo.commit("all");
    repo.write("dump.json", fixture("noise"));
    repo
}

#[test]
fn noise_is_counted_and_is_no_drift() {
    let repo = of_noise();
    let run = pullable(&repo, &["drift", "dump.json", "--offline", "--format", "json"]);
    assert_eq!(
        entries(&run),
        [
            "same backup backup: docker.io/library/alpine:3.20 <- alpine:3.20",
            "same cache-redis redis: docker.io/bitnami/redis:7.4.1 <- docker.io/bitnami/redis:7.4.1",
            "same db postgres: ghcr.io/cloudnative-pg/postgresql:16.4 <- ghcr.io/cloudnative-pg/postgresql:16.4",
            "same rolling web: docker.io/library/nginx:1.27 <- nginx:1.27",
            "same rollout web: docker.io/library/nginx:1.27 <- nginx:1.27",
            "same scaled worker: docker.io/library/alpha:1 <- alpha:1",
            "same web web: docker.io/library/nginx:1.27 <- nginx:1.27",
        ]
    );
    assert_eq!(run.code, 0);
    let counts: Vec<String> =
        excluded(&run).iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    assert_eq!(
        counts,
        [
            "ended-pod 2",
            "ephemeral 1",
            "finished 1",
            "finished-in-git 1",
            "hook 2",
            "hook-in-git 1",
            "injected 2",
            "job-in-git 1",
            "not-rendered 1",
            "old-replicaset 1",
            "operated 1",
            "other-cluster 1",
            "other-source 1",
            "rolling 2",
            "scheduled-job 3",
            "static-pod 1",
            "system 4",
            "unmanaged 1",
        ]
    );
    let verbose = pullable(&repo, &["drift", "dump.json", "--offline", "-v"]);
    for name in ["Deployment shop/web istio-proxy", "Pod kube-system/kube-apiserver-node-1", "debugger-x"] {
        assert!(verbose.stdout.contains(name), "{name} in {}", verbose.stdout);
    }
    assert!(!verbose.stdout.contains("s3cr3t") && !run.stdout.contains("s3cr3t"));
}

#[test]
fn image_ids_of_every_runtime() {
    let registry = Registry::start();
    let platform = registry.push_for("shop/web", "2.0.0", "linux/amd64");
    let index = registry.push_index("shop/web", "2.0.0", &["linux/amd64", "linux/arm64"]);
    let host = registry.host();
    let runtimes =
        ["containerd", "cri-o", "platform", "other-mirror", "docker-pull", "docker-config", "config", "none"];
    let mut named = Vec::new();
    for name in runtimes {
        named.push((format!("{name}.yaml"), deployment(name, &[("web", &format!("{host}/shop/web:2.0.0"))])));
    }
    let files: Vec<(&str, String)> = named.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let repo = repository(&files, "");
    repo.commit("all");
    let dump =
        fixture("runtimes").replace("HOST", &host).replace("INDEX", &index).replace("PLATFORM", &platform);
    repo.write("dump.json", dump);
    let run = pullable(&repo, &["drift", "dump.json", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["same"], runtimes.len(), "{}", run.stdout);
    registry.push("shop/web", "2.0.0");
    let run = pullable(&repo, &["drift", "dump.json", "--format", "json"]);
    let moved: Vec<String> = entries(&run).into_iter().filter(|line| line.starts_with("moved")).collect();
    let moved: Vec<&str> = moved.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(
        moved,
        ["containerd", "cri-o", "docker-pull", "other-mirror"],
        "platform is the one that the tag has now"
    );
}

#[test]
fn sarif_is_what_its_standard_says() {
    let registry = Registry::start();
    let repo = of_verdicts(&registry);
    let schema = report_schemas::schema("sarif-2.1.0.json");
    for args in [&[][..], &["--offline"]] {
        let run = pullable(&repo, &[&["drift", "dump.json", "--format", "sarif"], args].concat());
        let json = run.json();
        report_schemas::valid(&schema, &json);
        let (tool, results) =
            (&json["runs"][0]["tool"]["driver"], json["runs"][0]["results"].as_array().unwrap());
        assert!(results.len() > 3, "{json:#}");
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(tool["rules"][index]["id"], result["ruleId"]);
            docs_links::assert_documented(&tool["rules"][index]["helpUri"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{result}");
            assert!(!place["artifactLocation"]["uri"].as_str().unwrap().contains(' '), "{result}");
        }
    }
}

#[test]
fn a_snapshot_gives_the_same_result() {
    let registry = Registry::start();
    let repo = of_verdicts(&registry);
    let written = pullable(&repo, &["drift", "dump.json", "--snapshot", "snapshot.json"]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    let taken_at = regex::Regex::new(r#""taken_at": ?"[^"]+""#).unwrap();
    for format in ["human", "json", "markdown", "sarif"] {
        let of = |file: &str| pullable(&repo, &["drift", file, "--format", format]).stdout;
        let of_snapshot = taken_at.replace(&of("snapshot.json"), "\"taken_at\": null").into_owned();
        assert_eq!(of_snapshot, of("dump.json"));
    }
    let text = std::fs::read_to_string(repo.path().join("snapshot.json")).unwrap();
    assert!(!text.contains("s3cr3t") && text.len() * 3 < fixture("verdicts").len(), "{}", text.len());
}

#[test]
fn yaml_and_several_lists_give_the_same_result() {
    let registry = Registry::start();
    let repo = of_verdicts(&registry);
    let of = |file: &str| pullable(&repo, &["drift", file, "--format", "json"]).stdout;
    let value: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(repo.path().join("dump.json")).unwrap()).unwrap();
    let items = value["items"].as_array().unwrap();
    let half = |items: &[serde_json::Value]| {
        serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    };
    let (first, second) = items.split_at(items.len() / 2);
    repo.write("lists.json", format!("{}\n{}\n", half(first), half(second)));
    assert_eq!(of("lists.json"), of("dump.json"));
    // JSON is YAML: each item on a line of its own.
    let lines: String = items.iter().map(|item| format!("- {item}\n")).collect();
    repo.write("dump.yaml", format!("apiVersion: v1\nitems:\n{lines}kind: List\n"));
    assert_eq!(of("dump.yaml"), of("dump.json"));
}

#[test]
fn hostile_names_reach_no_terminal() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    repo.write("dump.json", fixture("hostile"));
    for format in ["human", "json", "markdown", "sarif"] {
        let run = pullable(&repo, &["drift", "dump.json", "--offline", "--format", format]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        let is_harmless = |c: char| !c.is_control() || c == '\n';
        assert!(run.stdout.chars().all(is_harmless), "{format}: {:?}", run.stdout);
        for text in ["##[error]", "\u{202e}"] {
            assert!(!run.stdout.contains(text), "{format}: {text:?}");
        }
        assert!(!run.stdout.lines().any(|line| line.trim_start().starts_with("::error")), "{format}");
        if format == "markdown" {
            for text in ["<b>", "](http", " @ops", "`c`"] {
                assert!(!run.stdout.contains(text), "{text:?} in {}", run.stdout);
            }
        }
    }
}

#[test]
fn what_is_no_dump_is_refused() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    for (text, why) in [
        ("", "the dump is empty"),
        ("error: You must be logged in to the server\n", "this is an error message of kubectl"),
        ("NAMESPACE   NAME\n", "this is the table that kubectl prints by default"),
        ("{\"items\": [", "the dump ends in the middle of an object"),
        ("hello", "neither JSON nor YAML"),
    ] {
        let run = crate::support::pullable_reads(repo.path(), text.as_bytes(), &["drift", "-"]);
        run.refused(&["standard input: ", why]);
    }
    pullable(&repo, &["drift", "absent.json"])
        .refused(&["absent.json: no such file or folder", "standard input as -"]);
    repo.write("dump.json", fixture("noise"));
    pullable(&repo, &["drift", "dump.json", "--offline", "--root", "clusters/pord"])
        .refused(&["--root clusters/pord", "no unit is deployed from this folder"]);
    pullable(&repo, &["drift", "dump.json", "--offline", "--root", "/etc"])
        .refused(&["not a folder of the repository"]);
}

#[test]
fn fixtures_are_what_the_types_of_kubernetes_make() {
    for name in FIXTURES {
        let mut go = Command::new("go");
        go.args(["run", "-mod=readonly", ".", "fixture", name]).current_dir(KUBERNETES);
        match go.stdin(Stdio::null()).stderr(Stdio::null()).output() {
            Ok(output) if output.status.success() => {
                assert_eq!(String::from_utf8(output.stdout).unwrap(), fixture(name), "{name}");
            }
            _ => eprintln!("SKIPPED: the fixture {name} was not made again: go, or k8s.io/api, is not here"),
        }
    }
}
