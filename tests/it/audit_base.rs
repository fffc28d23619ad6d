//! The base of a comparison: full names of branches, ambiguous names, and a base that is the head itself.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::audit_case::{Case, Outcome, deployment, outcome, shop};
use crate::support::{PULLABLE, pullable_with, run};

const CHECK: &[&str] = &["check", "--format", "json"];

/// A clone with the change checked out, whose remote has `main`; commits `base` and `head`.
struct Clone {
    _registry: Registry,
    _upstream: Repo,
    repo: Repo,
    base: String,
    head: String,
}

fn cloned() -> Clone {
    let registry = shop();
    let case = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"));
    let upstream = case.commit(&registry, "9.9-bad");
    let (base, head) = (upstream.git(&["rev-parse", "main"]), upstream.head());
    let repo = upstream.clone_full();
    Clone { _registry: registry, _upstream: upstream, repo, base, head }
}

impl Clone {
    fn check(&self, variables: &[(&str, &str)], args: &[&str]) -> Outcome {
        outcome(pullable_with(&self.repo, variables, &[CHECK, args].concat()))
    }

    /// Writes an event of GitHub; the path of its file.
    fn event(&self, text: &str) -> String {
        let file = self.repo.path().with_file_name("event.json");
        std::fs::write(&file, text.replace("BASE", &self.base).replace("HEAD", &self.head)).unwrap();
        file.display().to_string()
    }
}

/// The variables of each system that names the target branch.
const PROVIDERS: &[&[(&str, &str)]] = &[
    &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "1"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")],
    &[("JENKINS_URL", "https://ci.test/"), ("CHANGE_TARGET", "main"), ("CHANGE_ID", "1")],
    &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_PR_ID", "1"), ("BITBUCKET_PR_DESTINATION_BRANCH", "main")],
    &[
        ("TF_BUILD", "True"),
        ("BUILD_REASON", "PullRequest"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
    ],
    &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_TARGET_BRANCH", "main")],
    &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_TARGET_BRANCH", "main")],
    &[("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main"), ("CI_COMMIT_BRANCH", "change")],
];

/// A tag that is called like the branch of the remote is not the base.
#[test]
fn a_tag_named_like_the_remote_branch_is_not_the_base() {
    for variables in PROVIDERS {
        let clone = cloned();
        clone.repo.git(&["tag", "origin/main"]);
        let checked = clone.check(variables, &["--deny-private-networks=false"]);
        assert_eq!(checked.run.code, 1, "{variables:?} {}", checked.shown());
        assert_eq!(checked.run.json()["change"]["base"], clone.base, "{variables:?}");
    }
}

/// GitHub's push of a new branch is compared with the remote's default branch.
#[test]
fn a_tag_is_not_the_base_of_a_pushed_branch() {
    let clone = cloned();
    clone.repo.git(&["tag", "origin/main"]);
    let zero = "0".repeat(40);
    let event = format!(
        r#"{{"ref": "refs/heads/change", "before": "{zero}", "after": "HEAD", "created": true, "repository": {{"default_branch": "main"}}}}"#
    );
    let event = clone.event(&event);
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_SHA", clone.head.as_str()),
    ];
    let checked = clone.check(&variables, &["--deny-private-networks=false"]);
    assert_eq!(checked.run.code, 1, "{}", checked.shown());
}

/// A name that is a tag and a branch is refused, with the full names to choose from.
#[test]
fn an_ambiguous_base_is_refused() {
    let clone = cloned();
    clone.repo.git(&["branch", "-q", "main", &clone.base]);
    clone.repo.git(&["tag", "main"]);
    let checked = clone.check(&[], &["--base", "main", "--head", "HEAD"]);
    checked.run.refused(&["ambiguous", "refs/heads/main", "refs/tags/main"]);
    let checked = clone.check(&[], &["--base", "refs/heads/main", "--head", "HEAD"]);
    assert_eq!(checked.run.code, 1, "{}", checked.shown());
}

#[test]
fn an_ambiguous_remote_base_is_refused() {
    let clone = cloned();
    clone.repo.git(&["tag", "origin/main"]);
    for variables in [&[][..], &[("PULLABLE_BASE", "origin/main")]] {
        let args: &[&str] = if variables.is_empty() {
            &["--base", "origin/main", "--head", "HEAD"]
        } else {
            &["--head", "HEAD"]
        };
        let checked = clone.check(variables, args);
        checked.run.refused(&["ambiguous", "refs/remotes/origin/main", "refs/tags/origin/main"]);
    }
}

/// `pre-commit run --hook-stage pre-push --from-ref A --to-ref B` compares the two.
#[test]
fn pre_commit_with_two_refs_compares_them() {
    let clone = cloned();
    for (from, to, code) in [(&clone.base, &clone.head, 1), (&clone.head, &clone.base, 0)] {
        let variables = [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
        let mut command = clone.repo.command(PULLABLE);
        let hook = run(command.envs(variables).args(["hook", "pre-push"]));
        assert_eq!(hook.code, code, "{from} {to} {}{}", hook.stdout, hook.stderr);
    }
}

/// Where neither a push nor refs are known there is nothing to compare.
#[test]
fn pre_commit_without_refs_is_refused() {
    let clone = cloned();
    let mut command = clone.repo.command(PULLABLE);
    let hook = run(command.env("PRE_COMMIT", "1").args(["hook", "pre-push"]));
    assert_eq!(hook.code, 2, "{}{}", hook.stdout, hook.stderr);
}
