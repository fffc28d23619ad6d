//! `pullable drift`: manifests that nothing known deploys are listed apart, and are no differences.

use serde_json::Value;
use testkit::repo::Repo;

use crate::drift::{deployment, entries, flux, repository, valid};
use crate::drift_git::{dump, live, only, run};
use crate::support::pullable;

const NOT_LIVE: &str = "not-live old web: docker.io/library/nginx:1.20 <- -";

fn web() -> Value {
    live("shop", "web", "nginx:1.27", Some("apps"))
}

/// Flux deploys `apps`, whose kustomization includes `web.yaml`. `files`: others beside it.
fn gitops(files: &[(&str, String)]) -> Repo {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.commit("all");
    repo
}

/// A Deployment `old` in the namespace of the others.
fn old() -> String {
    deployment("old", &[("web", "nginx:1.20")]).replace("name: old}", "name: old, namespace: shop}")
}

/// The containers that are not deployed, and those that differ.
fn found(repo: &Repo, items: &[Value], args: &[&str]) -> (Vec<String>, Vec<String>) {
    repo.write(".git/dump.json", dump(items));
    let run = pullable(repo, &[&["drift", ".git/dump.json", "--offline", "--format", "json"], args].concat());
    let json = valid(&run);
    let all = json["excluded"].as_array().unwrap().iter();
    let apart =
        all.filter(|one| one["reason"] == "not-included").flat_map(|one| one["names"].as_array().unwrap());
    let apart = apart.map(|name| name.as_str().unwrap().to_owned()).collect();
    let differ = entries(&run).into_iter().filter(|line| !line.starts_with("same")).collect();
    (apart, differ)
}

#[test]
fn a_manifest_that_no_kustomization_includes_is_listed_apart() {
    for path in ["apps/old.yaml", "apps/upstream/v1/old.yaml"] {
        let repo = gitops(&[(path, old())]);
        let name = format!("Deployment shop/old web in {path}");
        assert_eq!(found(&repo, &[web()], &[]), (vec![name.clone()], vec![]), "{path}");
        let shown = pullable(&repo, &["drift", ".git/dump.json", "--offline"]);
        assert_eq!(shown.code, 0, "{}", shown.stdout);
        let line = "not deployed by anything known: 1 container of Git: the kustomization beside or above the file does not include it";
        let flat = shown.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(line), "{}", shown.stdout);
        let verbose = pullable(&repo, &["drift", ".git/dump.json", "--offline", "-v"]);
        assert!(verbose.stdout.contains(&name), "{}", verbose.stdout);
        let markdown = pullable(&repo, &["drift", ".git/dump.json", "--offline", "--format", "markdown"]);
        assert!(
            markdown.stdout.contains("not deployed by anything known: 1 container"),
            "{}",
            markdown.stdout
        );
        // The gate reads the file as before.
        let images = pullable(&repo, &["images", "--all"]);
        assert!(images.stdout.contains("nginx:1.20"), "{}", images.stdout);
    }
}

#[test]
fn whatever_applies_the_file_as_a_plain_manifest_deploys_it() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: old, namespace: argocd}\nspec:\n  source: {repoURL: 'https://example.org/acme/gitops', path: PATH, directory: {recurse: true}}\n  destination: {namespace: shop}\n";
    let deployed = [
        ("apps/plain/old.yaml", "clusters/prod/old.yaml", flux("old", "./apps/plain")),
        ("apps/plain/sub/old.yaml", "clusters/prod/old.yaml", flux("old", "./apps/plain")),
        ("apps/plain/old.yaml", "argocd/old.yaml", application.replace("PATH", "apps/plain")),
        ("apps/plain/sub/old.yaml", "argocd/old.yaml", application.replace("PATH", "apps/plain")),
    ];
    for (path, at, deployer) in deployed {
        let repo = gitops(&[(path, old()), (at, deployer)]);
        assert_eq!(found(&repo, &[web()], &[]), (vec![], vec![NOT_LIVE.to_owned()]), "{path} {at}");
    }
}

/// Flux makes a kustomization of a folder without one, and takes each folder with one as it is.
#[test]
fn a_deployed_folder_above_does_not_reach_into_a_kustomization() {
    let repo = gitops(&[
        (
            "more/sub/kustomization.yaml",
            "resources: []\nnamespace: shop\nconfigMapGenerator: [{name: a, literals: [a=b]}]\n".to_owned(),
        ),
        ("more/sub/old.yaml", old()),
        ("clusters/prod/more.yaml", flux("more", "./more")),
    ]);
    let name = "Deployment shop/old web in more/sub/old.yaml".to_owned();
    assert_eq!(found(&repo, &[web()], &[]), (vec![name], vec![]));
}

