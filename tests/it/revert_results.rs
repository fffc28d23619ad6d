//! The result of a revert: the references that it is about, the gate on it, and links in it.

use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{incident, registry};
use crate::support::{pod, pullable};

/// A registry with `shop/web:1` and `shop/db:2`, and a repository whose last commit broke the one and mended the other.
fn broken_and_mended() -> (Registry, Repo) {
    let registry = registry(&["1"]);
    registry.create_repository("shop/db");
    registry.push("shop/db", "2");
    let repo = Repo::new();
    for tag in ["1", "2"] {
        repo.write("web.yaml", pod(&[&format!("{}/shop/web:{tag}", registry.host())]));
        repo.write("db.yaml", pod(&[&format!("{}/shop/db:{tag}", registry.host())])).commit(tag);
    }
    (registry, repo)
}

#[test]
fn a_result_that_the_gate_refuses_is_not_written() {
    let (registry, repo) = broken_and_mended();
    let run = || pullable(&repo, &["revert", "--whole-commit", "--no-cache", "--format", "json"]);
    let refused = run();
    let found = incident(&refused);
    assert_eq!((refused.code, found["outcome"].as_str()), (1, Some("refused")), "{found:#}");
    let missing =
        format!("the result does not pass the gate: db.yaml: {}/shop/db has no tag 1", registry.host());
    assert_eq!(found["why"].as_str(), Some(missing.as_str()));
    registry.fault(Matcher::any("shop/db/manifests/1"), Fault::Status(Reply::status(500)));
    let unverified = run();
    let found = incident(&unverified);
    assert_eq!((unverified.code, found["outcome"].as_str()), (3, Some("unverified")), "{found:#}");
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn what_is_missing_decides_before_what_is_not_known() {
    let (registry, repo) = broken_and_mended();
    let lost = |tag: &str| pod(&[&format!("{}/shop/lost:{tag}", registry.host())]);
    registry.create_repository("shop/lost");
    registry.push("shop/lost", "2");
    registry.fault(Matcher::any("shop/lost/manifests/1"), Fault::Status(Reply::status(500)));
    repo.write("a.yaml", lost("1")).commit("older");
    repo.write("web.yaml", pod(&[&format!("{}/shop/web:1", registry.host())]));
    repo.write("db.yaml", pod(&[&format!("{}/shop/db:1", registry.host())])).commit("before");
    repo.write("a.yaml", lost("2"));
    repo.write("web.yaml", pod(&[&format!("{}/shop/web:2", registry.host())]));
    repo.write("db.yaml", pod(&[&format!("{}/shop/db:2", registry.host())])).commit("after");
    let run = pullable(&repo, &["revert", "--whole-commit", "--no-cache", "--format", "json"]);
    let found = incident(&run);
    assert_eq!((run.code, found["outcome"].as_str()), (1, Some("refused")), "{found:#}");
    assert!(found["why"].as_str().unwrap().ends_with("/shop/db has no tag 1"), "{found:#}");
}

#[test]
fn an_alias_is_the_reference_of_its_anchor_and_another_container_is_another_one() {
    let registry = registry(&["1"]);
    let text = |tag: &str| {
        let image = format!("{}/shop/web:{tag}", registry.host());
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: &web {image}\n  \
             - name: b\n    image: *web\n  - name: c\n    image: {image}\n"
        )
    };
    let repo = Repo::new();
    repo.write("pod.yaml", text("1")).commit("one");
    repo.write("pod.yaml", text("2")).commit("two");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    let lines: Vec<u64> =
        found["references"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [8, 12], "{found:#}");
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["show", &format!("{branch}:pod.yaml")]), text("1").trim_end());
}

#[test]
fn the_same_image_in_two_files_is_two_references() {
    let registry = registry(&["1"]);
    let repo = Repo::new();
    for tag in ["1", "2"] {
        let image = format!("{}/shop/web:{tag}", registry.host());
        repo.write("a/pod.yaml", pod(&[&image])).write("b/pod.yaml", pod(&[&image, &image])).commit(tag);
    }
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    let places: Vec<String> = found["references"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}:{}", one["path"].as_str().unwrap(), one["line"]))
        .collect();
    assert_eq!(places, ["a/pod.yaml:8", "b/pod.yaml:8", "b/pod.yaml:10"], "{found:#}");
}

#[test]
fn an_earlier_value_with_tag_and_digest_has_the_name_without_the_digest() {
    let registry = registry(&["2"]);
    let digest = registry.push("shop/web", "1");
    let image = |rest: &str| format!("{}/shop/web:{rest}", registry.host());
    let repo = Repo::new();
    for rest in [format!("1@{digest}"), "2".to_owned(), "3".to_owned()] {
        repo.write("pod.yaml", pod(&[&image(&rest)])).commit(&rest);
    }
    let to =
        |name: &str| incident(&pullable(&repo, &["revert", "--dry-run", "--format", "json", "--to", name]));
    let expected = image(&format!("1@{digest}"));
    for name in [image("1"), image(&format!("1@{digest}")), "1".to_owned()] {
        assert_eq!(to(&name)["references"][0]["to"].as_str(), Some(expected.as_str()), "{name}");
    }
    assert_eq!(to(&image("2"))["references"][0]["to"].as_str(), Some(image("2").as_str()));
}

/// A kustomization reads a link. The last commit pointed it at another file, with a tag that does not exist.
#[test]
fn a_link_goes_back_and_the_gate_follows_it() {
    let registry = registry(&["1"]);
    let repo = Repo::new();
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    repo.write("prod/kustomization.yaml", "resources: [current.yaml]\n");
    repo.write("versions/one.yaml", pod(&[&image("1")])).symlink("prod/current.yaml", "../versions/one.yaml");
    repo.commit("one");
    repo.remove("prod/current.yaml").symlink("prod/current.yaml", "../versions/two.yaml");
    repo.write("versions/two.yaml", pod(&[&image("2")])).commit("two");
    let found =
        incident(&pullable(&repo, &["revert", "--whole-commit", "--unit", "prod", "--format", "json"]));
    assert_eq!(
        (found["outcome"].as_str(), found["verified"].as_bool()),
        (Some("committed"), Some(true)),
        "{found:#}"
    );
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["show", &format!("{branch}:prod/current.yaml")]), "../versions/one.yaml");
    // The file that the link named is gone too, and was applied on its own.
    let gone = serde_json::json!([{"unit": "versions/two.yaml", "from": image("2"), "to": null}]);
    assert_eq!(found["collateral"], gone);
}

/// A pointer of Git LFS replaces the file, whose content is not known.
#[test]
fn a_file_that_cannot_be_read_may_hold_a_broken_reference() {
    let repo = Repo::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 12345\n";
    repo.write("kustomization.yaml", "resources: [db.yaml]\n").write("db.yaml", pointer).commit("Add db");
    let run = pullable(&repo, &["revert", "--format", "json"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.json()["unverified"], serde_json::json!(["db.yaml"]));
}
