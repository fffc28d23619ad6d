//! The main job: a change that introduces images, some of which cannot be pulled.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{change, pod, pullable};

/// A registry with `shop/web` at three versions.
fn shop() -> Registry {
    let registry = Registry::start();
    for tag in ["1.4.2", "1.5.0", "1.5.1"] {
        registry.push("shop/web", tag);
    }
    registry
}

#[test]
fn a_typo_fails_at_its_characters() {
    let registry = shop();
    let web = |tag: &str| pod(&[&format!("{}/shop/web:{tag}", registry.host())]);
    let repo = change("apps/web.yaml", &web("1.4.2"), &web("1.5.O"));
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main"]).shown(), @"
    exit 1
    missing-tag

      × 127.0.0.1:PORT./shop/web has no tag 1.5.O
       ╭─[apps/web.yaml:8:37]
     7 │   - name: c0
     8 │     image: 127.0.0.1:PORT./shop/web:1.5.O
       ·                                     ──┬──
       ·                                       ╰── no such tag
       ╰────
      help: did you mean 1.5.0?

    ✗ 1 reference: 1 missing in 1 file, N s
      compared worktree against COMMIT (--base main)
      → pullable fix corrects 1 of these findings
      → pullable explain missing-tag
    ");
    // One challenge, one query for the tag, one for the list of tags.
    assert_eq!(registry.requests().len(), 3, "{:?}", registry.requests());
}

#[test]
fn a_good_bump_passes() {
    let registry = shop();
    let web = |tag: &str| pod(&[&format!("{}/shop/web:{tag}", registry.host())]);
    let repo = change("apps/web.yaml", &web("1.4.2"), &web("1.5.0"));
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main"]).shown(), @"
    exit 0
    ✓ 1 reference: 1 present in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
    assert_eq!(registry.requests().len(), 2, "one challenge, one HEAD: {:?}", registry.requests());
}

#[test]
fn a_change_without_images_asks_nobody() {
    let registry = shop();
    let web = pod(&[&format!("{}/shop/web:9.9.9", registry.host())]);
    let repo = change("apps/web.yaml", &web, &format!("# moved by a line\n{web}"));
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main"]).shown(), @"
    exit 0
    ✓ no image reference to check in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
    assert_eq!(registry.requests().len(), 0);
}

#[test]
fn uncommitted_and_untracked_files_count() {
    let registry = shop();
    let image = |name: &str| pod(&[&format!("{}/shop/{name}", registry.host())]);
    let repo = change("web.yaml", &image("web:1.4.2"), &image("web:1.5.0"));
    repo.write("web.yaml", image("web:uncommitted")).write("new.yaml", image("web:untracked"));
    repo.write(".gitignore", "ignored.yaml\n").write("ignored.yaml", image("web:ignored"));
    let images = |args: &[&str]| -> Vec<String> {
        let json = pullable(&repo, args).json();
        let references = json["references"].as_array().unwrap();
        references
            .iter()
            .map(|r| r["image"].as_str().unwrap().rsplit(':').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(images(&["images", "--base", "main", "--format", "json"]), ["untracked", "uncommitted"]);
    assert_eq!(images(&["images", "--base", "main", "--head", "HEAD", "--format", "json"]), ["1.5.0"]);
    assert_eq!(images(&["images", "--all", "--head", "main", "--format", "json"]), ["1.4.2"]);
}

#[test]
fn the_scope_decides_what_counts() {
    let registry = shop();
    let web = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&web("1.4.2")])).write("b.yaml", pod(&[&web("1.5.0")])).commit("before");
    repo.branch("change").write("a.yaml", pod(&[&web("1.4.2"), &web("1.5.1")])).commit("after");
    let count = |scope: &str| {
        let args = ["images", "--base", "main", "--scope", scope, "--format", "json"];
        pullable(&repo, &args).json()["summary"]["references"].as_u64().unwrap()
    };
    assert_eq!((count("introduced"), count("touched")), (1, 2));
    let all = pullable(&repo, &["images", "--scope", "all", "--format", "json"]);
    assert_eq!(all.json()["summary"]["references"], 3);
    assert_eq!(all.json()["change"], serde_json::Value::Null);
}

#[test]
fn a_renamed_file_brings_nothing_in() {
    let registry = shop();
    let text = pod(&[&format!("{}/shop/web:9.9.9", registry.host())]);
    let repo = Repo::new();
    repo.write("a.yaml", &text).commit("before");
    repo.branch("change").rename("a.yaml", "b.yaml").commit("after");
    assert_eq!(pullable(&repo, &["check", "--base", "main"]).code, 0);
    repo.rename("b.yaml", "c.yaml");
    assert_eq!(pullable(&repo, &["check", "--base", "main"]).code, 0, "an uncommitted move");
    repo.write("c.yaml", text.replace("web", "wob"));
    let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
    assert_eq!(run.rules(), ["missing-repository"]);
}

