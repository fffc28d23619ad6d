//! `pullable drift`: containers about which nothing certain is known, so that no verdict is a guess.

use serde_json::json;
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::drift::{deployment, repository, valid};
use crate::drift_git::{dump, live, only, run};
use crate::support::pullable;

#[test]
fn containers_that_something_unread_may_deploy_are_not_known() {
    let why = "something that Kustomization apps deploys could not be read";
    let items =
        [live("shop", "web", "nginx:1", Some("apps")), live("shop", "other", "busybox:1", Some("apps"))];
    let overlay = |base: &str| {
        let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1")]))], "");
        let text = std::fs::read_to_string(repo.path().join("apps/kustomization.yaml")).unwrap();
        repo.write("apps/kustomization.yaml", text.replace("web.yaml]", &format!("web.yaml, {base}]")));
        repo
    };
    let elsewhere = "'https://example.org/acme/other//deploy?ref=v1'";
    let direct = overlay(elsewhere);
    let through_a_base = overlay("../base");
    through_a_base.write("base/kustomization.yaml", format!("resources: [{elsewhere}]\n"));
    for repo in [direct, through_a_base] {
        repo.commit("all");
        let (code, entries) = run(&repo, &items, &["--offline"]);
        assert_eq!((code, entries[0].as_str()), (3, "unknown other web: - <- busybox:1"));
        repo.write(".git/dump.json", dump(&items));
        let json = valid(&pullable(&repo, &["drift", ".git/dump.json", "--offline", "--format", "json"]));
        assert_eq!(json["workloads"][0]["reason"], why);
    }
}

#[test]
fn containers_of_a_deployer_whose_files_cannot_be_read_are_not_known() {
    let repo = repository(&[], "");
    repo.remove("apps/kustomization.yaml")
        .write("apps/web.yaml", "kind: Deployment\n  name: [\n")
        .commit("all");
    let items = [live("shop", "web", "nginx:1", Some("apps"))];
    assert_eq!(only(&repo, &items, &["--offline"], "verdict"), "unknown");
}

#[test]
fn containers_that_a_plug_in_or_a_chart_beside_the_folder_may_deploy_are_not_known() {
    let tracked = |name: &str, image: &str| {
        let mut item = live("shop", name, image, None);
        let id = format!("web:apps/Deployment:shop/{name}");
        item["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
        item
    };
    let items = [tracked("web", "nginx:1"), tracked("other", "busybox:1")];
    let folder = "{repoURL: 'https://example.org/acme/gitops', path: apps";
    for (source, code) in [
        (format!("source: {folder}}}"), 1),
        (format!("source: {folder}, plugin: {{name: cue}}}}"), 3),
        (
            format!(
                "sources: [{folder}}}, {{repoURL: 'https://example.org/charts', chart: cart, targetRevision: 1.0.0}}]"
            ),
            3,
        ),
    ] {
        let repo = Repo::new();
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  {source}\n  destination: {{namespace: shop}}\n"
        );
        repo.write("argocd/web.yaml", application);
        repo.write("apps/web.yaml", deployment("web", &[("web", "nginx:1")])).commit("all");
        assert_eq!(run(&repo, &items, &["--offline"]).0, code, "{source}");
    }
}

#[test]
fn a_digest_in_place_of_a_tag_is_not_known_where_the_registry_is_not_queried() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "registry.example/web:1")]))], "");
    let skipped = "registries: {registry.example: {verify: false, reason: internal}}\n";
    repo.write(".pullable.yaml", skipped).commit("all");
    let digest = "a".repeat(64);
    let items = [live("shop", "web", &format!("registry.example/web@sha256:{digest}"), None)];
    assert_eq!(only(&repo, &items, &[], "verdict"), "unknown");
    assert_eq!(only(&repo, &[live("shop", "web", "registry.example/web:1", None)], &[], "verdict"), "same");
}

/// The tag leads to another digest than the one that runs: only the manifest shows if it is an index of it.
#[test]
fn a_tag_whose_manifest_is_not_read_has_not_moved() {
    let registry = Registry::start();
    registry.push("shop/web", "1.0.0");
    let image = format!("{}/shop/web:1.0.0", registry.host());
    let repo = repository(&[("web.yaml", deployment("web", &[("web", &image)]))], "");
    repo.commit("all");
    let items = [live("shop", "web", &format!("{image}@sha256:{}", "a".repeat(64)), None)];
    let verdict = || only(&repo, &items, &["--no-cache"], "verdict");
    assert_eq!(verdict(), "moved");
    registry.fault(Matcher::get("manifests/1.0.0"), Reply::error(404, "MANIFEST_UNKNOWN", "gone"));
    assert_eq!(verdict(), "unknown");
    registry.clear_faults();
    registry.fault(Matcher::get("manifests/1.0.0"), Reply::status(400));
    assert_eq!(verdict(), "unknown");
}

