//! `pullable revert` with a real registry that deleted the last good tag.

use testkit::repo::Repo;

use crate::debian_registry::Distribution;
use crate::revert::deployment;
use crate::support::pullable;

#[test]
fn the_one_before_the_deleted_tag_is_chosen() {
    let Some(registry) = Distribution::start(false) else { return };
    registry.delete("shop/web", "1.5.0");
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host);
    let repo = Repo::new();
    for tag in ["1.4.2", "1.5.0", "1.6.0"] {
        repo.write("web.yaml", deployment(&image(tag))).commit(tag);
    }
    let run = pullable(&repo, &["revert", "--format", "json"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let incident = &json["incidents"][0];
    let reference = &incident["references"][0];
    let tried =
        |at: usize| (reference["tried"][at]["image"].clone(), reference["tried"][at]["verdict"].clone());
    assert_eq!(tried(0), (image("1.5.0").into(), "missing-tag".into()));
    assert_eq!(tried(1), (image("1.4.2").into(), "present".into()));
    assert_eq!((&reference["to"], &incident["verified"]), (&image("1.4.2").into(), &true.into()));
    let branch = incident["branch"].as_str().unwrap();
    let check = pullable(&repo, &["check", "--base", "main", "--head", branch]);
    assert_eq!(check.code, 0, "{}", check.stdout);
}

#[test]
fn a_registry_that_is_gone_stops_with_3() {
    let Some(registry) = Distribution::start(false) else { return };
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host);
    let repo = Repo::new();
    for tag in ["1.4.2", "1.6.0"] {
        repo.write("web.yaml", deployment(&image(tag))).commit(tag);
    }
    let bad = image("1.6.0");
    drop(registry);
    let run = pullable(&repo, &["revert", &bad, "--no-cache"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}
