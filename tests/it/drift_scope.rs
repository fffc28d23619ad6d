//! `pullable drift`: namespaces, and dumps that are older than Git.

use serde_json::Value;
use testkit::repo::Repo;

use crate::drift::{deployment, entries, excluded, of_noise, repository, valid};
use crate::drift_git::{dump, live, only, run};
use crate::support::pullable;

/// Git deploys `web` in `shop`, `db` in `data`, and `free` in a namespace that it does not name.
fn namespaces() -> Repo {
    let repo = Repo::new();
    for (name, namespace) in [("web", "shop"), ("db", "data")] {
        let text = deployment(name, &[("web", "nginx:1.27")]);
        repo.write(
            format!("{name}.yaml"),
            text.replace(&format!("name: {name}}}"), &format!("name: {name}, namespace: {namespace}}}")),
        );
    }
    repo.write("free.yaml", deployment("free", &[("web", "nginx:1.27"), ("side", "busybox:1")]));
    repo.commit("all");
    repo
}

/// The number of containers that are left out for a reason.
fn left_out(json: &Value, reason: &str) -> u64 {
    let all = json["excluded"].as_array().unwrap().iter();
    all.filter(|one| one["reason"] == reason).map(|one| one["count"].as_u64().unwrap()).sum()
}

#[test]
fn a_namespace_limits_both_sides_and_the_rest_is_counted() {
    let repo = namespaces();
    let items = [
        live("shop", "web", "nginx:1.20", None),
        live("data", "other", "nginx:1", None),
        live("data", "free", "nginx:1.27", None),
    ];
    let whole = run(&repo, &items, &["--offline"]).1;
    assert!(whole.iter().any(|line| line.starts_with("not-live db")), "{whole:?}");
    assert!(whole.iter().any(|line| line.starts_with("not-live free side")), "{whole:?}");
    let args = ["drift", ".git/dump.json", "--offline", "--format", "json", "--namespace", "shop"];
    let shop = pullable(&repo, &args);
    assert_eq!(entries(&shop), ["foreign web web: docker.io/library/nginx:1.27 <- nginx:1.20"]);
    let json = valid(&shop);
    assert_eq!((left_out(&json, "other-namespace"), left_out(&json, "other-namespace-in-git")), (2, 3));
    // Of a namespace that Git does not name, what runs in the chosen one is compared.
    let data = pullable(&repo, &[&args[..6], &["data"]].concat());
    assert_eq!(
        entries(&data),
        [
            "not-live free side: docker.io/library/busybox:1 <- -",
            "not-live db web: docker.io/library/nginx:1.27 <- -",
            "same free web: docker.io/library/nginx:1.27 <- nginx:1.27",
        ]
    );
    let both = pullable(&repo, &[&args[..], &["--namespace", "data"]].concat());
    assert_eq!(entries(&both), whole);
}

/// Nothing is compared with a misspelt namespace, and nobody takes that for a good result.
#[test]
fn a_namespace_that_the_dump_does_not_have_is_refused() {
    let repo = namespaces();
    repo.write(".git/dump.json", dump(&[live("shop", "web", "nginx:1.27", None)]));
    let run = pullable(&repo, &["drift", ".git/dump.json", "--offline", "--namespace", "shp"]);
    run.refused(&["--namespace shp: the dump has no workload in it"]);
}

/// A dump of one namespace is enough for a comparison of that namespace.
#[test]
fn a_dump_of_one_namespace_is_compared_as_such() {
    let repo = Repo::new();
    let of = |name: &str, namespace: &str| {
        let text = deployment(name, &[("web", "nginx:1.27")]);
        text.replace(&format!("name: {name}}}"), &format!("name: {name}, namespace: {namespace}}}"))
    };
    repo.write("all.yaml", format!("{}---\n{}", of("web", "shop"), of("db", "data"))).commit("all");
    let items = [live("shop", "web", "nginx:1.27", None)];
    assert_eq!(run(&repo, &items, &["--offline"]).0, 3);
    assert_eq!(run(&repo, &items, &["--offline", "--namespace", "shop"]).0, 0);
}

/// Git had 1.26, then 1.27.
fn updated() -> Repo {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.26")]))], "");
    repo.commit("1.26");
    repo.write("apps/web.yaml", deployment("web", &[("web", "nginx:1.27")])).commit("1.27");
    repo
}

const BEFORE: &str = "1999-12-31T23:00:00-01:00";
const AFTER: &str = "2999-01-01T00:00:00Z";