/// Git names a tag that was deleted, or a digest. The workload names a digest.
#[test]
fn a_digest_that_runs_cannot_be_pulled_again_only_where_the_registry_says_so() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "other");
    let name = format!("{}/shop/web", registry.host());
    let tagged = repository(&[("web.yaml", deployment("web", &[("web", &format!("{name}:1.0.0"))]))], "");
    tagged.commit("all");
    let runs = |digest: &str| [live("shop", "web", &format!("{name}@{digest}"), None)];
    registry.fault(Matcher::any("manifests/sha256:"), Reply::status(400));
    let args = ["--no-cache"];
    assert_eq!(only(&tagged, &runs(&digest), &args, "verdict"), "unknown");
    let reason = only(&tagged, &runs(&digest), &args, "reason");
    assert!(reason.contains("; and the digest that the cluster names is not known: "), "{reason}");
    registry.clear_faults();

    let absent = format!("sha256:{}", "a".repeat(64));
    let pinned =
        repository(&[("web.yaml", deployment("web", &[("web", &format!("{name}:other@{absent}"))]))], "");
    pinned.commit("all");
    assert_eq!(only(&pinned, &runs(&absent), &args, "verdict"), "unreproducible");
    let reason = only(&pinned, &runs(&absent), &args, "reason");
    assert!(reason.starts_with("it runs, and cannot be pulled again: "), "{reason}");
}

#[test]
fn every_container_names_the_cause_for_which_a_registry_does_not_tell() {
    let image = "127.0.0.1:1/shop/web:1";
    let repo = repository(
        &[
            ("a.yaml", deployment("a", &[("web", image)])),
            ("b.yaml", deployment("b", &[("web", "127.0.0.1:1/shop/x:1")])),
        ],
        "",
    );
    repo.commit("all");
    repo.write(
        ".git/dump.json",
        dump(&[live("shop", "a", image, None), live("shop", "b", "127.0.0.1:1/shop/x:1", None)]),
    );
    let json = valid(&pullable(&repo, &["drift", ".git/dump.json", "--format", "json"]));
    for entry in json["workloads"].as_array().unwrap() {
        let reason = entry["reason"].as_str().unwrap();
        assert!(reason.contains("cannot be reached") && !reason.contains("more reference"), "{reason}");
    }
}

#[test]
fn a_container_that_the_only_workload_of_the_name_lacks_is_not_live() {
    let repo = Repo::new();
    repo.write("web.yaml", deployment("web", &[("web", "nginx:1"), ("side", "busybox:1")])).commit("all");
    let (code, found) = run(&repo, &[live("a", "web", "nginx:1", None)], &["--offline"]);
    let side = "not-live web side: docker.io/library/busybox:1 <- -".to_owned();
    let web = "same web web: docker.io/library/nginx:1 <- nginx:1".to_owned();
    assert_eq!((code, found), (1, vec![side, web]));
}

#[test]
fn nothing_is_foreign_where_git_does_not_decide_an_earlier_value() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:${TAG}")]))], "");
    repo.commit("a variable");
    repo.write("apps/web.yaml", deployment("web", &[("web", "nginx:1.27")])).commit("a tag");
    let items = [live("shop", "web", "nginx:1.26", None)];
    assert_eq!(only(&repo, &items, &["--offline"], "verdict"), "unknown");
}

#[test]
fn a_dump_of_one_namespace_tells_nothing_of_others() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1")]))], "");
    let apart = deployment("db", &[("web", "postgres:1")]).replace("name: db}", "name: db, namespace: data}");
    repo.write("apps/kustomization.yaml", "resources: [web.yaml, db.yaml]\n").write("apps/db.yaml", apart);
    let web = deployment("web", &[("web", "nginx:1")]).replace("name: web}", "name: web, namespace: shop}");
    repo.write("apps/web.yaml", web).commit("all");
    let web = live("shop", "web", "nginx:1", Some("apps"));
    let (code, found) = run(&repo, std::slice::from_ref(&web), &["--offline"]);
    assert_eq!((code, found[0].as_str()), (3, "unknown db web: docker.io/library/postgres:1 <- -"));
    let (code, found) = run(&repo, &[web, live("other", "x", "nginx:1", None)], &["--offline"]);
    assert_eq!((code, found[0].as_str()), (1, "not-live db web: docker.io/library/postgres:1 <- -"));
}
