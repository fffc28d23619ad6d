//! `pullable audit`: could Git rebuild the cluster, could a revert roll back each last change, and does CI deploy around Git?

use model::report::Document;
use serde_json::json;
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::support::{Run, pod, pullable, pullable_with};

const DEPLOY: &str = "\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
    - name: kubectl apply
      run: kubectl apply -f deploy/ # by hand
";

/// The report of a run, which is as the schema has it and reads back to the byte.
fn document(run: &Run) -> Document {
    let json = run.json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{json:#}");
    let document = Document::parse(run.stdout.as_bytes()).unwrap();
    assert_eq!(pullable::report::document(&document), run.stdout);
    document
}

/// A repository whose broken tag has a gone one before it, whose database cannot go back, and whose CI deploys by itself.
fn in_trouble(registry: &Registry) -> Repo {
    registry.push("shop/db", "17");
    let repo = history(registry, &["1.4.7", "1.4.8", "1.5.0-typo"]);
    let db = |tag: &str| pod(&[&format!("{}/shop/db:{tag}", registry.host())]);
    repo.write("db.yaml", db("16")).commit("Add the database");
    repo.write("db.yaml", db("17")).commit("Bump the database");
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: old}\nspec:\n  suspend: true\n";
    repo.write("old.yaml", release).write(".github/workflows/deploy.yml", DEPLOY).commit("Deploy");
    repo
}

