//! Tests of the search for the repository, and of the refusal of repositories that git refuses.

use super::*;

#[test]
fn it_is_found_from_any_folder() {
    let repo = Sandbox::new();
    repo.write("a/b/c.yaml", "x").commit();
    let base = repo.commit();
    repo.write("top.yaml", "untracked, above the folder");
    for (dir, prefix) in [("", ""), ("a", "a"), ("a/b", "a/b")] {
        let found = Repository::open(&repo.path.join(dir), &deadline()).unwrap();
        assert_eq!(found.workdir().unwrap().canonicalize().unwrap(), repo.path);
        assert_eq!(found.prefix().as_str(), prefix);
        assert_eq!(found.head_oid().unwrap(), base);
        let compared = found.compare(&direct("HEAD"), Head::Worktree).unwrap();
        assert_eq!(shown(&compared), ["+top.yaml"]);
    }
}

#[test]
fn outside_of_repositories_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let error = Repository::open(dir.path(), &deadline()).err().unwrap();
    assert_eq!(error, GitError::NotARepository { dir: dir.path().into() });
    assert!(error.to_string().ends_with("is not inside a git repository"));
    assert!(error.help().is_some());
    assert!(matches!(
        Repository::open(&dir.path().join("missing"), &deadline()),
        Err(GitError::NotARepository { .. })
    ));
}

#[test]
fn linked_work_trees_have_their_own_files_and_head() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "a").commit();
    let linked = repo.path.with_file_name("linked");
    repo.git(&["worktree", "add", "-q", "-b", "topic", &linked.display().to_string()]);
    fs::write(linked.join("new.yaml"), "new").unwrap();
    let found = Repository::open(&linked, &deadline()).unwrap();
    assert_eq!(found.workdir().unwrap().canonicalize().unwrap(), linked);
    assert_eq!(shown(&found.compare(&direct(&base), Head::Worktree).unwrap()), ["+new.yaml"]);
    assert_eq!(shown(&repo.compare(&base, &Head::Worktree)), [""; 0]);
    let linked = Sandbox { _dir: tempfile::tempdir().unwrap(), path: linked };
    let topic = linked.commit();
    assert_eq!(linked.open().head_oid().unwrap(), topic);
    assert_eq!(repo.open().head_oid().unwrap(), base);
}

#[test]
fn a_bare_repository_has_no_work_tree() {
    let origin = Sandbox::new();
    let first = origin.write("a.yaml", "a").commit();
    origin.write("b.yaml", "b").commit();
    let bare = Sandbox::clone_of(&origin, &["--bare"]);
    assert_eq!(bare.open().workdir(), None);
    assert_eq!(shown(&bare.compare(&first, &head())), ["+b.yaml"]);
    let error = bare.open().compare(&direct(&first), Head::Worktree).err().unwrap();
    assert!(matches!(error, GitError::Bare { .. }), "{error}");
    assert_eq!(error.help().unwrap(), "give `--head REV`");
}

#[test]
fn a_detached_head_is_a_head() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "a").commit();
    let tip = repo.write("b.yaml", "b").commit();
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(repo.open().head_oid().unwrap(), tip);
    assert_eq!(shown(&repo.compare(&base, &head())), ["+b.yaml"]);
}

#[test]
fn somebody_elses_repository_is_refused() {
    let repo = Sandbox::new();
    repo.write("a.yaml", "a").commit();
    if std::os::unix::fs::chown(&repo.path, Some(12345), None).is_err() {
        return; // Only root can give a folder away.
    }
    let error = Repository::open(&repo.path, &deadline()).err().unwrap();
    assert_eq!(error, GitError::NotOwned { path: repo.path.clone() });
    let help = error.help().unwrap();
    assert!(help.ends_with(&format!("git config --global --add safe.directory {}", repo.path.display())));
}

/// Runs `probe` in a separate process, which has other variables and another current folder.
fn in_another_process(dir: &Path, variables: &[(&str, &str)]) -> String {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "tests::opening::probe", "--ignored", "--nocapture"]);
    let output = test.current_dir(dir).envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.split_once("probed: "));
    line.map(|(_, found)| found.to_owned()).unwrap()
}

#[test]
#[ignore = "it is run by other tests, in an environment that they make"]
fn probe() {
    let found = match Repository::open(Path::new("."), &deadline()) {
        Ok(repo) => {
            let compared = repo.compare(&direct("HEAD"), Head::Worktree).unwrap();
            format!("{} [{}] {}", repo.head_oid().unwrap(), repo.prefix(), shown(&compared).join(" "))
        }
        Err(error) => format!("{error} / {}", error.help().unwrap_or_default()),
    };
    println!("probed: {found}");
}

#[test]
fn the_environment_and_the_current_folder_are_honoured() {
    let repo = Sandbox::new();
    let tip = repo.write("a/b.yaml", "x").commit();
    repo.write("top.yaml", "new").write("a/new.yaml", "also new");
    let below = in_another_process(&repo.path.join("a"), &[]);
    assert_eq!(below, format!("{tip} [a] +a/new.yaml +top.yaml"));

    let elsewhere = tempfile::tempdir().unwrap();
    let git_dir = repo.path.join(".git").display().to_string();
    let found = in_another_process(elsewhere.path(), &[("GIT_DIR", &git_dir)]);
    assert_eq!(found, format!("{tip} [] +a/new.yaml +top.yaml"));
    let hook = in_another_process(&repo.path, &[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index")]);
    assert_eq!(hook, format!("{tip} [] +a/new.yaml +top.yaml"));
    let missing = in_another_process(&repo.path, &[("GIT_DIR", "/nonexistent")]);
    assert!(missing.contains("\"/nonexistent\" does not appear to be a git repository"), "{missing}");
}

#[test]
fn safe_directory_makes_somebody_elses_repository_usable() {
    let repo = Sandbox::new();
    let tip = repo.write("a.yaml", "a").commit();
    if std::os::unix::fs::chown(&repo.path, Some(12345), None).is_err() {
        return;
    }
    assert!(in_another_process(&repo.path, &[]).contains("belongs to another user"));
    let home = tempfile::tempdir().unwrap();
    let config = format!("[safe]\n\tdirectory = {}\n", repo.path.display());
    fs::write(home.path().join(".gitconfig"), config).unwrap();
    let trusted = in_another_process(&repo.path, &[("HOME", home.path().to_str().unwrap())]);
    assert!(trusted.starts_with(&tip), "{trusted}");
}
