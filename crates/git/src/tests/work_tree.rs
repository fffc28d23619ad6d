//! The work tree compared with a commit.

use std::os::unix::fs::symlink;

use super::*;

fn compare(repo: &Sandbox, base: &str) -> Compared {
    repo.compare(base, &Head::Worktree)
}

#[test]
fn uncommitted_staged_and_untracked_files_count() {
    let repo = Sandbox::new();
    repo.write("changed.yaml", "1")
        .write("staged.yaml", "1")
        .write("gone.yaml", "gone")
        .write("same.yaml", "1");
    repo.write(".gitignore", "*.log\nout/\n").write("unstaged.yaml", "kept on disk");
    let base = repo.commit();
    repo.write("committed.yaml", "by a second commit").commit();
    repo.write("changed.yaml", "2").write("staged.yaml", "2").write("staged-new.yaml", "new, staged");
    repo.git(&["add", "staged.yaml", "staged-new.yaml"]);
    repo.git(&["rm", "-q", "--cached", "unstaged.yaml"]);
    repo.remove("gone.yaml").write("new/a.yaml", "one").write("new/deep/b.yaml", "another");
    repo.write("x.log", "ignored").write("out/x.yaml", "ignored");
    repo.git(&["config", "status.showUntrackedFiles", "no"]);
    let compared = compare(&repo, &base);
    assert_eq!(
        shown(&compared),
        [
            "+committed.yaml",
            "+new/a.yaml",
            "+new/deep/b.yaml",
            "+staged-new.yaml",
            "-gone.yaml",
            "changed.yaml",
            "staged.yaml"
        ]
    );
    assert_eq!(compared.comparison.head, "worktree");
    assert_eq!(compared.comparison.base, base);
    assert_eq!(read(&*compared.head, "new/deep/b.yaml").as_deref(), Some("another"));
    assert_eq!(read(&*compared.head, "changed.yaml").as_deref(), Some("2"));
    assert_eq!(read(&*compared.base, "changed.yaml").as_deref(), Some("1"));
    assert_eq!(read(&*compared.head, "out/x.yaml"), None);
    assert_eq!(read(&*compared.head, "gone.yaml"), None);
    let files = listed(&*compared.head);
    assert!(files.contains(&"unstaged.yaml".into()) && files.contains(&"new/a.yaml".into()));
    assert!(!files.contains(&"x.log".into()) && !files.contains(&"gone.yaml".into()));
    assert!(files.is_sorted());
}

#[test]
fn renames_are_composed() {
    let repo = Sandbox::new();
    repo.write("a.yaml", &lines("a", 0)).write("plain.yaml", &lines("plain", 0)).write("back.yaml", "back\n");
    let base = repo.commit();
    repo.rename("a.yaml", "b.yaml").rename("back.yaml", "away.yaml").commit();
    repo.rename("b.yaml", "c.yaml").write("c.yaml", &lines("a", 4));
    repo.rename("plain.yaml", "moved/plain.yaml").rename("away.yaml", "back.yaml");
    assert_eq!(shown(&compare(&repo, &base)), ["a.yaml>c.yaml", "plain.yaml>moved/plain.yaml"]);
}

#[test]
fn what_is_finally_the_same_is_no_change() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "1").write("b.yaml", "1").commit();
    repo.write("a.yaml", "2").remove("b.yaml").write("c.yaml", "new").commit();
    repo.write("a.yaml", "1").write("b.yaml", "1").remove("c.yaml");
    assert_eq!(shown(&compare(&repo, &base)), [""; 0]);
}

#[test]
fn conflicts_and_intents_to_add_are_read_from_the_disk() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "1\n").write("b.yaml", "1\n").commit();
    repo.git(&["checkout", "-q", "-b", "other"]);
    repo.write("a.yaml", "2\n").remove("b.yaml").commit();
    repo.git(&["checkout", "-q", "main"]);
    repo.write("a.yaml", "3\n").write("b.yaml", "3\n").commit();
    assert!(!repo.command().args(["merge", "-q", "other"]).output().unwrap().status.success());
    repo.write("intent.yaml", "coming");
    repo.git(&["add", "-N", "intent.yaml"]);
    let compared = compare(&repo, &base);
    assert_eq!(shown(&compared), ["+intent.yaml", "a.yaml", "b.yaml"]);
    assert!(read(&*compared.head, "a.yaml").unwrap().contains("<<<<<<<"));
    assert_eq!(listed(&*compared.head), ["a.yaml", "b.yaml", "intent.yaml"]);
    repo.remove("b.yaml");
    assert_eq!(shown(&compare(&repo, &base)), ["+intent.yaml", "-b.yaml", "a.yaml"]);
}

