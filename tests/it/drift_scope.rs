//! `pullable drift`: namespaces, and the reasons for which something of Git is not compared.

use serde_json::Value;
use testkit::repo::Repo;

use crate::drift::{deployment, entries, excluded, of_noise, valid};
use crate::drift_git::{dump, live, run};
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
