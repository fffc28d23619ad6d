//! The choice of the base: by name, by the environment, by the remote's default branch; and the messages if
//! there is none.

use testkit::repo::Repo;

use crate::support::{Run, change, pod, pullable, pullable_with};

const LIST: &[&str] = &["images", "--format", "json"];

fn list<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [LIST, args].concat()
}

/// A branch `change` that turned nginx:1 into nginx:2, and the commit that it left `main` at.
fn bumped() -> (Repo, String) {
    let repo = change("a.yaml", &pod(&["nginx:1"]), &pod(&["nginx:2"]));
    let base = repo.git(&["rev-parse", "main"]);
    (repo, base)
}

/// Runs the command that a message names.
fn obey(repo: &Repo, run: &Run, command: &str) {
    assert!(run.stderr.contains(command), "{command:?} in {:?}", run.stderr);
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    repo.git(&words);
}

#[test]
fn every_kind_of_revision_is_a_base() {
    let (repo, base) = bumped();
    repo.git(&["tag", "light", "main"]);
    repo.git(&["tag", "-m", "with a message", "heavy", "main"]);
    let (short, _) = base.split_at(10);
    for rev in ["main", "refs/heads/main", "light", "heavy", "tags/heavy", &base, short, "HEAD~1", "HEAD^"] {
        let run = pullable(&repo, &list(&["--base", rev]));
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{rev}: {}", run.stderr);
        let change = &run.json()["change"];
        assert_eq!(change["base"], base, "{rev}");
        assert_eq!(change["head"], "worktree");
        assert_eq!(change["chosen_by"], format!("--base {rev}"));
    }
}

#[test]
fn what_main_added_since_is_not_introduced() {
    let (repo, base) = bumped();
    repo.checkout("main").write("b.yaml", pod(&["redis:1"])).write("a.yaml", pod(&["nginx:1", "nginx:0"]));
    repo.commit("main moves on");
    repo.checkout("change");
    let run = pullable(&repo, &list(&["--base", "main"]));
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
    assert_eq!(run.json()["change"]["base"], base, "the merge base, not the tip of main");
    // Once main is merged, its commit is the merge base.
    repo.git(&["merge", "-q", "-X", "ours", "main"]);
    let run = pullable(&repo, &list(&["--base", "main"]));
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
    assert_eq!(run.json()["change"]["base"], repo.git(&["rev-parse", "main"]));
}

#[test]
fn the_environment_names_a_base_and_the_flag_wins() {
    let (repo, base) = bumped();
    let head = repo.head();
    let run =
        |variable: &str, args: &[&str]| pullable_with(&repo, &[("PULLABLE_BASE", variable)], &list(args));
    let by_variable = run("main", &[]);
    assert_eq!(by_variable.references(), ["a.yaml nginx:2"]);
    assert_eq!(by_variable.json()["change"]["chosen_by"], "PULLABLE_BASE main");
    let by_flag = run("no-such-branch", &["--base", "HEAD"]);
    assert_eq!(by_flag.json()["change"]["chosen_by"], "--base HEAD");
    assert_eq!(by_flag.json()["change"]["base"], head);
    run("no-such-branch", &[]).refused(&["unknown revision `no-such-branch`"]);
    run("", &[]).refused(&["cannot determine the base branch"]);
    // A run without a base does not depend on one.
    assert_eq!(run("no-such-branch", &["--all"]).references(), ["a.yaml nginx:2"]);
    assert_eq!(run("no-such-branch", &["a.yaml"]).references(), ["a.yaml nginx:2"]);
    assert_ne!(base, head);
}

