//! `pullable drift`: clusters of one repository, history, suspension, mirrors, digests, and what adds up.

use serde_json::{Value, json};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::drift::{deployment, entries, flux, repository, valid};
use crate::support::{pullable, pullable_in};

/// A Deployment of the cluster with one container `web`, and the labels of a Kustomization of Flux.
pub fn live(namespace: &str, name: &str, image: &str, kustomization: Option<&str>) -> Value {
    let labels = match kustomization {
        Some(by) => {
            json!({"kustomize.toolkit.fluxcd.io/name": by, "kustomize.toolkit.fluxcd.io/namespace": "flux-system"})
        }
        None => json!({}),
    };
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
    })
}

/// A dump, which is kept out of the commits.
pub fn dump(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

pub fn run(repo: &Repo, items: &[Value], args: &[&str]) -> (i32, Vec<String>) {
    repo.write(".git/dump.json", dump(items));
    let run = pullable(repo, &[&["drift", ".git/dump.json", "--format", "json"], args].concat());
    assert!(run.code != 2, "{}", run.stderr);
    (run.code, entries(&run))
}

/// The value of a key of the only entry.
pub fn only(repo: &Repo, items: &[Value], args: &[&str], key: &str) -> String {
    repo.write(".git/dump.json", dump(items));
    let run = pullable(repo, &[&["drift", ".git/dump.json", "--format", "json"], args].concat());
    let json = valid(&run);
    assert_eq!(json["workloads"].as_array().map(Vec::len), Some(1), "{json:#}");
    json["workloads"][0][key].as_str().unwrap_or("-").to_owned()
}

/// Two clusters, each with its own Kustomization of the same name, over one base.
fn clusters() -> Repo {
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", deployment("web", &[("web", "nginx:1")]));
    for (cluster, tag) in [("prod", "1.27"), ("staging", "1.28")] {
        repo.write(format!("clusters/{cluster}/apps.yaml"), flux("apps", &format!("./apps/{cluster}")));
        let overlay = format!(
            "namespace: shop\nresources: [../../base]\nimages: [{{name: nginx, newTag: \"{tag}\"}}]\n"
        );
        repo.write(format!("apps/{cluster}/kustomization.yaml"), overlay);
    }
    repo.commit("all");
    repo
}

#[test]
fn a_repository_of_several_clusters_needs_a_root() {
    let repo = clusters();
    let items = [live("shop", "web", "nginx:1.27", Some("apps"))];
    let prod = ["same web web: docker.io/library/nginx:1.27 <- nginx:1.27".to_owned()];
    assert_eq!(run(&repo, &items, &["--offline", "--root", "clusters/prod"]), (0, prod.to_vec()));
    let (code, staging) = run(&repo, &items, &["--offline", "--root", "./clusters/staging/"]);
    assert_eq!(
        (code, staging),
        (1, vec!["foreign web web: docker.io/library/nginx:1.28 <- nginx:1.27".to_owned()])
    );
    let why = only(&repo, &items, &["--offline"], "reason");
    assert!(why.contains("apps/prod, apps/staging") && why.contains("--root"), "{why}");
    assert_eq!(run(&repo, &items, &["--offline"]).0, 3);
    // The configuration of the commit names the root as well.
    repo.write(".pullable.yaml", "drift: {roots: clusters/prod}\n").commit("root");
    assert_eq!(run(&repo, &items, &["--offline"]), (0, prod.to_vec()));
    repo.write(".pullable.yaml", "drift: {roots: [/etc]}\n").commit("bad");
    let refused = pullable(&repo, &["drift", ".git/dump.json", "--offline"]);
    refused.refused(&["is not a folder of the repository"]);
}

#[test]
fn another_cluster_is_not_missed() {
    let repo = clusters();
    repo.write("apps/staging/kustomization.yaml", "namespace: staging\nresources: [../../base]\n")
        .commit("apart");
    let items = [live("shop", "web", "nginx:1.27", Some("apps"))];
    let same = "same web web: docker.io/library/nginx:1.27 <- nginx:1.27".to_owned();
    assert_eq!(run(&repo, &items, &["--offline"]), (0, vec![same]), "staging has another namespace");
    let items = [live("staging", "web", "nginx:1", None), live("shop", "other", "nginx:1", None)];
    let (code, found) = run(&repo, &items, &["--offline"]);
    let not_live = "not-live web web: docker.io/library/nginx:1.27 <- -".to_owned();
    let same = "same web web: docker.io/library/nginx:1 <- nginx:1".to_owned();
    assert_eq!((code, found), (1, vec![not_live, same]), "its namespace is there");
}

#[test]
fn a_shallow_history_tells_nothing_of_earlier_values() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.26")]))], "");
    repo.commit("one");
    repo.write("apps/web.yaml", deployment("web", &[("web", "nginx:1.27")])).commit("two");
    repo.write("README.md", "x").commit("three");
    let items = [live("shop", "web", "nginx:1.26", None)];
    assert_eq!(only(&repo, &items, &["--offline"], "verdict"), "behind");
    let shallow = repo.clone_shallow(1);
    assert_eq!(only(&shallow, &items, &["--offline"], "verdict"), "unknown");
    let hint = only(&shallow, &items, &["--offline"], "hint");
    assert!(hint.contains("--unshallow"), "{hint}");
    // Equal values need no history.
    let items = [live("shop", "web", "nginx:1.27", None)];
    assert_eq!(only(&shallow, &items, &["--offline"], "verdict"), "same");
}

