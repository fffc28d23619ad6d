//! Configuration and baseline come from the base, whatever the change does to them.

use testkit::repo::Repo;

use crate::audit_case::{Case, Outcome, deployment, outcome, shop};
use crate::support::pullable_with;

fn bump() -> Case {
    Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"))
}

/// The findings of a baseline of the base pass.
#[test]
fn a_baseline_of_the_base() {
    let registry = shop();
    let case = bump();
    let repo = case.commit(&registry, "9.9-bad");
    case.clone().args(&["--write-baseline", "bl.json"]).check_in(&repo);
    let written = std::fs::read_to_string(repo.path().join("bl.json")).unwrap();
    repo.git(&["checkout", "-q", "-f", "main"]);
    repo.write("bl.json", &written).commit("the baseline");
    repo.git(&["checkout", "-q", "change"]);
    repo.merge("main");
    let gate = case.args(&["--baseline", "bl.json"]).check_in(&repo);
    assert_eq!(gate.run.code, 0, "{}", gate.shown());
}

/// A baseline that the change itself writes, to hide its own missing tag, lets nothing pass.
#[test]
fn a_change_does_not_write_its_own_baseline() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9-bad");
    bump().args(&["--write-baseline", "bl.json"]).check_in(&repo);
    repo.commit("the debt of this very change");
    for base in [None, Some(r#"{"schema_version": 1, "findings": []}"#)] {
        let notice = match base {
            None => "has no such file, so the baseline is empty",
            Some(empty) => {
                repo.checkout("main").write("bl.json", empty).commit("an empty baseline");
                repo.checkout("change").git(&["merge", "-q", "-X", "ours", "main"]);
                "this change of the baseline takes effect after the merge"
            }
        };
        for args in [&["--baseline", "bl.json"][..], &["--baseline", "bl.json", "--scope", "touched"]] {
            let gate = bump().args(args).check_in(&repo);
            assert_eq!(gate.run.code, 1, "{base:?} {}", gate.shown());
            assert!(gate.has("missing-tag", "web.yaml:10"), "{base:?} {}", gate.shown());
            assert!(
                gate.has("not-checked", "bl.json") && gate.run.stdout.contains(notice),
                "{}",
                gate.run.stdout
            );
            assert!(gate.run.stdout.contains("after the merge it holds 1 finding;"), "{}", gate.run.stdout);
        }
    }
    // With --strict the notice about the file itself fails nobody.
    repo.checkout("main").write("web.yaml", deployment("nginx@sha256:00")).commit("main moves on");
    let strict = bump().args(&["--baseline", "bl.json", "--strict"]).check_in(repo.checkout("change"));
    assert!(strict.findings.contains(&"notice not-checked bl.json".to_owned()), "{}", strict.shown());
}

/// A file outside of the repository is read as it is, and so is one in git's own folder.
#[test]
fn a_baseline_outside_of_the_repository() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9-bad");
    for file in ["../bl.json", ".git/bl.json"] {
        bump().args(&["--write-baseline", file]).check_in(&repo);
        let gate = bump().args(&["--baseline", file]).check_in(&repo);
        assert_eq!((gate.run.code, gate.findings.len()), (0, 0), "{}", gate.shown());
    }
    // A link from there into the repository names a file of the change.
    repo.rename("../bl.json", "bl.json").commit("moved in");
    repo.symlink("../link.json", "repo/bl.json");
    let gate = bump().args(&["--baseline", "../link.json"]).check_in(&repo);
    assert_eq!(gate.run.code, 1, "{}", gate.shown());
}

/// A name that neither side has is a typing mistake, and a file that stops every run is reported before the
/// merge.
#[test]
fn a_baseline_that_is_nowhere_or_broken() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9-bad");
    let nowhere = bump().args(&["--baseline", "nowhere.json"]).check_in(&repo);
    nowhere.run.refused(&["nowhere.json: no such file or folder"]);
    repo.write("bl.json", "[]").commit("broken");
    let broken = bump().args(&["--baseline", "bl.json"]).check_in(&repo);
    assert!(broken.has("unparseable-file", "bl.json"), "{}", broken.shown());
    assert!(
        broken.run.stdout.contains("after the merge this baseline stops every run"),
        "{}",
        broken.run.stdout
    );
    repo.git(&["branch", "-q", "-f", "main", "change"]);
    let base = bump().args(&["--baseline", "bl.json"]).check_in(&repo);
    base.run.refused(&["this is not a baseline", "it is read from the base"]);
}

