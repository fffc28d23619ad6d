//! The comparison after the base is known: the head, the current folder, the kinds of repositories, and the
//! references that count as introduced when files move.

use std::fs;

use testkit::repo::Repo;

use crate::support::{PULLABLE, Run, change, pod, pullable, pullable_in, pullable_with, run};

const SINCE_MAIN: &[&str] = &["images", "--format", "json", "--base", "main"];

fn since_main(repo: &Repo) -> Vec<String> {
    let run = pullable(repo, SINCE_MAIN);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.references()
}

fn bumped() -> Repo {
    change("apps/a.yaml", &pod(&["nginx:1"]), &pod(&["nginx:2"]))
}

/// A Pod of ten containers, one of them this image.
fn crowd(image: &str) -> String {
    let images: Vec<String> = (0..9).map(|n| format!("crowd/member-{n}:1")).chain([image.into()]).collect();
    pod(&images.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn ci_looks_at_head_and_a_person_at_the_work_tree() {
    let repo = bumped();
    repo.write("apps/a.yaml", pod(&["nginx:3"]));
    let head = repo.head();
    let looks = |variables: &[(&str, &str)], args: &[&str]| {
        let run = pullable_with(&repo, variables, &[SINCE_MAIN, args].concat());
        (run.references().join(" "), run.json()["change"]["head"].as_str().unwrap().to_owned())
    };
    let committed = ("apps/a.yaml nginx:2".to_owned(), head);
    let lying_there = ("apps/a.yaml nginx:3".to_owned(), "worktree".to_owned());
    assert_eq!(looks(&[], &[]), lying_there);
    assert_eq!(looks(&[("CI", "false")], &[]), lying_there);
    assert_eq!(looks(&[("CI", "")], &[]), lying_there);
    assert_eq!(looks(&[("CI", "true")], &["--head", "worktree"]), lying_there);
    for variable in
        [("CI", "true"), ("CI", "1"), ("TF_BUILD", "True"), ("JENKINS_URL", "https://ci.example/")]
    {
        assert_eq!(looks(&[variable], &[]), committed, "{variable:?}");
    }
    assert_eq!(looks(&[], &["--head", "change"]), committed);
}

#[test]
fn paths_count_from_the_top_wherever_it_is_run() {
    let repo = bumped();
    repo.write("other/b.yaml", pod(&["redis:1"])).write("empty/.keep", "");
    let expected = ["apps/a.yaml nginx:2", "other/b.yaml redis:1"];
    let from = |folder: &str, args: &[&str]| {
        run(repo.command(PULLABLE).current_dir(repo.path().join(folder)).args([SINCE_MAIN, args].concat()))
    };
    for folder in ["", "apps", "empty", ".git"] {
        if folder != ".git" {
            assert_eq!(from(folder, &[]).references(), expected, "{folder}");
        }
        assert_eq!(from(folder, &["-C", repo.path().to_str().unwrap()]).references(), expected, "{folder}");
    }
    assert_eq!(from("apps", &["-C", ".."]).references(), expected);
    assert_eq!(from("apps", &["--directory", "../other"]).references(), expected);
    let all = run(repo
        .command(PULLABLE)
        .current_dir(repo.path().join("apps"))
        .args(["images", "--all", "--format", "json"]));
    assert_eq!(all.references(), expected);
    from("", &["-C", "nowhere"]).refused(&["cannot run in nowhere: No such file or directory"]);
    from("", &["-C", "apps/a.yaml"]).refused(&["cannot run in apps/a.yaml: Not a directory"]);
}

#[test]
fn paths_of_the_command_line_count_from_the_directory() {
    let repo = bumped();
    let run = pullable(&repo, &["images", "--format", "json", "-C", "apps", "a.yaml"]);
    assert_eq!(run.references(), ["a.yaml nginx:2"]);
}

#[test]
fn a_linked_work_tree_has_its_own_head_and_files() {
    let repo = bumped();
    let linked = repo.worktree("topic");
    fs::write(linked.join("c.yaml"), pod(&["mysql:1"])).unwrap();
    let seen = pullable_in(&linked, SINCE_MAIN);
    assert_eq!(seen.references(), ["apps/a.yaml nginx:2", "c.yaml mysql:1"], "{}", seen.stderr);
    assert_eq!(since_main(&repo), ["apps/a.yaml nginx:2"], "the first one knows nothing of it");
    repo.checkout("main");
    assert!(since_main(&repo).is_empty());
    assert_eq!(pullable_in(&linked, SINCE_MAIN).references().len(), 2);
}

#[test]
fn sha256_repositories_work() {
    let repo = Repo::sha256();
    let base = repo.write("a.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("a.yaml", pod(&["nginx:2"])).commit("after");
    for rev in ["main", "HEAD~1", &base] {
        let run = pullable(&repo, &["images", "--format", "json", "--base", rev]);
        assert_eq!(run.references(), ["a.yaml nginx:2"], "{}", run.stderr);
        assert_eq!(run.json()["change"]["base"], base);
    }
    assert_eq!(base.len(), 64);
    let clone = repo.clone_shallow(1);
    pullable(&clone, &["check", "--base", "HEAD~1"])
        .refused(&[&format!("git fetch --no-tags --unshallow origin {base}")]);
}

#[test]
fn a_bare_repository_is_looked_at_by_its_commits() {
    let (bare, source) = (Repo::bare(), bumped());
    source.git(&["push", "-q", &bare.url(), "main", "change:refs/heads/change"]);
    bare.git(&["symbolic-ref", "HEAD", "refs/heads/change"]);
    let run = pullable(&bare, SINCE_MAIN);
    assert_eq!(run.references(), ["apps/a.yaml nginx:2"], "{}", run.stderr);
    assert_eq!(run.json()["change"]["head"], source.head());
    assert_eq!(pullable(&bare, &[SINCE_MAIN, &["--head", "main"]].concat()).references().len(), 0);
    assert_eq!(pullable(&bare, &["images", "--all", "--format", "json"]).references().len(), 1);
    for args in
        [&["check", "--base", "main", "--head", "worktree"][..], &["check", "--all", "--head", "worktree"]]
    {
        pullable(&bare, args).refused(&["has no work tree", "give `--head REV`"]);
    }
}

#[test]
fn a_detached_head_is_a_head() {
    let repo = bumped();
    repo.git(&["checkout", "-q", "--detach"]);
    let head = repo.write("b.yaml", pod(&["redis:1"])).commit("on no branch");
    assert_eq!(since_main(&repo), ["apps/a.yaml nginx:2", "b.yaml redis:1"]);
    let run = pullable(&repo, &["images", "--format", "json", "--base", "change", "--head", &head]);
    assert_eq!(run.references(), ["b.yaml redis:1"]);
    assert_eq!(run.json()["change"]["head"], head);
}

#[test]
fn git_dir_names_the_repository() {
    let (repo, other) = (bumped(), Repo::new());
    other.write("x.yaml", pod(&["other:1"])).commit("another repository");
    let git_dir = repo.path().join(".git");
    let top = repo.path().to_str().unwrap();
    let from_other = |variables: &[(&str, &str)]| -> Run {
        let variables = [&[("GIT_DIR", git_dir.to_str().unwrap())], variables].concat();
        pullable_with(&other, &variables, &[SINCE_MAIN, &["--head", "HEAD"]].concat())
    };
    let run = from_other(&[("GIT_WORK_TREE", top)]);
    assert_eq!(run.references(), ["apps/a.yaml nginx:2"], "{}", run.stderr);
    // As git hooks set it: relative, at the top of the work tree.
    let run = pullable_with(&repo, &[("GIT_DIR", ".git")], SINCE_MAIN);
    assert_eq!(run.references(), ["apps/a.yaml nginx:2"], "{}", run.stderr);
    let run = pullable_with(&repo, &[("GIT_DIR", "/nowhere/.git")], SINCE_MAIN);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
}

#[test]
fn a_renamed_file_with_a_small_edit_introduces_the_edit() {
    let repo = Repo::new();
    repo.write("old/a.yaml", crowd("web:1")).commit("before");
    repo.branch("change").rename("old/a.yaml", "new/b.yaml").write("new/b.yaml", crowd("web:2"));
    assert_eq!(since_main(&repo), ["new/b.yaml web:2"], "uncommitted");
    repo.commit("after");
    assert_eq!(since_main(&repo), ["new/b.yaml web:2"], "committed");
    let touched = pullable(&repo, &[SINCE_MAIN, &["--scope", "touched"]].concat());
    assert_eq!(touched.references().len(), 10, "the whole file is touched");
}

#[test]
fn a_renamed_folder_introduces_nothing() {
    let repo = Repo::new();
    for n in 0..5 {
        repo.write(format!("old/deep/{n}.yaml"), crowd(&format!("web-{n}:1")));
    }
    repo.commit("before");
    repo.branch("change").rename("old", "elsewhere/new");
    assert!(since_main(&repo).is_empty(), "uncommitted");
    repo.commit("after");
    assert!(since_main(&repo).is_empty(), "committed");
    repo.rename("elsewhere/new/deep/3.yaml", "elsewhere/three.yaml");
    repo.write("elsewhere/three.yaml", crowd("web-3:2"));
    assert_eq!(since_main(&repo), ["elsewhere/three.yaml web-3:2"]);
}

#[test]
fn a_copy_is_deployed_anew_and_counts() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("b.yaml", pod(&["nginx:1"])).commit("after");
    assert_eq!(since_main(&repo), ["b.yaml nginx:1"]);
    repo.write("a.yaml", pod(&[]));
    assert_eq!(since_main(&repo), ["b.yaml nginx:1"], "what moves from file to file too");
}

#[test]
fn what_is_deleted_introduces_nothing() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).write("b.yaml", pod(&["redis:1", "redis:2"])).commit("before");
    repo.branch("change").remove("a.yaml").write("b.yaml", pod(&["redis:2"]));
    assert!(since_main(&repo).is_empty(), "uncommitted");
    repo.commit("after");
    assert!(since_main(&repo).is_empty(), "committed");
    repo.git(&["rm", "-q", "--cached", "b.yaml"]);
    assert!(since_main(&repo).is_empty(), "out of the index, still on the disk");
    let whole = pullable(&repo, &["images", "--all", "--format", "json"]);
    assert_eq!(whole.references(), ["b.yaml redis:2"]);
    repo.remove("b.yaml");
    let whole = pullable(&repo, &["images", "--all", "--format", "json"]);
    assert_eq!((whole.code, whole.references().len()), (0, 0), "{}", whole.stderr);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_no_manifest() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).write("shared/web.yaml", pod(&["redis:1"]));
    repo.symlink("link.yaml", "shared/web.yaml").commit("before");
    repo.branch("change").remove("a.yaml").symlink("a.yaml", "shared/web.yaml");
    repo.symlink("dangling.yaml", "nowhere.yaml").symlink("outside.yaml", "/etc/passwd");
    assert!(since_main(&repo).is_empty(), "a file that became a link");
    repo.remove("link.yaml").write("link.yaml", pod(&["redis:1"]));
    assert_eq!(since_main(&repo), ["link.yaml redis:1"], "a link that became a file");
    repo.commit("after");
    assert_eq!(since_main(&repo), ["link.yaml redis:1"], "committed");
}

#[test]
fn files_that_change_places_stay_what_they_are() {
    let repo = Repo::new();
    repo.write("a.yaml", crowd("web:1")).write("b.yaml", pod(&["redis:1"])).commit("before");
    repo.branch("change").rename("a.yaml", "c.yaml").rename("b.yaml", "a.yaml").rename("c.yaml", "b.yaml");
    // Each path is there on both sides, so each is compared with itself, as git does.
    assert_eq!(since_main(&repo).len(), 11);
    repo.write("a.yaml", crowd("web:1").replace('\n', "\r\n")).write("b.yaml", pod(&["redis:1"]) + "# end\n");
    assert!(since_main(&repo).is_empty(), "line ends and comments are no images");
}