#[test]
fn three_questions_with_their_evidence() {
    let registry = registry(&["1.4.7"]);
    let repo = in_trouble(&registry);
    insta::assert_snapshot!(pullable(&repo, &["audit"]).shown(), @"
    exit 1
    deploys-around-git

      ☞ CI reaches a cluster directly: kubectl apply
       ╭─[.github/workflows/deploy.yml:7:12]
     6 │     - name: kubectl apply
     7 │       run: kubectl apply -f deploy/ # by hand
       ·            ──────┬──────
       ·                  ╰── reaches a cluster
       ╰────
      help: its changes there are not in Git, so neither a rebuild nor a revert includes them

    suspended

      ⚠ HelmRelease old is suspended in Git, so no change of it is rolled out
       ╭─[old.yaml:5:12]
     4 │ spec:
     5 │   suspend: true
       ·            ──┬─
       ·              ╰── suspended here
       ╰────
      help: since 2024-01-01, commit COMMIT

    missing-tag

      × 127.0.0.1:PORT./shop/web has no tag 1.5.0-typo
       ╭─[prod/kustomization.yaml:4:11]
     3 │ - name: 127.0.0.1:PORT./shop/web
     4 │   newTag: 1.5.0-typo # the version
       ·           ─────┬────
       ·                ╰── no such tag
       ╰────
      help: correct the tag, or push the image before this is merged
            base/web.yaml:9:16 127.0.0.1:PORT./shop/web:base (written here in the base)

    Could this Git rebuild the cluster today? No: 1 of 2 images cannot be pulled.
      127.0.0.1:PORT./shop/web:1.5.0-typo (missing-tag) at prod/kustomization.yaml:4
        since 2024-01-01, COMMIT Bump web to 1.5.0-typo
        last known good: 127.0.0.1:PORT./shop/web:1.4.7 of COMMIT (1 newer cannot be pulled)
      1 object is suspended, and not rolled out in a rebuild
    Could a revert roll back each last change today? No: 2 of 2 previous values cannot be pulled.
      127.0.0.1:PORT./shop/db:16 (missing-tag) was the value before 127.0.0.1:PORT./shop/db:17 at
          db.yaml:8
      127.0.0.1:PORT./shop/web:1.4.8 (missing-tag) was the value before
          127.0.0.1:PORT./shop/web:1.5.0-typo at prod/kustomization.yaml:4
    Does CI deploy around Git? Yes: 1 line in 1 CI file reaches a cluster.
      the findings of the rule deploys-around-git

    ✗ 2 references: 1 missing, 1 present in 6 files, N s
      → pullable explain missing-tag
    ");
}

#[test]
fn the_report_is_that_of_the_gate_with_the_answers() {
    let registry = registry(&["1.4.7"]);
    let repo = in_trouble(&registry);
    let run = pullable(&repo, &["audit", "--format", "json"]);
    let audit = document(&run).audit.unwrap();
    assert_eq!((run.code, audit.commit.as_str()), (1, repo.head().as_str()));
    let rebuild = serde_json::to_value(&audit.rebuild).unwrap();
    assert_eq!(
        (&rebuild["answer"], &rebuild["images"], &rebuild["broken"], &rebuild["suspended"]),
        (&json!("no"), &json!(2), &json!(1), &json!(1)),
        "{rebuild:#}"
    );
    let broken = &audit.rebuild.references[0];
    assert_eq!((broken.rule.as_str(), broken.unit.as_str()), ("missing-tag", "prod"));
    assert!(broken.last_known_good.as_ref().unwrap().image.ends_with("/shop/web:1.4.7"));
    let verdicts: Vec<&str> = broken.tried.iter().map(|tried| tried.verdict.as_str()).collect();
    assert_eq!(verdicts, ["missing-tag", "present"]);
    let rollback = audit.rollback.unwrap();
    assert_eq!((rollback.previous, rollback.gone, rollback.unverified, rollback.new), (2, 2, 0, 0));
    assert!(rollback.references[0].previous.image.ends_with("/shop/db:16"));
    assert_eq!((audit.around_git.files, audit.around_git.lines), (1, 1));
    let gate = pullable(&repo, &["check", "--all", "--head", "HEAD", "--format", "json"]).json();
    let audited = run.json();
    assert_eq!(gate["references"], audited["references"]);
    assert_eq!(gate["findings"].as_array().unwrap().len() + 1, audited["findings"].as_array().unwrap().len());
}

#[test]
fn nothing_is_wrong() {
    let registry = registry(&["1.4.7", "1.4.8"]);
    let repo = history(&registry, &["1.4.7", "1.4.8"]);
    insta::assert_snapshot!(pullable(&repo, &["audit"]).shown(), @"
    exit 0
    Could this Git rebuild the cluster today? Yes: the only image can be pulled.
    Could a revert roll back each last change today? Yes: the only previous value can be pulled.
    Does CI deploy around Git? No: no line of a CI file reaches a cluster.

    ✓ 1 reference: 1 present in 3 files, N s
    ");
    let markdown = pullable(&repo, &["audit", "--format", "markdown"]).stdout;
    assert!(markdown.contains("✅ **Could this Git rebuild the cluster today? Yes"), "{markdown}");
}

#[test]
fn nothing_is_known_while_the_registry_is_down() {
    let registry = registry(&["1.4.7", "1.4.8"]);
    let repo = history(&registry, &["1.4.7", "1.4.8"]);
    registry.fault(Matcher::any("/shop/web/manifests/1.4.7"), Reply::error(500, "UNKNOWN", "down"));
    let run = pullable(&repo, &["audit", "--format", "json"]);
    let audit = document(&run).audit.unwrap();
    assert_eq!(run.code, 0, "the previous value is no part of the first question: {}", run.stdout);
    let rollback = serde_json::to_value(audit.rollback.unwrap()).unwrap();
    assert_eq!((&rollback["answer"], &rollback["unverified"]), (&json!("unknown"), &json!(1)));
    registry.fault(Matcher::any("/shop/web/"), Reply::error(500, "UNKNOWN", "down"));
    let run = pullable(&repo, &["audit", "--format", "json"]);
    let rebuild = serde_json::to_value(document(&run).audit.unwrap().rebuild).unwrap();
    assert_eq!((run.code, &rebuild["answer"], &rebuild["unverified"]), (3, &json!("unknown"), &json!(1)));
    let people = pullable(&repo, &["audit"]).stdout;
    assert!(people.contains("nothing is known to be missing"), "{people}");
    assert!(!people.contains("PULLABLE_OVERRIDE"), "it has no effect on an audit: {people}");
}

#[test]
fn a_commit_is_audited_and_never_the_work_tree() {
    let registry = registry(&["1.4.7"]);
    let repo = history(&registry, &["1.4.7"]);
    repo.write("new.yaml", pod(&[&format!("{}/shop/web:9", registry.host())]));
    assert_eq!(pullable(&repo, &["audit"]).code, 0);
    repo.commit("Add it");
    assert_eq!(pullable(&repo, &["audit"]).code, 1);
    assert_eq!(pullable(&repo, &["audit", "--head", "HEAD~1"]).code, 0);
    let overridden =
        pullable_with(&repo, &[("PULLABLE_OVERRIDE", "tonight")], &["audit", "--format", "json"]);
    assert_eq!((overridden.code, document(&overridden).overridden), (1, None));
}

#[test]
fn a_shallow_clone_has_no_past() {
    let registry = registry(&["1.4.7"]);
    let clone = history(&registry, &["1.4.7", "1.5.0-typo"]).clone_shallow(1);
    let run = pullable(&clone, &["audit", "--format", "json"]);
    let audit = document(&run).audit.unwrap();
    let broken = &audit.rebuild.references[0];
    assert_eq!((run.code, &broken.introduced, &broken.last_known_good), (1, &None, &None));
    assert!(broken.why.as_ref().unwrap().contains("git fetch --no-tags --unshallow origin"));
    let rollback = audit.rollback.unwrap();
    assert_eq!((rollback.previous, rollback.not_known[0].count), (0, 1));
}

#[test]
fn previous_values_are_queried_if_that_is_wanted() {
    let registry = registry(&["1.4.7", "1.4.8"]);
    let repo = history(&registry, &["1.4.7", "1.4.8"]);
    let previous = |args: &[&str]| {
        registry.clear_requests();
        let run = pullable(&repo, &[&["audit", "--format", "json"], args].concat());
        (document(&run).audit.unwrap().rollback.is_some(), registry.count("HEAD", "/manifests/1.4.7"))
    };
    assert_eq!(previous(&["--rollback", "never"]), (false, 0));
    assert_eq!(previous(&[]), (true, 1));
    assert_eq!(previous(&["--rollback", "always"]), (true, 1));
}

/// A previous value that no node can run is no value to go back to.
#[test]
fn a_previous_value_without_a_build_for_the_platform_is_gone() {
    let registry = Registry::start();
    registry.push_for("shop/web", "1", "linux/amd64");
    registry.push_for("shop/web", "2", "linux/arm64");
    let repo = history(&registry, &["'1'", "'2'"]);
    repo.write(".pullable.yaml", "platforms: linux/arm64\n").commit("arm64");
    let run = pullable(&repo, &["audit", "--rollback", "always", "--format", "json"]);
    let rollback = document(&run).audit.unwrap().rollback.unwrap();
    assert_eq!((rollback.previous, rollback.gone, rollback.present.len()), (1, 1, 0));
    assert_eq!(rollback.references[0].verdict, "missing-platform");
}

#[test]
fn an_ignore_with_a_reason_covers_a_line_of_ci() {
    let repo = Repo::new();
    let ignore =
        "ignore:\n- {path: .github/workflows/deploy.yml, rule: deploys-around-git, reason: bootstrap}\n";
    repo.write(".github/workflows/deploy.yml", DEPLOY).write("a.yaml", pod(&[])).commit("Deploy");
    let lines = || document(&pullable(&repo, &["audit", "--format", "json"])).audit.unwrap().around_git.lines;
    assert_eq!(lines(), 1);
    assert_eq!(
        pullable(&repo, &["check", "--all", "--format", "json"]).rules(),
        [""; 0],
        "only an audit looks"
    );
    repo.write(".pullable.yaml", ignore).commit("Ignore it");
    assert_eq!(lines(), 0);
}

#[test]
fn text_of_git_gives_no_orders() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["1"]);
    let nasty = "\u{1b}[31m::error::x ##[error]y\u{202e} <b>";
    repo.write("prod/kustomization.yaml", crate::revert::overlay(&registry, "2")).commit(nasty);
    for format in ["human", "json", "markdown", "github"] {
        let out = pullable(&repo, &["audit", "--format", format]).stdout;
        let unseen = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!out.contains(unseen) && !out.contains("##["), "{out:?}");
        assert!(format != "markdown" || !out.contains("<b>"), "{out}");
    }
}

