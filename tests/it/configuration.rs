//! `.pullable.yaml`: the findings that it ignores, the commit from which it is read, and the messages about
//! faults in it.

use std::path::Path;

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, change, pod, pullable, pullable_in, pullable_reads};

const CONFIG: &str = ".pullable.yaml";

/// An ignore of one rule.
fn ignore(rule: &str, more: &str) -> String {
    format!("ignore:\n  - rule: {rule}\n    reason: built by the release job\n    {more}\n")
}

/// A repository with this configuration, whose change introduces a missing tag.
fn missing(registry: &Registry, config: &str) -> Repo {
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write(CONFIG, config).write("apps/a.yaml", "").commit("before");
    let image = format!("{}/shop/web:2", registry.host());
    repo.branch("change").write("apps/a.yaml", pod(&[&image])).commit("after");
    repo
}

fn check(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["check", "--base", "main", "--format", "json"], args].concat())
}

#[test]
fn an_ignore_lets_a_finding_pass_and_says_why() {
    let registry = Registry::start();
    let repo = missing(&registry, &ignore("missing-tag", "path: apps/**"));
    let run = check(&repo, &[]);
    assert_eq!((run.code, run.rules().len()), (0, 0), "{}", run.stdout);
    let json = run.json();
    assert_eq!(json["references"][0]["verdict"], "skipped");
    assert_eq!(
        json["references"][0]["reason"],
        "missing-tag is ignored by .pullable.yaml line 2: built by the release job"
    );
    assert_eq!(json["summary"]["skipped"], 1);
    insta::assert_snapshot!(pullable(&repo, &["check", "--base", "main", "-v"]).shown(), @"
    exit 0
    changes:
      127.0.0.1:PORT./shop/web:2  new  skipped
          Pod web (c0) in apps/a.yaml

    skipped  apps/a.yaml:8:12  127.0.0.1:PORT./shop/web:2 (missing-tag is ignored by .pullable.yaml line 2: built by the release job)

    ✓ 1 reference: 1 skipped in 1 file, N s
      compared worktree against COMMIT (--base main)
    ");
}

#[test]
fn every_key_narrows_an_ignore() {
    let registry = Registry::start();
    let host = registry.host();
    let fine = [
        "path: '*.yaml'".to_owned(),
        "path: [nowhere, apps]".to_owned(),
        format!("image: '{host}/shop/*'"),
        format!("image: '{host}/shop/web:2'"),
        format!("image: ['{host}/**', nginx]"),
        "expires: 9999-12-31".to_owned(),
    ];
    let not = [
        "path: apps/*.yml".to_owned(),
        format!("image: '{host}/*'"),
        format!("image: '{host}/shop/web:1'"),
        "image: shop/*".to_owned(),
        "expires: 2020-01-01".to_owned(),
    ];
    for (entries, code) in [(&fine[..], 0), (&not[..], 1)] {
        for entry in entries {
            let repo = missing(&registry, &ignore("missing-tag", entry));
            assert_eq!(check(&repo, &[]).code, code, "{entry}");
        }
    }
    assert_eq!(check(&missing(&registry, &ignore("missing-digest", "")), &[]).code, 1, "another rule");
}

#[test]
fn what_is_ignored_altogether_is_not_asked_for() {
    let registry = Registry::start();
    let repo = missing(&registry, "ignore:\n  - image: '**/shop/*'\n    reason: not ours\n");
    let run = check(&repo, &[]);
    assert_eq!(run.code, 0);
    assert_eq!(run.json()["references"][0]["reason"], "ignored by .pullable.yaml line 2: not ours");
    assert_eq!(registry.requests().len(), 0);
    let list = pullable(&repo, &["images", "--base", "main"]);
    assert!(
        list.stdout.contains("shop/web:2 (ignored by .pullable.yaml line 2: not ours)"),
        "{}",
        list.stdout
    );
}

#[test]
fn references_without_an_image_and_files_are_ignored_too() {
    let config = "ignore:\n  - {path: a.yaml, rule: [malformed-reference], reason: one}\n  \
                  - {image: 'nginx:*', rule: unresolved-reference, reason: two}\n  \
                  - {path: '/broken.yaml', rule: unparseable-file, reason: three}\n  \
                  - {rule: not-checked, reason: four}\n";
    let repo = Repo::new();
    repo.write(CONFIG, config).write("a.yaml", pod(&["ghcr.io/Acme/web:1", "nginx:${TAG}"]));
    repo.write("broken.yaml", "image: [\n").write("main.jsonnet", "{}").commit("one");
    let run = pullable(&repo, &["images", "--all", "--strict", "--format", "json"]);
    assert_eq!((run.code, run.rules().len()), (0, 0), "{}", run.stdout);
    let reasons: Vec<String> =
        run.json()["references"].as_array().unwrap().iter().map(|r| r["reason"].to_string()).collect();
    assert_eq!(
        reasons,
        [
            "\"malformed-reference is ignored by .pullable.yaml line 2: one\"",
            "\"unresolved-reference is ignored by .pullable.yaml line 3: two\""
        ]
    );
    repo.write(CONFIG, "");
    assert_eq!(pullable(&repo, &["images", "--all", "--strict", "--format", "json"]).rules().len(), 4);
}

#[test]
fn an_expired_ignore_says_so() {
    let registry = Registry::start();
    let repo = missing(&registry, &ignore("missing-tag", "expires: 2020-02-29"));
    let run = check(&repo, &[]);
    assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]));
    assert_eq!(
        run.stderr,
        "warning: the ignore on line 2 of .pullable.yaml expired on 2020-02-29 and covers nothing any more: \
         built by the release job\n"
    );
    let help = run.json()["findings"][0]["help"].as_str().unwrap().to_owned();
    assert!(
        help.ends_with("it was ignored until 2020-02-29 by .pullable.yaml line 2: built by the release job"),
        "{help}"
    );
    assert_eq!(check(&repo, &["--quiet"]).stderr, "");
}

