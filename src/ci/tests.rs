use std::collections::HashMap;
use std::io::Write;

use super::*;
use source::change::Base;

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

/// The payload of an event, read by the provider that these variables identify.
fn of_event(variables: &[(&str, &str)], name: &str, json: &str) -> Result<Range, CiError> {
    let file = event(json);
    let event = [("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", file.path().to_str().unwrap())];
    range(&env(&[&event[..], variables].concat()), HEAD).unwrap()
}

const GITHUB: &[(&str, &str)] = &[("GITHUB_ACTIONS", "true")];
const GITEA: &[(&str, &str)] = &[("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")];
const ZERO_SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const ZERO: &str = "0000000000000000000000000000000000000000";

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
fn an_event_without_a_base_asks_for_one() {
    for event in ["schedule", "workflow_dispatch", "release"] {
        for system in [GITHUB, GITEA] {
            let error =
                range(&env(&[system, &[("GITHUB_EVENT_NAME", event)]].concat()), HEAD).unwrap().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the event `{event}` does not name a base to compare with")
            );
            assert!(error.help().contains("--base") && error.help().contains("--all"));
        }
    }
    // Only GitHub has merge queues.
    assert!(of_event(GITEA, "merge_group", "{}").is_err());
}

#[test]
fn a_merge_queue_says_both_sides() {
    let json = format!(
        r#"{{"merge_group":{{"head_sha":"{HEAD}","base_sha":"{BASE}","base_ref":"refs/heads/main"}}}}"#
    );
    let range = of_event(GITHUB, "merge_group", &json).unwrap();
    assert_eq!((range.base, range.head.as_deref()), (Base::Direct(BASE.into()), Some(HEAD)));
    assert_eq!(range.chosen_by, "GITHUB_EVENT_PATH merge_group, its base_sha");
    for broken in
        ["{}", r#"{"merge_group":{"base_sha":7}}"#, &format!(r#"{{"merge_group":{{"base_sha":"{BASE}"}}}}"#)]
    {
        assert!(
            matches!(of_event(GITHUB, "merge_group", broken), Err(CiError::Malformed { .. })),
            "{broken}"
        );
    }
}

#[test]
fn a_pull_request_of_gitea_and_a_target_are_told_by_their_merge_base() {
    let json = format!(r#"{{"pull_request":{{"base":{{"sha":"{BASE}"}},"head":{{"sha":"{HEAD}"}}}}}}"#);
    for system in [GITHUB, GITEA] {
        let target = of_event(system, "pull_request_target", &json).unwrap();
        assert_eq!((target.base, target.head.as_deref()), (Base::MergeBase(BASE.into()), Some(HEAD)));
    }
    let ours = of_event(
        &[GITEA, &[("GITHUB_SHA", HEAD), ("GITHUB_REF", "refs/pull/7/merge")]].concat(),
        "pull_request",
        &json,
    );
    let ours = ours.unwrap();
    assert_eq!((ours.base, ours.head), (Base::MergeBase(BASE.into()), None));
}

#[test]
fn a_push_is_compared_with_what_was_there() {
    let push = |before: &str, forced: &str, branch: &str| {
        format!(
            r#"{{"ref":"refs/heads/{branch}","before":"{before}","after":"{HEAD}","forced":{forced},
            "repository":{{"default_branch":"trunk"}}}}"#
        )
    };
    for system in [GITHUB, GITEA] {
        let range = |before, forced, branch| of_event(system, "push", &push(before, forced, branch));
        let plain = range(BASE, "false", "trunk").unwrap();
        assert_eq!((plain.base, plain.head.as_deref()), (Base::Direct(BASE.into()), Some(HEAD)));
        for (before, forced) in [(ZERO, "false"), (ZERO, "true"), (BASE, "true"), (ZERO_SHA256, "null")] {
            let new = range(before, forced, "feature").unwrap();
            assert_eq!(new.base, Base::MergeBase("refs/remotes/origin/trunk".into()), "{before} {forced}");
            assert_eq!(new.chosen_by, "GITHUB_EVENT_PATH push, merge base with origin/trunk");
        }
        let asked = range(BASE, "true", "trunk").unwrap_err();
        assert_eq!(
            asked.to_string(),
            "a push that rewrites the default branch does not name a base to compare with"
        );
        let asked = range(ZERO, "false", "trunk").unwrap_err();
        assert!(asked.to_string().starts_with("a push that starts the default branch"));
        for broken in ["{}", r#"{"before":"main","after":"x"}"#, &format!(r#"{{"before":"{BASE}"}}"#)] {
            assert!(matches!(of_event(system, "push", broken), Err(CiError::Malformed { .. })), "{broken}");
        }
        // No default branch is named.
        let nameless = format!(r#"{{"ref":"refs/heads/x","before":"{ZERO}","after":"{HEAD}"}}"#);
        assert!(matches!(of_event(system, "push", &nameless), Err(CiError::NoBase { .. })));
    }
}

/// The result of a run: a base, or a part of the message.
enum To {
    Base(Base),
    Error(&'static str),
}

/// The variables of a run.
type Row = (&'static str, &'static [(&'static str, &'static str)], To);

fn direct(rev: &str) -> To {
    To::Base(Base::Direct(rev.into()))
}

fn merge_base(rev: &str) -> To {
    To::Base(Base::MergeBase(rev.into()))
}

fn hold(rows: &[Row]) {
    for (title, variables, expected) in rows {
        let range = range(&env(variables), HEAD).unwrap_or_else(|| panic!("{title}: no provider"));
        match (range, expected) {
            (Ok(range), To::Base(base)) => {
                assert_eq!((&range.base, &range.head), (base, &None), "{title}");
                assert!(!range.chosen_by.is_empty(), "{title}");
            }
            (Err(error), To::Error(words)) => {
                assert!(error.to_string().contains(words), "{title}: {error}");
                assert!(error.help().contains("--base"), "{title}: {}", error.help());
            }
            (range, _) => panic!("{title}: {range:?}"),
        }
    }
}

#[test]
fn gitlab() {
    const ON: (&str, &str) = ("GITLAB_CI", "true");
    const DEFAULT: (&str, &str) = ("CI_DEFAULT_BRANCH", "main");
    const IID: (&str, &str) = ("CI_MERGE_REQUEST_IID", "7");
    hold(&[
        (
            "merged results",
            &[ON, IID, (gitlab::TARGET, BASE), (gitlab::DIFF_BASE, HEAD), (gitlab::BEFORE, ZERO)],
            direct(BASE),
        ),
        (
            "detached",
            &[ON, IID, (gitlab::TARGET, ""), (gitlab::DIFF_BASE, BASE), (gitlab::BEFORE, ZERO)],
            direct(BASE),
        ),
        (
            "garbled",
            &[ON, IID, (gitlab::DIFF_BASE, "main")],
            To::Error("CI_MERGE_REQUEST_DIFF_BASE_SHA is not an object id"),
        ),
        ("incomplete", &[ON, IID], To::Error("CI_MERGE_REQUEST_DIFF_BASE_SHA is not set")),
        (
            "default branch",
            &[ON, DEFAULT, ("CI_COMMIT_BRANCH", "main"), (gitlab::BEFORE, BASE)],
            direct(BASE),
        ),
        (
            "its first push",
            &[ON, DEFAULT, ("CI_COMMIT_BRANCH", "main"), (gitlab::BEFORE, ZERO)],
            To::Error("this pipeline"),
        ),
        (
            "another branch",
            &[ON, DEFAULT, ("CI_COMMIT_BRANCH", "x"), (gitlab::BEFORE, BASE)],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "a tag",
            &[ON, DEFAULT, ("CI_COMMIT_TAG", "v1"), (gitlab::BEFORE, BASE)],
            To::Error("this pipeline"),
        ),
    ]);
}

#[test]
fn azure_and_bitbucket() {
    const TF: (&str, &str) = ("TF_BUILD", "True");
    const TARGET: &str = "SYSTEM_PULLREQUEST_TARGETBRANCH";
    const MERGE: (&str, &str) = ("BUILD_SOURCEBRANCH", "refs/pull/7/merge");
    const PR: (&str, &str) = ("BITBUCKET_PR_ID", "7");
    const COMMIT: &str = "BITBUCKET_PR_DESTINATION_COMMIT";
    hold(&[
        ("merge", &[TF, MERGE, (TARGET, "refs/heads/main"), ("BUILD_SOURCEVERSION", HEAD)], direct("HEAD^1")),
        (
            "other checkout",
            &[TF, MERGE, (TARGET, "refs/heads/main"), ("BUILD_SOURCEVERSION", BASE)],
            merge_base("refs/remotes/origin/main"),
        ),
        ("on GitHub", &[TF, (TARGET, "release/1")], merge_base("refs/remotes/origin/release/1")),
        ("a push", &[TF, ("BUILD_REASON", "IndividualCI")], To::Error("a build without a pull request")),
        ("Bitbucket", &[PR, (COMMIT, "0123456789ab")], merge_base("0123456789ab")),
        (
            "by branch",
            &[PR, ("BITBUCKET_PR_DESTINATION_BRANCH", "main")],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "garbled",
            &[PR, (COMMIT, "--upload-pack=x")],
            To::Error("BITBUCKET_PR_DESTINATION_COMMIT is not an object id"),
        ),
        ("incomplete", &[PR], To::Error("BITBUCKET_PR_DESTINATION_COMMIT is not set")),
        (
            "a push",
            &[("BITBUCKET_BUILD_NUMBER", "3"), ("BITBUCKET_BRANCH", "x")],
            To::Error("a pipeline without a pull request"),
        ),
    ]);
}

#[test]
fn buildkite_circleci_jenkins() {
    const BK: (&str, &str) = ("BUILDKITE", "true");
    const JENKINS: (&str, &str) = ("JENKINS_URL", "https://jenkins.example/");
    const BK_DEFAULT: (&str, &str) = ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main");
    hold(&[
        (
            "Buildkite",
            &[BK, ("BUILDKITE_PULL_REQUEST", "7"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "incomplete",
            &[BK, ("BUILDKITE_PULL_REQUEST", "7")],
            To::Error("BUILDKITE_PULL_REQUEST_BASE_BRANCH is not set"),
        ),
        (
            "branch",
            &[BK, ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_BRANCH", "x"), BK_DEFAULT],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "main",
            &[BK, ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_BRANCH", "main"), BK_DEFAULT],
            To::Error("this build"),
        ),
        ("CircleCI", &[("CIRCLECI", "true"), ("CIRCLE_BRANCH", "x")], To::Error("a job of CircleCI")),
        (
            "Jenkins",
            &[JENKINS, ("CHANGE_ID", "7"), ("CHANGE_TARGET", "main")],
            merge_base("refs/remotes/origin/main"),
        ),
        ("a branch", &[JENKINS, ("BRANCH_NAME", "main")], To::Error("a build without a change request")),
    ]);
    let circle = range(&env(&[("CIRCLECI", "true")]), HEAD).unwrap().unwrap_err();
    assert!(circle.help().contains("PULLABLE_BASE: << pipeline.git.base_revision >>"));
}

#[test]
fn drone_and_woodpecker() {
    const WP: (&str, &str) = ("CI", "woodpecker");
    const DRONE: (&str, &str) = ("DRONE", "true");
    hold(&[
        (
            "Drone",
            &[DRONE, ("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_TARGET_BRANCH", "main")],
            merge_base("refs/remotes/origin/main"),
        ),
        ("push", &[DRONE, ("DRONE_BUILD_EVENT", "push"), ("DRONE_COMMIT_BEFORE", BASE)], direct(BASE)),
        (
            "new branch",
            &[
                DRONE,
                ("DRONE_BUILD_EVENT", "push"),
                ("DRONE_COMMIT_BEFORE", ZERO),
                ("DRONE_BRANCH", "x"),
                ("DRONE_REPO_BRANCH", "main"),
            ],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "garbled",
            &[DRONE, ("DRONE_BUILD_EVENT", "push"), ("DRONE_COMMIT_BEFORE", "x")],
            To::Error("DRONE_COMMIT_BEFORE is not an object id"),
        ),
        ("cron", &[DRONE, ("DRONE_BUILD_EVENT", "cron")], To::Error("this build")),
        (
            "Woodpecker",
            &[WP, ("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_TARGET_BRANCH", "main")],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "incomplete",
            &[WP, ("CI_PIPELINE_EVENT", "pull_request")],
            To::Error("CI_COMMIT_TARGET_BRANCH is not set"),
        ),
        (
            "push",
            &[
                WP,
                ("CI_PIPELINE_EVENT", "push"),
                ("CI_COMMIT_BRANCH", "x"),
                ("CI_REPO_DEFAULT_BRANCH", "main"),
            ],
            merge_base("refs/remotes/origin/main"),
        ),
        (
            "main",
            &[
                WP,
                ("CI_PIPELINE_EVENT", "push"),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_REPO_DEFAULT_BRANCH", "main"),
            ],
            To::Error("this pipeline"),
        ),
    ]);
}

#[test]
fn forks_are_told_from_branches() {
    let of = |head: &str| {
        let json = format!(
            r#"{{"pull_request":{{"base":{{"repo":{{"full_name":"acme/web"}}}},"head":{{{head}}}}}}}"#
        );
        let file = event(&json);
        let event =
            [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_EVENT_PATH", file.path().to_str().unwrap())];
        [GITHUB, GITEA].map(|system| from_fork(&env(&[&event[..], system].concat())))
    };
    assert_eq!(of(r#""repo":{"full_name":"mallory/web"}"#), [true; 2]);
    assert_eq!(of(r#""repo":null"#), [true; 2], "a fork that was deleted");
    assert_eq!(of(r#""repo":{"full_name":"acme/web"}"#), [false; 2]);
    assert_eq!(of(""), [true; 2], "nobody says that it is none");
    let said = |variables: &[(&str, &str)]| from_fork(&env(variables));
    let ids = |source| {
        said(&[
            ("GITLAB_CI", "true"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", source),
        ])
    };
    assert!(ids("2") && !ids("1") && ids(""));
    assert!(said(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "True")]));
    assert!(!said(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "False")]));
    assert!(said(&[("CIRCLECI", "true"), ("CIRCLE_PR_REPONAME", "web")]) && !said(&[("CIRCLECI", "true")]));
    assert!(said(&[("JENKINS_URL", "x"), ("CHANGE_FORK", "mallory")]) && !said(&[("JENKINS_URL", "x")]));
    let buildkite = |pull_request, repository| {
        said(&[
            ("BUILDKITE", "true"),
            ("BUILDKITE_PULL_REQUEST", pull_request),
            ("BUILDKITE_PULL_REQUEST_REPO", repository),
            ("BUILDKITE_REPO", "git@github.com:acme/web.git"),
        ])
    };
    assert!(
        buildkite("7", "git://github.com/mallory/web.git") && buildkite("7", "https://gitlab.com/acme/web")
    );
    for same in [
        "git://github.com/acme/web.git",
        "https://x@GitHub.com/acme/web",
        "ssh://git@github.com:22/acme/web.git",
    ] {
        assert!(!buildkite("7", same), "{same}");
    }
    assert!(!buildkite("false", "git://github.com/mallory/web.git"));
    assert!(buildkite("7", ""));
    assert!(!said(&[]) && !said(&[("CI", "false")]));
}

#[test]
fn an_unknown_origin_counts_as_a_fork() {
    let guarded = |variables: &[(&str, &str)]| from_fork(&env(variables));
    for event in ["workflow_run", "issue_comment", "pull_request_target", "pull_request", "discussion", ""] {
        for system in [GITHUB, GITEA] {
            assert!(guarded(&[system, &[("GITHUB_EVENT_NAME", event)]].concat()), "{event}");
        }
    }
    for event in ["push", "merge_group", "schedule", "workflow_dispatch"] {
        for system in [GITHUB, GITEA] {
            assert!(!guarded(&[system, &[("GITHUB_EVENT_NAME", event)]].concat()), "{event}");
        }
    }
    assert!(guarded(&[("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request")]));
    assert!(!guarded(&[("DRONE", "true"), ("DRONE_BUILD_EVENT", "push")]));
    assert!(guarded(&[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "pull_request_closed")]));
    assert!(!guarded(&[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "push")]));
    assert!(guarded(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main")]));
    assert!(!guarded(&[("TF_BUILD", "True")]));
    assert!(guarded(&[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_IID", "7")]));
    assert!(!guarded(&[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "x")]));
    assert!(!guarded(&[("BITBUCKET_PR_ID", "7")]));
    assert!(guarded(&[("CI", "true")]), "a system that is not known reports nothing");
}

#[test]
fn runs_for_pull_requests_are_told_from_others() {
    let is_one = |variables: &[(&str, &str)]| proposal(&env(variables)).is_some();
    let pull_requests: &[&[(&str, &str)]] = &[
        &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "pull_request_review")],
        &[("GITEA_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "pull_request")],
        &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "merge_group")],
        &[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_IID", "7")],
        &[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main")],
        &[("BITBUCKET_PR_ID", "7")],
        &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7")],
        &[("CIRCLECI", "true"), ("CIRCLE_PULL_REQUEST", "https://github.com/acme/web/pull/7")],
        &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request")],
        &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "pull_request")],
        &[("JENKINS_URL", "x"), ("CHANGE_TARGET", "main")],
    ];
    for variables in pull_requests {
        assert!(is_one(variables), "{variables:?}");
    }
    let others: &[&[(&str, &str)]] = &[
        &[],
        &[("CI", "true")],
        &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")],
        &[("GITHUB_ACTIONS", "true")],
        &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")],
        &[("TF_BUILD", "True")],
        &[("BITBUCKET_BUILD_NUMBER", "7")],
        &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false")],
        &[("CIRCLECI", "true")],
        &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "push")],
        &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "cron")],
        &[("JENKINS_URL", "x")],
    ];
    for variables in others {
        assert!(!is_one(variables), "{variables:?}");
    }
}

#[test]
fn only_object_ids_name_the_head_of_a_change() {
    let buildkite = |commit| {
        let variables =
            [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7"), ("BUILDKITE_COMMIT", commit)];
        proposal(&env(&variables)).unwrap().head
    };
    assert_eq!((buildkite(HEAD), buildkite("HEAD")), (Some(HEAD.to_owned()), None));
    let file = event(&format!(r#"{{"pull_request": {{"head": {{"sha": "{HEAD}"}}}}}}"#));
    let of = |name| {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", file.path().to_str().unwrap()),
            ("GITHUB_SHA", BASE),
        ];
        let proposal = proposal(&env(&variables)).unwrap();
        (proposal.head, proposal.merge.map(|(oid, _)| oid))
    };
    assert_eq!(of("pull_request"), (Some(HEAD.to_owned()), Some(BASE.to_owned())));
    assert_eq!(of("pull_request_target"), (Some(HEAD.to_owned()), None), "that commit is the base's");
}

#[test]
fn gitea_and_forgejo_are_asked_before_github() {
    for other in ["GITEA_ACTIONS", "FORGEJO_ACTIONS"] {
        let provider = provider(&env(&[("GITHUB_ACTIONS", "true"), (other, "true")])).unwrap();
        assert_eq!(provider.name(), "Gitea Actions");
    }
    let names: std::collections::BTreeSet<_> = PROVIDERS.iter().map(|provider| provider.name()).collect();
    assert_eq!(names.len(), PROVIDERS.len());
}

#[test]
fn ci_is_known_by_its_variables() {
    assert!(!is_ci(&env(&[])));
    assert!(!is_ci(&env(&[("CI", "")])) && !is_ci(&env(&[("CI", "false")])) && !is_ci(&env(&[("CI", "0")])));
    assert!(is_ci(&env(&[("CI", "1")])) && is_ci(&env(&[("TF_BUILD", "True")])));
    assert!(is_ci(&env(&[("GITHUB_ACTIONS", "true")])));
}

#[test]
fn the_files_of_ci_systems() {
    for path in [
        ".github/workflows/deploy.yml",
        ".github/actions/deploy/action.yaml",
        ".gitea/workflows/deploy.yaml",
        ".forgejo/workflows/deploy.yaml",
        ".gitlab-ci.yml",
        ".gitlab/deploy.yml",
        "ci/deploy.gitlab-ci.yml",
        "azure-pipelines.yml",
        "azure-pipelines-prod.yml",
        ".azuredevops/deploy.yml",
        "bitbucket-pipelines.yml",
        ".buildkite/deploy.sh",
        ".circleci/config.yml",
        ".woodpecker.yaml",
        ".woodpecker/deploy.yml",
        ".drone.yml",
        "Jenkinsfile",
        "ci/Jenkinsfile.prod",
        "deploy.jenkinsfile",
    ] {
        assert!(is_set_up(&RepoPath::new(path)), "{path}");
    }
    for path in [
        "apps/web.yaml",
        ".github/dependabot.yml",
        ".github/workflows/README.md",
        "apps/.github/workflows/deploy.yml",
        "docs/gitlab-ci.md",
    ] {
        assert!(!is_set_up(&RepoPath::new(path)), "{path}");
    }
}