/// A key that a configuration has twice ends the run, instead of the last one winning.
#[test]
fn duplicate_keys_of_the_configuration() {
    let entries = "ignore:\n- path: \"docs/**\"\n  path: \"**\"\n  reason: documentation\n";
    bump().base(".pullable.yaml", entries).is_refused(&[".pullable.yaml", "path"]);
    let twice = "on-unverified: fail\non-unverified: warn\n";
    bump().base(".pullable.yaml", twice).is_refused(&[".pullable.yaml", "on-unverified"]);
}

/// An event of a pull request from a fork.
const FORK: &str = r#"{"pull_request": {"head": {"sha": "SHA", "repo": {"full_name": "mallory/web"}},
    "base": {"sha": "BASE", "ref": "main", "repo": {"full_name": "acme/web"}}}}"#;

/// Runs in a fork's pull request with these arguments; the registry is on a private address.
fn in_a_fork(head: &Case, args: &[&str]) -> Outcome {
    let registry = shop();
    check_fork(&head.commit(&registry, "9.9-bad"), args)
}

fn check_fork(repo: &Repo, args: &[&str]) -> Outcome {
    let event = FORK.replace("SHA", &repo.head()).replace("BASE", &repo.git(&["rev-parse", "main"]));
    let file = repo.path().with_file_name("event.json");
    std::fs::write(&file, event).unwrap();
    let variables = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
        ("GITHUB_SHA", &repo.head()),
    ];
    outcome(pullable_with(repo, &variables, &[&["check", "--format", "json"], args].concat()))
}

/// A fork reads its configuration and its baseline from the base, in every mode.
#[test]
fn a_fork_switches_nothing_off() {
    let off = "ignore:\n- {path: \"**\", reason: mine}\n";
    let registry = shop();
    let head = bump().head(".pullable.yaml", off);
    let repo = head.commit(&registry, "9.9-bad");
    let open = "--deny-private-networks=false";
    check_fork(&repo, &[open, "--all", "--config", "../none.yaml"]).run.refused(&["none.yaml"]);
    let written = check_fork(&repo, &[open, "--write-baseline", "bl.json"]);
    assert_eq!(written.run.code, 0, "{}", written.shown());
    repo.commit("its own baseline");
    for args in [
        &["--all"][..],
        &["web.yaml"],
        &["."],
        &["--all", "--baseline", "bl.json"],
        &[".", "--baseline", "bl.json"],
    ] {
        let outcome = check_fork(&repo, &[&[open], args].concat());
        assert_eq!(outcome.run.code, 1, "{args:?} {}", outcome.shown());
        assert!(outcome.has("missing-tag", "web.yaml:10"), "{args:?} {}", outcome.shown());
        assert!(outcome.has("not-checked", ".pullable.yaml"), "{args:?} {}", outcome.shown());
    }
}

/// An inline ignore that a fork adds is reported in the modes that compare nothing, too.
#[test]
fn an_ignore_of_a_fork_is_reported_in_every_mode() {
    let registry = shop();
    let ignored = deployment("REP:BAD # pullable: ignore[missing-tag] mine");
    let kept = deployment("REP:1.0 # pullable: ignore[moved-tag] of the base");
    let case = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &ignored);
    let repo = case.base("old.yaml", &kept).commit(&registry, "9.9-bad");
    for args in [&[][..], &["--all"], &["web.yaml"]] {
        let outcome = check_fork(&repo, &[&["--deny-private-networks=false"], args].concat());
        assert_eq!(outcome.run.code, 0, "{args:?} {}", outcome.shown());
        assert_eq!(outcome.findings, ["notice ignore-added web.yaml:10"], "{args:?} {}", outcome.shown());
        let strict = check_fork(&repo, &[&["--deny-private-networks=false", "--strict"], args].concat());
        assert_eq!(strict.run.code, 1, "{args:?} {}", strict.shown());
    }
}

/// The configuration of the base is in effect in every mode, also if the change deletes it.
#[test]
fn the_base_configures_a_fork() {
    let off = "ignore:\n- {image: \"**/shop/*\", rule: missing-tag, reason: known}\n";
    let registry = shop();
    let repo = bump().base(".pullable.yaml", off).remove(".pullable.yaml").commit(&registry, "9.9-bad");
    for args in [&["--all"][..], &["web.yaml"], &["."], &[]] {
        let outcome = check_fork(&repo, &[&["--deny-private-networks=false"], args].concat());
        assert_eq!(outcome.run.code, 0, "{args:?} {}", outcome.shown());
    }
}

