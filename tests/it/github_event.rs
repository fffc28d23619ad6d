//! The variables and events of GitHub Actions for a pull request, and the resulting comparison.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable_with};

/// A pull request as `actions/checkout` leaves it: the merge commit of base and branch is checked out.
struct PullRequest {
    upstream: Repo,
    /// Where the branch left `main`, as the event's `base.sha` may say it, and the merge's first parent.
    left: String,
    base: String,
    merge: String,
}

fn pull_request() -> PullRequest {
    let upstream = Repo::new();
    let left = upstream.write("a.yaml", pod(&["nginx:1"])).commit("first");
    upstream.branch("feature").write("a.yaml", pod(&["nginx:2"])).commit("the change");
    let base = upstream.checkout("main").write("b.yaml", pod(&["redis:1"])).commit("main moves on");
    let merge = upstream.branch("merged").merge("feature");
    upstream.git(&["update-ref", "refs/pull/1/merge", &merge]);
    PullRequest { upstream, left, base, merge }
}

impl PullRequest {
    /// Runs the program as a step of the workflow does.
    fn step(&self, repo: &Repo, changed: &[(&str, &str)], args: &[&str]) -> Run {
        let event = format!(r#"{{"number": 1, "pull_request": {{"base": {{"sha": "{}"}}}}}}"#, self.left);
        self.step_with(repo, &event, changed, args)
    }

    fn step_with(&self, repo: &Repo, event: &str, changed: &[(&str, &str)], args: &[&str]) -> Run {
        let file = repo.path().with_file_name("event.json");
        std::fs::write(&file, event).unwrap();
        let variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
            ("GITHUB_SHA", &self.merge),
            ("GITHUB_REF", "refs/pull/1/merge"),
        ];
        pullable_with(
            repo,
            &[&variables, changed].concat(),
            &[&["images", "--format", "json"], args].concat(),
        )
    }
}

const DIRECTLY: &str = "GITHUB_EVENT_PATH pull_request, the merge commit's first parent";
const BY_BASE_SHA: &str = "GITHUB_EVENT_PATH pull_request, merge base with its base.sha";

#[test]
fn the_merge_commit_is_compared_with_its_first_parent() {
    let pr = pull_request();
    let run = pr.step(&pr.upstream, &[], &[]);
    assert_eq!(run.references(), ["a.yaml nginx:2"], "not what main added since: {}", run.stderr);
    let change = &run.json()["change"];
    assert_eq!((&change["base"], &change["head"]), (&pr.base.clone().into(), &pr.merge.clone().into()));
    assert_eq!(change["chosen_by"], DIRECTLY);
}

#[test]
fn two_commits_of_history_are_enough() {
    let pr = pull_request();
    let clone = pr.upstream.clone_shallow(2);
    let run = pr.step(&clone, &[], &[]);
    assert_eq!(run.references(), ["a.yaml nginx:2"], "{}", run.stderr);
    assert_eq!(run.json()["change"]["base"], pr.base);
}

#[test]
fn one_commit_of_history_needs_the_very_fetch_that_is_said() {
    let pr = pull_request();
    let clone = pr.upstream.clone_shallow(1);
    let run = pr.step(&clone, &[], &[]);
    let command = format!("git fetch --no-tags --depth=1 origin {}", pr.base);
    run.refused(&[&format!("the commit {} (`HEAD^1`) is not in this clone", pr.base), &command]);
    clone.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    let run = pr.step(&clone, &[], &[]);
    assert_eq!(run.references(), ["a.yaml nginx:2"], "no history is needed: {}", run.stderr);
    assert_eq!(run.json()["change"]["chosen_by"], DIRECTLY);
}

/// The configuration of a pull request is read from its base, so a run over everything needs that commit too.
#[test]
fn a_run_over_everything_needs_the_base_as_well() {
    let pr = pull_request();
    for args in [&["--all"][..], &["a.yaml"]] {
        let clone = pr.upstream.clone_shallow(1);
        let run = pr.step(&clone, &[], args);
        let command = format!("git fetch --no-tags --depth=1 origin {}", pr.base);
        run.refused(&[
            "the configuration of a pull request is read from its base",
            &format!("fetch it: {command}"),
        ]);
        assert!(run.stderr.lines().any(|line| line.ends_with(&command)), "unbroken: {}", run.stderr);
        clone.git(&command.split(' ').skip(1).collect::<Vec<_>>());
        let run = pr.step(&clone, &[], args);
        assert_eq!(run.references()[0], "a.yaml nginx:2", "{}", run.stderr);
    }
}

