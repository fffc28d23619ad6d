//! The builder, seen through what git says of its repositories.

use std::collections::HashSet;
use std::fs;

use super::Repo;

fn history() -> (Repo, Vec<String>) {
    let repo = Repo::new();
    let first = repo.write("apps/web.yaml", "image: nginx:1.27\n").commit("first");
    repo.branch("feature").rename("apps/web.yaml", "apps/moved/web.yaml");
    let second = repo.write("bytes", [0xff, 0x00]).commit("second");
    repo.checkout("main").write("other", "x").commit("third");
    let merge = repo.merge("feature");
    (repo, vec![first, second, merge])
}

#[test]
fn object_ids_are_the_same_on_every_run() {
    let (repo, ids) = history();
    assert_eq!(ids, history().1);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3);
    assert_eq!(repo.git(&["rev-parse", "HEAD^2"]), *ids.get(1).unwrap());
    assert_eq!(
        repo.git(&["log", "-1", "--format=%an %cn %ct", ids.first().unwrap()]),
        "Ada Author Carl Committer 1704067260"
    );
    assert_eq!(repo.git(&["ls-files"]), "apps/moved/web.yaml\nbytes\nother");
    // This very id, so that a change of the recipe is noticed where ids are written down.
    assert_eq!(ids.first().unwrap(), "c9bc5e506bacebae1d0d9f9f4bff0ed9eb65a279");
}

#[test]
fn the_work_tree_is_changed_as_told() {
    let repo = Repo::new();
    repo.write("a/file", "text").write("b/file", "text").commit("files");
    repo.remove("a").remove("b/file");
    #[cfg(unix)]
    {
        repo.symlink("links/broken", "../nowhere");
        assert_eq!(fs::read_link(repo.path().join("links/broken")).unwrap().to_str(), Some("../nowhere"));
    }
    repo.commit("less");
    assert!(!repo.path().join("a").exists());
    assert!(!repo.git(&["ls-files"]).contains("file"));
}

#[test]
fn repositories_can_be_sha256_or_bare() {
    let repo = Repo::sha256();
    assert_eq!(repo.commit("empty").len(), 64);
    let bare = Repo::bare();
    let source = Repo::new();
    let head = source.commit("empty");
    source.add_remote("origin", &bare.url()).git(&["push", "-q", "origin", "main"]);
    assert_eq!(bare.git(&["rev-parse", "main"]), head);
}

#[test]
fn clones_are_whole_or_shallow() {
    let (repo, _) = history();
    let count = |repo: &Repo| repo.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(count(&repo), "4");
    let whole = repo.clone_full();
    assert_eq!((count(&whole), whole.head()), ("4".to_owned(), repo.head()));
    let shallow = repo.clone_shallow(1);
    assert_eq!((count(&shallow), shallow.head()), ("1".to_owned(), repo.head()));
    assert!(shallow.path().join(".git/shallow").exists());
    let date = |repo: &Repo| repo.git(&["log", "-1", "--format=%ct"]);
    whole.commit("later");
    assert!(date(&whole) > date(&repo));
}

#[test]
fn a_linked_work_tree_has_a_new_or_present_branch() {
    let (repo, ids) = history();
    assert!(repo.worktree("topic/new").join("other").exists());
    let present = repo.worktree("feature");
    assert!(!present.join("other").exists() && present.join("bytes").exists());
    assert_eq!(
        repo.git(&["rev-parse", "topic/new", "feature"]).lines().last(),
        ids.get(1).map(String::as_str)
    );
}

#[test]
fn input_reaches_git_and_the_environment_does_not() {
    let repo = Repo::new();
    assert_eq!(repo.git_stdin(&["hash-object", "--stdin"], b"").len(), 40);
    let large = vec![b'x'; 1 << 20];
    assert_eq!(repo.git_stdin(&["stripspace"], &large).len(), large.len());
    let variables = String::from_utf8(repo.command("env").output().unwrap().stdout).unwrap();
    assert!(!variables.contains("CARGO") && variables.contains("GIT_CONFIG_NOSYSTEM=1"));
}

#[test]
#[should_panic(expected = "not-a-command")]
fn a_failure_shows_what_git_says() {
    Repo::new().git(&["not-a-command"]);
}