#[test]
fn a_change_cannot_switch_its_own_gate_off() {
    let registry = Registry::start();
    let repo = missing(&registry, "");
    repo.write(CONFIG, ignore("missing-tag", "")).commit("let it pass");
    let run = check(&repo, &["--head", "HEAD"]);
    assert_eq!((run.code, run.rules()), (1, vec!["not-checked".to_owned(), "missing-tag".to_owned()]));
    let notice = run.json()["findings"][0].clone();
    assert_eq!(notice["severity"], "notice");
    assert_eq!(notice["message"], "this change of the configuration takes effect after the merge");
    assert_eq!(notice["path"], CONFIG);
    let help = notice["help"].as_str().unwrap();
    assert!(help.starts_with("then: 1 ignore lets findings pass; it is read from the base"), "{help}");
    assert_eq!(check(&repo, &[]).code, 1, "nor in the work tree");
    assert_eq!(check(&repo, &["--scope", "touched"]).code, 1);
    assert_eq!(check(&repo, &["--config", CONFIG]).code, 0, "named outright");
    assert_eq!(check(&repo, &["--config", CONFIG]).rules().len(), 0, "and then nothing waits for the merge");
    assert_eq!(pullable(&repo, &["check", "--all"]).code, 0, "all of a head is judged by its own");
    assert_eq!(pullable(&repo, &["check", "--all", "--head", "main~0"]).code, 0);
    // Once it is merged, it holds, and taking it away waits for the merge in turn.
    repo.checkout("main").write(CONFIG, ignore("missing-tag", "")).commit("merged");
    repo.checkout("change");
    repo.git(&["merge", "-q", "-X", "ours", "main"]);
    assert_eq!(check(&repo, &[]).code, 0);
    repo.remove(CONFIG);
    let run = check(&repo, &["--strict"]);
    assert_eq!((run.code, run.rules()), (0, vec!["not-checked".to_owned()]), "strict or not");
    let help = run.json()["findings"][0]["help"].as_str().unwrap().to_owned();
    assert!(help.starts_with("then: only the defaults"), "{help}");
}

