use std::collections::HashMap;
use std::io::Write;

use super::*;
use crate::change::Base;

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";

fn env(variables: &[(&str, &str)]) -> Env {
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Env::new(move |name| variables.get(name).cloned())
}

fn event(json: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(json.as_bytes()).unwrap();
    file
}

fn pull_request(sha: &str, reference: &str, json: &str) -> Result<Range, CiError> {
    let file = event(json);
    let env = env(&[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", file.path().to_str().unwrap()),
        ("GITHUB_SHA", sha),
        ("GITHUB_REF", reference),
    ]);
    range(&env, HEAD).unwrap()
}

fn good() -> String {
    format!(
        r#"{{"action":"opened","number":7,"pull_request":{{"base":{{"ref":"main","sha":"{BASE}"}},"x":[]}}}}"#
    )
}

#[test]
fn the_merge_commit_is_compared_with_its_first_parent() {
    let range = pull_request(HEAD, "refs/pull/7/merge", &good()).unwrap();
    assert_eq!(range.base, Base::Direct("HEAD^1".into()));
    assert_eq!(range.head, None);
    assert_eq!(range.chosen_by, "GITHUB_EVENT_PATH pull_request, the merge commit's first parent");
}

#[test]
fn another_checkout_is_compared_through_the_merge_base() {
    for (sha, reference) in [
        (BASE, "refs/pull/7/merge"),
        (HEAD, "refs/heads/main"),
        (HEAD, "refs/pull//merge"),
        (HEAD, "refs/pull/x/merge"),
        ("", ""),
    ] {
        let range = pull_request(sha, reference, &good()).unwrap();
        assert_eq!(range.base, Base::MergeBase(BASE.into()), "{sha} {reference}");
        assert_eq!(range.chosen_by, "GITHUB_EVENT_PATH pull_request, merge base with its base.sha");
    }
}

#[test]
fn broken_events_say_what_is_wrong() {
    for json in [
        "",
        "[]",
        "{}",
        "{\"pull_request\":{}}",
        "{\"pull_request\":{\"base\":{\"sha\":\"--upload-pack=x\"}}}",
    ] {
        let error = pull_request(HEAD, "refs/pull/7/merge", json).unwrap_err();
        assert!(
            matches!(&error, CiError::Malformed { event, .. } if event == "pull_request"),
            "{json}: {error}"
        );
        assert!(error.help().contains("--base"));
    }
    let nested = format!("{{\"x\":{}", "[".repeat(100_000));
    assert!(matches!(pull_request(HEAD, "", &nested), Err(CiError::Malformed { .. })));
}

#[test]
fn missing_variables_and_files_are_errors() {
    let base = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "pull_request")];
    let unset = range(&env(&base), HEAD).unwrap().unwrap_err();
    assert_eq!(unset, CiError::Unset { name: "GITHUB_EVENT_PATH" });
    let unset = range(&env(&base[..1]), HEAD).unwrap().unwrap_err();
    assert_eq!(unset.to_string(), "GITHUB_EVENT_NAME is not set");
    for path in ["/nonexistent/event.json", "/"] {
        let env = env(&[base[0], base[1], ("GITHUB_EVENT_PATH", path)]);
        assert!(matches!(range(&env, HEAD), Some(Err(CiError::Unreadable { .. }))), "{path}");
    }
}

#[test]
fn other_events_ask_for_a_base() {
    for event in ["push", "schedule", "pull_request_target"] {
        let env = env(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", event)]);
        let error = range(&env, HEAD).unwrap().unwrap_err();
        assert_eq!(error, CiError::Event { event: event.into() });
        assert!(error.help().contains("--base") && error.help().contains("--all"));
    }
}

#[test]
fn gitea_and_forgejo_are_not_github() {
    for other in ["GITEA_ACTIONS", "FORGEJO_ACTIONS"] {
        let env = env(&[("GITHUB_ACTIONS", "true"), (other, "true")]);
        assert!(range(&env, HEAD).is_none());
    }
}

#[test]
fn ci_is_known_by_its_variables() {
    assert!(!is_ci(&env(&[])));
    assert!(!is_ci(&env(&[("CI", "")])) && !is_ci(&env(&[("CI", "false")])) && !is_ci(&env(&[("CI", "0")])));
    assert!(is_ci(&env(&[("CI", "1")])) && is_ci(&env(&[("TF_BUILD", "True")])));
    assert!(is_ci(&env(&[("GITHUB_ACTIONS", "true")])));
}

#[test]
fn a_fork_is_another_repository_or_one_that_is_gone() {
    let fork = |json: &str| {
        let file = event(json);
        let path = file.path().to_str().unwrap();
        is_fork(&env(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", path)]))
    };
    let sides = |head: &str| {
        format!(r#"{{"pull_request":{{"base":{{"repo":{{"id":1}}}},"head":{{"repo":{head}}}}}}}"#)
    };
    assert!(fork(&sides(r#"{"id":2,"fork":true}"#)));
    assert!(fork(&sides("null")));
    assert!(!fork(&sides(r#"{"id":1}"#)));
    assert!(!fork(r#"{"ref":"refs/heads/main"}"#) && !fork("{"));
    assert!(!is_fork(&env(&[])));
}
