//! Runs in which nothing is compared: the rule `same-commit`, and the refusal where the wrong commit is checked out.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_with};

/// `main` at `base`; `feature` with one commit on it, `head`; `merged` is the merge that GitHub makes.
struct Upstream {
    repo: Repo,
    base: String,
    head: String,
    merge: String,
}

fn upstream() -> Upstream {
    let repo = Repo::new();
    let base = repo.write("a.yaml", pod(&["nginx:1"])).commit("first");
    let head = repo.branch("feature").write("a.yaml", pod(&["nginx:2"])).commit("the change");
    let merge = repo.checkout("main").branch("merged").merge("feature");
    repo.checkout("main");
    Upstream { repo, base, head, merge }
}

impl Upstream {
    /// Lists the images of the change as a step does, with this branch checked out.
    fn step(&self, branch: &str, variables: &[(&str, &str)], args: &[&str]) -> Run {
        self.repo.checkout(branch);
        pullable_with(&self.repo, variables, &[&["images", "--format", "json"], args].concat())
    }

    /// A step of GitHub for an event of a pull request.
    fn github(&self, event: &str, branch: &str, more: &[(&str, &str)], args: &[&str]) -> Run {
        let text = format!(
            r#"{{"pull_request": {{"head": {{"sha": "{}"}}, "base": {{"sha": "{}"}}}}}}"#,
            self.head, self.base
        );
        let file = self.repo.path().with_file_name("event.json");
        std::fs::write(&file, text).unwrap();
        let sha = if event == "pull_request" { &self.merge } else { &self.base };
        let variables = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
            ("GITHUB_SHA", sha),
            ("GITHUB_REF", "refs/pull/7/merge"),
        ];
        self.step(branch, &[&variables, more].concat(), args)
    }
}

/// The message of the only finding, which is a notice of the rule and fails nobody.
#[track_caller]
fn notice(run: &Run) -> String {
    assert_eq!((run.code, run.rules()), (0, vec!["same-commit".to_owned()]), "{}{}", run.stdout, run.stderr);
    let finding = &run.json()["findings"][0];
    assert_eq!((&finding["severity"], &finding["path"]), (&"notice".into(), &".".into()));
    format!("{}; {}", finding["message"].as_str().unwrap(), finding["help"].as_str().unwrap())
}

/// The first digits of an object id.
fn short(oid: &str) -> &str {
    oid.split_at(10).0
}

#[test]
fn base_and_head_are_the_same() {
    let upstream = upstream();
    let main = short(&upstream.base);
    let same = |chosen_by: &str| {
        format!(
            "nothing was compared: base {main} and head {main} are the same commit; the base was chosen by: {chosen_by}"
        )
    };
    let named = upstream.step("main", &[], &["--base", "HEAD", "--head", "HEAD"]);
    assert_eq!(notice(&named), same("--base HEAD"));
    let strict = upstream.step("main", &[], &["--base", "HEAD", "--head", "HEAD", "--strict"]);
    assert_eq!(notice(&strict), same("--base HEAD"));
    let variable = upstream.step("main", &[("CI", "true"), ("PULLABLE_BASE", "HEAD")], &[]);
    assert_eq!(notice(&variable), same("PULLABLE_BASE HEAD"));
    let gitlab = [
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &upstream.base),
        ("CI_COMMIT_SHA", &upstream.base),
    ];
    assert_eq!(notice(&upstream.step("main", &gitlab, &[])), same("CI_MERGE_REQUEST_DIFF_BASE_SHA"));
}