#[test]
fn a_dump_that_is_older_than_the_value_of_git_does_not_tell_that_the_cluster_is_behind() {
    let repo = updated();
    let old = [live("shop", "web", "nginx:1.26", None)];
    assert_eq!(only(&repo, &old, &["--offline", "--taken-at", AFTER], "verdict"), "behind");
    assert_eq!(only(&repo, &old, &["--offline", "--taken-at", BEFORE], "verdict"), "unknown");
    let why = only(&repo, &old, &["--offline", "--taken-at", BEFORE], "reason");
    assert_eq!(
        why,
        "it ran Git's value before this one when the dump was taken, at 2000-01-01T00:00:00Z: take a new dump"
    );
    assert_eq!(run(&repo, &old, &["--offline", "--taken-at", BEFORE]).0, 3);
    // An image that Git never had is foreign at any time.
    let foreign = [live("shop", "web", "nginx:1.20", None)];
    assert_eq!(only(&repo, &foreign, &["--offline", "--taken-at", BEFORE], "verdict"), "foreign");
    let json = valid(&pullable(
        &repo,
        &["drift", ".git/dump.json", "--offline", "--format", "json", "--taken-at", BEFORE],
    ));
    assert_eq!(json["taken_at"], "2000-01-01T00:00:00Z");
    let notices = json["notices"].as_array().unwrap();
    let is_told =
        |one: &Value| one.as_str().unwrap().starts_with("the dump was taken at 2000-01-01T00:00:00Z");
    assert!(notices.iter().any(is_told), "{json:#}");
}

#[test]
fn an_extract_has_the_time_at_which_it_was_taken() {
    let repo = updated();
    repo.write(".git/dump.json", dump(&[live("shop", "web", "nginx:1.26", None)]));
    let extract = ["drift", ".git/dump.json", "--snapshot", ".git/snapshot.json"];
    let compare = ["drift", ".git/snapshot.json", "--offline", "--format", "json"];
    let taken_at = |args: &[&str]| valid(&pullable(&repo, args))["taken_at"].as_str().map(str::to_owned);
    assert_eq!(taken_at(&["drift", ".git/dump.json", "--offline", "--format", "json"]), None);
    assert_eq!(pullable(&repo, &extract).code, 0);
    assert!(taken_at(&compare).is_some_and(|time| time.ends_with('Z')));
    assert_eq!(pullable(&repo, &[&extract[..], &["--taken-at", BEFORE]].concat()).code, 0);
    assert_eq!(taken_at(&compare).as_deref(), Some("2000-01-01T00:00:00Z"));
    assert_eq!(valid(&pullable(&repo, &compare))["workloads"][0]["verdict"], "unknown");
    // The command line counts more.
    assert_eq!(
        taken_at(&[&compare[..], &["--taken-at", AFTER]].concat()).as_deref(),
        Some("2999-01-01T00:00:00Z")
    );
    let text = std::fs::read_to_string(repo.path().join(".git/snapshot.json")).unwrap();
    repo.write(".git/snapshot.json", text.replace("2000-01-01T00:00:00Z", "yesterday"));
    pullable(&repo, &compare).refused(&["`takenAt` of the dump is not a time"]);
    pullable(&repo, &[&compare[..], &["--taken-at", "yesterday"]].concat())
        .refused(&["a time is written 2026-11-27T10:00:00Z"]);
}

/// Everything of Git that is not compared, beside a cluster of real objects.
#[test]
fn what_is_left_out_of_git_is_counted_by_reason() {
    let repo = of_noise();
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: queue, namespace: shop}\nspec:\n  chart: {spec: {chart: queue, version: 1.0.0, sourceRef: {kind: HelmRepository, name: acme}}}\n  values:\n    image: {repository: docker.io/acme/queue, tag: 1.0.0}\n";
    let rollout = deployment("absent", &[("web", "nginx:1.27")])
        .replace("apps/v1\nkind: Deployment", "argoproj.io/v1alpha1\nkind: Rollout")
        .replace("name: absent}", "name: absent, namespace: shop}");
    let old =
        deployment("old", &[("web", "nginx:1.20")]).replace("name: old}", "name: old, namespace: extra}");
    repo.write("clusters/prod/queue.yaml", release);
    repo.write("clusters/prod/absent.yaml", rollout);
    repo.write("apps/old.yaml", old);
    repo.write("charts/demo/values.yaml", "image: {repository: docker.io/acme/demo, tag: 1.0.0}\n");
    repo.commit("more");
    let args =
        ["drift", "dump.json", "--offline", "--format", "json", "--root", "clusters/prod", "--root", "apps"];
    let whole = excluded(&pullable(&repo, &args));
    for (reason, count) in [
        ("custom-resource", 1),
        ("finished-in-git", 1),
        ("hook-in-git", 1),
        ("job-in-git", 1),
        ("no-container", 1),
        ("not-included", 1),
        ("other-root", 1),
    ] {
        assert_eq!(whole.get(reason), Some(&count), "{reason}: {whole:?}");
    }
    assert!(whole.contains_key("not-deployed"), "{whole:?}");
    let of_shop = excluded(&pullable(&repo, &[&args[..], &["--namespace", "shop"]].concat()));
    for reason in ["other-namespace", "other-namespace-in-git"] {
        assert!(of_shop.contains_key(reason) && !whole.contains_key(reason), "{reason}: {of_shop:?}");
    }
    // The page has a row for each.
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/drift.md")).unwrap();
    for reason in whole.keys().chain(of_shop.keys()) {
        assert!(page.contains(&format!("`{reason}`")), "{reason}");
    }
}
