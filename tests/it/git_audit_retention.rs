//! Retention of a real registry under a running workload: what `drift` and `audit` report, and the keep-list that would have
//! prevented it.

use std::fs;
use std::path::Path;

use testkit::repo::Repo;

use crate::debian_registry::Distribution;
use crate::drift::{deployment, repository};
use crate::drift_git::{live, only};
use crate::support::pullable;

/// The tags of `shop/web`, the newest first.
const TAGS: [&str; 2] = ["1.5.0", "1.4.2"];

/// A retention job that keeps the newest tag, and what a keep-list has. Returns the tags that it deletes.
fn retention(registry: &Distribution, keep_list: &str) -> Vec<&'static str> {
    let kept: Vec<&str> = keep_list.lines().filter_map(|line| line.split(' ').next()).collect();
    let mut deleted = Vec::new();
    for tag in TAGS.into_iter().skip(1) {
        let manifest = format!("{}/shop/web@{}", registry.host, registry.digest("shop/web", tag));
        if !kept.contains(&manifest.as_str()) {
            registry.delete("shop/web", tag);
            deleted.push(tag);
        }
    }
    deleted
}

fn audited(repo: &Repo, keep_list: &Path) -> (i32, String, String) {
    let run = pullable(repo, &["audit", "--keep-list", keep_list.to_str().unwrap()]);
    assert_eq!(run.stderr, "");
    (run.code, run.stdout, fs::read_to_string(keep_list).unwrap())
}

#[test]
fn a_retention_job_that_honours_the_list_deletes_nothing_that_runs() {
    let Some(registry) = Distribution::start(false) else { return };
    let image = format!("{}/shop/web:1.4.2", registry.host);
    let repo = repository(&[("web.yaml", deployment("web", &[("web", &image)]))], "");
    repo.commit("Deploy an older version");
    let workload = [live("shop", "web", &image, None)];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keep.txt");
    let (code, _, list) = audited(&repo, &file);
    assert_eq!((code, list.lines().next()), (0, Some("# pullable keep-list 1: complete")), "{list}");
    let running = format!("{}/shop/web@{}", registry.host, registry.digest("shop/web", "1.4.2"));

    assert_eq!(retention(&registry, &list), [""; 0]);
    assert_eq!(only(&repo, &workload, &[], "verdict"), "same");

    assert_eq!(retention(&registry, ""), ["1.4.2"], "without the list it deletes what runs");
    assert_eq!(only(&repo, &workload, &[], "verdict"), "unreproducible");
    let (code, report, after) = audited(&repo, &file);
    assert_eq!(code, 1, "{report}");
    assert!(report.contains("rebuild the cluster today? No: 1 of 1 image cannot be pulled"), "{report}");
    for list in [list, after] {
        assert!(list.lines().any(|line| line.starts_with(&running)), "{running}: {list}");
    }
}
