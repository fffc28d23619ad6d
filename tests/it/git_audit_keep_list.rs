//! `--keep-list FILE` of `audit` and `merge`: the manifests that a retention job must not delete.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::support::{Run, pod, pullable, pullable_in, scrub};

const DIGEST: &str = r"sha256:[0-9a-f]{64}|\b[0-9a-f]{40}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ";

/// An audit that writes a keep-list, and the list.
fn audited(repo: &Repo, file: &Path, args: &[&str]) -> (Run, String) {
    let run = pullable(repo, &[&["audit", "--keep-list", file.to_str().unwrap()], args].concat());
    let text = fs::read_to_string(file).unwrap();
    (run, text)
}

/// A list without what differs between two runs.
fn shown(text: &str) -> String {
    regex::Regex::new(DIGEST).unwrap().replace_all(&scrub(text), "…").into_owned()
}

/// The entries of a list, each `REASON REFERENCE`.
fn entries(text: &str, registry: &Registry) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap().1.replace(&registry.host(), "REGISTRY")).collect()
}

#[test]
fn images_in_use_and_the_values_of_a_revert_are_listed() {
    let registry = registry(&["1.4.6", "1.4.7", "1.4.8"]);
    let digest = registry.push("shop/db", "16");
    registry.push("shop/db", "17");
    let repo = history(&registry, &["1.4.7", "1.4.8", "1.5.0-typo"]);
    let db = |tag: &str| pod(&[&format!("{}/shop/db:{tag}", registry.host())]);
    repo.write("db.yaml", db("16")).commit("Add the database");
    repo.write("db.yaml", db("17")).commit("Bump the database");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keep.txt");
    let (run, text) = audited(&repo, &file, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(shown(&text), @"
    # pullable keep-list 1: complete
    # commit …, audited …
    # MANIFEST REASON REFERENCE: delete none of these, and no manifest that one of them names
    127.0.0.1:PORT./shop/db@… previous 127.0.0.1:PORT./shop/db:16
    127.0.0.1:PORT./shop/db@… in-use 127.0.0.1:PORT./shop/db:17
    127.0.0.1:PORT./shop/web@… last-known-good 127.0.0.1:PORT./shop/web:1.4.8
    ");
    assert!(text.contains(&format!("/shop/db@{digest} previous ")), "{text}");
    let (_, again) = audited(&repo, &file, &[]);
    assert_eq!(shown(&again), shown(&text));
}

#[test]
fn a_list_that_is_not_complete_states_so_and_keeps_the_earlier_one() {
    let registry = registry(&["v1", "v2"]);
    let repo = history(&registry, &["v1", "v2"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keep.txt");
    let (_, complete) = audited(&repo, &file, &[]);
    assert!(complete.starts_with("# pullable keep-list 1: complete\n"), "{complete}");
    registry.fault(Matcher::any("/shop/"), Reply::error(503, "UNAVAILABLE", "down"));
    let (run, partial) = audited(&repo, &file, &["--quiet"]);
    assert_eq!(run.code, 3);
    assert_eq!(
        entries(&partial, &registry),
        ["earlier-list REGISTRY/shop/web:v1", "earlier-list REGISTRY/shop/web:v2"]
    );
    let lack = "in-use: images that could not be verified: 1";
    assert!(
        partial.starts_with("# pullable keep-list 1: PARTIAL\n")
            && partial.contains(&format!("# partial {lack}\n")),
        "{partial}"
    );
    let said = run.said();
    assert!(said.contains(&format!("the keep-list is PARTIAL ({lack}")), "{said}");
    assert!(said.contains("2 entries of the earlier list are kept: delete nothing by this list"), "{said}");
    registry.clear_faults();
    let (run, whole) = audited(&repo, &file, &[]);
    assert_eq!(
        (shown(&whole), run.stderr.as_str()),
        (shown(&complete), ""),
        "a complete list forgets what nothing needs"
    );
    let (run, partial) = audited(&repo, &file, &["--rollback", "never"]);
    assert_eq!(run.code, 0);
    assert!(
        run.said().contains("the previous values were not queried; --rollback always queries them"),
        "{}",
        run.said()
    );
    assert_eq!(
        entries(&partial, &registry),
        ["earlier-list REGISTRY/shop/web:v1", "in-use REGISTRY/shop/web:v2"]
    );
}

/// A retention job that trusts such a list would delete what it lacks: every gap is named, and the list is partial.
#[test]
fn what_a_list_may_lack_is_named() {
    let registry = registry(&[]);
    let repo = history(&registry, &["'1'", "'2'"]);
    registry.fault(Matcher::any("manifests/1"), Reply::status(400));
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 12345\n";
    repo.write("db/kustomization.yaml", "resources: [db.yaml]\n").write("db/db.yaml", pointer);
    repo.write(".pullable.yaml", "registries: {old.example: {verify: false, reason: internal}}\n");
    repo.write("cart.yaml", pod(&["old.example/shop/cart:1"])).commit("An image of another registry");
    registry.push("shop/cart", "1");
    repo.write("cart.yaml", pod(&[&format!("{}/shop/cart:1", registry.host())])).commit("Our registry");
    let folder = tempfile::tempdir().unwrap();
    let (run, text) = audited(&repo, &folder.path().join("keep.txt"), &["--rollback", "always"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(text.starts_with("# pullable keep-list 1: PARTIAL\n"), "{text}");
    for lack in [
        "in-use: findings about content that was not read: 1",
        "previous: last known good values that could not be verified: 1",
        "previous: values that could not be verified: 1",
        "previous: values that are not known: 1 (old.example is not queried: internal)",
    ] {
        assert!(text.lines().any(|line| line.starts_with('#') && line.ends_with(lack)), "{lack}: {text}");
    }
}

#[test]
fn a_value_that_left_git_is_forgotten_and_one_whose_tag_was_deleted_is_not() {
    let registry = registry(&["v1", "v2", "v3"]);
    let repo = history(&registry, &["v1", "v2"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keep.txt");
    audited(&repo, &file, &[]);
    registry.untag("shop/web", "v2");
    let (run, text) = audited(&repo, &file, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert_eq!(
        entries(&text, &registry),
        ["last-known-good REGISTRY/shop/web:v1", "earlier-list REGISTRY/shop/web:v2"],
        "the manifest may still run: {text}"
    );
    repo.write("prod/kustomization.yaml", crate::revert::overlay(&registry, "v3")).commit("Bump web to 3");
    let (_, text) = audited(&repo, &file, &[]);
    assert_eq!(entries(&text, &registry), ["in-use REGISTRY/shop/web:v3"]);
}

#[test]
fn a_merge_without_a_shard_writes_a_partial_list() {
    let registry = Registry::start();
    let repo = Repo::new();
    for name in ["a", "b", "c", "d"] {
        registry.push(&format!("shop/{name}"), "1");
        repo.write(format!("{name}.yaml"), pod(&[&format!("{}/shop/{name}:1", registry.host())]));
    }
    repo.commit("Add them");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (_, whole) = audited(&repo, &at("whole.txt"), &[]);
    let mut files: Vec<PathBuf> = Vec::new();
    for index in ["1", "2"] {
        let report = format!("json={}", at(index).display());
        let args = ["--shard", &format!("{index}/2"), "--report", &report];
        let (run, part) = audited(&repo, &at("part.txt"), &args);
        assert!(
            part.contains(&format!("# partial in-use: this is shard {index} of 2; merge writes the list\n")),
            "{part}"
        );
        assert!(run.stderr.contains("PARTIAL"), "{}", run.stderr);
        files.push(at(index));
    }
    let merged = |files: &[PathBuf]| {
        let list = at("merged.txt").display().to_string();
        let mut args = vec!["merge", "--keep-list", &list];
        args.extend(files.iter().map(|file| file.to_str().unwrap()));
        let run = pullable_in(Path::new("/"), &args);
        (run, fs::read_to_string(&list).unwrap())
    };
    let (run, text) = merged(&files);
    assert_eq!((run.code, run.stderr.as_str(), shown(&text)), (0, "", shown(&whole)));
    let (run, text) = merged(&files[1..]);
    assert_eq!(run.code, 3);
    assert!(text.contains("# partial in-use: shard 1 has no report\n"), "{text}");
    assert!(
        run.said().contains("the keep-list is PARTIAL (in-use: shard 1 has no report)"),
        "{}",
        run.said()
    );
    assert_eq!(entries(&text, &registry).len(), 4, "{text}");
}

#[test]
fn another_file_is_not_replaced() {
    let registry = registry(&["v1"]);
    let repo = history(&registry, &["v1"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "my notes\n").unwrap();
    let name = file.to_str().unwrap();
    pullable(&repo, &["audit", "--keep-list", name])
        .refused(&["it is not a keep-list of pullable, and is not replaced"]);
    assert_eq!((fs::read_to_string(&file).unwrap().as_str(), registry.requests().len()), ("my notes\n", 0));
    pullable(&repo, &["audit", "--keep-list", name, "--history", name]).refused(&["name the same file"]);
}
