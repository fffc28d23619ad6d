//! The baseline of a repository with existing broken references: written once, applied, and shrinking.

use regex::Regex;
use serde_json::Value;
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, scrub};

const FILE: &str = "baseline.json";

/// A repository with a missing tag, a malformed reference, a broken file and a registry in trouble.
fn indebted(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("/shop/sick/"), Fault::Status(Reply::error(400, "BAD", "sick")));
    let repo = Repo::new();
    let images =
        [format!("{host}/shop/web:2"), format!("{host}/shop/sick:1"), "ghcr.io/Acme/web:1".to_owned()];
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    repo.write("b.yaml", pod(&images)).write("a.yaml", "image: [\n").write("c.jsonnet", "{}").commit("debts");
    repo
}

fn all(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["check", "--all"], args].concat())
}

fn read(repo: &Repo) -> Value {
    serde_json::from_slice(&std::fs::read(repo.path().join(FILE)).unwrap()).unwrap()
}

#[test]
fn errors_and_warnings_are_written_and_nothing_else() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    let run = all(&repo, &["--write-baseline", FILE]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("3 findings written to baseline.json; --baseline baseline.json lets them pass")
    );
    let stderr = "3 findings written to baseline.json\n\
                  warning: not verified, and so not in the baseline: 1 of the references\n";
    assert_eq!(run.stderr, stderr);
    let json = all(&repo, &["--write-baseline", "again.json", "--format", "json"]);
    assert!(json.stderr.starts_with("3 findings written to again.json\n"), "{}", json.stderr);
    let quiet = all(&repo, &["--write-baseline", "again.json", "--quiet"]);
    assert_eq!(quiet.stderr, "", "{}", quiet.stdout);
    let text = std::fs::read_to_string(repo.path().join(FILE)).unwrap();
    let fingerprint = Regex::new("[0-9a-f]{32}").unwrap();
    insta::assert_snapshot!(scrub(&fingerprint.replace_all(&text, "FINGERPRINT")), @r#"
    {
      "schema_version": 1,
      "findings": [
        {
          "fingerprint": "FINGERPRINT",
          "rule": "unparseable-file",
          "path": "a.yaml",
          "message": "this document cannot be read as YAML: unclosed bracket '['; 1 `image:` line in it was not checked"
        },
        {
          "fingerprint": "FINGERPRINT",
          "rule": "malformed-reference",
          "path": "b.yaml",
          "written": "ghcr.io/Acme/web:1",
          "message": "\"ghcr.io/Acme/web:1\" is not an image reference: a repository is written in lower case: \"Acme\""
        },
        {
          "fingerprint": "FINGERPRINT",
          "rule": "missing-tag",
          "path": "b.yaml",
          "image": "127.0.0.1:PORT./shop/web:2",
          "message": "127.0.0.1:PORT./shop/web has no tag 2"
        }
      ]
    }
    "#);
    all(&repo, &["--write-baseline", "again.json"]);
    assert_eq!(
        std::fs::read_to_string(repo.path().join("again.json")).unwrap(),
        text,
        "the same to the byte"
    );
}

#[test]
fn old_debts_pass_and_new_ones_do_not() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    all(&repo, &["--write-baseline", FILE]);
    let run = all(&repo, &["--baseline", FILE, "--format", "json"]);
    assert_eq!((run.code, run.rules()), (3, vec!["registry-error".to_owned(), "not-checked".to_owned()]));
    assert_eq!(run.json()["references"][0]["verdict"], "skipped");
    assert_eq!(run.json()["references"][0]["reason"], "missing-tag is in the baseline");
    assert_eq!(run.json()["references"][2]["reason"], "malformed-reference is in the baseline");
    assert!(all(&repo, &["--baseline", FILE]).stdout.contains("  3 findings in the baseline let pass\n"));
    // Lines move; the same tag a second time is new.
    let manifest = std::fs::read_to_string(repo.path().join("b.yaml")).unwrap();
    repo.write("b.yaml", format!("# moved\n\n{manifest}"));
    assert_eq!(all(&repo, &["--baseline", FILE]).code, 3);
    let again = format!("{manifest}  - name: again\n    image: {}/shop/web:2\n", registry.host());
    repo.write("b.yaml", again);
    let run = all(&repo, &["--baseline", FILE, "--format", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.rules().iter().filter(|rule| *rule == "missing-tag").count(), 1, "{}", run.stdout);
}

