//! `pullable revert` and git: nothing but a new branch changes, whatever the repository looks like.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use testkit::repo::Repo;

use crate::revert::{history, overlay, registry};
use crate::support::{PULLABLE, Run, files_below, pullable, pullable_with, run};

/// The index, the configuration, `HEAD`, the references of others, and all files of the work tree.
fn state(repo: &Repo) -> Vec<String> {
    let text = |file: &Path| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    let read = |file: &str| text(&repo.path().join(".git").join(file));
    // First, because it may write the index anew.
    let mut state = vec![repo.git(&["status", "--porcelain"]), read("index"), read("config"), read("HEAD")];
    let references = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let is_other = |line: &&str| !line.starts_with("refs/heads/pullable/");
    state.extend(references.lines().filter(is_other).map(str::to_owned));
    for file in files_below(repo.path()) {
        if !file.starts_with(repo.path().join(".git")) {
            state.push(format!("{} {}", file.display(), text(&file)));
        }
    }
    state
}

fn branch(repo: &Repo) -> String {
    repo.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"])
}

fn in_folder(repo: &Repo, folder: &Path, args: &[&str]) -> Run {
    run(repo.command(PULLABLE).current_dir(folder).env("LC_ALL", "C.UTF-8").args(args))
}

#[test]
fn work_tree_index_hooks_and_configuration_stay() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    for hook in [
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-commit",
        "post-checkout",
        "reference-transaction",
    ] {
        let path = repo.path().join(".git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#!/bin/sh\ntouch ../hook-ran\nexit 1\n").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    repo.write("prod/kustomization.yaml", "dirty").write("untracked", "x");
    let before = state(&repo);
    let run = pullable(&repo, &["revert"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(before, state(&repo));
    assert_eq!(
        repo.git(&["show", &format!("{}:prod/kustomization.yaml", branch(&repo))]),
        overlay(&registry, "'1'").trim_end()
    );
    assert!(!repo.path().with_file_name("hook-ran").exists());
    assert_eq!(repo.git(&["fsck", "--strict"]), "");
}

#[test]
fn detached_bare_linked_and_sha256() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let linked = repo.worktree("other");
    assert_eq!(in_folder(&repo, &linked, &["revert"]).code, 0);
    assert!(!branch(&repo).is_empty());
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(pullable(&repo, &["revert"]).code, 0);
    let bare = repo.path().with_file_name("bare");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let of_bare = in_folder(&repo, &bare, &["revert"]);
    assert_eq!(of_bare.code, 0, "{}{}", of_bare.stdout, of_bare.stderr);

    let wide = Repo::sha256();
    wide.write("web.yaml", crate::revert::deployment(&format!("{}/shop/web:1", registry.host()))).commit("1");
    wide.write("web.yaml", crate::revert::deployment(&format!("{}/shop/web:2", registry.host()))).commit("2");
    let run = pullable(&wide, &["revert"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(wide.git(&["fsck", "--strict"]), "");
}

#[test]
fn a_shallow_clone_is_refused_with_the_fetch() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    repo.write("README.md", "x").commit("unrelated");
    let clone = repo.clone_shallow(1);
    for args in [&["revert"][..], &["revert", "--whole-commit"]] {
        pullable(&clone, args).refused(&["ends at", "git fetch --no-tags --unshallow origin"]);
    }
    assert_eq!(clone.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn merges_and_reverts_of_reverts() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    repo.branch("bump").write("prod/kustomization.yaml", overlay(&registry, "'2'")).commit("bump");
    repo.checkout("main").write("other", "x").commit("meanwhile");
    let merge = repo.merge("bump");
    let json = pullable(&repo, &["revert", "--format", "json"]).json();
    assert_eq!(json["incidents"][0]["introducing"]["commit"], merge);
    assert_eq!(
        repo.git(&["show", &format!("{}:prod/kustomization.yaml", branch(&repo))]),
        overlay(&registry, "'1'").trim_end()
    );

    let again = history(&registry, &["'1'", "'2'"]);
    again.git(&["revert", "--no-edit", "HEAD"]);
    again.git(&["revert", "--no-edit", "HEAD"]);
    let json = pullable(&again, &["revert", "--format", "json"]).json();
    assert_eq!(json["incidents"][0]["introducing"]["commit"], again.head());
}

#[test]
fn a_whole_merge_goes_back_to_its_first_parent() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'"]);
    repo.branch("bump").write("prod/kustomization.yaml", overlay(&registry, "'2'")).write("more", "x");
    repo.commit("bump");
    repo.checkout("main").write("other", "x").commit("meanwhile");
    let merge = repo.merge("bump");
    let run = pullable(&repo, &["revert", "--whole-commit"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(repo.git(&["diff", "--name-only", "main^1", &branch(&repo)]), "");
    // git writes two lines for a merge, which forges read as one.
    let message = repo.git(&["log", "-1", "--format=%b", &branch(&repo)]);
    assert!(message.starts_with(&format!("This reverts commit {merge}.\n")), "{message}");
}

#[test]
fn what_git_took_back_already_needs_nothing() {
    let registry = registry(&["1", "base"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let run = pullable(&repo, &["revert"]);
    assert!(run.code == 0 && run.stdout.starts_with("nothing to revert"), "{}{}", run.stdout, run.stderr);
    assert_eq!(branch(&repo), "");
}

#[test]
fn a_branch_of_another_making_is_never_overwritten() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let name = format!("pullable/revert/{}", repo.git(&["rev-parse", "--short=12", "HEAD"]));
    repo.git(&["branch", &name]);
    let json = pullable(&repo, &["revert", "--format", "json"]).json();
    let made = json["incidents"][0]["branch"].as_str().unwrap().to_owned();
    assert!(made.starts_with(&format!("{name}-")), "{made}");
    assert_eq!(repo.git(&["rev-parse", &name]), repo.head());
    repo.git(&["branch", "-f", &made, "main"]);
    pullable(&repo, &["revert"]).refused(&["exists already", "git branch -D"]);
}

#[test]
fn without_an_identity_it_is_pullable() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let mut command = repo.command(PULLABLE);
    for variable in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
        command.env_remove(format!("GIT_{variable}"));
    }
    assert_eq!(run(command.arg("revert")).code, 0);
    let shown = repo.git(&["log", "-1", "--format=%an <%ae> %cn <%ce>", &branch(&repo)]);
    assert_eq!(shown, "pullable <pullable@localhost> pullable <pullable@localhost>");
}

#[test]
fn a_repository_that_cannot_be_written_is_an_error() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.program", "/nonexistent/gpg"]);
    pullable(&repo, &["revert"]).refused(&["git commit-tree -S", "failed"]);
    assert_eq!(branch(&repo), "");
    assert_eq!(pullable(&repo, &["revert", "--dry-run"]).code, 0);
}

/// The folder of hooks may be one of the work tree, which a change can write to.
#[cfg(unix)]
#[test]
fn a_push_runs_no_hook() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    let ran = repo.path().with_file_name("hook-ran");
    for hook in ["pre-push", "reference-transaction"] {
        repo.write(format!("hooks/{hook}"), format!("#!/bin/sh\ntouch '{}'\n", ran.display()));
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(repo.path().join("hooks").join(hook), permissions).unwrap();
    }
    repo.git(&["config", "core.hooksPath", "hooks"]);
    let run = pullable(&repo, &["revert", "--push"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(origin.git(&["branch", "--list", "pullable/*"]).contains("pullable/revert/"));
    assert!(!ran.exists());
}

#[test]
fn pushes_create_a_branch_and_never_force() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    let push = |repo: &Repo| pullable(repo, &["revert", "--push", "--format", "json"]);
    let first = push(&repo);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let incident = &first.json()["incidents"][0];
    let name = incident["branch"].as_str().unwrap().to_owned();
    assert_eq!(incident["pushed"], format!("origin/{name}"));
    assert!(incident["push"].is_null(), "nothing is left to push: {incident}");
    assert_eq!(origin.git(&["rev-parse", &name]), repo.git(&["rev-parse", &name]));
    assert_eq!(push(&repo).code, 0);
    let elsewhere = origin.clone_full();
    elsewhere.git(&["checkout", "-q", "main"]);
    let other = pullable_with(
        &elsewhere,
        &[("GIT_COMMITTER_DATE", "1800000000 +0000")],
        &["revert", "--push", "--format", "json"],
    );
    assert_eq!(other.code, 1, "{}{}", other.stdout, other.stderr);
    let other = &other.json()["incidents"][0];
    assert!(other["why"].as_str().unwrap().contains("the remote has the branch at"));
    assert!(other["push"].as_str().unwrap().starts_with("git push origin "), "{other}");
    assert_eq!(origin.git(&["rev-parse", &name]), repo.git(&["rev-parse", &name]));
}

#[test]
fn direct_is_a_fast_forward_of_the_default_branch() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    let behind = origin.clone_full();
    let run = pullable(&repo, &["revert", "--direct"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(origin.git(&["rev-parse", "main~1"]), repo.head());
    assert!(run.stdout.contains("\n  pushed to origin/main\n"), "{}", run.stdout);
    let refused =
        pullable_with(&behind, &[("GIT_COMMITTER_DATE", "1800000000 +0000")], &["revert", "--direct"]);
    assert_eq!(refused.code, 1, "{}{}", refused.stdout, refused.stderr);
    assert!(!refused.stdout.contains("pushed to"), "{}", refused.stdout);
    assert!(refused.stdout.contains("fetch main and run it again"), "{}", refused.stdout);
}

/// A protected branch: to fetch and try again would not help.
#[cfg(unix)]
#[test]
fn a_rule_of_the_remote_that_refuses_a_direct_push_is_answered_with_a_request() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    let hook = origin.path().join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = pullable(&repo, &["revert", "--direct"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("; --pr opens a request for it"), "{}", run.stdout);
    assert!(!run.stdout.contains("run it again"), "{}", run.stdout);
    assert_eq!(origin.git(&["rev-parse", "main"]), repo.head());
}

#[test]
fn onto_is_the_branch_as_the_remote_has_it() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "origin", "main:release"]);
    repo.git(&["fetch", "-q"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    assert!(pullable(&repo, &["revert"]).stdout.starts_with("nothing to revert"));
    let json = pullable(&repo, &["revert", "--onto", "release", "--format", "json"]).json();
    assert_eq!(json["head"], repo.git(&["rev-parse", "origin/release"]));
    assert_eq!(json["incidents"][0]["outcome"], "committed");
    pullable(&repo, &["revert", "--onto", "absent"]).refused(&["unknown revision `absent`"]);
}

/// Each run is killed after it has begun to write, a little later than the one before.
#[test]
fn a_killed_run_leaves_a_sound_repository() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let mut unfinished = 0;
    for round in 0..16 {
        let clone = repo.clone_full();
        let git = clone.path().join(".git");
        let before = files_below(&git);
        let mut command = clone.command(PULLABLE);
        let streams = command.arg("revert").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = streams.spawn().unwrap();
        while files_below(&git) == before && child.try_wait().unwrap().is_none() {}
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        unfinished += usize::from(branch(&clone).is_empty());
        assert_eq!(clone.git(&["fsck", "--strict", "--no-dangling"]), "", "round {round}");
        assert!(!git.join("index.lock").exists() && !git.join("config.lock").exists(), "round {round}");
        let mut run = pullable(&clone, &["revert"]);
        // As after a killed git, a lock may be left, and the message names the file to delete.
        for lock in
            files_below(&git).into_iter().filter(|name| name.extension().is_some_and(|end| end == "lock"))
        {
            let name = lock.file_name().unwrap().to_string_lossy().into_owned();
            if run.code == 2 && run.stderr.contains(&name) {
                fs::remove_file(&lock).unwrap();
                run = pullable(&clone, &["revert"]);
            }
        }
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert_eq!(branch(&clone).lines().count(), 1);
    }
    assert!(unfinished > 0, "no run was killed before its branch was there");
}

/// Programs of git write several lines, and addresses with passwords: a line end is no character to be shown.
#[test]
fn a_message_of_git_is_one_line() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    repo.add_remote("origin", "ssh://127.0.0.1/x.git");
    let ssh =
        [("GIT_SSH_COMMAND", "sh -c 'echo https://me:hunter2@git.example/x >&2; echo second >&2; exit 1'")];
    let run = pullable_with(&repo, &ssh, &["revert", "--push"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.said().contains("https://***@git.example/x; second; "), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{fffd}') && !run.stderr.contains("hunter2"), "{}", run.stderr);
}