/// What a person sees, without a check mark.
#[test]
fn nothing_compared_has_no_check_mark() {
    let upstream = upstream();
    let run = pullable(&upstream.repo, &["images", "--base", "main"]);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    same-commit

      ☞ nothing was compared: the base is the commit that is checked out, COMMIT, and the work
      │ tree has no change
      help: the base was chosen by: --base main

    ! no image reference to check in 0 files, N s
      compared worktree against COMMIT (--base main)
    ");
    let quiet = pullable(&upstream.repo, &["images", "--base", "main", "--quiet"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (0, ""));
}

/// A finding about no file: an annotation without a file, and in SARIF, where every result has one, a notification.
#[test]
fn every_format_reports_it() {
    let upstream = upstream();
    let report = |format: &str| {
        let run = pullable(&upstream.repo, &["images", "--base", "main", "--format", format]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run
    };
    assert!(
        report("github").stdout.contains("\n::notice title=pullable%3A same-commit::nothing was compared")
    );
    let sarif = report("sarif").json();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "note");
    assert!(
        notification["message"]["text"].as_str().unwrap().starts_with("same-commit: nothing was compared")
    );
    for format in ["concise", "gitlab", "junit", "markdown"] {
        let text = report(format).stdout;
        assert!(text.contains("same-commit") && text.contains("nothing was compared"), "{format}: {text}");
        assert!(!text.contains(['✓', '✅']), "{format}: {text}");
    }
}

#[test]
fn a_changed_work_tree_is_compared_with_its_own_commit() {
    let upstream = upstream();
    upstream.repo.write("a.yaml", pod(&["nginx:3"]));
    let run = pullable(&upstream.repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!((run.references(), run.rules()), (vec!["a.yaml nginx:3".to_owned()], Vec::new()));
    upstream.repo.write("a.yaml", pod(&["nginx:1"])).symlink("b.yaml", "a.yaml");
    let run = pullable(&upstream.repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!(run.rules(), [""; 0], "a link is a change");
}

/// A push that brings nothing new is no mistake.
#[test]
fn a_push_without_new_commits() {
    let upstream = upstream();
    let event = format!(r#"{{"ref": "refs/heads/main", "before": "{0}", "after": "{0}"}}"#, upstream.base);
    let file = upstream.repo.path().with_file_name("push.json");
    std::fs::write(&file, event).unwrap();
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
        ("GITHUB_SHA", &upstream.base),
    ];
    for args in [&[][..], &["--strict"]] {
        let said = notice(&upstream.step("main", &variables, args));
        assert!(
            said.ends_with("the base was chosen by: GITHUB_EVENT_PATH push, the commit before"),
            "{said}"
        );
    }
}

/// A base that moved on and holds the change already leaves nothing to compare.
#[test]
fn the_base_contains_the_head_of_the_change() {
    let upstream = upstream();
    let (merge, head) = (upstream.merge.as_str(), upstream.head.as_str());
    let gitlab = [
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", merge),
        ("CI_COMMIT_SHA", head),
    ];
    let said = notice(&upstream.step("feature", &gitlab, &[]));
    let expected = format!(
        "nothing of the change was compared: the base {} already contains its head {}; the base was chosen by: \
         CI_MERGE_REQUEST_DIFF_BASE_SHA; the head by: CI_COMMIT_SHA",
        short(merge),
        short(head)
    );
    assert_eq!(said, expected);
    // Runners that merge by themselves have a commit of their own checked out.
    upstream.repo.checkout("feature").branch("own-merge").commit("of the runner");
    let drone = [
        ("DRONE", "true"),
        ("DRONE_BUILD_EVENT", "pull_request"),
        ("DRONE_TARGET_BRANCH", "main"),
        ("DRONE_COMMIT_SHA", head),
        ("PULLABLE_BASE", "feature"),
    ];
    let said = notice(&upstream.step("own-merge", &drone, &[]));
    assert!(
        said.ends_with("the base was chosen by: PULLABLE_BASE feature; the head by: DRONE_COMMIT_SHA"),
        "{said}"
    );
}

#[test]
fn head_and_merge_of_a_pull_request_are_compared() {
    let upstream = upstream();
    for (event, branch) in [
        ("pull_request", "merged"),
        ("pull_request", "feature"),
        ("pull_request_review", "merged"),
        // The commit is read from git, whatever is checked out.
        ("pull_request_target", "main"),
        ("pull_request_target", "feature"),
    ] {
        let sha = if branch == "merged" { upstream.merge.as_str() } else { upstream.head.as_str() };
        let more: &[(&str, &str)] = if event == "pull_request_review" { &[("GITHUB_SHA", sha)] } else { &[] };
        let run = upstream.github(event, branch, more, &[]);
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{event} {branch} {}", run.stderr);
        assert_eq!(run.rules(), [""; 0], "{event} {branch}");
    }
}

/// A job that has the target branch checked out would pass whatever the change is.
#[test]
fn the_target_branch_in_place_of_the_change_is_refused() {
    let upstream = upstream();
    let named = format!("the head of the change {} (GITHUB_EVENT_PATH", upstream.head);
    let checked_out = format!("the commit that is checked out, {}, is neither", upstream.base);
    let remedy = format!("check out {}", upstream.head);
    for (event, more, args) in [
        ("pull_request", &[][..], &[][..]),
        ("pull_request", &[], &["--base", "main"]),
        ("pull_request", &[("PULLABLE_BASE", "main")], &[]),
        ("pull_request", &[("GITEA_ACTIONS", "true")], &[]),
        ("pull_request", &[], &["--all"]),
        ("pull_request_target", &[("PULLABLE_BASE", "main")], &[]),
        ("pull_request_target", &[], &["--base", "main"]),
        ("pull_request_target", &[], &["--all"]),
        ("pull_request", &[], &["a.yaml"]),
        ("pull_request", &[], &["."]),
        ("pull_request", &[], &["-"]),
        ("pull_request_target", &[], &["a.yaml"]),
    ] {
        let run = upstream.github(event, "main", more, args);
        run.refused(&[&checked_out, &named, &remedy]);
    }
    let merge = format!("nor its merge commit {} (GITHUB_SHA)", upstream.merge);
    upstream.github("pull_request", "main", &[], &[]).refused(&[&merge]);
    // Somebody who names the commit has chosen it.
    let chosen = upstream.github("pull_request", "main", &[], &["--base", "main", "--head", "HEAD"]);
    notice(&chosen);
    assert_eq!(upstream.github("pull_request", "main", &[], &["--all", "--head", "HEAD"]).code, 0);
}

/// Files that are named, and standard input, come from the commit that is checked out.
#[test]
fn named_files_of_the_change_are_checked() {
    let upstream = upstream();
    for branch in ["merged", "feature"] {
        let run = upstream.github("pull_request", branch, &[], &["a.yaml"]);
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{branch} {}", run.stderr);
    }
}

/// A merge commit is known by its parents where no variable names it, also in a clone without history.
#[test]
fn a_merge_commit_that_nothing_names() {
    let upstream = upstream();
    let none = [("GITHUB_SHA", ""), ("PULLABLE_BASE", "main")];
    for args in [&[][..], &["--all"], &["a.yaml"]] {
        let run = upstream.github("pull_request", "merged", &none, args);
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{args:?} {}", run.stderr);
    }
    upstream.repo.checkout("merged").branch("later").write("b.yaml", pod(&["redis:1"])).commit("a step");
    let run = upstream.github("pull_request", "later", &none, &["a.yaml"]);
    assert_eq!(run.references(), ["a.yaml nginx:2"], "{}", run.stderr);
    let shallow = upstream.repo.checkout("merged").clone_shallow(1);
    let event = upstream.repo.path().with_file_name("event.json");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ("PULLABLE_BASE", "HEAD"),
    ];
    let run = pullable_with(&shallow, &variables, &["images", "--all", "--format", "json"]);
    assert_eq!(run.references(), ["a.yaml nginx:2"], "{}", run.stderr);
}

#[test]
fn other_systems_that_check_out_the_change_are_held_to_it() {
    let upstream = upstream();
    let gitlab: &[(&str, &str)] = &[
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &upstream.base),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &upstream.head),
        ("CI_COMMIT_SHA", &upstream.merge),
    ];
    let azure: &[(&str, &str)] = &[
        ("TF_BUILD", "True"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", &upstream.head),
        ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
        ("BUILD_SOURCEVERSION", &upstream.merge),
        ("PULLABLE_BASE", "main"),
    ];
    for variables in [gitlab, azure] {
        for branch in ["merged", "feature"] {
            let run = upstream.step(branch, variables, &[]);
            assert_eq!(run.references(), ["a.yaml nginx:2"], "{branch} {}", run.stderr);
        }
        upstream.step("main", variables, &[]).refused(&["is neither the head of the change"]);
    }
}