#[test]
fn each_unique_image_is_asked_for_once() {
    let registry = shop();
    let web = format!("{}/shop/web:1.5.0", registry.host());
    let repo = change("a.yaml", "", &pod(&[&web, &web, &web]));
    repo.write("b.yaml", pod(&[&web]));
    let json = pullable(&repo, &["check", "--base", "main", "--format", "json"]).json();
    assert_eq!((&json["summary"]["references"], &json["summary"]["images"]), (&4.into(), &1.into()));
    assert_eq!(registry.count("HEAD", "/manifests/"), 1);
}

#[test]
fn an_ignore_lets_one_rule_pass() {
    let registry = shop();
    let web = |comment: &str| pod(&[&format!("{}/shop/web:9.9.9{comment}", registry.host())]);
    let repo = change("a.yaml", "", &web(" # pullable: ignore[missing-tag] pushed by the release job"));
    let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
    assert_eq!((run.code, run.rules()), (0, vec!["ignore-added".to_owned()]));
    assert_eq!(run.json()["references"][0]["verdict"], "skipped");
    assert_eq!(
        run.json()["references"][0]["reason"],
        "missing-tag is ignored on line 8: pushed by the release job"
    );
    repo.write("a.yaml", web(" # pullable: ignore[unauthorized] private"));
    assert_eq!(pullable(&repo, &["check", "--base", "main"]).code, 1, "another rule is not ignored");
    repo.write("a.yaml", web(" # pullable: ignore[missing-tags]"));
    let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
    let help = run.json()["findings"][0]["help"].as_str().unwrap_or_default().to_owned();
    assert!(help.contains("names no rule: \"missing-tags\"; did you mean missing-tag?"), "{help}");
    for void in [" # pullable: ignore", " # pullable: ignore all of it", " # pullable: ignore[missing-tag]"] {
        repo.write("a.yaml", web(void));
        let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
        assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]), "{void}");
        let help = run.json()["findings"][0]["help"].as_str().unwrap_or_default().to_owned();
        assert!(help.contains("so it ignores nothing"), "{help}");
    }
}

#[test]
fn values_without_a_registry_get_the_benefit_of_the_doubt() {
    let values = "image:\n  repository: acme/web\n  tag: '1'\n";
    let repo = change("values.yaml", "", values);
    let run = pullable(&repo, &["images", "--base", "main"]);
    insta::assert_snapshot!(run.shown(), @"
    exit 0
    values.yaml:3:9  docker.io/acme/web:1

    ✓ 1 reference in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
}

#[test]
fn everything_that_needs_no_registry_is_said_by_images_too() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["ghcr.io/Acme/web:1", "nginx:${TAG}", "redis:${TAG}"])).commit("one");
    repo.write("values.yaml", "image:\n  repository: acme/web\n  tag: 1.10\n");
    repo.write("broken.yaml", "image: [a, b\n").write("deploy.jsonnet", "{}");
    insta::assert_snapshot!(pullable(&repo, &["images", "--all"]).shown(), @r#"
    exit 1
    malformed  a.yaml:8:12      ghcr.io/Acme/web:1
    skipped    a.yaml:10:12     nginx:${TAG} (the reference is a variable that is substituted later)
    skipped    a.yaml:12:12     redis:${TAG} (the reference is a variable that is substituted later)
    malformed  values.yaml:3:8  1.10

    malformed-reference

      × "ghcr.io/Acme/web:1" is not an image reference: a repository is written in lower case: "Acme"
       ╭─[a.yaml:8:20]
     7 │   - name: c0
     8 │     image: ghcr.io/Acme/web:1
       ·                    ──┬─
       ·                      ╰── here
       ╰────
      help: write it in lower case: ghcr.io/acme/web:1

    unresolved-reference

      ☞ nginx:${TAG}: the reference is a variable that is substituted later (and 1 more reference in
      │ this file)
        ╭─[a.yaml:10:12]
      9 │   - name: c1
     10 │     image: nginx:${TAG}
        ·            ──────┬─────
        ·                  ╰── not known here
        ╰────

    unparseable-file

      ⚠ this document cannot be read as YAML: unclosed bracket '['; 1 `image:` line in it was not
      │ checked
       ╭─[broken.yaml:1:8]
     1 │ image: [a, b
       ·        ┬
       ·        ╰── the parser stopped here
       ╰────

    not-checked

      ☞ deploy.jsonnet: jsonnet is not rendered, so the images that it deploys are not checked
      help: render it and check the result: … | pullable check -

    numeric-tag

      × YAML reads 1.10 as a number, and Helm renders it as 1.1
       ╭─[values.yaml:3:8]
     2 │   repository: acme/web
     3 │   tag: 1.10
       ·        ──┬─
       ·          ╰── a number
       ╰────
      help: quote it: "1.10"

    ✗ 4 references: 2 malformed, 2 skipped in 3 files, N s
      → pullable fix corrects 1 of these findings
      → pullable explain malformed-reference
    "#);
    assert_eq!(pullable(&repo, &["images", "--all"]).code, 1);
    repo.remove("values.yaml").write("a.yaml", pod(&["nginx:${TAG}"])).remove("broken.yaml");
    assert_eq!(pullable(&repo, &["images", "--all"]).code, 0);
    assert_eq!(pullable(&repo, &["images", "--all", "--strict"]).code, 1);
}