/// A chart whose tag was these values, one commit each, without Helm.
fn chart(registry: &Registry, tags: &[&str]) -> Repo {
    let repo = Repo::new();
    let template = "kind: Pod\nspec: {containers: [{image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}]}\n";
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repo.write("web/templates/web.yaml", template);
    for tag in tags {
        let host = registry.host();
        let values = format!("image:\n  repository: {host}/shop/web\n  tag: {tag}\n");
        repo.write("web/values.yaml", values).commit(&format!("web {tag}"));
    }
    repo
}

#[test]
fn a_number_as_a_tag_is_not_known_to_be_broken() {
    let registry = registry(&["1.0", "1.1"]);
    let repo = chart(&registry, &["\"1.0\"", "1.10"]);
    for render in ["never", "auto"] {
        let run = pullable(&repo, &["audit", "--render", render, "--format", "json"]);
        let rebuild = document(&run).audit.unwrap().rebuild;
        assert!(run.code == 3 && run.rules().contains(&"numeric-tag".to_owned()), "{render}: {}", run.stdout);
        assert_eq!((rebuild.broken, rebuild.unverified, rebuild.references.len()), (0, 1, 0), "{render}");
        assert_eq!(serde_json::to_value(rebuild.answer).unwrap(), "unknown", "{render}");
    }
    assert_eq!(pullable(&repo, &["check", "--all", "--head", "HEAD"]).code, 1, "the gate refuses it");
    let (folder, report) = (tempfile::tempdir().unwrap(), "json=.git/1.json");
    assert_eq!(pullable(&repo, &["audit", "--shard", "1/1", "--report", report]).code, 3);
    let file = repo.path().join(".git/1.json");
    let merged =
        crate::support::pullable_in(folder.path(), &["merge", "--format", "json", file.to_str().unwrap()]);
    let whole = pullable(&repo, &["audit", "--format", "json"]);
    assert_eq!((merged.code, merged.stdout), (3, whole.stdout));
}

