//! `pullable where`: the places of an image, the units that deploy it, and since which commit.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_with};

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.26
";

fn overlay(tag: &str) -> String {
    format!("resources: [../base]\nimages:\n- name: nginx\n  newTag: \"{tag}\"\n")
}

/// A base with two overlays, one of which was added later and one of which sets the tag; and a file on its own.
fn shop() -> Repo {
    let repo = Repo::new();
    repo.write("base/web.yaml", WEB).write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("prod/kustomization.yaml", overlay("1.26")).commit("Add prod");
    repo.write("prod/kustomization.yaml", overlay("1.27")).commit("Bump nginx");
    repo.write("test/kustomization.yaml", "resources: [../base]\n").commit("Add test");
    repo.write("job.yaml", pod(&["ghcr.io/acme/log4j-shell:2", "ghcr.io/acme/web:1.27"])).commit("Add a job");
    repo.write("README.md", "shop").commit("Add a readme");
    repo
}

/// The JSON of a run, which is as the schema has it.
fn json(run: &Run) -> serde_json::Value {
    let json = run.json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/where.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{json:#}");
    json
}

#[test]
fn places_with_units_and_commits() {
    let repo = shop();
    insta::assert_snapshot!(pullable(&repo, &["where", "nginx"]).shown(), @"
    exit 0
    docker.io/library/nginx:1.26
      base/web.yaml:9:16            test  since 2024-01-01, COMMIT (new unit) Add test
    docker.io/library/nginx:1.27
      prod/kustomization.yaml:4:12  prod  since 2024-01-01, COMMIT Bump nginx

    2 places in 2 units at COMMIT
    ");
}

#[test]
fn narrow_terminals_have_the_parts_of_a_place_below_each_other() {
    let repo = shop();
    repo.write("release.yaml", pod(&["ghcr.io/acme/job:${TAG}"])).commit("Add a variable");
    for columns in ["40", "80", "120"] {
        let run = pullable_with(&repo, &[("COLUMNS", columns)], &["where", "nginx"]);
        let most: usize = columns.parse().unwrap();
        assert!(run.stdout.lines().all(|line| line.chars().count() <= most), "{columns}: {}", run.stdout);
    }
    let wide = pullable_with(&repo, &[("COLUMNS", "120")], &["where", "nginx"]);
    assert_eq!(wide.shown(), pullable(&repo, &["where", "nginx"]).shown());
    let narrow = pullable_with(&repo, &[("COLUMNS", "40")], &["where", "nginx"]);
    insta::assert_snapshot!(narrow.shown(), @"
    exit 0
    docker.io/library/nginx:1.26
      base/web.yaml:9:16
        test
          since 2024-01-01, COMMIT (new
            unit) Add test
    docker.io/library/nginx:1.27
      prod/kustomization.yaml:4:12
        prod
          since 2024-01-01, COMMIT Bump
            nginx

    2 places in 2 units at COMMIT
      1 reference is filled in elsewhere:
        ghcr.io/acme/job:${TAG}
    ");
}

#[test]
fn the_list_has_a_line_for_each_place_and_unit() {
    let repo = shop();
    repo.write("stage/kustomization.yaml", "resources: [../base]\n");
    let added = repo.commit("Add stage");
    let run = pullable(&repo, &["where", "nginx:1.26", "--format", "list"]);
    let lines: Vec<Vec<&str>> = run.stdout.lines().map(|line| line.split('\t').collect()).collect();
    let image = "docker.io/library/nginx:1.26";
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], [image, "base/web.yaml:9:16", "stage", added.as_str()]);
    assert_eq!(lines[1][..3], [image, "base/web.yaml:9:16", "test"]);
    let run = pullable(&repo, &["where", "nginx:1.26", "--format", "list", "--no-history"]);
    assert!(run.stdout.ends_with("\ttest\t\n"), "{}", run.stdout);
}

#[test]
fn whoever_looks_for_an_image_finds_it_as_it_is_deployed() {
    let repo = shop();
    let found = |wanted: &str| {
        let run = pullable(&repo, &["where", wanted, "--no-history", "--format", "json"]);
        let json = json(&run);
        let places = json["places"].as_array().unwrap().iter();
        let images = places.map(|place| place["image"].as_str().unwrap().to_owned());
        (run.code, images.collect::<Vec<_>>())
    };
    let (old, new) = ("docker.io/library/nginx:1.26", "docker.io/library/nginx:1.27");
    let (log4j, web) = ("ghcr.io/acme/log4j-shell:2", "ghcr.io/acme/web:1.27");
    for (wanted, images) in [
        ("nginx", &[old, new][..]),
        ("docker.io/library/nginx:1.27", &[new]),
        ("nginx:1.2*", &[old, new]),
        ("*/log4j*", &[log4j]),
        ("ghcr.io/acme/*", &[log4j, web]),
        ("*:1.27", &[new, web]),
        ("ghcr.io/acme/nginx", &[]),
        ("nginx:1", &[]),
    ] {
        assert_eq!(
            found(wanted),
            (i32::from(images.is_empty()), images.iter().map(ToString::to_string).collect()),
            "{wanted}"
        );
    }
}

#[test]
fn images_of_the_same_name_are_listed_if_nothing_is_found() {
    let repo = shop();
    let found = |wanted: &str| pullable(&repo, &["where", wanted, "--no-history"]).shown();
    insta::assert_snapshot!(found("ghcr.io/acme/nginx"), @"
    exit 1
    nothing in Git at COMMIT names ghcr.io/acme/nginx
      of the same name: docker.io/library/nginx:1.26, docker.io/library/nginx:1.27
    ");
    insta::assert_snapshot!(found("acme/web"), @"
    exit 1
    nothing in Git at COMMIT names acme/web
      of the same name: ghcr.io/acme/web:1.27
    ");
    repo.write("more.yaml", pod(&["acme.test/a/web:1", "acme.test/b/web:1", "acme.test/c/web:1"]))
        .commit("Add more");
    insta::assert_snapshot!(found("acme/web"), @"
    exit 1
    nothing in Git at COMMIT names acme/web
      of the same name: acme.test/a/web:1, acme.test/b/web:1, acme.test/c/web:1 and 1 more
    ");
    insta::assert_snapshot!(found("postgres"), @"
    exit 1
    nothing in Git at COMMIT names postgres
    ");
}

#[test]
fn a_digest_is_found_in_whatever_repository() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let repo = Repo::new();
    repo.write(
        "a.yaml",
        pod(&[&format!("nginx:1@{digest}"), &format!("mirror.test/nginx@{digest}"), "nginx:1"]),
    );
    repo.commit("Add it");
    let run = pullable(&repo, &["where", &digest, "--format", "list"]);
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{}", run.stdout);
}

#[test]
fn only_the_commit_counts() {
    let repo = shop();
    repo.write("new.yaml", pod(&["ghcr.io/acme/new:1"]));
    assert_eq!(pullable(&repo, &["where", "ghcr.io/acme/new"]).code, 1);
    repo.commit("Add another");
    assert_eq!(pullable(&repo, &["where", "ghcr.io/acme/new", "-q"]).stdout, "");
    assert_eq!(pullable(&repo, &["where", "ghcr.io/acme/new", "--head", "HEAD~1"]).code, 1);
}

#[test]
fn a_shallow_clone_knows_a_part_only() {
    let clone = shop().clone_shallow(1);
    let run = pullable(&clone, &["where", "nginx:1.27"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("since at least 2024-01-01, "), "{}", run.stdout);
    assert!(
        run.stdout.contains("\"at least\": this clone is shallow: git fetch --no-tags --unshallow origin"),
        "{}",
        run.stdout
    );
    let json = json(&pullable(&clone, &["where", "nginx:1.27", "--format", "json"]));
    assert_eq!(json["places"][0]["since"][0]["commit"]["is_exact"], false);
}

#[test]
fn what_is_not_known_is_counted_and_makes_no_certainty() {
    let repo = Repo::new();
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart:\n    spec: {chart: web, \
                   version: 1.0.0, sourceRef: {kind: HelmRepository, name: acme}}\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: \
                   HelmRepository\nmetadata: {name: acme}\nspec: {url: https://charts.test}\n";
    repo.write("release.yaml", release).write("job.yaml", pod(&["ghcr.io/acme/job:${TAG}", "${IMAGE}"]));
    repo.commit("Add both");
    insta::assert_snapshot!(pullable(&repo, &["where", "nginx"]).shown(), @"
    exit 3
    nothing in Git at COMMIT names nginx
      1 chart or artifact is not in Git and may deploy more: https://charts.test/web:1.0.0
      2 references are filled in elsewhere: ${IMAGE}, ghcr.io/acme/job:${TAG}
    ");
    let run = pullable(&repo, &["where", "ghcr.io/acme/job", "--format", "json"]);
    let json = json(&run);
    assert_eq!(run.code, 0, "the repository is written, whatever the tag is");
    assert_eq!(json["places"][0]["written"], "ghcr.io/acme/job:${TAG}");
    assert_eq!(json["unknown"].as_array().map(Vec::len), Some(2));
}

#[test]
fn texts_that_are_no_image_and_folders_without_history() {
    let repo = shop();
    pullable(&repo, &["where", "Nginx"]).refused(&["\"Nginx\" is neither an image nor a pattern"]);
    pullable(&repo, &["where", "sha256:abc"]).refused(&["is not a digest", "64 hexadecimal digits"]);
    pullable(&repo, &["where", "a["]).refused(&["\"a[\" is not a pattern"]);
    pullable(&repo, &["where"]).refused(&["<IMAGE>..."]);
    pullable(&Repo::new(), &["where", "nginx"]).refused(&["there is no commit yet"]);
}

#[test]
fn text_of_git_gives_no_orders() {
    let repo = Repo::new();
    let nasty = "\u{1b}[31m::error::x ##[error]y\u{202e}";
    repo.write("a\u{1b}[31m.yaml", pod(&["nginx:1"])).commit(nasty);
    for format in ["human", "list", "json"] {
        let out = pullable(&repo, &["where", "nginx", "--format", format]).stdout;
        let unseen = |c: char| c.is_control() && !"\n\t".contains(c) || c == '\u{202e}';
        assert!(!out.contains(unseen) && !out.contains("##[") && out.contains("nginx"), "{out:?}");
    }
}