#[test]
fn symbolic_links_are_not_followed() {
    let repo = Sandbox::new();
    let base = repo.write("dir/a.yaml", "a").write("file.yaml", "f").commit();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.yaml"), "secret").unwrap();
    fs::rename(repo.path.join("dir"), repo.path.join("moved")).unwrap();
    symlink(outside.path(), repo.path.join("dir")).unwrap();
    let before = compare(&repo, &base);
    assert_eq!(shown(&before), ["dir/a.yaml>moved/a.yaml"]);
    assert_eq!(read(&*before.head, "dir/a.yaml"), None);
    repo.remove("file.yaml");
    symlink(outside.path().join("a.yaml"), repo.path.join("file.yaml")).unwrap();
    assert_eq!(read(&*before.head, "file.yaml"), None);
    assert_eq!(shown(&compare(&repo, &base)), ["-file.yaml", "dir/a.yaml>moved/a.yaml"]);
}

#[test]
fn pipes_and_other_repositories_are_left_alone() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "a").commit();
    assert!(Command::new("mkfifo").arg(repo.path.join("pipe.yaml")).status().unwrap().success());
    repo.git(&["init", "-q", "nested"]);
    repo.write("nested/b.yaml", "b");
    let compared = compare(&repo, &base);
    assert_eq!(shown(&compared), [""; 0]);
    assert_eq!(listed(&*compared.head), ["a.yaml"]);
    repo.remove("a.yaml");
    assert!(Command::new("mkfifo").arg(repo.path.join("a.yaml")).status().unwrap().success());
    assert_eq!(read(&*compared.head, "a.yaml"), None);
    assert_eq!(shown(&compare(&repo, &base)), ["-a.yaml"]);
}

#[test]
fn submodules_that_moved_are_named() {
    let other = Sandbox::new();
    other.write("in.yaml", "x").commit();
    let repo = Sandbox::new();
    repo.git(&["submodule", "--quiet", "add", &other.path.display().to_string(), "sub"]);
    let base = repo.commit();
    assert!(compare(&repo, &base).submodules.is_empty());
    repo.write("sub/in.yaml", "changed inside");
    assert!(compare(&repo, &base).submodules.is_empty());
    repo.git(&["-C", "sub", "commit", "-q", "-a", "-m", "moved"]);
    let compared = compare(&repo, &base);
    assert_eq!(compared.submodules, [RepoPath::new("sub")]);
    assert!(compared.changes.is_empty());
    repo.write(".gitmodules", "<<<<<<< broken");
    assert_eq!(shown(&compare(&repo, &base)), [".gitmodules"]);
}

#[test]
fn a_sparse_checkout_keeps_what_it_leaves_out() {
    let repo = Sandbox::new();
    let base = repo.write("in/a.yaml", "a").write("out/b.yaml", "b").write("out/c/d.yaml", "d").commit();
    for options in [&["--cone"][..], &["--cone", "--sparse-index"]] {
        repo.git(&[&["sparse-checkout", "set"], options, &["in"]].concat());
        assert!(!repo.path.join("out").exists());
        repo.write("in/new.yaml", "new");
        let compared = compare(&repo, &base);
        assert_eq!(shown(&compared), ["+in/new.yaml"], "{options:?}");
        assert_eq!(listed(&*compared.head), ["in/a.yaml", "in/new.yaml", "out/b.yaml", "out/c/d.yaml"]);
        assert_eq!(read(&*compared.head, "out/c/d.yaml").as_deref(), Some("d"));
    }
}

#[test]
fn a_repository_without_commits_has_files() {
    let repo = Sandbox::new();
    repo.write("a.yaml", "a").write("b.yaml", "b");
    repo.git(&["add", "a.yaml"]);
    let all = repo.open().all(&Head::Worktree).unwrap();
    assert_eq!(
        (all.head.as_str(), listed(&*all.files)),
        ("worktree", vec!["a.yaml".into(), "b.yaml".into()])
    );
}
