//! Changes of others since the bad commit: a revert keeps them, or writes nothing.

use serde_json::Value;
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{deployment, history, incident, overlay, registry};
use crate::support::pullable;

/// The only incident of a run that wrote nothing because of a conflict.
fn conflict(repo: &Repo, args: &[&str]) -> Value {
    let run = pullable(repo, &[&["revert", "--format", "json"], args].concat());
    let found = incident(&run);
    assert_eq!((run.code, found["outcome"].as_str()), (1, Some("conflict")), "{found:#}");
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
    found
}

/// A history whose last commit broke the tag and wrote more files.
fn broken_with(registry: &Registry, before: &[(&str, &str)], after: &[(&str, &str)]) -> Repo {
    let repo = history(registry, &["'1'"]);
    for (path, text) in before {
        repo.write(path, text);
    }
    repo.commit("more");
    for (path, text) in after {
        repo.write(path, text);
    }
    repo.write("prod/kustomization.yaml", overlay(registry, "'2'")).commit("2");
    repo
}

#[test]
fn a_whole_commit_does_not_take_back_what_was_changed_since_in_the_same_place() {
    let registry = registry(&["1"]);
    let broken = || broken_with(&registry, &[("notes", "a\nb\nc\n")], &[("notes", "a\nB\nc\n")]);
    let changed = broken();
    changed.write("notes", "a\nBetter\nc\n").commit("later");
    let why = conflict(&changed, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "notes was changed since in the same place: line 2");

    let removed = broken();
    removed.remove("notes").commit("later");
    let why = conflict(&removed, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "notes was removed or replaced since");

    let new = broken_with(&registry, &[], &[("notes", "a\n")]);
    new.write("notes", "a\nmine\n").commit("later");
    let why = conflict(&new, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "notes was added or replaced by the commit, and changed since");

    let again = broken_with(&registry, &[("notes", "a\n")], &[]);
    again.git(&["reset", "-q", "--hard", "HEAD~1"]);
    again.remove("notes").write("prod/kustomization.yaml", overlay(&registry, "'2'")).commit("2");
    again.write("notes", "mine\n").commit("later");
    let why = conflict(&again, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "notes was added or replaced since");
}

/// Git has a file or a folder at a path: one that is put back would take the place of the other.
#[test]
fn a_path_is_not_put_back_where_later_files_are() {
    let registry = registry(&["1"]);
    let folder = broken_with(&registry, &[("data", "old")], &[]);
    folder.git(&["reset", "-q", "--hard", "HEAD~1"]);
    folder.remove("data").write("data/new", "x").write("prod/kustomization.yaml", overlay(&registry, "'2'"));
    folder.commit("a folder in the place of a file");
    let back = pullable(&folder, &["revert", "--whole-commit", "--format", "json"]);
    let found = incident(&back);
    assert_eq!(found["outcome"], "committed", "{found:#}");
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(folder.git(&["diff", "--name-status", "main~1", branch]), "");
    folder.git(&["branch", "-q", "-D", branch]);
    folder.write("data/mine", "mine").commit("a later file in the folder");
    let why = conflict(&folder, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "data/mine was added since, in the place of data");

    let file = broken_with(&registry, &[("data/old", "old")], &[]);
    file.git(&["reset", "-q", "--hard", "HEAD~1"]);
    file.remove("data/old").write("prod/kustomization.yaml", overlay(&registry, "'2'")).commit("2");
    std::fs::remove_dir(file.path().join("data")).unwrap();
    file.write("data", "mine").commit("a later file");
    let why = conflict(&file, &["--whole-commit"])["why"].clone();
    assert_eq!(why, "data was added since, in the place of data/old");
}