#[test]
fn a_clone_is_compared_with_its_remotes_default_branch() {
    let upstream = Repo::new();
    upstream.write("a.yaml", pod(&["nginx:1"])).commit("one");
    upstream.git(&["branch", "-m", "trunk"]);
    let clone = upstream.clone_full();
    clone.branch("change").write("a.yaml", pod(&["nginx:2"])).commit("two");
    let run = pullable(&clone, &list(&[]));
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
    assert_eq!(
        run.json()["change"]["chosen_by"],
        "merge base with origin/trunk, the default branch of its remote"
    );
    // On the default branch itself, commits that are not pushed count.
    clone.checkout("trunk").write("a.yaml", pod(&["nginx:3"]));
    assert_eq!(pullable(&clone, &list(&[])).references(), ["a.yaml nginx:3"]);
    clone.git(&["remote", "set-head", "origin", "--delete"]);
    let run = pullable(&clone, &list(&[]));
    run.refused(&["no default branch of a remote is known"]);
    assert!(run.stderr.contains("`git remote set-head REMOTE --auto`"), "unbroken: {}", run.stderr);
    clone.git(&["remote", "set-head", "origin", "--auto"]);
    assert_eq!(pullable(&clone, &list(&[])).references(), ["a.yaml nginx:3"]);
}

#[test]
fn without_a_remote_the_way_out_is_said() {
    let (repo, _) = bumped();
    pullable(&repo, &["check"]).refused(&[
        "cannot determine the base branch: no default branch of a remote is known",
        "give `--base REV`, set PULLABLE_BASE, or check everything with `--all`",
    ]);
    for (variables, args) in
        [(&[][..], &["--base", "main"][..]), (&[("PULLABLE_BASE", "main")], &[]), (&[], &["--all"])]
    {
        assert_eq!(pullable_with(&repo, variables, &list(args)).references(), ["a.yaml nginx:2"]);
    }
}

#[test]
fn a_missing_remote_branch_names_the_command_that_brings_it() {
    let (upstream, _) = bumped();
    // Of one branch only, as `--depth` does it.
    let clone = upstream.clone_shallow(5);
    let run = pullable(&clone, &list(&["--base", "origin/main"]));
    run.refused(&["unknown revision `origin/main`", "if the commit is on a remote, fetch it:"]);
    obey(&clone, &run, "git fetch --no-tags origin main:refs/remotes/origin/main");
    assert_eq!(pullable(&clone, &list(&["--base", "origin/main"])).references(), ["a.yaml nginx:2"]);
}

/// `main` alone is a branch of this clone, which has none; the message names the one of the remote.
#[test]
fn a_branch_that_only_the_remote_has_is_named() {
    let (upstream, _) = bumped();
    // Similar names do not hide the command.
    upstream.git(&["branch", "mainly"]);
    let clone = upstream.clone_shallow(5);
    clone.git(&["fetch", "-q", "origin", "mainly:mainly"]);
    let run = pullable(&clone, &list(&["--base", "main"]));
    run.refused(&[
        "unknown revision `main`",
        "if it is a branch of the remote, name it origin/main, and fetch it:",
    ]);
    obey(&clone, &run, "git fetch --no-tags origin main:refs/remotes/origin/main");
    pullable(&clone, &list(&["--base", "main"])).refused(&["similar names: origin/main"]);
    assert_eq!(pullable(&clone, &list(&["--base", "origin/main"])).references(), ["a.yaml nginx:2"]);
}