#[test]
fn of_several_for_one_cause_each_is_a_debt_of_its_own() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:${A}"])).commit("one");
    let strict = |args: &[&str]| pullable(&repo, &[&["images", "--all", "--strict"], args].concat());
    assert_eq!(strict(&["--write-baseline", FILE]).code, 0);
    assert_eq!(strict(&["--baseline", FILE]).code, 0);
    repo.write("a.yaml", pod(&["nginx:${A}", "redis:${B}"]));
    let run = strict(&["--baseline", FILE, "--format", "json"]);
    assert_eq!((run.code, run.rules().len()), (1, 1), "{}", run.stdout);
    assert!(run.json()["findings"][0]["message"].as_str().unwrap().starts_with("redis:${B}"));
}

#[test]
fn what_no_longer_occurs_is_counted_where_all_was_looked_at() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    all(&repo, &["--write-baseline", FILE]);
    repo.write("b.yaml", pod(&[&format!("{}/shop/web:1", registry.host())]));
    let said =
        |run: &Run| run.stdout.lines().rfind(|line| line.contains("baseline")).unwrap().trim().to_owned();
    let gone = "1 finding in the baseline let pass, 2 entries of it no longer occur: write it again";
    assert_eq!(said(&all(&repo, &["--baseline", FILE])), gone);
    let path = pullable(&repo, &["check", "a.yaml", "--baseline", FILE]);
    assert_eq!(said(&path), "1 finding in the baseline let pass", "b.yaml was not looked at");
    let path = pullable(&repo, &["check", "b.yaml", "--baseline", FILE]);
    assert_eq!(
        said(&path),
        "0 findings in the baseline let pass, 2 entries of it no longer occur: write it again"
    );
    let introduced = pullable(&repo, &["check", "--base", "HEAD", "--baseline", FILE]);
    assert_eq!(said(&introduced), "0 findings in the baseline let pass");
    let offline = pullable(&repo, &["images", "--all", "--baseline", FILE]);
    assert_eq!(said(&offline), "1 finding in the baseline let pass", "nobody was asked");
    repo.write("c.yaml", pod(&[&format!("{}/shop/sick:1", registry.host())]));
    assert_eq!(said(&all(&repo, &["--baseline", FILE])), "1 finding in the baseline let pass", "an outage");
}

#[test]
fn an_outage_is_no_debt_even_by_hand() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    let json = all(&repo, &["--format", "json"]).json();
    let findings = json["findings"].as_array().unwrap();
    let sick = findings.iter().find(|finding| finding["rule"] == "registry-error").unwrap();
    all(&repo, &["--write-baseline", FILE]);
    let mut baseline = read(&repo);
    let mut entry = baseline["findings"][0].clone();
    entry["fingerprint"] = sick["fingerprint"].clone();
    baseline["findings"].as_array_mut().unwrap().push(entry);
    repo.write(FILE, baseline.to_string());
    assert_eq!(all(&repo, &["--baseline", FILE]).code, 3);
}

#[test]
fn a_baseline_that_will_not_do_is_refused() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[])).commit("one");
    let help = "--write-baseline FILE records the current findings";
    all(&repo, &["--baseline", "nowhere.json"]).refused(&["nowhere.json: no such file or folder", help]);
    for (text, words) in [
        ("", "baseline.json: this is not a baseline: EOF while parsing a value at line 1 column 0"),
        ("{\"schema_version\": 1,\n \"findings\": [{}]}", "missing field `fingerprint` at line 2 column 16"),
        (
            "{\"schema_version\": 2, \"findings\": []}",
            "this program cannot read version 2 of the baseline format",
        ),
        ("[1", "this is not a baseline"),
    ] {
        repo.write(FILE, text);
        all(&repo, &["--baseline", FILE]).refused(&[words, help]);
    }
    all(&repo, &["--write-baseline", "no/such/folder.json"])
        .refused(&["cannot write no/such/folder.json: No such file or directory"]);
    all(&repo, &["--write-baseline", FILE, "--baseline", FILE]).refused(&["cannot be used with"]);
}

/// The message of this notice names the lines of keys; its fingerprint does not.
#[test]
fn a_notice_about_keys_is_the_same_when_lines_move() {
    let fingerprint = |above: &str| {
        let repo = Repo::new();
        repo.write("README.md", "A shop.\n").commit("before");
        repo.branch("change");
        repo.write("values.yaml", format!("{above}app: {{image: calculator, version: 1.1}}\n"))
            .commit("after");
        let run = pullable(&repo, &["check", "--base", "main", "--format", "json"]);
        assert_eq!(run.rules(), ["not-checked"], "{}", run.stdout);
        let finding = run.json()["findings"][0].clone();
        (finding["fingerprint"].clone(), finding["message"].clone())
    };
    let (before, after) = (fingerprint(""), fingerprint("replicas: 2\n"));
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1, "the line is a part of the message");
}
