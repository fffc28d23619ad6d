//! The variables of CI systems for a change, in clones as they make them: if a commit is absent, the command
//! in the message fetches it, and no other commit is compared instead.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable_with};

/// `main` at `left`, then at `moved`; `feature` with two commits on `left`; `merged` is both.
struct Upstream {
    repo: Repo,
    left: String,
    moved: String,
    first: String,
    feature: String,
    merged: String,
}

fn upstream() -> Upstream {
    let repo = Repo::new();
    repo.write("old.yaml", pod(&["old:1"])).commit("a past");
    let left = repo.write("a.yaml", pod(&["nginx:1"])).commit("first");
    let first = repo.branch("feature").write("a.yaml", pod(&["nginx:2"])).commit("the change");
    let feature = repo.write("c.yaml", pod(&["mysql:1"])).commit("more of it");
    let moved = repo.checkout("main").write("b.yaml", pod(&["redis:1"])).commit("main moves on");
    let merged = repo.branch("merged").merge("feature");
    repo.git(&["update-ref", "refs/pull/7/merge", &merged]);
    // Servers of CI systems give any commit out that they are asked for.
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    Upstream { repo, left, moved, first, feature, merged }
}

const BOTH: &[&str] = &["a.yaml nginx:2", "c.yaml mysql:1"];

/// Checks in a clone of one commit of this branch, and runs each command of a message, at most three.
fn obeyed(upstream: &Upstream, branch: &str, variables: &[(&str, &str)]) -> (Run, Vec<String>) {
    let clone = upstream.repo.checkout(branch).clone_shallow(1);
    upstream.repo.checkout("main");
    let mut said = Vec::new();
    loop {
        let run = pullable_with(&clone, variables, &["images", "--format", "json"]);
        let Some((_, command)) = run.stderr.split_once("git fetch ").filter(|_| run.code == 2) else {
            return (run, said);
        };
        let command = command.lines().next().unwrap().trim().replace('\'', "");
        assert!(said.len() < 3, "{said:?} {}", run.stderr);
        clone.git(&[&["fetch"][..], &command.split(' ').collect::<Vec<_>>()].concat());
        said.push(command);
    }
}

/// The references in such a clone, and the number of fetches.
fn finds(
    upstream: &Upstream,
    branch: &str,
    variables: &[(&str, &str)],
    expected: &[&str],
    fetches: usize,
) -> Run {
    let (run, said) = obeyed(upstream, branch, variables);
    assert_eq!(
        (run.code, run.references()),
        (0, expected.iter().map(ToString::to_string).collect()),
        "{}",
        run.stderr
    );
    assert_eq!(said.len(), fetches, "{said:?}");
    run
}

/// As [`finds`], for a system with event files.
fn by_event(
    upstream: &Upstream,
    branch: &str,
    event: (&str, &str),
    more: &[(&str, &str)],
    expected: &[&str],
    fetches: usize,
) -> Run {
    let file = upstream.repo.path().with_file_name(format!("{}.json", event.0));
    std::fs::write(&file, event.1).unwrap();
    let variables = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", event.0),
        ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
    ];
    finds(upstream, branch, &[&variables, more].concat(), expected, fetches)
}

#[test]
fn github_compares_a_push_with_the_commit_before() {
    let upstream = upstream();
    let push = |before: &str, forced: bool| {
        format!(
            r#"{{"ref":"refs/heads/feature","before":"{before}","after":"{}","forced":{forced},
            "repository":{{"default_branch":"main"}}}}"#,
            upstream.feature
        )
    };
    let run =
        by_event(&upstream, "feature", ("push", &push(&upstream.first, false)), &[], &["c.yaml mysql:1"], 1);
    assert_eq!(run.json()["change"]["base"], upstream.first);
    // New branches, and those whose history was rewritten.
    for (before, forced) in [("0".repeat(40), false), (upstream.moved.clone(), true)] {
        let run = by_event(&upstream, "feature", ("push", &push(&before, forced)), &[], BOTH, 2);
        assert_eq!(run.json()["change"]["base"], upstream.left, "not what main added since");
        assert_eq!(run.json()["change"]["chosen_by"], "GITHUB_EVENT_PATH push, merge base with origin/main");
    }
}

#[test]
fn github_compares_a_merge_queue_with_its_base() {
    let upstream = upstream();
    let event =
        format!(r#"{{"merge_group":{{"base_sha":"{}","head_sha":"{}"}}}}"#, upstream.moved, upstream.merged);
    let run = by_event(&upstream, "merged", ("merge_group", &event), &[], BOTH, 1);
    assert_eq!(run.json()["change"]["base"], upstream.moved);
    // The head is the event's, and the flag's where one is given.
    let file = upstream.repo.path().with_file_name("merge_group.json");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "merge_group"),
        ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
    ];
    let listed = |args: &[&str]| {
        pullable_with(&upstream.repo, &variables, &[&["images", "--format", "json"], args].concat())
            .references()
    };
    assert_eq!(listed(&[]), BOTH, "though main is checked out");
    assert_eq!(listed(&["--head", "HEAD"]), [""; 0]);
}