#[test]
fn a_configuration_that_will_not_do_is_told_before_the_merge() {
    let repo = change("a.yaml", "", &pod(&[]));
    repo.write(CONFIG, "ignore:\n- path: a.yaml\n").commit("without a reason");
    let run = check(&repo, &["--head", "HEAD"]);
    assert_eq!((run.code, run.rules()), (0, vec!["not-checked".to_owned(), "unparseable-file".to_owned()]));
    let finding = run.json()["findings"][1].clone();
    assert_eq!(
        finding["message"],
        "after the merge this configuration stops every run: this ignore has no `reason`"
    );
    assert_eq!((&finding["line"], &finding["column"]), (&2.into(), &3.into()));
    // Merged all the same, it says where it is read from.
    repo.git(&["branch", "-f", "main"]);
    repo.remove(CONFIG);
    check(&repo, &[]).refused(&[
        ".pullable.yaml:2:3: this ignore has no `reason`",
        "it is read from the base,",
        "--config .pullable.yaml reads the file of the work tree",
    ]);
}

#[test]
fn without_a_base_the_one_at_hand_counts() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let folder = tempfile::tempdir().unwrap();
    let manifest = pod(&[&format!("{}/shop/web:2", registry.host())]);
    std::fs::write(folder.path().join("a.yaml"), &manifest).unwrap();
    let codes = || {
        let stream = pullable_reads(folder.path(), manifest.as_bytes(), &["check", "-"]);
        (pullable_in(folder.path(), &["check", "a.yaml"]).code, stream.code)
    };
    assert_eq!(codes(), (1, 1));
    std::fs::write(folder.path().join(CONFIG), ignore("missing-tag", "")).unwrap();
    assert_eq!(codes(), (0, 0));
    std::fs::write(folder.path().join(CONFIG), ignore("missing-tag", "path: a.yaml")).unwrap();
    assert_eq!(codes(), (0, 1), "a stream has no path");
    std::fs::write(folder.path().join(CONFIG), "nonsense\n").unwrap();
    assert_eq!(codes(), (2, 2));
    let named = pullable_in(Path::new("/"), &["check", "-C", folder.path().to_str().unwrap(), "a.yaml"]);
    named.refused(&[".pullable.yaml:1:1: the configuration, a mapping, belongs here, not \"nonsense\""]);
}

#[test]
fn flags_win() {
    let repo = Repo::new();
    repo.write(CONFIG, "on-unverified: warn\n").write("a.yaml", pod(&["127.0.0.1:1/web:1"])).commit("one");
    let code =
        |args: &[&str]| pullable(&repo, &[&["check", "--all", "--deadline", "300ms"], args].concat()).code;
    assert_eq!((code(&[]), code(&["--on-unverified", "fail"])), (0, 3));
    repo.write(CONFIG, "on-unverified: fail\n");
    assert_eq!((code(&[]), code(&["--on-unverified=warn"])), (3, 0));
}

#[test]
fn a_file_that_is_named_is_there() {
    let repo = change("a.yaml", "", &pod(&[]));
    check(&repo, &["--config", "nowhere.yaml"]).refused(&["nowhere.yaml: no such file or folder"]);
    check(&repo, &["--config", "."]).refused(&["directory"]);
    repo.write("ci/pullable.yaml", "ignore: 5\n");
    check(&repo, &["--config", "ci/pullable.yaml"])
        .refused(&["ci/pullable.yaml:1:9: a list of ignores belongs here, not the number 5"]);
    check(&repo, &["--config", "ci/pullable.yaml", "--max-file-size", "5"])
        .refused(&["ci/pullable.yaml: the file is larger than the limit, 5 bytes"]);
}

#[test]
fn a_slip_is_underlined() {
    let repo = Repo::new();
    repo.write(CONFIG, ignore("mising-tag", "")).commit("one");
    insta::assert_snapshot!(pullable(&repo, &["check", "--all"]).shown(), @r#"
    exit 2
      × .pullable.yaml:2:11: there is no rule "mising-tag"
       ╭─[.pullable.yaml:2:11]
     1 │ ignore:
     2 │   - rule: mising-tag
       ·           ─────┬────
       ·                ╰── here
       ╰────
      help: did you mean missing-tag?
    "#);
    repo.write(CONFIG, "\u{1b}[31mignores: ##[x]\n");
    let run = pullable(&repo, &["check", "--all"]);
    assert!(run.code == 2 && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn a_configuration_holds_no_image() {
    let repo = change(CONFIG, "", "ignore:\n  - image: ghcr.io/acme/web\n    reason: why\n");
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!((run.code, run.references().len()), (0, 0));
}
