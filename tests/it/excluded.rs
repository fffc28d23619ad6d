//! `exclude` of the configuration: files that are not checked, and files that are checked nevertheless.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_in, pullable_reads};

const CONFIG: &str = ".pullable.yaml";
const EXCLUDE: &str = "exclude: ['tests/**', examples/]\n";

fn images(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["images", "--format", "json"], args].concat())
}

/// The files that a report names as excluded.
fn excluded(run: &Run) -> Vec<String> {
    let json = run.json();
    let paths = json["excluded"].as_array().cloned().unwrap_or_default();
    paths.iter().map(|path| path.as_str().unwrap().to_owned()).collect()
}

fn kustomization(resource: &str) -> String {
    format!("resources: [{resource}]\n")
}

#[test]
fn excluded_files_are_counted_and_not_checked() {
    let repo = Repo::new();
    repo.write(CONFIG, EXCLUDE).write("apps/a.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("tests/a.yaml", pod(&["ghcr.io/Acme/web:1"]));
    repo.write("deep/examples/b.yaml", "image: [\n").write("apps/a.yaml", pod(&["nginx:2"])).commit("after");
    for args in [&["--base", "main"][..], &["--all"], &["."], &["tests", "deep", "apps"]] {
        let run = images(&repo, args);
        assert_eq!((run.code, run.rules()), (0, Vec::new()), "{args:?} {}", run.stdout);
        assert_eq!(run.references(), ["apps/a.yaml nginx:2"], "{args:?}");
        assert_eq!(excluded(&run), ["deep/examples/b.yaml", "tests/a.yaml"], "{args:?}");
    }
    insta::assert_snapshot!(pullable(&repo, &["images", "--base", "main", "-v"]).shown(), @"
    exit 0
    changes:
      docker.io/library/nginx:1 → 2
          Pod web (c0) in apps/a.yaml

    apps/a.yaml:8:12  docker.io/library/nginx:2

    ✓ 1 reference in 1 file, N s
      compared worktree against COMMIT (--base main)
      2 files excluded by the configuration:
        deep/examples/b.yaml
        tests/a.yaml
    ");
    let quiet = pullable(&repo, &["images", "--base", "main"]).stdout;
    assert!(quiet.contains("2 files excluded by the configuration (-v lists them)"), "{quiet}");
    let markdown = pullable(&repo, &["images", "--base", "main", "--format", "markdown"]).stdout;
    assert!(markdown.contains("2 files excluded by the configuration"), "{markdown}");
}

#[test]
fn a_file_that_a_checked_unit_includes_is_checked() {
    let repo = Repo::new();
    repo.write(CONFIG, "exclude: base/**\n").write("base/a.yaml", pod(&["ghcr.io/Acme/web:1"]));
    repo.write("base/kustomization.yaml", kustomization("a.yaml"));
    repo.write("prod/kustomization.yaml", "resources: []\n").commit("before");
    let alone = images(&repo, &["--all"]);
    assert_eq!((alone.rules().len(), excluded(&alone).len()), (0, 2), "{}", alone.stdout);
    repo.branch("change").write("prod/kustomization.yaml", kustomization("../base")).commit("after");
    for args in [&["--base", "main"][..], &["--all"]] {
        let run = images(&repo, args);
        assert_eq!(run.rules(), ["malformed-reference"], "{args:?} {}", run.stdout);
        assert_eq!(excluded(&run), [""; 0], "{args:?}");
    }
}

#[test]
fn a_kustomization_in_an_excluded_folder_is_excluded() {
    for pattern in ["tests/**", "tests", "/tests/", "tests/*"] {
        let repo = Repo::new();
        repo.write(CONFIG, format!("exclude: '{pattern}'\n"))
            .write("tests/kustomization.yaml", "resources: [absent.yaml]\n");
        repo.write("apps/kustomization.yaml", "resources: [absent.yaml]\n").commit("one");
        let run = images(&repo, &["--all"]);
        assert_eq!(run.rules(), ["broken-kustomization"], "{pattern} {}", run.stdout);
        assert_eq!(excluded(&run), ["tests/kustomization.yaml"], "{pattern}");
    }
}

#[test]
fn a_file_that_leaves_an_excluded_folder_is_new() {
    let repo = Repo::new();
    repo.write(CONFIG, EXCLUDE).write("tests/a.yaml", pod(&["ghcr.io/Acme/web:1"])).write("apps/b.yaml", "");
    repo.commit("before");
    repo.branch("change").rename("tests/a.yaml", "apps/a.yaml").commit("after");
    let run = images(&repo, &["--base", "main"]);
    assert_eq!(run.rules(), ["malformed-reference"], "{}", run.stdout);
}

#[test]
fn a_change_cannot_exclude_itself() {
    let repo = Repo::new();
    repo.write(CONFIG, "").write("apps/a.yaml", "").commit("before");
    repo.branch("change").write(CONFIG, "exclude: '**'\n").write("apps/a.yaml", pod(&["ghcr.io/Acme/web:1"]));
    repo.commit("after");
    let run = images(&repo, &["--base", "main"]);
    assert_eq!(
        (run.code, run.rules()),
        (1, vec!["not-checked".to_owned(), "malformed-reference".to_owned()])
    );
    let help = run.json()["findings"][0]["help"].as_str().unwrap().to_owned();
    assert!(help.starts_with("then: files are excluded"), "{help}");
}

#[test]
fn an_unreadable_file_is_reported_if_a_checked_unit_reads_it() {
    let repo = Repo::new();
    repo.write(CONFIG, "exclude: base/**\n").write("base/kustomization.yaml", "resources: [\n");
    repo.write("prod/kustomization.yaml", kustomization("../base")).commit("one");
    let run = images(&repo, &["--all"]);
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]), "{}", run.stdout);
}

#[test]
fn standard_input_is_never_excluded() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(CONFIG), "exclude: '**'\n").unwrap();
    std::fs::write(folder.path().join("a.yaml"), pod(&["ghcr.io/Acme/web:1"])).unwrap();
    let run = pullable_reads(folder.path(), pod(&["ghcr.io/Acme/web:1"]).as_bytes(), &["images", "-"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let run = pullable_in(folder.path(), &["images", ".", "--format", "json"]);
    assert_eq!(
        (run.code, excluded(&run)),
        (0, vec![CONFIG.to_owned(), "a.yaml".to_owned()]),
        "{}",
        run.stdout
    );
}

#[test]
fn an_audit_leaves_out_and_counts_what_is_excluded() {
    let repo = Repo::new();
    repo.write(CONFIG, EXCLUDE).write("tests/a.yaml", pod(&["ghcr.io/Acme/web:1"])).commit("one");
    let run = pullable(&repo, &["audit", "--format", "json"]);
    assert_eq!(
        (run.code, excluded(&run)),
        (0, vec!["tests/a.yaml".to_owned()]),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let found = pullable(&repo, &["where", "ghcr.io/Acme/web:1"]);
    assert!(!found.stdout.contains("excluded"), "{}", found.stdout);
}