/// kustomize refuses a number, whatever tags the registry has: the build fails.
#[test]
fn a_number_that_kustomize_refuses_is_known_to_be_broken() {
    let registry = registry(&["1", "2", "base"]);
    let repo = history(&registry, &["\"1\""]);
    repo.write("prod/kustomization.yaml", crate::revert::overlay(&registry, "2"))
        .commit("web 2, without quotes");
    let run = pullable(&repo, &["audit", "--format", "json"]);
    let rebuild = document(&run).audit.unwrap().rebuild;
    assert!(run.code == 1 && run.rules().contains(&"numeric-tag".to_owned()), "{}", run.stdout);
    assert_eq!((rebuild.broken, rebuild.unverified, rebuild.references.len()), (1, 0, 1));
    let revert = pullable(&repo, &["revert", "--dry-run"]);
    assert!(revert.code == 1 && revert.stdout.contains("numeric-tag"), "{}", revert.shown());
    let (folder, report) = (tempfile::tempdir().unwrap(), "json=.git/1.json");
    assert_eq!(pullable(&repo, &["audit", "--shard", "1/1", "--report", report]).code, 1);
    let file = repo.path().join(".git/1.json");
    let merged =
        crate::support::pullable_in(folder.path(), &["merge", "--format", "json", file.to_str().unwrap()]);
    assert_eq!((merged.code, merged.stdout), (1, pullable(&repo, &["audit", "--format", "json"]).stdout));
}

#[test]
fn a_previous_value_that_is_a_number_is_not_known_to_be_gone() {
    let registry = registry(&["1.1", "2.0.0"]);
    let repo = chart(&registry, &["1.10", "2.0.0"]);
    let run = pullable(&repo, &["audit", "--render", "never", "--format", "json"]);
    let rollback = document(&run).audit.unwrap().rollback.unwrap();
    assert_eq!((run.code, rollback.gone, rollback.unverified), (0, 0, 1));
}