#[test]
fn plain_manifests_without_a_kustomization_are_expected_in_the_cluster() {
    let repo = gitops(&[("plain/old.yaml", old())]);
    assert_eq!(found(&repo, &[web()], &[]), (vec![], vec![NOT_LIVE.to_owned()]), "beside other roots");
    let repo = Repo::new();
    repo.write("old.yaml", old()).commit("all");
    let other = live("shop", "other", "nginx:1", None);
    assert_eq!(found(&repo, &[other], &[]), (vec![], vec![NOT_LIVE.to_owned()]), "kubectl apply -f alone");
}

#[test]
fn a_kustomization_that_cannot_be_read_may_include_the_file() {
    let repo =
        gitops(&[("apps/sub/kustomization.yaml", "resources: [\n".to_owned()), ("apps/sub/old.yaml", old())]);
    assert_eq!(found(&repo, &[web()], &[]), (vec![], vec![NOT_LIVE.to_owned()]));
}

#[test]
fn a_file_that_is_a_root_of_the_cluster_is_deployed() {
    let repo = gitops(&[("apps/old.yaml", old())]);
    let roots = ["--root", "clusters/prod", "--root", "apps/old.yaml"];
    assert_eq!(found(&repo, &[web()], &roots), (vec![], vec![NOT_LIVE.to_owned()]));
    let name = "Deployment shop/old web in apps/old.yaml".to_owned();
    assert_eq!(found(&repo, &[web()], &["--root", "apps"]), (vec![name], vec![]));
}

#[test]
fn a_workload_that_runs_is_compared_with_the_file_all_the_same() {
    let repo = gitops(&[("apps/old.yaml", old())]);
    let by_hand = |image: &str| vec![web(), live("shop", "old", image, None)];
    assert_eq!(found(&repo, &by_hand("nginx:1.20"), &[]), (vec![], vec![]));
    let foreign = "foreign old web: docker.io/library/nginx:1.20 <- nginx:1.19".to_owned();
    assert_eq!(found(&repo, &by_hand("nginx:1.19"), &[]), (vec![], vec![foreign]));
    // Its labels name a deployer that does not deploy the file.
    let kept = [web(), live("shop", "old", "nginx:1.20", Some("apps"))];
    let not_in_git = "not-in-git old web: - <- nginx:1.20".to_owned();
    let name = "Deployment shop/old web in apps/old.yaml".to_owned();
    assert_eq!(found(&repo, &kept, &[]), (vec![name], vec![not_in_git]));
}

/// A copy that nobody includes does not count beside the one that is deployed.
#[test]
fn a_copy_that_nothing_includes_is_no_second_unit_of_the_workload() {
    let copy =
        deployment("web", &[("web", "nginx:1.20")]).replace("name: web}", "name: web, namespace: shop}");
    let repo = gitops(&[("apps/copy.yaml", copy)]);
    assert_eq!(only(&repo, &[web()], &["--offline"], "verdict"), "same");
    let older = [live("shop", "web", "nginx:1.20", Some("apps"))];
    assert_eq!(
        run(&repo, &older, &["--offline"]).1,
        ["foreign web web: docker.io/library/nginx:1.27 <- nginx:1.20"]
    );
}

/// A dump of last week beside the manifests is an export, and no second unit of the workloads.
#[test]
fn a_dump_that_is_committed_deploys_nothing() {
    let mut before = live("shop", "web", "nginx:1.26", Some("apps"));
    let mut gone = live("shop", "gone", "nginx:1.20", None);
    for one in [&mut before, &mut gone] {
        one["metadata"]["uid"] = "5c0f".into();
        one["metadata"]["resourceVersion"] = "71".into();
    }
    let repo = gitops(&[("dumps/monday.json", dump(&[before, gone.clone()]))]);
    let (code, lines) = run(&repo, &[web()], &["--offline"]);
    assert_eq!(
        (code, lines),
        (0, vec!["same web web: docker.io/library/nginx:1.27 <- nginx:1.27".to_owned()])
    );
    let shown = pullable(&repo, &["drift", ".git/dump.json", "--offline", "-v"]).stdout;
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Deployment shop/gone web in dumps/monday.json"), "{shown}");
    assert!(
        flat.contains("export of a cluster: no API server creates an object with a resourceVersion"),
        "{shown}"
    );
    // Flux applies it.
    repo.write("clusters/prod/dumps.yaml", flux("dumps", "./dumps"));
    repo.write("dumps/monday.json", dump(&[gone])).commit("deployed");
    let expected = "not-live gone web: docker.io/library/nginx:1.20 <- -".to_owned();
    assert_eq!(found(&repo, &[web()], &[]), (vec![], vec![expected]));
}
