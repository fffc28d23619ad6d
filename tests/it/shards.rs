//! `pullable audit --shard` and `pullable merge`: the union of all shards is the whole, to the byte.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::reports::trouble;
use crate::support::{Run, pod, pullable, pullable_in, pullable_with};

/// The JSON report of an audit.
fn whole(repo: &Repo) -> Run {
    pullable(repo, &["audit", "--format", "json"])
}

/// The reports of all shards, in files.
fn shards(repo: &Repo, total: usize) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for index in 1..=total {
        let run = pullable(repo, &["audit", "--format", "json", "--shard", &format!("{index}/{total}")]);
        assert!([0, 1, 3].contains(&run.code), "{}", run.stderr);
        let file = folder.path().join(format!("{index}.json"));
        fs::write(&file, run.stdout).unwrap();
        files.push(file);
    }
    (folder, files)
}

fn merge(files: &[PathBuf], format: &str) -> Run {
    let mut args = vec!["merge", "--format", format];
    args.extend(files.iter().map(|file| file.to_str().unwrap()));
    pullable_in(files[0].parent().unwrap(), &args)
}

/// A repository with every kind of trouble that shards share: an outage, guesses, templates, suspended objects, lines of
/// CI, and previous values that are gone.
fn shared_trouble(registry: &Registry) -> Repo {
    let host = registry.host();
    let repo = trouble(registry);
    for name in ["a", "b", "c", "d", "e"] {
        registry.push(&format!("shop/{name}"), "2");
        repo.write(format!("apps/{name}.yaml"), pod(&[&format!("{host}/shop/{name}:1")]));
    }
    repo.commit("Add the apps");
    registry.fault(Matcher::any("/ill/"), Reply::error(503, "UNAVAILABLE", "down"));
    for name in ["a", "b", "c", "d", "e"] {
        let images =
            [format!("{host}/shop/{name}:2"), format!("{host}/ill/{name}:1"), format!("{name}/${{TAG}}")];
        repo.write(format!("apps/{name}.yaml"), pod(&images.each_ref().map(String::as_str)));
        let values = format!(
            "one: {{image: {{repository: shop/{name}, tag: '1'}}}}\ntwo: {{image: {{repository: hub/{name}, tag: '1'}}}}\n"
        );
        repo.write(format!("values/{name}.yaml"), values);
    }
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: old}\nspec: {suspend: true}\n";
    repo.write("old.yaml", release).write(".gitlab-ci.yml", "deploy:\n  script:\n  - helm upgrade web .\n");
    repo.commit("Bump the apps");
    repo
}

#[test]
fn the_union_of_all_shards_is_the_whole() {
    let registry = Registry::start();
    let repo = shared_trouble(&registry);
    let whole = whole(&repo);
    assert_eq!(whole.code, 1, "{}", whole.stderr);
    for words in ["(and 4 more references)", "the others: ", "\"gone\": 5", "deploys-around-git"] {
        assert!(whole.stdout.contains(words), "{words}: {}", whole.stdout);
    }
    for total in [1, 2, 3, 5, 8] {
        let (_folder, mut files) = shards(&repo, total);
        files.reverse();
        let merged = merge(&files, "json");
        assert_eq!((merged.code, &merged.stdout), (whole.code, &whole.stdout), "{total} shards");
    }
}

#[test]
fn a_shard_queries_its_repositories_only() {
    let registry = Registry::start();
    let repo = shared_trouble(&registry);
    let mut seen = Vec::new();
    for index in ["1/3", "2/3", "3/3"] {
        registry.clear_requests();
        pullable(&repo, &["audit", "--rollback", "never", "--shard", index]);
        seen.push(registry.count("HEAD", "/manifests/2"));
    }
    assert_eq!(seen.iter().sum::<usize>(), 5, "{seen:?}");
    assert!(seen.iter().filter(|count| **count > 0).count() > 1, "{seen:?}");
}

