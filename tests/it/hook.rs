//! The pre-push hook, in real pushes with real git.

use std::fs;
use std::path::Path;

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{PULLABLE, Run, pod, pullable, pullable_in, pullable_with, run};

/// A clone with the hook, its remote, and a registry that holds `web:1` and `web:2`.
struct Scene {
    registry: Registry,
    remote: Repo,
    local: Repo,
}

fn scene() -> Scene {
    scene_of(Repo::new(), Repo::bare())
}

fn scene_of(local: Repo, remote: Repo) -> Scene {
    let registry = Registry::start();
    registry.push("web", "1");
    registry.push("web", "2");
    local.add_remote("origin", &remote.url());
    let scene = Scene { registry, remote, local };
    scene.write("1").commit("first");
    scene.local.git(&["push", "-q", "-u", "origin", "main"]);
    let installed = pullable(&scene.local, &["hook", "install"]);
    assert_eq!(installed.code, 0, "{}", installed.stderr);
    scene
}

impl Scene {
    fn image(&self, tag: &str) -> String {
        format!("{}/web:{tag}", self.registry.host())
    }

    /// A Pod with this tag, not committed.
    fn write(&self, tag: &str) -> &Repo {
        self.local.write("web.yaml", pod(&[&self.image(tag)]))
    }

    fn push(&self, args: &[&str]) -> Run {
        self.push_with(&[], args)
    }

    fn push_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Run {
        let mut git = self.local.command("git");
        run(git.envs(variables.iter().copied()).env("LC_ALL", "C.UTF-8").arg("push").args(args))
    }