/// Files that are named are checked with the configuration of the current folder, as the base has it.
#[test]
fn the_base_configures_a_folder() {
    let known = "ignore:\n- {image: \"**/shop/*\", rule: missing-tag, reason: known}\n";
    let registry = shop();
    let case =
        Case::new().base("app/web.yaml", &deployment("REP:1.0")).head("app/web.yaml", &deployment("REP:BAD"));
    let open = "--deny-private-networks=false";
    let of_base = case.clone().base("app/.pullable.yaml", known).remove("app/.pullable.yaml");
    let outcome = check_fork(&of_base.commit(&registry, "9.9-bad"), &["-C", "app", ".", open]);
    assert_eq!(outcome.run.code, 0, "{}", outcome.shown());
    assert!(outcome.has("not-checked", "app/.pullable.yaml"), "{}", outcome.shown());
    let of_head = case.head("app/.pullable.yaml", known);
    let outcome = check_fork(&of_head.commit(&registry, "9.9-bad"), &["-C", "app", "--strict", ".", open]);
    assert_eq!(outcome.run.code, 1, "{}", outcome.shown());
    assert!(
        outcome.findings.contains(&"notice not-checked app/.pullable.yaml".to_owned()),
        "{}",
        outcome.shown()
    );
}

/// Without a repository the base is not known, so that a configuration is refused.
#[test]
fn a_fork_without_a_repository() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9-bad");
    let event = repo.path().with_file_name("event.json");
    std::fs::write(&event, FORK.replace("SHA", &repo.head()).replace("BASE", &repo.head())).unwrap();
    repo.remove(".git");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
    ];
    let check = |args: &[&str]| {
        let fixed = ["check", "--format", "json", "--deny-private-networks=false", "web.yaml"];
        outcome(pullable_with(&repo, &variables, &[&fixed, args].concat()))
    };
    assert_eq!(check(&[]).run.code, 1);
    repo.write("bl.json", "{}");
    check(&["--baseline", "bl.json"]).run.refused(&["read from its base", "is not inside a git repository"]);
    repo.write(".pullable.yaml", "ignore:\n- {path: \"**\", reason: mine}\n");
    check(&[]).run.refused(&["read from its base", "is not inside a git repository"]);
}

/// The guard against private networks is on in a fork; a file of the change does not lower it.
#[test]
fn a_fork_does_not_lower_the_guard() {
    let open = "deny-private-networks: false\n";
    let case = bump().head(".pullable.yaml", open);
    let named: &[&str] = &["--config", ".pullable.yaml"];
    for args in [&[][..], &["--all"], &["web.yaml"], &["."], named, &["--all", "--config", ".pullable.yaml"]]
    {
        let outcome = in_a_fork(&case, args);
        assert_eq!(outcome.run.code, 3, "{args:?} {}", outcome.shown());
        assert!(outcome.has("unreachable", "web.yaml:10"), "{args:?} {}", outcome.shown());
    }
}

/// If the origin of a change is unknown, the guard is on.
#[test]
fn an_unknown_origin_keeps_the_guard() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9-bad");
    let event = repo.path().with_file_name("event.json");
    std::fs::write(&event, "{}").unwrap();
    let event = event.to_str().unwrap();
    let github = |name: &'static str| {
        vec![("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", event)]
    };
    for variables in [
        github("workflow_run"),
        github("issue_comment"),
        github("pull_request_target"),
        vec![("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_TARGET_BRANCH", "main")],
        vec![
            ("CI", "woodpecker"),
            ("CI_PIPELINE_EVENT", "pull_request"),
            ("CI_COMMIT_TARGET_BRANCH", "main"),
        ],
        // An unknown system.
        vec![("CI", "true")],
    ] {
        let args = ["check", "--base", "main", "--head", "HEAD", "--format", "json"];
        let outcome = outcome(pullable_with(&repo, &variables, &args));
        assert_eq!(outcome.run.code, 3, "{variables:?} {}", outcome.shown());
    }
}

/// A file of the change does not lower a guard that is on because the origin is unknown, in no mode.
#[test]
fn an_unknown_system_keeps_the_guard_up() {
    let registry = shop();
    let repo = bump().head(".pullable.yaml", "deny-private-networks: false\n").commit(&registry, "9.9-bad");
    let ci = [("CI", "true")];
    for args in [&["--all"][..], &["web.yaml"], &["."], &["--all", "--config", ".pullable.yaml"]] {
        let checked = outcome(pullable_with(&repo, &ci, &[&["check", "--format", "json"], args].concat()));
        assert_eq!(checked.run.code, 3, "{args:?} {}", checked.shown());
    }
    let trusted = repo.path().with_file_name("trusted.yaml");
    std::fs::copy(repo.path().join(".pullable.yaml"), &trusted).unwrap();
    let args = ["check", "--format", "json", "--all", "--config", "../trusted.yaml"];
    assert_eq!(pullable_with(&repo, &ci, &args).code, 1, "a file from elsewhere lowers it");
    assert_eq!(pullable_with(&repo, &[], &["check", "--all"]).code, 1, "outside of CI it is off");
}