#[test]
fn another_commit_is_compared_through_the_merge_base() {
    let pr = pull_request();
    let clone = pr.upstream.clone_full();
    clone.checkout("origin/feature");
    let run = pr.step(&clone, &[], &[]);
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
    let change = &run.json()["change"];
    assert_eq!((&change["base"], &change["chosen_by"]), (&pr.left.clone().into(), &BY_BASE_SHA.into()));
    // The merge of a newer run does not matter for this one.
    clone.checkout("origin/merged");
    let run = pr.step(&clone, &[("GITHUB_SHA", &pr.base)], &[]);
    assert_eq!(run.json()["change"]["chosen_by"], BY_BASE_SHA);
    let run = pr.step(&clone, &[("GITHUB_REF", "refs/heads/feature")], &[]);
    assert_eq!(run.json()["change"]["chosen_by"], BY_BASE_SHA);
    // The head of the branch alone, as `ref: ${{ github.event.pull_request.head.sha }}` clones it.
    let shallow = pr.upstream.checkout("feature").clone_shallow(1);
    pr.step(&shallow, &[], &[]).refused(&[
        &format!("the commit {} is not in this clone", pr.left),
        &format!("git fetch --no-tags --unshallow origin {}", pr.left),
    ]);
}

#[test]
fn flags_and_variables_win_over_the_event() {
    let pr = pull_request();
    let chosen = |changed: &[(&str, &str)], args: &[&str]| {
        pr.step(&pr.upstream, changed, args).json()["change"]["chosen_by"].clone()
    };
    assert_eq!(chosen(&[], &["--base", "main"]), "--base main");
    assert_eq!(chosen(&[("PULLABLE_BASE", "main")], &[]), "PULLABLE_BASE main");
    let all = pr.step(&pr.upstream, &[], &["--all"]);
    assert_eq!(all.references(), ["a.yaml nginx:2", "b.yaml redis:1"]);
    assert_eq!(all.json()["change"], serde_json::Value::Null);
    // The configuration of a pull request is read from its base, in every mode.
    let broken = [("GITHUB_EVENT_PATH", "/nowhere")];
    for args in [&["--all"][..], &["a.yaml"]] {
        pr.step(&pr.upstream, &broken, args).refused(&[
            "the configuration of a pull request is read from its base, which is not known here",
            "name the base with PULLABLE_BASE, or a configuration with --config",
        ]);
    }
    let named = pr.step(&pr.upstream, &[broken[0], ("PULLABLE_BASE", "main")], &["--all"]);
    assert_eq!(named.references(), ["a.yaml nginx:2", "b.yaml redis:1"]);
}

#[test]
fn other_events_say_what_to_do() {
    let pr = pull_request();
    for event in ["schedule", "workflow_dispatch", "release"] {
        let run = pr.step(&pr.upstream, &[("GITHUB_EVENT_NAME", event)], &[]);
        run.refused(&[&format!("the event `{event}` does not name a base to compare with")]);
        run.refused(&["give `--base REV`, or check everything with `--all`"]);
    }
    // Gitea means other commits by the same variables.
    let run = pr.step(&pr.upstream, &[("GITEA_ACTIONS", "true")], &[]);
    assert_eq!(run.json()["change"]["chosen_by"], BY_BASE_SHA);
}

#[test]
fn a_broken_event_is_no_reason_to_guess() {
    let pr = pull_request();
    let broken: &[(&str, &str)] = &[
        ("", "is not a `pull_request` event"),
        ("{", "is not a `pull_request` event"),
        ("[]", "is not a `pull_request` event"),
        (r#"{"action": "opened"}"#, "it has no pull_request.base.sha"),
        (r#"{"pull_request": {"base": {"sha": null}}}"#, "is not a `pull_request` event"),
        (r#"{"pull_request": {"base": {"sha": "--upload-pack=x"}}}"#, "base.sha is not an object id"),
    ];
    for (event, words) in broken {
        let run = pr.step_with(&pr.upstream, event, &[], &[]);
        run.refused(&[words, "give `--base REV`"]);
    }
    let folder = pr.upstream.path().to_str().unwrap();
    let without: &[(&str, &str, &str)] = &[
        ("GITHUB_EVENT_PATH", "", "GITHUB_EVENT_PATH is not set"),
        ("GITHUB_EVENT_NAME", "", "GITHUB_EVENT_NAME is not set"),
        ("GITHUB_EVENT_PATH", "/nowhere/event.json", "cannot be read: No such file"),
        ("GITHUB_EVENT_PATH", folder, "it is not a regular file"),
    ];
    for (name, value, words) in without {
        let run = pr.step(&pr.upstream, &[(name, value)], &[]);
        run.refused(&[words, "pass the CI system's variables and files on"]);
    }
}

#[test]
fn a_step_looks_at_commits_and_not_at_what_earlier_steps_left_behind() {
    let pr = pull_request();
    pr.upstream.write("made.yaml", pod(&["made:1"])).write("a.yaml", pod(&["nginx:3"]));
    assert_eq!(pr.step(&pr.upstream, &[], &[]).references(), ["a.yaml nginx:2"]);
    let worktree = pr.step(&pr.upstream, &[], &["--head", "worktree"]);
    assert_eq!(worktree.references(), ["a.yaml nginx:3", "made.yaml made:1"]);
    assert_eq!(worktree.json()["change"]["head"], "worktree");
}
