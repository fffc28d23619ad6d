//! `pullable revert`: the introducing commit, the last value that can be pulled, and the commit that restores it.

use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, scrub};

/// A registry with these tags of `shop/web`.
pub fn registry(tags: &[&str]) -> Registry {
    let registry = Registry::start();
    registry.create_repository("shop/web");
    for tag in tags {
        registry.push("shop/web", tag);
    }
    registry
}

pub fn overlay(registry: &Registry, tag: &str) -> String {
    let host = registry.host();
    format!("resources: [../base]\nimages:\n- name: {host}/shop/web\n  newTag: {tag} # the version\n")
}

pub fn deployment(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: {image}\n"
    )
}

/// A base and an overlay whose tag was these values, one commit each.
pub fn history(registry: &Registry, tags: &[&str]) -> Repo {
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", deployment(&format!("{}/shop/web:base", registry.host())));
    for tag in tags {
        repo.write("prod/kustomization.yaml", overlay(registry, tag)).commit(&format!("Bump web to {tag}"));
    }
    repo
}

/// What a run printed, with object ids of every run alike.
fn shown(run: &Run) -> String {
    let ids = regex::Regex::new(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b").unwrap();
    ids.replace_all(&scrub(&run.shown()), "COMMIT").into_owned()
}

fn file(repo: &Repo, revision: &str, path: &str) -> String {
    repo.git(&["show", &format!("{revision}:{path}")])
}

/// The only incident of a run, whose report is as the schema has it.
pub fn incident(run: &Run) -> serde_json::Value {
    let json = run.json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/incident.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{json:#}");
    assert_eq!(json["incidents"].as_array().map(Vec::len), Some(1), "{json:#}");
    json["incidents"][0].clone()
}

#[test]
fn the_previous_tag_is_gone_too() {
    let registry = registry(&["1.4.7"]);
    let repo = history(&registry, &["1.4.7", "1.4.8", "1.5.0-typo"]);
    repo.write("README.md", "unrelated").commit("Add a readme");
    let run = pullable(&repo, &["revert"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: Bump web to 1.5.0-typo
      prod: 127.0.0.1:PORT./shop/web:1.5.0-typo (missing-tag) at prod/kustomization.yaml:4
        127.0.0.1:PORT./shop/web:1.4.8 at COMMIT: missing-tag
        127.0.0.1:PORT./shop/web:1.4.7 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1.4.7
      only the earlier scalars are restored; the gate passes for the result
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/web:1.5.0-typo cannot be pulled: missing-tag

    1 of 1 incident taken back
    ");
    let branch = repo.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"]);
    assert_eq!(file(&repo, &branch, "prod/kustomization.yaml"), overlay(&registry, "1.4.7").trim_end());
    assert_eq!(repo.git(&["diff", "--name-only", "main", &branch]), "prod/kustomization.yaml");
    insta::assert_snapshot!(shown(&Run { code: 0, stdout: repo.git(&["log", "-1", "--format=%B", &branch]), stderr: String::new() }), @"
    exit 0
    revert: prod from web:1.5.0-typo to web:1.4.7

    This reverts the image reference that COMMIT introduced.

    prod: 127.0.0.1:PORT./shop/web:1.5.0-typo -> 127.0.0.1:PORT./shop/web:1.4.7 (missing-tag)

    The revert restores references only: data and migrations stay as they are.

    Pullable-Reverts: COMMIT
    Pullable-Unit: prod
    Pullable-From: 127.0.0.1:PORT./shop/web:1.5.0-typo
    Pullable-To: 127.0.0.1:PORT./shop/web:1.4.7
    Pullable-Incident: COMMIT
    Pullable-Trigger: manual
    ");
    let check = pullable(&repo, &["check", "--base", "main", "--head", &branch]);
    assert_eq!(check.code, 0, "{}", check.stdout);
}

#[test]
fn a_second_run_makes_nothing_new() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let first = incident(&pullable(&repo, &["revert", "--format", "json"]));
    let before = repo.git(&["for-each-ref"]);
    let second = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!((first["outcome"].as_str(), second["outcome"].as_str()), (Some("committed"), Some("exists")));
    assert_eq!((&first["commit"], &first["branch"]), (&second["commit"], &second["branch"]));
    assert_eq!(before, repo.git(&["for-each-ref"]));
}

#[test]
fn a_value_that_cannot_be_verified_stops_the_search() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'", "'3'"]);
    registry.fault(Matcher::any("manifests/2"), Fault::Status(Reply::status(500)));
    let run = pullable(&repo, &["revert", "--unit", "prod", "--no-cache"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(shown(&run), @"
    exit 3
    COMMIT introduced 1 broken reference: Bump web to '3'
      prod: 127.0.0.1:PORT./shop/web:3 (missing-tag) at prod/kustomization.yaml:4
        127.0.0.1:PORT./shop/web:2 at COMMIT: unverified
      stopped, not verified: 127.0.0.1:PORT./shop/web:2 could not be verified (127.0.0.1:PORT. answers 500 Internal Server Error), and may be the right one; --to names another value

    0 of 1 incident taken back
    ");
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn nothing_is_left_to_go_back_to() {
    let registry = registry(&[]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let run = pullable(&repo, &["revert"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(shown(&run), @"
    exit 1
    COMMIT introduced 1 broken reference: Bump web to '2'
      prod: 127.0.0.1:PORT./shop/web:2 (missing-tag) at prod/kustomization.yaml:4
        127.0.0.1:PORT./shop/web:1 at COMMIT: missing-tag
      nothing to go back to: its only earlier value, 127.0.0.1:PORT./shop/web:1, cannot be pulled

    0 of 1 incident taken back
    ");
    let new = pullable(&history(&registry, &["'9'"]), &["revert"]);
    insta::assert_snapshot!(shown(&new), @"
    exit 1
    COMMIT introduced 1 broken reference: Bump web to '9'
      prod: 127.0.0.1:PORT./shop/web:9 (missing-tag) at prod/kustomization.yaml:4
      nothing to go back to: the unit was added by this commit, so there is no earlier value; --whole-commit removes what it added

    0 of 1 incident taken back
    ");
}

#[test]
fn a_named_image_is_not_queried_but_its_successor_is() {
    let registry = registry(&["1", "2"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let image = format!("{}/shop/web:2", registry.host());
    let found = incident(&pullable(&repo, &["revert", &image, "--format", "json"]));
    let reference = &found["references"][0];
    assert_eq!(reference["rule"], "given");
    assert_eq!(reference["to"], format!("{}/shop/web:1", registry.host()));
    assert_eq!(registry.count("HEAD", "manifests/2"), 0);
    pullable(&repo, &["revert", "shop/absent:1"]).refused(&["nothing deploys shop/absent:1"]);
    let db = |tag: &str| pod(&[&format!("{}/shop/db:{tag}", registry.host())]);
    repo.write("db.yaml", db("1")).commit("Add the database");
    pullable(&repo, &["revert", &image, "--unit", "db.yaml"]).refused(&["the unit db.yaml does not deploy"]);
}

#[test]
fn a_name_that_is_nearly_right_is_answered_with_the_right_one() {
    let registry = registry(&["1", "2"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let deployed = format!("deployed with a similar name: {}/shop/web:2", registry.host());
    let refused = |args: &[&str], message: &str, help: &str| {
        pullable(&repo, &[&["revert"], args].concat()).refused(&[message, help]);
    };
    let repository = format!("{}/shop/web", registry.host());
    refused(&[&repository], "nothing deploys", &deployed);
    refused(&["web:1"], "nothing deploys web:1", &deployed);
    refused(&["--unit", "prd"], "no unit prd deploys an image", "deployed with a similar name: prod");
    assert_eq!(registry.count("HEAD", "manifests/"), 0);
    repo.write("cart.yaml", deployment("r.io/shop/cart:1")).commit("Add cart");
    let other = pullable(&repo, &["revert", "web:1"]);
    assert!(!other.stderr.contains("cart"), "{}", other.stderr);
}

#[test]
fn a_tag_names_an_earlier_value_of_the_same_repository() {
    let registry = registry(&["1", "2"]);
    let repo = history(&registry, &["'1'", "'2'", "'3'"]);
    let found = incident(&pullable(&repo, &["revert", "--to", "1", "--format", "json"]));
    assert_eq!(found["references"][0]["to"], format!("{}/shop/web:1", registry.host()));
}

#[test]
fn a_rule_of_the_configuration_does_not_stop_a_revert_and_is_named() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let rule = "rules:\n  registry-not-allowed: {severity: error, allow: [ghcr.io/acme]}\n";
    repo.write(".pullable.yaml", rule).commit("Only our own registry");
    let run = pullable(&repo, &["revert", "--unit", "prod"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: Bump web to '2'
      prod: 127.0.0.1:PORT./shop/web:2 (missing-tag) at prod/kustomization.yaml:4
        127.0.0.1:PORT./shop/web:1 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1
      only the earlier scalars are restored
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - the gate fails for the result: 127.0.0.1:PORT./shop/web is in none of the allowed registries (registry-not-allowed)
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/web:2 cannot be pulled: missing-tag

    1 of 1 incident taken back
    ");
    let again = incident(&pullable(&repo, &["revert", "--unit", "prod", "--format", "json", "--dry-run"]));
    assert_eq!(again["verified"], false, "the gate does not pass");
}

#[test]
fn a_healthy_head_needs_nothing() {
    let registry = registry(&["1", "base"]);
    let repo = history(&registry, &["'1'"]);
    let run = pullable(&repo, &["revert"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    nothing to revert at COMMIT
    ");
}

#[test]
fn a_registry_that_does_not_answer_leaves_nothing_known() {
    let repo = Repo::new();
    repo.write("web.yaml", deployment("127.0.0.1:1/shop/web:1"));
    repo.write("cart.yaml", deployment("127.0.0.1:1/shop/cart:1")).commit("Add web and cart");
    let run = pullable(&repo, &["revert"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("2 references could not be verified"), "{}", run.stdout);
    assert!(run.stdout.contains("nothing is known to be broken at "), "{}", run.stdout);
    assert!(!run.stdout.contains("nothing to revert"), "{}", run.stdout);
}

#[test]
fn a_number_as_a_tag_is_left_alone_while_the_tag_that_helm_makes_of_it_is_there() {
    let registry = registry(&["1.0", "1.1"]);
    let repo = Repo::new();
    let values = |tag: &str| format!("image:\n  repository: {}/shop/web\n  tag: {tag}\n", registry.host());
    let template = "kind: Pod\nspec: {containers: [{image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}]}\n";
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repo.write("web/templates/web.yaml", template);
    repo.write("web/values.yaml", values("\"1.0\"")).commit("Add web");
    repo.write("web/values.yaml", values("1.10")).commit("web 1.10");
    let run = pullable(&repo, &["revert", "--dry-run"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("1 reference could not be verified"), "{}", run.stdout);
}

#[test]
fn quotes_comments_and_line_ends_stay() {
    let registry = registry(&["1.10"]);
    let repo = Repo::new();
    let host = registry.host();
    let text = |tag: &str, more: &str| {
        format!(
            "\u{feff}# Chart values\r\nresources: [../base]\r\nimages:\r\n- {{name: {host}/shop/web, newTag: {tag}}}{more}"
        )
    };
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", deployment(&format!("{host}/shop/web:base")));
    repo.write("prod/kustomization.yaml", text("\"1.10\"", "\r\n")).commit("1.10");
    repo.write("prod/kustomization.yaml", text("1.11.0", "\r\n")).commit("1.11");
    repo.write("prod/kustomization.yaml", text("1.11.0", "\r\n# no line end at the end")).commit("comment");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!((found["mode"].as_str(), found["verified"].as_bool()), (Some("scalar"), Some(true)));
    let branch = found["branch"].as_str().unwrap();
    let expected = text("\"1.10\"", "\r\n# no line end at the end");
    let bytes =
        repo.command("git").args(["show", &format!("{branch}:prod/kustomization.yaml")]).output().unwrap();
    assert_eq!(String::from_utf8(bytes.stdout).unwrap(), expected);
}

#[test]
fn all_parts_go_back_together() {
    let registry = Registry::start();
    let (host, old) = (registry.host(), registry.push("shop/web", "1"));
    registry.create_repository("shop/new");
    let set = |name: &str, tag: &str, digest: &str| {
        format!(
            "resources: [../base]\nimages:\n- name: web\n  newName: {host}/{name}\n  newTag: '{tag}'\n  digest: {digest}\n"
        )
    };
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n")
        .write("base/web.yaml", deployment("web"));
    repo.write("prod/kustomization.yaml", set("shop/web", "1", &old)).commit("1");
    let wrong = format!("sha256:{}", "0".repeat(64));
    repo.write("prod/kustomization.yaml", set("shop/new", "2", &wrong)).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!(found["mode"], "scalar");
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(file(&repo, branch, "prod/kustomization.yaml"), set("shop/web", "1", &old).trim_end());
}

#[test]
fn a_key_that_was_added_takes_the_file_back() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    let bad = overlay(&registry, &format!("'2'\n  digest: sha256:{}", "0".repeat(64)));
    repo.write("prod/kustomization.yaml", bad.clone()).commit("2");
    repo.write("prod/kustomization.yaml", format!("namePrefix: x-\n{bad}")).commit("later");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!(found["mode"], "files", "{found:#}");
    let branch = found["branch"].as_str().unwrap();
    let expected = format!("namePrefix: x-\n{}", overlay(&registry, "'1'"));
    assert_eq!(file(&repo, branch, "prod/kustomization.yaml"), expected.trim_end());
}

#[test]
fn a_conflict_writes_nothing_and_names_the_lines() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    let bad = |more: &str| overlay(&registry, &format!("'2'\n  digest: sha256:{}{more}", "0".repeat(64)));
    repo.write("prod/kustomization.yaml", bad("")).commit("2");
    repo.write("prod/kustomization.yaml", bad("\n  # why").replace("newTag", "newTag ")).commit("later");
    let run = pullable(&repo, &["revert"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("conflict, nothing written: prod/kustomization.yaml was changed since"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("line"), "{}", run.stdout);
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn a_shared_base_moves_every_unit_and_says_so() {
    let registry = registry(&["1"]);
    let host = registry.host();
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    for unit in ["prod", "stage"] {
        repo.write(format!("{unit}/kustomization.yaml"), "resources: [../base]\n");
    }
    repo.write("base/web.yaml", deployment(&format!("{host}/shop/web:1"))).commit("1");
    repo.write("base/web.yaml", deployment(&format!("{host}/shop/web:2"))).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--unit", "prod", "--format", "json"]));
    let collateral = found["collateral"].as_array().unwrap();
    assert_eq!(collateral.len(), 1, "{found:#}");
    assert_eq!(collateral[0]["unit"], "stage");
    let both = incident(&pullable(&repo, &["revert", "--dry-run", "--format", "json"]));
    assert_eq!(both["collateral"].as_array().map(Vec::len), Some(0), "{both:#}");
}

#[test]
fn incidents_are_grouped_by_their_commit() {
    let registry = registry(&["1"]);
    let host = registry.host();
    let repo = Repo::new();
    let write = |tags: [&str; 3]| {
        for (name, tag) in ["a", "b", "c"].iter().zip(tags) {
            repo.write(format!("{name}.yaml"), deployment(&format!("{host}/shop/web:{tag}")));
        }
    };
    write(["1", "1", "1"]);
    repo.commit("good");
    write(["2", "2", "1"]);
    repo.commit("two bad ones");
    write(["2", "2", "3"]);
    repo.commit("a third");
    let json = pullable(&repo, &["revert", "--format", "json"]).json();
    let counts: Vec<usize> = json["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| incident["references"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 1]);
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]).lines().count(), 2);
}

#[test]
fn to_names_an_earlier_value_or_a_revision() {
    let registry = registry(&["1", "2"]);
    let repo = history(&registry, &["'1'", "'2'", "'3'"]);
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    let go = |to: &str| pullable(&repo, &["revert", "--dry-run", "--format", "json", "--to", to]);
    assert_eq!(incident(&go(&image("1")))["references"][0]["to"], image("1"));
    assert_eq!(incident(&go("HEAD~2"))["references"][0]["to"], image("1"));
    let never = go(&image("7"));
    assert_eq!(never.code, 1);
    assert!(incident(&never)["why"].as_str().unwrap().contains("not an earlier value of this field"));
    let bad = go("HEAD");
    assert_eq!((bad.code, incident(&bad)["outcome"].as_str()), (1, Some("nothing-good")));
}

#[test]
fn a_report_names_the_references() {
    let registry = registry(&["1", "base"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let report = pullable(&repo, &["check", "--all", "--head", "HEAD", "--format", "json"]);
    assert_eq!(report.code, 1);
    let path = repo.path().with_file_name("report.json");
    std::fs::write(&path, &report.stdout).unwrap();
    registry.clear_requests();
    let run = pullable(&repo, &["revert", "--from", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(incident(&run)["references"][0]["rule"], "missing-tag");
    assert_eq!(registry.count("HEAD", "manifests/2"), 0, "the report is enough");
    std::fs::write(&path, "{}").unwrap();
    pullable(&repo, &["revert", "--from", path.to_str().unwrap()]).refused(&["this is not a JSON report"]);
}

#[test]
fn a_whole_commit_takes_modes_links_and_other_files_back() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    repo.write("run.sh", "1").write("notes", "a\nb\nc\nd\n");
    repo.symlink("link", "run.sh").commit("more");
    repo.remove("link").remove("run.sh").write("new", "x").write("notes", "a\nB\nc\nd\n");
    repo.write("prod/kustomization.yaml", overlay(&registry, "'2'")).commit("too much at once");
    repo.write("notes", "a\nB\nc\nd\ne\n").commit("later");
    let found = incident(&pullable(&repo, &["revert", "--whole-commit", "--format", "json"]));
    assert_eq!((found["mode"].as_str(), found["outcome"].as_str()), (Some("commit"), Some("committed")));
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["diff", "--name-status", "main~2", branch]), "M\tnotes");
    assert_eq!(file(&repo, branch, "notes"), "a\nb\nc\nd\ne");
    let earlier = format!("{}/shop/web:1", registry.host());
    assert_eq!(found["references"][0]["to"].as_str(), Some(earlier.as_str()));
    assert!(repo.git(&["log", "-1", "--format=%b", branch]).starts_with("This reverts commit "));
    let first = history(&registry, &["'2'"]);
    let refused = pullable(&first, &["revert", "--whole-commit"]);
    assert!(refused.stdout.contains("would delete every file"), "{}", refused.stdout);
    assert_eq!(refused.code, 1);
}

#[test]
fn the_search_ends_at_its_bound() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'", "'3'"]);
    let stopped = pullable(&repo, &["revert", "--max-back", "1"]);
    let why = "none of the last 1 values can be pulled; --max-back looks further";
    assert!(stopped.stdout.contains(why), "{}", stopped.stdout);
    assert_eq!(stopped.code, 1);
    let found = incident(&pullable(&repo, &["revert", "--max-back", "2", "--format", "json"]));
    assert_eq!(found["outcome"].as_str(), Some("committed"));
}

#[test]
fn a_new_unit_can_only_be_removed() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    repo.write("new/pod.yaml", deployment(&format!("{}/shop/web:9", registry.host()))).commit("a new one");
    let run = pullable(&repo, &["revert"]);
    assert!(run.stdout.contains("--whole-commit removes what it added"), "{}", run.stdout);
    let found = incident(&pullable(&repo, &["revert", "--whole-commit", "--format", "json"]));
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["diff", "--name-status", "main", branch]), "D\tnew/pod.yaml");
    assert_eq!(found["references"][0]["to"], serde_json::Value::Null);
}

#[test]
fn the_record_is_written_and_a_dry_run_writes_nothing_else() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let record = repo.path().with_file_name("record.json");
    let objects = repo.git(&["count-objects"]);
    let run =
        pullable(&repo, &["revert", "--dry-run", "--record", record.to_str().unwrap(), "--format", "json"]);
    assert_eq!((run.code, std::fs::read_to_string(&record).unwrap()), (0, run.stdout.clone()));
    let found = incident(&run);
    assert_eq!((found["outcome"].as_str(), &found["commit"]), (Some("planned"), &serde_json::Value::Null));
    assert_eq!(
        (objects, repo.git(&["branch", "--list", "pullable/*"])),
        (repo.git(&["count-objects"]), String::new())
    );
    pullable(&repo, &["revert", "--dry-run", "--record", "/nonexistent/x.json"])
        .refused(&["cannot write /nonexistent/x.json"]);
}

#[test]
fn helm_values_go_back_with_all_their_parts_and_aliases_with_their_file() {
    let registry = registry(&["1"]);
    registry.push("shop/new", "base");
    let host = registry.host();
    let plain = |repository: &str, tag: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: api}}\nspec:\n  values:\n    image: {{repository: \"{host}/{repository}\", tag: '{tag}'}}\n"
        )
    };
    let repo = Repo::new();
    repo.write("api.yaml", plain("shop/web", "1")).commit("1");
    repo.write("api.yaml", plain("shop/new", "2")).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!(
        (found["mode"].as_str(), found["outcome"].as_str()),
        (Some("scalar"), Some("committed")),
        "{found:#}"
    );
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(file(&repo, branch, "api.yaml"), plain("shop/web", "1").trim_end());

    // The alias gives a second image its tag: its repository is no part of the first one.
    let release = |repository: &str, tag: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  values:\n    \
             image:\n      repository: {host}/{repository}\n      tag: &tag '{tag}' # pinned\n    worker:\n      image: \
             {{repository: {host}/{repository}, tag: *tag}}\n"
        )
    };
    let repo = Repo::new();
    repo.write("web.yaml", release("shop/web", "1")).commit("1");
    repo.write("web.yaml", release("shop/new", "2")).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--format", "json"]));
    assert_eq!(
        (found["mode"].as_str(), found["outcome"].as_str()),
        (Some("files"), Some("committed")),
        "{found:#}"
    );
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(file(&repo, branch, "web.yaml"), release("shop/web", "1").trim_end());
}

#[test]
fn a_report_on_standard_input_and_hostile_names() {
    let registry = registry(&["1"]);
    let repo = Repo::new();
    let path = "a\u{1b}[31m `x` $(id)/web.yaml";
    for tag in ["1", "2"] {
        repo.write(path, deployment(&format!("{}/shop/web:{tag}", registry.host())));
        repo.commit("x\u{1b}[31m\n\nPullable-Trigger: forged");
    }
    let report = pullable(&repo, &["check", "--all", "--head", "HEAD", "--format", "json"]);
    let run =
        crate::support::pullable_reads(repo.path(), report.stdout.as_bytes(), &["revert", "--from", "-"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains('\u{1b}'), "{:?}", run.stdout);
    let branch = repo.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"]);
    let trailers = repo.git(&["log", "-1", "--format=%(trailers:key=Pullable-Trigger,valueonly)", &branch]);
    assert_eq!(trailers.trim(), "manual");
    assert!(!repo.git(&["log", "-1", "--format=%B", &branch]).contains('\u{1b}'));
}