#[test]
fn a_whole_commit_that_was_reverted_already_leaves_nothing_to_write() {
    let registry = registry(&["1"]);
    let host = registry.host();
    let repo = Repo::new();
    let base = |tag: &str| deployment(&format!("{host}/shop/web:{tag}"));
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n").write("base/web.yaml", base("1"));
    repo.write("prod/kustomization.yaml", "resources: [../base]\n").commit("1");
    repo.write("prod/kustomization.yaml", overlay(&registry, "'2'")).commit("2");
    repo.write("prod/kustomization.yaml", "resources: [../base]\n").write("base/web.yaml", base("2"));
    repo.commit("the same tag in the base");
    let found = conflict(&repo, &["--whole-commit"]);
    assert_eq!(found["introducing"]["subject"], "2", "{found:#}");
    assert_eq!(found["why"], "the whole commit was reverted already");
}

/// The bad tag is in a patch that its commit added: the file is removed again, unless it was changed since.
#[test]
fn a_file_that_was_added_with_the_bad_tag_and_changed_since_is_not_removed() {
    let registry = registry(&["1"]);
    let image = format!("{}/shop/web:2", registry.host());
    let patch = format!("- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: {image}\n");
    let repo = history(&registry, &["'1'"]);
    repo.write(
        "prod/kustomization.yaml",
        "resources: [../base]\npatches: [{path: tag.yaml, target: {kind: Deployment}}]\n",
    );
    repo.write("prod/tag.yaml", &patch).commit("2");
    let run = pullable(&repo, &["revert", "--format", "json"]);
    let found = incident(&run);
    assert_eq!((run.code, found["mode"].as_str()), (0, Some("files")), "{found:#}");
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["diff", "--name-status", "main~1", branch]), "");

    repo.git(&["branch", "-q", "-D", branch]);
    repo.write("prod/tag.yaml", format!("{patch}- {{op: add, path: /spec/replicas, value: 3}}\n"))
        .commit("later");
    let why = conflict(&repo, &[])["why"].clone();
    assert_eq!(why, "prod/tag.yaml was added or replaced by the commit, and changed since");
}

/// A link that a file replaced is a link again.
#[test]
fn a_file_in_the_place_of_a_link_goes_back_to_the_link() {
    let registry = registry(&["1"]);
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    let repo = Repo::new();
    repo.write("prod/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("versions/one.yaml", deployment(&image("1")));
    repo.symlink("prod/web.yaml", "../versions/one.yaml").commit("1");
    // A text of several lines is not replaced by one of a line.
    repo.remove("prod/web.yaml");
    repo.write("prod/web.yaml", deployment(&format!(">-\n          {}", image("2")))).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--unit", "prod", "--format", "json"]));
    assert_eq!(
        (found["outcome"].as_str(), found["mode"].as_str()),
        (Some("committed"), Some("files")),
        "{found:#}"
    );
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["diff", "--name-status", "main~1", branch]), "");
}

#[test]
fn what_the_options_name_and_head_does_not_have() {
    let registry = registry(&["1", "base"]);
    let repo = history(&registry, &["'1'"]);
    pullable(&repo, &["revert", "--unit", "prod"]).refused(&["the unit prod has no broken reference"]);

    let registry = crate::revert::registry(&["1"]);
    let repo = Repo::new();
    repo.write("README.md", "x").commit("before the unit");
    for tag in ["1", "2"] {
        repo.write("web.yaml", deployment(&format!("{}/shop/web:{tag}", registry.host()))).commit(tag);
    }
    let to = |revision: &str| {
        let run = pullable(&repo, &["revert", "--no-cache", "--format", "json", "--to", revision]);
        (run.code, incident(&run))
    };
    let (code, found) = to("HEAD~2");
    assert_eq!((code, found["outcome"].as_str()), (1, Some("nothing-good")), "{found:#}");
    let why = format!("web.yaml has no such reference at {}", repo.git(&["rev-parse", "HEAD~2"]));
    assert_eq!(found["why"], why);
    registry.fault(Matcher::any("manifests/1"), Reply::status(400));
    let (code, found) = to("HEAD~1");
    assert_eq!((code, found["outcome"].as_str()), (3, Some("unverified")), "{found:#}");
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}