#[test]
fn values_that_went_back_and_forth() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.26")]))], "");
    repo.commit("1.26");
    for tag in ["1.27", "1.26", "1.28"] {
        repo.write("apps/web.yaml", deployment("web", &[("web", &format!("nginx:{tag}"))])).commit(tag);
    }
    for (tag, verdict) in [("1.26", "behind"), ("1.27", "behind"), ("1.28", "same"), ("1.25", "foreign")] {
        let items = [live("shop", "web", &format!("nginx:{tag}"), None)];
        assert_eq!(only(&repo, &items, &["--offline"], "verdict"), verdict, "{tag}");
    }
    let items = [live("shop", "web", "nginx:1.25", None)];
    assert_eq!(only(&repo, &items, &["--offline", "--max-back", "1"], "verdict"), "unknown");
    // Another commit may be what the cluster should run.
    let items = [live("shop", "web", "nginx:1.26", None)];
    assert_eq!(only(&repo, &items, &["--offline", "--head", "HEAD~1"], "verdict"), "same");
}

#[test]
fn suspended_units_are_marked() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    let suspended = flux("apps", "./apps").replace("prune: true", "suspend: true");
    repo.write("clusters/prod/apps.yaml", suspended).commit("all");
    let items = [live("shop", "web", "nginx:1.26", Some("apps"))];
    assert_eq!(only(&repo, &items, &["--offline"], "suspended"), "Kustomization apps");
    let run = pullable(&repo, &["drift", ".git/dump.json", "--offline"]);
    assert!(
        run.stdout.contains("Kustomization apps is suspended in Git: differences are expected"),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, 1);
}

#[test]
fn mirrors_are_the_same_as_what_they_mirror() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    let items = [live("shop", "web", "mirror.example/hub/library/nginx:1.27", None)];
    assert_eq!(only(&repo, &items, &["--offline"], "verdict"), "foreign");
    repo.write(".pullable.yaml", "registries: {docker.io: {mirrors: [mirror.example/hub]}}\n")
        .commit("mirror");
    assert_eq!(only(&repo, &items, &["--offline"], "verdict"), "same");
}

