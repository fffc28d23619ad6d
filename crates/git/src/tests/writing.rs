//! Tests of commits and branches that are written without a change to the work tree.

use super::*;

fn bytes(path: &str, text: &str) -> TreeEdit {
    TreeEdit { path: RepoPath::new(path), content: Content::Bytes(text.into()) }
}

fn new_commit(parent: &str, edits: Vec<TreeEdit>) -> NewCommit {
    NewCommit { parent: parent.to_owned(), edits, message: "subject\n\nbody\n".to_owned() }
}

/// The status, the index and the configuration. A commit must not change any of them.
fn untouched(sandbox: &Sandbox) -> Vec<Vec<u8>> {
    let git_dir = PathBuf::from(sandbox.git(&["rev-parse", "--absolute-git-dir"]));
    let mut seen = vec![sandbox.git(&["rev-parse", "HEAD"]).into_bytes()];
    for file in ["index", "config", "HEAD"] {
        seen.push(fs::read(git_dir.join(file)).unwrap_or_default());
    }
    seen
}

#[test]
fn a_commit_with_a_dirty_work_tree() {
    let sandbox = Sandbox::new();
    let parent = sandbox.write("a/x", "1\r\n").write("gone", "").commit();
    sandbox.write("a/x", "dirty").write("untracked", "");
    let before = untouched(&sandbox);
    let repository = sandbox.open();
    let removed = TreeEdit { path: RepoPath::new("gone"), content: Content::Removed };
    let edits = vec![bytes("a/x", "2\r\n"), bytes("new/file", "3"), removed];
    let commit = repository.write_commit(&new_commit(&parent, edits)).unwrap();
    repository.create_branch("pullable/revert/x", &commit).unwrap();
    assert_eq!(sandbox.git(&["diff", "--name-status", &parent, &commit]), "M\ta/x\nD\tgone\nA\tnew/file");
    assert_eq!(sandbox.git(&["cat-file", "blob", &format!("{commit}:a/x")]), "2");
    assert_eq!(sandbox.git(&["log", "-1", "--format=%B", "pullable/revert/x"]), "subject\n\nbody");
    assert_eq!(before, untouched(&sandbox));
    assert_eq!(fs::read(sandbox.path.join("a/x")).unwrap(), b"dirty");
    assert_eq!(sandbox.git(&["fsck", "--strict"]), "");
    let error = repository.create_branch("pullable/revert/x", &parent).unwrap_err();
    assert_eq!(error, GitError::BranchExists { branch: "pullable/revert/x".to_owned(), commit });
}

#[test]
fn the_entry_of_another_commit_keeps_its_mode() {
    let sandbox = Sandbox::new();
    sandbox.write("run.sh", "1");
    std::os::unix::fs::symlink("run.sh", sandbox.path.join("link")).unwrap();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["update-index", "--chmod=+x", "run.sh"]);
    sandbox.git(&["commit", "-q", "-m", "x"]);
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    fs::remove_file(sandbox.path.join("link")).unwrap();
    let second = sandbox.write("run.sh", "2").commit();
    let of = |path: &str| TreeEdit { path: RepoPath::new(path), content: Content::Of(first.clone()) };
    let edits = vec![of("run.sh"), of("link"), of("absent")];
    let commit = sandbox.open().write_commit(&new_commit(&second, edits)).unwrap();
    assert_eq!(sandbox.git(&["diff", &first, &commit]), "");
    let kept = sandbox.open().write_commit(&new_commit(&first, vec![bytes("run.sh", "3")])).unwrap();
    assert!(sandbox.git(&["ls-tree", &kept, "run.sh"]).starts_with("100755 "));
}

#[test]
fn bare_repositories_linked_work_trees_and_detached_heads() {
    for origin in [Sandbox::new(), Sandbox::init(&["--object-format=sha256"])] {
        let parent = origin.write("x", "1").commit();
        origin.git(&["checkout", "-q", "--detach"]);
        let linked = origin.path.with_file_name("linked");
        origin.git(&["worktree", "add", "-q", "-b", "other", linked.to_str().unwrap()]);
        let bare = Sandbox::clone_of(&origin, &["--bare"]);
        for folder in [&origin.path, &linked, &bare.path] {
            let repository = Repository::open(folder, &deadline()).unwrap();
            let commit = repository.write_commit(&new_commit(&parent, vec![bytes("x", "2")])).unwrap();
            let branch = format!("b/{}", folder.file_name().unwrap().to_string_lossy());
            repository.create_branch(&branch, &commit).unwrap();
            assert_eq!(repository.branch_tip(&branch).unwrap(), Some(commit));
            assert_eq!(repository.branch_tip("b/absent").unwrap(), None);
        }
        assert_eq!(origin.git(&["fsck", "--strict"]), "");
    }
}

#[test]
fn identity_as_configured() {
    let sandbox = Sandbox::new();
    let parent = sandbox.write("x", "1").commit();
    sandbox.git(&["config", "user.name", "Configured"]);
    sandbox.git(&["config", "user.email", "c@example.org"]);
    let repository = sandbox.open();
    let commit = repository.write_commit(&new_commit(&parent, vec![bytes("x", "2")])).unwrap();
    let shown = sandbox.git(&["log", "-1", "--format=%an %ae %cn %ce", &commit]);
    assert_eq!(shown, "Configured c@example.org Configured c@example.org");
    assert_eq!(repository.committer().name, "Configured");
    assert!(!repository.signs_commits());
}

#[test]
fn a_commit_that_cannot_be_signed_is_not_written() {
    let sandbox = Sandbox::new();
    let parent = sandbox.write("x", "1").commit();
    for (key, value) in [("commit.gpgsign", "true"), ("gpg.program", "/nonexistent/gpg")] {
        sandbox.git(&["config", key, value]);
    }
    let repository = sandbox.open();
    assert!(repository.signs_commits());
    let error = repository.write_commit(&new_commit(&parent, vec![bytes("x", "2")])).unwrap_err();
    assert!(error.to_string().starts_with("`git commit-tree -S` failed: "), "{error}");
}

#[test]
fn a_signed_commit_is_git_s() {
    let sandbox = Sandbox::new();
    let parent = sandbox.write("x", "1").commit();
    let signer = sandbox.path.with_file_name("gpg");
    // As gpg reports a signature: the signature to stdout, the status to the descriptor 2.
    let script = "#!/bin/sh\ncat >/dev/null\necho '-----BEGIN PGP SIGNATURE-----'\necho '\n[GNUPG:] SIG_CREATED ' >&2\n";
    fs::write(&signer, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&signer, executable).unwrap();
    sandbox.git(&["config", "commit.gpgsign", "true"]);
    sandbox.git(&["config", "gpg.program", signer.to_str().unwrap()]);
    sandbox.git(&["config", "user.name", "S"]);
    sandbox.git(&["config", "user.email", "s@example.org"]);
    let commit = sandbox.open().write_commit(&new_commit(&parent, vec![bytes("x", "2")])).unwrap();
    let object = sandbox.git(&["cat-file", "commit", &commit]);
    assert!(object.contains("gpgsig -----BEGIN PGP SIGNATURE-----"), "{object}");
    assert!(object.contains("author S <s@example.org>"), "{object}");
}
