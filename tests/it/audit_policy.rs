//! Configuration and baseline come from the base, whatever the change does to them.

use crate::audit_case::{Case, Outcome, deployment, outcome, shop};
use crate::support::pullable_with;

fn bump() -> Case {
    Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"))
}

/// A baseline that the base has lets its findings pass.
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
    let repo = head.commit(&registry, "9.9-bad");
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
    outcome(pullable_with(&repo, &variables, &[&["check", "--format", "json"], args].concat()))
}

/// The guard against private networks is on in a fork; a file of the change does not lower it.
#[test]
fn a_fork_does_not_lower_the_guard() {
    let open = "deny-private-networks: false\n";
    let case = bump().head(".pullable.yaml", open);
    for args in [&[][..], &["--all"], &["web.yaml"], &["."]] {
        let outcome = in_a_fork(&case, args);
        assert_eq!(outcome.run.code, 3, "{args:?} {}", outcome.shown());
        assert!(outcome.has("unreachable", "web.yaml:10"), "{args:?} {}", outcome.shown());
    }
}

/// Where it is unknown whether a fork's change is checked, the guard is on.
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
    ] {
        let args = ["check", "--base", "main", "--head", "HEAD", "--format", "json"];
        let outcome = outcome(pullable_with(&repo, &variables, &args));
        assert_eq!(outcome.run.code, 3, "{variables:?} {}", outcome.shown());
    }
}