#[test]
fn digests_of_an_index_and_of_a_platform_are_the_same() {
    let registry = Registry::start();
    let platform = registry.push_for("shop/web", "1.0.0", "linux/amd64");
    let index = registry.push_index("shop/web", "1.0.0", &["linux/amd64", "linux/arm64"]);
    let other = registry.push("shop/web", "2.0.0");
    let name = format!("{}/shop/web", registry.host());
    let repo =
        repository(&[("web.yaml", deployment("web", &[("web", &format!("{name}:1.0.0@{index}"))]))], "");
    repo.commit("pinned");
    for (live_image, online, offline) in [
        (format!("{name}:1.0.0@{index}"), "same", "same"),
        (format!("{name}@{platform}"), "same", "unknown"),
        (format!("{name}@{other}"), "foreign", "unknown"),
    ] {
        let items = [live("shop", "web", &live_image, None)];
        assert_eq!(only(&repo, &items, &[], "verdict"), online, "{live_image}");
        assert_eq!(only(&repo, &items, &["--offline"], "verdict"), offline, "{live_image}");
    }
    repo.write("apps/web.yaml", deployment("web", &[("web", &format!("{name}:1.0.0"))])).commit("tag");
    for (live_image, online, offline) in [
        (format!("{name}@{index}"), "same", "unknown"),
        (format!("{name}:1.0.0@{platform}"), "same", "same"),
        (format!("{name}@{other}"), "unknown", "unknown"),
        (format!("{name}:1.0.0@{other}"), "moved", "same"),
    ] {
        let items = [live("shop", "web", &live_image, None)];
        assert_eq!(only(&repo, &items, &[], "verdict"), online, "{live_image}");
        assert_eq!(only(&repo, &items, &["--offline"], "verdict"), offline, "{live_image}");
    }
}

#[test]
fn a_tag_that_is_deleted_under_a_running_workload() {
    let registry = Registry::start();
    registry.push("shop/web", "1.0.0");
    let image = format!("{}/shop/web:1.0.0", registry.host());
    let repo = repository(&[("web.yaml", deployment("web", &[("web", &image)]))], "");
    repo.commit("all");
    let items = [live("shop", "web", &image, None)];
    assert_eq!(only(&repo, &items, &[], "verdict"), "same");
    registry.untag("shop/web", "1.0.0");
    assert_eq!(only(&repo, &items, &[], "verdict"), "unreproducible");
    assert_eq!(only(&repo, &items, &[], "hint"), format!("pullable revert {image}"));
}

#[test]
fn the_digest_that_runs_decides_where_the_tag_is_gone() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "1.0.0");
    registry.push("shop/web", "other");
    let name = format!("{}/shop/web", registry.host());
    let tagged = format!("{name}:1.0.0");
    let repo = repository(&[("web.yaml", deployment("web", &[("web", &tagged)]))], "");
    repo.commit("all");
    registry.untag("shop/web", "1.0.0");
    let absent = format!("sha256:{}", "a".repeat(64));
    for (running, verdict) in [
        (tagged.clone(), "unreproducible"),
        (format!("{name}@{digest}"), "unknown"),
        (format!("{tagged}@{digest}"), "unknown"),
        (format!("{name}@{absent}"), "unreproducible"),
        (format!("{tagged}@{absent}"), "unreproducible"),
    ] {
        let items = [live("shop", "web", &running, None)];
        assert_eq!(only(&repo, &items, &[], "verdict"), verdict, "{running}");
        assert_eq!(only(&repo, &items, &[], "hint"), format!("pullable revert {tagged}"), "{running}");
    }
}

#[test]
fn a_dump_that_is_committed_is_no_part_of_git() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    let items =
        [live("shop", "web", "nginx:1.20", Some("apps")), live("shop", "extra", "nginx:1.20", Some("apps"))];
    repo.write("dump.json", dump(&items)).commit("all");
    for (file, notice) in [("dump.json", true), (".git/dump.json", false)] {
        repo.write(file, dump(&items));
        let run = pullable(&repo, &["drift", file, "--offline", "--format", "json"]);
        let json = valid(&run);
        let told = json["notices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one.as_str().unwrap().contains("is the dump"));
        assert_eq!(told, notice, "{json:#}");
        if notice {
            let found = entries(&run);
            assert!(
                found[0].starts_with("foreign web") && found[1].starts_with("not-in-git extra"),
                "{found:?}"
            );
        }
    }
}