#[test]
fn a_target_checks_out_the_base_and_the_head_is_the_one_that_is_looked_at() {
    let upstream = upstream();
    let event = format!(
        r#"{{"pull_request":{{"base":{{"sha":"{}"}},"head":{{"sha":"{}"}}}}}}"#,
        upstream.moved, upstream.feature
    );
    for more in [&[][..], &[("GITEA_ACTIONS", "true")]] {
        let (run, said) = {
            let file = upstream.repo.path().with_file_name("target.json");
            std::fs::write(&file, &event).unwrap();
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", "pull_request_target"),
                ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
            ];
            obeyed(&upstream, "main", &[&variables, more].concat())
        };
        assert_eq!(run.references(), BOTH, "{said:?} {}", run.stderr);
        assert_eq!(run.json()["change"]["base"], upstream.left);
    }
}

#[test]
fn gitea_checks_out_the_head_of_a_pull_request() {
    let upstream = upstream();
    // `base.sha` is where the branch of the base stands now.
    let event = format!(r#"{{"pull_request":{{"base":{{"sha":"{}"}}}}}}"#, upstream.moved);
    let gitea =
        [("GITEA_ACTIONS", "true"), ("GITHUB_REF", "refs/pull/7/head"), ("GITHUB_SHA", &upstream.feature)];
    let run = by_event(&upstream, "feature", ("pull_request", &event), &gitea, BOTH, 1);
    assert_eq!(run.json()["change"]["base"], upstream.left);
}

#[test]
fn gitlab_says_the_commit_that_a_merge_request_is_held_against() {
    let upstream = upstream();
    let zero = "0".repeat(40);
    let common = [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_COMMIT_BEFORE_SHA", &zero),
    ];
    let merged_results = [
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", upstream.moved.as_str()),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &upstream.left),
    ];
    let run = finds(&upstream, "merged", &[&common, &merged_results[..]].concat(), BOTH, 1);
    assert_eq!(run.json()["change"]["chosen_by"], "CI_MERGE_REQUEST_TARGET_BRANCH_SHA");
    let detached = [("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ""), merged_results[1]];
    let run = finds(&upstream, "feature", &[&common, &detached[..]].concat(), BOTH, 1);
    assert_eq!(run.json()["change"]["base"], upstream.left);
    let branch = [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_BRANCH", "feature"),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_COMMIT_BEFORE_SHA", &upstream.first),
    ];
    let run = finds(&upstream, "feature", &branch, BOTH, 2);
    assert_eq!(run.json()["change"]["chosen_by"], "CI_DEFAULT_BRANCH, merge base with origin/main");
}

#[test]
fn azure_builds_the_merge() {
    let upstream = upstream();
    let variables = [
        ("TF_BUILD", "True"),
        ("BUILD_REASON", "PullRequest"),
        ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
        ("BUILD_SOURCEVERSION", &upstream.merged),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
    ];
    let run = finds(&upstream, "merged", &variables, BOTH, 1);
    assert_eq!(run.json()["change"]["base"], upstream.moved);
}

#[test]
fn bitbucket_names_a_commit_by_twelve_digits_that_no_server_gives_out() {
    let upstream = upstream();
    let (short, _) = upstream.moved.split_at(12);
    let variables = [("CI", "true"), ("BITBUCKET_PR_ID", "7"), ("BITBUCKET_PR_DESTINATION_COMMIT", short)];
    let run = finds(&upstream, "feature", &variables, BOTH, 1);
    assert_eq!(run.json()["change"]["base"], upstream.left);
    // As the runner has it: the destination merged into the source.
    upstream.repo.checkout("feature").branch("bitbucket").merge("main");
    finds(&upstream, "bitbucket", &variables, BOTH, 1);
}

#[test]
fn a_branch_is_the_remotes_and_only_its_merge_base_counts() {
    let upstream = upstream();
    let systems: &[&[(&str, &str)]] = &[
        &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_PULL_REQUEST", "7"),
            ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
        ],
        &[("JENKINS_URL", "https://jenkins.example/"), ("CHANGE_TARGET", "main")],
        &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_TARGET_BRANCH", "main")],
        &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_TARGET_BRANCH", "main")],
        &[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main")],
    ];
    for variables in systems {
        let run = finds(&upstream, "feature", variables, BOTH, 2);
        assert_eq!(run.json()["change"]["base"], upstream.left);
        let chosen_by = run.json()["change"]["chosen_by"].to_string();
        assert!(chosen_by.contains("merge base with origin/main"), "{chosen_by}");
    }
}

#[test]
fn where_a_system_says_nothing_one_is_asked() {
    let upstream = upstream();
    let clone = upstream.repo.clone_full();
    // `origin/HEAD` is there, and HEAD is its branch: comparing them would pass whatever was pushed.
    for (variables, words) in [
        (&[("CIRCLECI", "true")][..], "PULLABLE_BASE: << pipeline.git.base_revision >>"),
        (&[("JENKINS_URL", "https://jenkins.example/")], "give `--base REV`"),
        (&[("TF_BUILD", "True")], "give `--base REV`"),
    ] {
        pullable_with(&clone, variables, &["check"])
            .refused(&["does not name a base to compare with", words]);
    }
}