#[test]
fn a_shallow_clone_without_a_merge_base_names_the_command_that_finds_it() {
    let (upstream, base) = bumped();
    upstream.checkout("main").write("b.yaml", pod(&["redis:1"])).commit("main moves on");
    upstream.checkout("change").write("c.yaml", pod(&["mysql:1"])).commit("so does the change");
    let clone = upstream.clone_shallow(1);
    clone.git(&["fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let run = pullable(&clone, &list(&["--base", "origin/main"]));
    run.refused(&["have no common ancestor in this shallow clone", "fetch the rest of the history:"]);
    obey(&clone, &run, "git fetch --no-tags --unshallow origin");
    let run = pullable(&clone, &list(&["--base", "origin/main"]));
    assert_eq!(run.references(), ["a.yaml nginx:2", "c.yaml mysql:1"], "{}", run.stderr);
    assert_eq!(run.json()["change"]["base"], base);
}

#[test]
fn an_object_id_that_was_not_cloned_names_the_fetch() {
    let (upstream, base) = bumped();
    let clone = upstream.clone_shallow(1);
    let run = pullable_with(&clone, &[("COLUMNS", "40")], &list(&["--base", &base]));
    run.refused(&[&format!("the commit {base} is not in this clone")]);
    obey(&clone, &run, &format!("git fetch --no-tags --unshallow origin {base}"));
    assert_eq!(pullable(&clone, &list(&["--base", &base])).references(), ["a.yaml nginx:2"]);
}

#[test]
fn a_revision_that_does_not_do_is_told_from_an_unknown_one() {
    let (repo, _) = bumped();
    repo.git(&["branch", "release-1.4", "main"]);
    let refused = |rev: &str, words: &[&str]| pullable(&repo, &["check", "--base", rev]).refused(words);
    refused("maim", &["unknown revision `maim`", "similar names: main"]);
    refused("release-1.5", &["unknown revision `release-1.5`", "similar names: release-1.4"]);
    let branches = "this repository has no remote, and these branches: change, main, release-1.4; write one of them \
                    instead, as in `pullable check --base change`";
    refused("nothing-like-it", &["unknown revision `nothing-like-it`", branches]);
    refused("HEAD~9", &["unknown revision `HEAD~9`"]);
    refused(&"0".repeat(40), &["is not in this clone"]);
    refused("HEAD:a.yaml", &["`HEAD:a.yaml` does not name a commit", "name one branch, tag or commit"]);
    refused("main..change", &["main..change"]);
    refused("", &["unknown revision ``"]);
    refused("--all", &["--base"]);
    pullable(&repo, &["check", "--base", "main", "--head", "chaneg"])
        .refused(&["unknown revision `chaneg`", "similar names: change"]);
}

/// A tag of the name that the branch of the remote has for short is in conflict only with `--base`.
#[test]
fn a_tag_named_like_the_base_does_not_become_the_base() {
    let (upstream, base) = bumped();
    upstream.git(&["tag", "origin/main", "change"]);
    upstream.git(&["tag", "main", "change"]);
    let clone = upstream.clone_full();
    for rev in ["origin/main", "origin/main~0"] {
        let run = pullable(&clone, &["check", "--base", rev]);
        run.refused(&[
            &format!("`{rev}` is ambiguous: it is refs/tags/origin/main and refs/remotes/origin/main"),
            "write the full name, as in `refs/remotes/origin/main`",
        ]);
    }
    pullable(&upstream, &["check", "--base", "main"])
        .refused(&["`main` is ambiguous: it is refs/tags/main and refs/heads/main"]);
    pullable(&upstream, &["check", "--all", "--head", "main"]).refused(&["`main` is ambiguous"]);
    let run = pullable(&clone, &list(&["--base", "refs/remotes/origin/main"]));
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
    assert_eq!(run.json()["change"]["base"], base);
    for variables in BRANCHES {
        let run = pullable_with(&clone, variables, LIST);
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{variables:?} {}", run.stderr);
        assert_eq!(run.json()["change"]["base"], base);
    }
}

/// CI systems that name the branch to compare with.
const BRANCHES: &[&[(&str, &str)]] = &[
    &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")],
    &[("JENKINS_URL", "https://jenkins.example/"), ("CHANGE_TARGET", "main")],
    &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_TARGET_BRANCH", "main")],
    &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_TARGET_BRANCH", "main")],
    &[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main")],
    &[("BITBUCKET_PR_ID", "7"), ("BITBUCKET_PR_DESTINATION_BRANCH", "main")],
    &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "change"), ("CI_DEFAULT_BRANCH", "main")],
];

#[test]
fn unrelated_histories_have_no_base() {
    let (repo, _) = bumped();
    repo.git(&["checkout", "-q", "--orphan", "elsewhere"]);
    repo.commit("without a past");
    pullable(&repo, &["check", "--base", "main"]).refused(&[
        "`main` and `worktree` have no common ancestor",
        "their histories are unrelated: give another `--base`",
    ]);
}

#[test]
fn before_the_first_commit_there_is_nothing_to_compare_with() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"]));
    for args in [&["check"][..], &["check", "--base", "HEAD"], &["check", "--base", "main"]] {
        let run = pullable(&repo, args);
        run.refused(&["there is no commit yet: HEAD points to `main`, which does not exist"]);
        run.refused(&["commit something first; `pullable check --all` needs no commit"]);
    }
    assert_eq!(pullable(&repo, &list(&["--all"])).references(), ["a.yaml nginx:1"]);
}