    /// Pushes a missing image, which must be stopped.
    fn stopped(&self, args: &[&str]) -> Run {
        let run = self.push(args);
        assert_ne!(run.code, 0, "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("missing-tag") && run.stderr.contains("has no tag"), "{}", run.stderr);
        assert!(run.stderr.contains("git push --no-verify, or PULLABLE_SKIP=1 git push"), "{}", run.stderr);
        run
    }

    fn passes(&self, args: &[&str]) -> Run {
        let run = self.push(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
        run
    }

    fn remote_has(&self, branch: &str) -> Option<String> {
        let found = self.local.git(&["ls-remote", "origin", &format!("refs/heads/{branch}")]);
        found.split_whitespace().next().map(str::to_owned)
    }

    fn hook(&self) -> std::path::PathBuf {
        self.local.path().join(".git/hooks/pre-push")
    }
}

/// Writes the hook of another tool.
pub fn script(file: &Path, text: &str) {
    fs::write(file, format!("#!/bin/sh\n{text}\n")).unwrap();
    let mut permissions = fs::metadata(file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(file, permissions).unwrap();
}

#[test]
fn a_push_with_what_is_missing_is_stopped_and_the_others_pass() {
    let scene = scene();
    scene.write("2").commit("there");
    let quiet = scene.passes(&["-q"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""), "nobody notices it");
    let before = scene.remote_has("main");
    scene.write("3").commit("not there");
    let run = scene.stopped(&[]);
    assert!(run.stderr.contains("web.yaml:8:"), "{}", run.stderr);
    assert_eq!(scene.remote_has("main"), before);
    for skip in ["1", "yes"] {
        let skipped = scene.push_with(&[("PULLABLE_SKIP", skip)], &["origin", "HEAD:refs/heads/skipped"]);
        assert_eq!(skipped.code, 0, "{}", skipped.stderr);
        assert!(
            skipped.stderr.contains("PULLABLE_SKIP is set: this push is not checked"),
            "{}",
            skipped.stderr
        );
        scene.local.git(&["push", "-q", "--no-verify", "origin", "--delete", "skipped"]);
    }
    assert_ne!(scene.push_with(&[("PULLABLE_SKIP", "0")], &[]).code, 0);
    scene.passes(&["--no-verify"]);
    // An image that the remote already has is not checked again.
    scene.passes(&["origin", "HEAD:refs/heads/copy"]);
}

#[test]
fn what_is_committed_counts_and_not_what_lies_about() {
    let scene = scene();
    scene.write("3").commit("not there");
    scene.write("2");
    scene.stopped(&[]);
    scene.local.git(&["checkout", "-q", "--", "."]);
    scene.local.git(&["reset", "-q", "--hard", "origin/main"]);
    scene.local.write("other.yaml", "a: 1\n").commit("harmless");
    scene.write("3");
    scene.passes(&[]);
}

#[test]
fn a_new_branch_brings_what_the_remote_has_on_none() {
    let scene = scene();
    scene.local.branch("feature").write("notes.md", "x").commit("harmless");
    scene.write("3").commit("not there");
    scene.local.write("more.md", "x").commit("harmless again");
    scene.stopped(&["origin", "feature"]);
    assert_eq!(scene.remote_has("feature"), None);
    scene.write("2").commit("mended");
    scene.passes(&["origin", "feature"]);
    // Another branch at the same commit, and one on top of it, add no missing image.
    scene.passes(&["origin", "feature:again"]);
    scene.local.branch("top").write("top.md", "x").commit("harmless");
    scene.passes(&["origin", "top"]);
}

#[test]
fn deletions_and_tags_pass_and_a_rewritten_branch_is_judged_by_what_it_brings() {
    let scene = scene();
    scene.local.branch("feature");
    scene.write("2").commit("there");
    scene.passes(&["origin", "feature"]);
    scene.write("3");
    scene.local.git(&["commit", "-q", "--amend", "-a", "-m", "not there"]);
    scene.local.git(&["tag", "v1"]);
    scene.local.git(&["tag", "-m", "with a message", "v2"]);
    scene.passes(&["-q", "origin", "v1", "v2"]);
    scene.stopped(&["--force", "origin", "feature"]);
    scene.write("1");
    scene.local.git(&["commit", "-q", "--amend", "--allow-empty", "-a", "-m", "back to the old one"]);
    scene.passes(&["--force", "origin", "feature"]);
    scene.passes(&["origin", "--delete", "feature"]);
    assert_eq!(scene.remote_has("feature"), None);
    scene.passes(&["--dry-run", "origin", "main"]);
    scene.passes(&["origin", "main"]);
}

#[test]
fn every_ref_of_a_push_is_checked() {
    let scene = scene();
    scene.local.branch("a").write("a.md", "x").commit("harmless");
    scene.local.checkout("main").branch("b");
    scene.write("3").commit("not there");
    scene.local.checkout("main").branch("c");
    scene.write("4").commit("not there either");
    let run = scene.stopped(&["origin", "a", "b", "c"]);
    for words in ["refs/heads/b\n", "refs/heads/c\n", "no tag 3", "no tag 4"] {
        assert!(run.stderr.contains(words), "{words:?}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("refs/heads/a\n"), "what is well is not mentioned: {}", run.stderr);
    assert_eq!(run.stderr.matches("The push was stopped").count(), 1);
    scene.stopped(&["--all", "origin"]);
}

#[test]
fn a_branch_with_the_default_branch_merged_into_it_does_not_answer_for_that() {
    let scene = scene();
    scene.local.branch("feature").write("f.md", "x").commit("harmless");
    scene.passes(&["-q", "origin", "feature"]);
    scene.local.checkout("main");
    scene.write("3").commit("not there, and past the hook");
    scene.passes(&["-q", "--no-verify", "origin", "main"]);
    scene.local.checkout("feature").merge("main");
    scene.passes(&["origin", "feature"]);
    scene.local.write("x.yaml", pod(&[&scene.image("5")])).commit("its own");
    let run = scene.stopped(&["origin", "feature"]);
    assert!(run.stderr.contains("no tag 5") && !run.stderr.contains("no tag 3"), "{}", run.stderr);
}

#[test]
fn a_first_push_is_judged_as_a_whole() {
    for (local, remote) in [(Repo::new(), Repo::bare()), (Repo::sha256(), bare_sha256())] {
        let registry = Registry::start();
        registry.push("web", "1");
        local.add_remote("origin", &remote.url());
        let scene = Scene { registry, remote, local };
        scene.write("3").commit("not there");
        scene.local.write("b.md", "x").commit("harmless");
        assert_eq!(pullable(&scene.local, &["hook", "install"]).code, 0);
        scene.stopped(&["origin", "main"]);
        scene.write("1").commit("mended");
        scene.passes(&["origin", "main"]);
        scene.local.branch("x").commit("empty");
        scene.passes(&["origin", "x"]);
        scene.passes(&["origin", "--delete", "x"]);
    }
}

fn bare_sha256() -> Repo {
    let repo = Repo::sha256();
    repo.git(&["config", "core.bare", "true"]);
    repo
}

#[test]
fn a_remote_that_is_an_address_is_known_by_the_others() {
    let scene = scene();
    scene.write("3").commit("not there, and past the hook");
    scene.passes(&["-q", "--no-verify"]);
    scene.local.branch("feature").write("f.md", "x").commit("harmless");
    let fork = Repo::bare();
    scene.passes(&[&fork.url(), "feature"]);
    scene.local.write("x.yaml", pod(&[&scene.image("5")])).commit("its own");
    scene.stopped(&[&fork.url(), "feature"]);
}

#[test]
fn a_registry_that_does_not_answer_only_warns_and_in_time() {
    let scene = scene();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = nowhere.local_addr().unwrap();
    scene.local.write("x.yaml", pod(&[&format!("{host}/web:1")])).commit("who knows");
    let run = scene.passes(&[]);
    assert!(run.stderr.contains("unreachable"), "{}", run.stderr);
    // Three attempts of 15 s would end in another message.
    assert!(run.stderr.contains("the run's deadline passed"), "{}", run.stderr);
}

#[test]
fn a_push_with_nothing_to_check_is_not_held_up() {
    let scene = scene();
    for n in 0..300 {
        scene.local.write(format!("apps/{n}.yaml"), pod(&[&scene.image("1")]));
    }
    scene.local.commit("many");
    scene.passes(&["-q"]);
    scene.local.write("README.md", "x").commit("words");
    let lines = format!(
        "refs/heads/main {} refs/heads/main {}\n",
        scene.local.head(),
        scene.local.git(&["rev-parse", "origin/main"])
    );
    let input = scene.local.path().with_file_name("lines");
    fs::write(&input, lines).unwrap();
    scene.registry.clear_requests();
    let mut hook = scene.local.command(PULLABLE);
    let output =
        hook.args(["hook", "pre-push", "origin"]).stdin(fs::File::open(&input).unwrap()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(scene.registry.requests().len(), 0);
}

#[test]
fn a_hook_that_was_there_runs_first_with_the_same_input_and_comes_back() {
    let scene = scene();
    assert_eq!(pullable(&scene.local, &["hook", "uninstall"]).code, 0);
    assert!(!scene.hook().exists());
    let seen = scene.local.path().with_file_name("seen");
    script(&scene.hook(), &format!("echo \"$1\" > '{0}'; cat >> '{0}'; test ! -e stop", seen.display()));
    let foreign = fs::read_to_string(scene.hook()).unwrap();
    let installed = pullable(&scene.local, &["hook", "install"]);
    assert!(installed.stdout.contains("pre-push.legacy runs before it"), "{}", installed.stdout);
    // Once more changes nothing.
    assert_eq!(pullable(&scene.local, &["hook", "install"]).code, 0);
    scene.write("3").commit("not there");
    scene.stopped(&[]);
    let base = scene.local.git(&["rev-parse", "origin/main"]);
    let line = format!("origin\nrefs/heads/main {} refs/heads/main {base}\n", scene.local.head());
    assert_eq!(fs::read_to_string(&seen).unwrap(), line);
    scene.local.git(&["reset", "-q", "--hard", "origin/main"]);
    scene.local.write("a.md", "x").commit("harmless");
    scene.local.write("stop", "");
    assert_ne!(scene.push(&[]).code, 0, "its no is a no");
    scene.local.remove("stop");
    scene.passes(&[]);
    scene.passes(&[]);
    assert_eq!(fs::read_to_string(&seen).unwrap(), "origin\n", "nothing to push is nothing to read");
    let removed = pullable(&scene.local, &["hook", "uninstall"]);
    assert!(removed.stdout.contains("restored the earlier hook"), "{}", removed.stdout);
    assert_eq!(fs::read_to_string(scene.hook()).unwrap(), foreign);
    let left = pullable(&scene.local, &["hook", "uninstall"]);
    left.refused(&["was not installed by pullable, and is not changed"]);
    // Neither of two hooks is deleted.
    script(&scene.hook().with_extension("legacy"), "true");
    pullable(&scene.local, &["hook", "install"]).refused(&["there is a pre-push hook, and", "exists too"]);
    assert_eq!(fs::read_to_string(scene.hook()).unwrap(), foreign);
}

#[test]
fn hooks_that_are_kept_elsewhere_are_left_alone() {
    let repo = Repo::new();
    repo.write("a.md", "x").commit("first");
    repo.git(&["config", "core.hooksPath", "tools/hooks"]);
    let run = pullable(&repo, &["hook", "install"]);
    run.refused(&["core.hooksPath is set", "tools/hooks/pre-push: pullable hook pre-push \"$@\""]);
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    pullable(&repo, &["hook", "install"]).refused(&["add this line to .husky/pre-push:"]);
    assert!(!repo.path().join(".git/hooks/pre-push").exists());
    repo.git(&["config", "core.hooksPath", ".git/hooks"]);
    assert_eq!(pullable(&repo, &["hook", "install"]).code, 0, "that is where they are anyway");
}

#[test]
fn linked_work_trees_share_the_hook() {
    let scene = scene();
    pullable(&scene.local, &["hook", "uninstall"]);
    let worktree = scene.local.worktree("elsewhere");
    let installed = run(scene.local.command(PULLABLE).current_dir(&worktree).args(["hook", "install"]));
    assert_eq!(installed.code, 0, "{}", installed.stderr);
    assert!(scene.hook().exists());
    fs::write(worktree.join("web.yaml"), pod(&[&scene.image("3")])).unwrap();
    let git = |args: &[&str]| run(scene.local.command("git").current_dir(&worktree).args(args));
    assert_eq!(git(&["commit", "-q", "-am", "not there"]).code, 0);
    let push = git(&["push", "origin", "elsewhere"]);
    assert!(push.code != 0 && push.stderr.contains("missing-tag"), "{}", push.stderr);
}

#[test]
fn a_hook_without_its_program_says_so_and_lets_pass() {
    let scene = scene();
    let text = fs::read_to_string(scene.hook()).unwrap();
    assert!(text.contains(PULLABLE), "{text}");
    script(&scene.hook(), text.replace(PULLABLE, "/nowhere/pullable").trim_start_matches("#!/bin/sh\n"));
    scene.write("3").commit("not there");
    let run = scene.passes(&[]);
    assert!(
        run.stderr.contains("pullable is not there any more: this push is not checked"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_push_is_refused() {
    let scene = scene();
    let input = scene.local.path().with_file_name("lines");
    fs::write(&input, "refs/heads/main 12 refs/heads/main \u{1b}[31m\n").unwrap();
    let mut hook = scene.local.command(PULLABLE);
    let output = hook.args(["hook", "pre-push"]).stdin(fs::File::open(&input).unwrap()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("line 1 of standard input is not a line that git writes") && !said.contains('\u{1b}'),
        "{said}"
    );
    assert!(said.contains("PULLABLE_SKIP=1"));
    // Up to date: git prints nothing.
    assert_eq!(pullable(&scene.local, &["hook", "pre-push", "origin"]).code, 0);
}

#[test]
fn a_run_of_pre_commit_is_told_by_its_variables() {
    let scene = scene();
    let first = scene.local.head();
    scene.write("3");
    let head = scene.local.commit("not there");
    let variables = |from: &'static str| {
        [
            ("PRE_COMMIT", "1"),
            ("PRE_COMMIT_REMOTE_NAME", "origin"),
            ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/main"),
            (from, ""),
        ]
    };
    let common = variables("X");
    let ranged = [&common[..], &[("PRE_COMMIT_FROM_REF", &first), ("PRE_COMMIT_TO_REF", &head)]].concat();
    let whole = [&common[..], &[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")]].concat();
    for variables in [ranged, whole] {
        let run = pullable_with(&scene.local, &variables, &["hook", "pre-push"]);
        assert!(run.code == 1 && run.stderr.contains("missing-tag"), "{}", run.stderr);
    }
    assert_eq!(scene.remote.git(&["rev-list", "--count", "main"]), "1");
}

#[test]
fn two_refs_of_pre_commit_are_compared_without_a_push() {
    let scene = scene();
    let first = scene.local.head();
    scene.write("3");
    let head = scene.local.commit("not there");
    let pre_commit = |variables: &[(&str, &str)]| {
        let variables = [&[("PRE_COMMIT", "1")], variables].concat();
        pullable_with(&scene.local, &variables, &["hook", "pre-push"])
    };
    let found = pre_commit(&[("PRE_COMMIT_FROM_REF", &first), ("PRE_COMMIT_TO_REF", &head)]);
    assert!(found.code == 1 && found.stderr.contains("missing-tag"), "{}", found.stderr);
    let nothing_new = pre_commit(&[("PRE_COMMIT_FROM_REF", &first), ("PRE_COMMIT_TO_REF", &first)]);
    assert_eq!(nothing_new.code, 0, "{}", nothing_new.stderr);
    let (from, to) = (("PRE_COMMIT_FROM_REF", first.as_str()), ("PRE_COMMIT_TO_REF", head.as_str()));
    for variables in [&[][..], &[to], &[from]] {
        let run = pre_commit(variables);
        run.refused(&[
            "pre-commit names neither a push nor two refs to compare",
            "--from-ref REV --to-ref REV",
        ]);
    }
}

#[test]
fn a_hook_without_its_program_runs_none_of_the_work_tree() {
    let scene = scene();
    assert_eq!(pullable(&scene.local, &["hook", "install"]).code, 0);
    let hook = scene.local.path().join(".git/hooks/pre-push");
    let text = fs::read_to_string(&hook).unwrap();
    script(&hook, &text.replace(PULLABLE, "/nonexistent/pullable"));
    script(&scene.local.path().join("pullable"), "#!/bin/sh\ntouch ran\n");
    for path in [".:/usr/bin:/bin", "/usr/bin:/bin:", "./:/usr/bin:/bin"] {
        let mut command = scene.local.command("sh");
        let run = run(command.env("PATH", path).arg(&hook).arg("origin"));
        assert!(run.code == 0 && run.stderr.contains("this push is not checked"), "{path}: {}", run.stderr);
    }
    assert!(!scene.local.path().join("ran").exists());
}

/// Outside of a repository there is nothing to install a hook in, and no path to name instead.
#[test]
fn outside_of_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["install", "uninstall"] {
        let run = pullable_in(folder.path(), &["hook", command]);
        run.refused(&["is not inside a git repository, so there is no push to check"]);
        run.refused(&["change to a folder of the repository first"]);
    }
}

#[test]
fn a_stopped_push_names_the_command_that_corrects_it() {
    let scene = scene();
    scene.write("v1").commit("a tag of another form");
    let stopped = scene.stopped(&[]);
    assert!(stopped.stderr.contains("pullable fix corrects 1 of these findings"), "{}", stopped.stderr);
    let fixed = pullable(&scene.local, &["fix"]);
    assert_eq!(fixed.code, 0, "{}{}", fixed.stdout, fixed.stderr);
    scene.local.commit("corrected");
    scene.passes(&[]);
}
