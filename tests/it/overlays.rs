//! The deployed images: overlays, variables and layers of values with the program.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{pullable, pullable_in};

const BASE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: shop/web:set-by-overlay
";

fn overlay(registry: &Registry, tag: &str) -> String {
    format!(
        "resources: [../../base]\nimages:\n- name: shop/web\n  newName: {}/shop/web\n  newTag: {tag}\n",
        registry.host()
    )
}

/// A base with two overlays, of which a branch bumps one.
fn shop(registry: &Registry, tag: &str) -> Repo {
    let repo = Repo::new();
    repo.write("base/web.yaml", BASE);
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("overlays/prod/kustomization.yaml", overlay(registry, "1.4.2"));
    repo.write("overlays/test/kustomization.yaml", overlay(registry, "1.4.2"));
    repo.commit("before");
    repo.git(&["checkout", "-q", "-b", "bump"]);
    repo.write("overlays/prod/kustomization.yaml", overlay(registry, tag));
    repo
}

#[test]
fn the_finding_points_at_the_line_that_decides() {
    let registry = Registry::start();
    registry.push("shop/web", "1.4.2");
    registry.push("shop/web", "1.5.0");
    let repo = shop(&registry, "1.5.O");
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main"]).shown(), @"
    exit 1
    missing-tag

      × 127.0.0.1:PORT./shop/web has no tag 1.5.O
       ╭─[overlays/prod/kustomization.yaml:5:11]
     4 │   newName: 127.0.0.1:PORT./shop/web
     5 │   newTag: 1.5.O
       ·           ──┬──
       ·             ╰── no such tag
       ╰────
      help: did you mean 1.5.0?
            base/web.yaml:9:16 shop/web:set-by-overlay (written here in the base)

    ✗ 1 reference: 1 missing in 1 file, N s
      compared worktree against COMMIT (--base main)
      → pullable fix corrects 1 of these findings
      → pullable explain missing-tag
    ");
}

#[test]
fn a_change_of_the_base_is_judged_by_what_its_roots_make_of_it() {
    let registry = Registry::start();
    registry.push("shop/web", "1.4.2");
    let repo = shop(&registry, "1.4.2");
    repo.write("base/web.yaml", BASE.replace("set-by-overlay", "another-placeholder"));
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main"]).shown(), @"
    exit 0
    ✓ no image reference to check in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
    insta::assert_snapshot!(pullable(&repo, &["images", "--all", "--explain"]).shown(), @"
    exit 0
    overlays/prod/kustomization.yaml:5:11  127.0.0.1:PORT./shop/web:1.4.2
        base/web.yaml:9:16 shop/web:another-placeholder (written here in the base)
        overlays/prod/kustomization.yaml:4:12 127.0.0.1:PORT./shop/web (newName)
        overlays/prod/kustomization.yaml:5:11 1.4.2 (decides)
    overlays/test/kustomization.yaml:5:11  127.0.0.1:PORT./shop/web:1.4.2
        base/web.yaml:9:16 shop/web:another-placeholder (written here in the base)
        overlays/test/kustomization.yaml:4:12 127.0.0.1:PORT./shop/web (newName)
        overlays/test/kustomization.yaml:5:11 1.4.2 (decides)

    ✓ 2 references in 4 files, N s
    ");
}

#[test]
fn a_folder_that_is_named_is_put_together_too() {
    let registry = Registry::start();
    let repo = shop(&registry, "1.5.0");
    insta::assert_snapshot!(pullable_in(repo.path(), &["images", ".", "--explain"]).shown(), @"
    exit 0
    overlays/prod/kustomization.yaml:5:11  127.0.0.1:PORT./shop/web:1.5.0
        base/web.yaml:9:16 shop/web:set-by-overlay (written here in the base)
        overlays/prod/kustomization.yaml:4:12 127.0.0.1:PORT./shop/web (newName)
        overlays/prod/kustomization.yaml:5:11 1.5.0 (decides)
    overlays/test/kustomization.yaml:5:11  127.0.0.1:PORT./shop/web:1.4.2
        base/web.yaml:9:16 shop/web:set-by-overlay (written here in the base)
        overlays/test/kustomization.yaml:4:12 127.0.0.1:PORT./shop/web (newName)
        overlays/test/kustomization.yaml:5:11 1.4.2 (decides)

    ✓ 2 references in 4 files, N s
    ");
    let alone = pullable_in(repo.path(), &["images", "overlays/prod"]);
    insta::assert_snapshot!(alone.shown(), @"
    exit 0
    overlays/prod/kustomization.yaml:5:11  127.0.0.1:PORT./shop/web:1.5.0

    ✓ 1 reference in 1 file, N s
    ");
}

#[test]
fn what_cannot_be_built_is_told_at_its_line() {
    let registry = Registry::start();
    let repo = shop(&registry, "1.4.2");
    let more = "resources: [../../base, gone.yaml, 'https://github.com/acme/base?ref=v1']\n";
    repo.write("overlays/prod/kustomization.yaml", more);
    insta::assert_snapshot!(pullable(&repo, &["images", "--base", "main"]).shown(), @"
    exit 0
    base/web.yaml:9:16  docker.io/shop/web:set-by-overlay

    broken-kustomization

      ⚠ there is no overlays/prod/gone.yaml, and kustomize needs it; the rest is checked
       ╭─[overlays/prod/kustomization.yaml:1:25]
     1 │ resources: [../../base, gone.yaml, 'https://github.com/acme/base?ref=v1']
       ·                         ────┬────
       ·                             ╰── kustomize stops here
       ╰────

    not-checked

      ☞ remote bases are not fetched, so the images in them are not checked
       ╭─[overlays/prod/kustomization.yaml:1:37]
     1 │ resources: [../../base, gone.yaml, 'https://github.com/acme/base?ref=v1']
       ·                                     ─────────────────┬─────────────────
       ·                                                      ╰── not checked
       ╰────
      help: render it and check the result: kustomize build … | pullable check -

    ✓ 1 reference in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
}