#[test]
fn a_killed_shard_is_named() {
    let registry = Registry::start();
    let repo = Repo::new();
    for name in ["a", "b", "c"] {
        registry.push(&format!("shop/{name}"), "1");
        repo.write(format!("{name}.yaml"), pod(&[&format!("{}/shop/{name}:1", registry.host())]));
    }
    repo.commit("Add them");
    let (_folder, mut files) = shards(&repo, 3);
    assert_eq!(merge(&files, "human").code, 0);
    files.remove(1);
    let run = merge(&files, "human");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("shard 2 has no report: its references were not verified"), "{}", run.stdout);
    assert!(run.stdout.contains("rebuild the cluster today? Not known"), "{}", run.stdout);
    let json = merge(&files, "json").json();
    assert_eq!(json["audit"]["missing_shards"], serde_json::json!([2]));
    assert_eq!(json["audit"]["rollback"]["answer"], "unknown");
}

#[test]
fn reports_that_do_not_belong_together_are_refused() {
    let registry = Registry::start();
    let repo = shared_trouble(&registry);
    let (folder, files) = shards(&repo, 2);
    let twice = [files[0].clone(), files[0].clone(), files[1].clone()];
    assert_eq!(
        merge(&twice, "json").stdout,
        merge(&files, "json").stdout,
        "a report that is there twice counts once"
    );
    let (_three, others) = shards(&repo, 3);
    merge(&[files[0].clone(), others[1].clone()], "json")
        .refused(&["2.json: the number of shards is 3, and 2 in the first report"]);
    repo.write("new.yaml", pod(&[])).commit("Add a pod");
    let (_later, later) = shards(&repo, 2);
    merge(&[files[0].clone(), later[1].clone()], "json")
        .refused(&["2.json: the commit is ", "in the first report"]);
    merge(&[files[0].clone(), files[1].clone(), later[0].clone()], "json").refused(&["the commit is "]);
    let all = folder.path().join("all.json");
    fs::write(&all, whole(&repo).stdout).unwrap();
    merge(&[all], "json").refused(&["all.json: this is not the report of a shard"]);
    let text = fs::read_to_string(&files[0]).unwrap();
    let other = folder.path().join("other.json");
    fs::write(&other, text.replacen("\"references\": ", "\"references\": 1", 1)).unwrap();
    merge(&[files[0].clone(), other], "json")
        .refused(&["other.json: shard 1 has two reports with different results"]);
    fs::write(folder.path().join("cut.json"), text.get(..text.len() / 2).unwrap()).unwrap();
    merge(&[folder.path().join("cut.json")], "json")
        .refused(&["cut.json: this is not a JSON report of pullable"]);
    merge(&[folder.path().join("absent.json")], "json").refused(&["absent.json: "]);
}

#[test]
fn ci_numbers_the_shards() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).commit("Add it");
    let gitlab = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "4")];
    let run = pullable_with(&repo, &gitlab, &["audit", "--shard", "auto", "--format", "json"]);
    assert_eq!(run.json()["audit"]["shard"], serde_json::json!({"index": 2, "total": 4}));
    let job = [("JOB_COMPLETION_INDEX", "0")];
    let run = pullable_with(&repo, &job, &["audit", "--shard", "auto/3", "--format", "json"]);
    assert_eq!(run.json()["audit"]["shard"], serde_json::json!({"index": 1, "total": 3}));
    pullable(&repo, &["audit", "--shard", "auto"]).refused(&["no variable numbers this job"]);
    pullable(&repo, &["audit", "--shard", "0/3"]).refused(&["there is no shard 0 of 3; shards count from 1"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_repository_in_any_number_of_shards(
        files in prop::collection::vec(prop::collection::vec((0..6usize, 0..5usize), 1..5), 1..6),
        total in 1..7usize,
    ) {
        let registry = Registry::start();
        registry.fault(Matcher::any("/shop/p3/"), Reply::error(503, "UNAVAILABLE", "down"));
        registry.fault(Matcher::any("/shop/p4/"), Reply::error(503, "UNAVAILABLE", "down"));
        for name in ["p0", "p1", "p2"] {
            registry.push(&format!("shop/{name}"), "1");
        }
        let repo = Repo::new();
        for (file, images) in files.iter().enumerate() {
            let image = |(name, tag): &(usize, usize)| format!("{}/shop/p{name}:{tag}", registry.host());
            let images: Vec<String> = images.iter().map(image).collect();
            repo.write(format!("{file}.yaml"), pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        repo.commit("Add them");
        let whole = whole(&repo);
        let (_folder, files) = shards(&repo, total);
        let merged = merge(&files, "json");
        prop_assert_eq!((merged.code, merged.stdout), (whole.code, whole.stdout));
    }
}
