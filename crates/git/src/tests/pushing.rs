//! Pushes to a repository on the same machine.

use super::*;

fn push_of(commit: &str, branch: &str, is_new: bool) -> Push {
    Push { remote: "origin".to_owned(), commit: commit.to_owned(), branch: branch.to_owned(), is_new }
}

/// A bare repository, and a clone with one commit that is pushed to its `main`.
fn pair() -> (Sandbox, Sandbox, String) {
    let origin = Sandbox::init(&["--bare"]);
    let clone = Sandbox::new();
    clone.git(&["remote", "add", "origin", origin.path.to_str().unwrap()]);
    let first = clone.write("x", "1").commit();
    clone.git(&["push", "-q", "-u", "origin", "main"]);
    (origin, clone, first)
}

#[test]
fn a_branch_is_created_and_never_overwritten() {
    let (origin, clone, first) = pair();
    let second = clone.write("x", "2").commit();
    let repository = clone.open();
    assert_eq!(repository.remote_branch("origin", "b").unwrap(), None);
    assert_eq!(repository.push(&push_of(&second, "b", true)).unwrap(), Pushed::Done);
    assert_eq!(repository.push(&push_of(&second, "b", true)).unwrap(), Pushed::AlreadyThere);
    let there = repository.remote_branch("origin", "b").unwrap();
    assert_eq!(there, Some(second.clone()));
    let rejected = repository.push(&push_of(&first, "b", true)).unwrap();
    assert_eq!(rejected, Pushed::Rejected("[rejected] (stale info)".to_owned()));
    assert_eq!(origin.git(&["rev-parse", "b"]), second);
}

#[test]
fn a_branch_is_only_fast_forwarded() {
    let (origin, clone, first) = pair();
    let second = clone.write("x", "2").commit();
    let other = clone.git(&["commit-tree", "-m", "other", "-p", &first, "HEAD^{tree}"]);
    let repository = clone.open();
    assert_eq!(repository.push(&push_of(&second, "main", false)).unwrap(), Pushed::Done);
    let rejected = repository.push(&push_of(&other, "main", false)).unwrap();
    assert!(matches!(&rejected, Pushed::Rejected(why) if why.contains("non-fast-forward")), "{rejected:?}");
    assert_eq!(origin.git(&["rev-parse", "main"]), second);
    assert_eq!(push_of("C", "b", true).command(), "git push origin C:refs/heads/b");
}

#[test]
fn a_protected_branch_and_an_unreachable_remote() {
    let (origin, clone, first) = pair();
    let hook = origin.path.join("hooks/pre-receive");
    fs::create_dir_all(origin.path.join("hooks")).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let repository = clone.open();
    let rejected = repository.push(&push_of(&first, "b", true)).unwrap();
    assert_eq!(rejected, Pushed::Rejected("[remote rejected] (pre-receive hook declined)".to_owned()));
    let nowhere = Push { remote: "/nonexistent/repo".to_owned(), ..push_of(&first, "b", true) };
    let error = repository.push(&nowhere).unwrap_err();
    assert!(error.to_string().starts_with("`git push` failed: "), "{error}");
    assert!(repository.remote_branch("/nonexistent/repo", "b").is_err());
}

#[test]
fn names_of_remotes_and_branches() {
    let (origin, clone, _) = pair();
    let repository = clone.open();
    assert_eq!(repository.remote().as_deref(), Some("origin"));
    assert_eq!(repository.push_url("origin").as_deref(), origin.path.to_str());
    assert_eq!(repository.push_url("absent"), None);
    assert_eq!(repository.default_branch("origin").as_deref(), Some("main"));
    assert_eq!(repository.current_branch().as_deref(), Some("main"));
    clone.git(&["checkout", "-q", "--detach"]);
    assert_eq!(clone.open().current_branch(), None);
}