#[test]
fn a_workload_without_a_namespace_in_git() {
    let repo = Repo::new();
    repo.write("web.yaml", deployment("web", &[("web", "nginx:1.27")])).commit("all");
    let one = [live("a", "web", "nginx:1.27", None)];
    assert_eq!(only(&repo, &one, &["--offline"], "verdict"), "same", "the only one of its name");
    let two = [live("a", "web", "nginx:1.27", None), live("b", "web", "nginx:1.20", None)];
    let (code, found) = run(&repo, &two, &["--offline"]);
    assert_eq!(
        (code, found),
        (0, Vec::new()),
        "of two nobody knows which one it is, and whether it is one of them"
    );
}

#[test]
fn pods_count_unless_a_rollout_is_under_way() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": "web-1", "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true}]},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.26"}]}, "status": {"phase": "Running"},
    });
    let of = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut workload = live("shop", "web", "nginx:1.27", None);
        workload["kind"] = json!(kind);
        change(&mut workload);
        let mut pod = pod.clone();
        pod["metadata"]["ownerReferences"][0]["kind"] = json!(kind);
        let manifest = deployment("web", &[("web", "nginx:1.27")]).replace("Deployment", kind);
        repo.write("apps/web.yaml", manifest).commit(kind);
        only(&repo, &[workload, pod], &["--offline"], "verdict")
    };
    assert_eq!(of("Deployment", &|it| it["status"] = json!({"updatedReplicas": 1})), "foreign");
    assert_eq!(of("Deployment", &|it| it["status"] = json!({"updatedReplicas": 0})), "same");
    assert_eq!(of("Deployment", &|it| it["metadata"]["generation"] = json!(2)), "same");
    let overdue = json!({"updatedReplicas": 0, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
    assert_eq!(of("Deployment", &|it| it["status"] = overdue.clone()), "foreign");
    assert_eq!(of("Deployment", &|it| it["spec"]["paused"] = json!(true)), "foreign");
    assert_eq!(of("StatefulSet", &|it| it["status"] = json!({"updatedReplicas": 0})), "same");
    assert_eq!(
        of("StatefulSet", &|it| it["spec"]["updateStrategy"] = json!({"type": "OnDelete"})),
        "foreign"
    );
    let status = json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 1});
    assert_eq!(of("DaemonSet", &|it| it["status"] = status.clone()), "same");
    let status = json!({"desiredNumberScheduled": 1, "updatedNumberScheduled": 1});
    assert_eq!(of("DaemonSet", &|it| it["status"] = status.clone()), "foreign");
}

/// Property: whatever a dump lacks, every container of both sides is in one place of the report.
#[test]
fn nothing_is_lost_between_the_columns() {
    let repo = repository(
        &[
            ("web.yaml", deployment("web", &[("web", "nginx:1.27"), ("side", "busybox:1")])),
            ("rolling.yaml", deployment("rolling", &[("web", "nginx:1.27")])),
            ("db.yaml", "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec: {imageName: ghcr.io/cloudnative-pg/postgresql:16.4}\n".to_owned()),
        ],
        "",
    );
    repo.commit("all");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kubernetes/fixtures/noise.json");
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(fixture).unwrap()).unwrap();
    let items = whole["items"].as_array().unwrap();
    for left_out in 0..items.len() {
        let some: Vec<Value> = items
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != left_out)
            .map(|(_, item)| item.clone())
            .collect();
        let mut twice = some.clone();
        twice.reverse();
        twice.extend(some.clone());
        repo.write(".git/dump.json", dump(&some)).write(".git/twice.json", dump(&twice));
        let once = pullable(&repo, &["drift", ".git/dump.json", "--offline", "--format", "json"]);
        valid(&once);
        let twice = pullable(&repo, &["drift", ".git/twice.json", "--offline", "--format", "json"]);
        assert_eq!(once.stdout, twice.stdout, "the order of a dump, and repeated objects, change nothing");
    }
}

#[test]
fn outside_of_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dump.json"), dump(&[live("a", "b", "nginx:1", None)])).unwrap();
    pullable_in(folder.path(), &["drift", "dump.json"]).refused(&["not", "git repository"]);
    let run = pullable_in(folder.path(), &["drift", "dump.json", "--snapshot", "snapshot.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = pullable_in(folder.path(), &["drift", "dump.json", "--snapshot", "absent/snapshot.json"]);
    run.refused(&["cannot write absent/snapshot.json"]);
}
