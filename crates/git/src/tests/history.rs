//! Walks along first parents.

use super::*;

fn filter(paths: &[&str]) -> PathFilter {
    let mut filter = PathFilter::default();
    for path in paths {
        filter.file(&RepoPath::new(path));
    }
    filter
}

/// The commits that touch these paths, from `HEAD` on.
fn touching(sandbox: &Sandbox, paths: &[&str]) -> Vec<String> {
    let repository = sandbox.open();
    let mut walk = repository.first_parents("HEAD").unwrap();
    let filter = filter(paths);
    let mut found = Vec::new();
    while let Some(step) = walk.next_touching(&filter).unwrap() {
        found.push(step.commit);
    }
    found
}

#[test]
fn only_commits_that_touch_the_paths() {
    let sandbox = Sandbox::new();
    let first = sandbox.write("a/x", "1").write("b/y", "1").commit();
    let second = sandbox.write("b/y", "2").commit();
    let third = sandbox.write("a/x", "2").commit();
    sandbox.commit();
    assert_eq!(touching(&sandbox, &["a/x"]), [third.clone(), first.clone()]);
    assert_eq!(touching(&sandbox, &["b"]), [second.clone(), first.clone()]);
    assert_eq!(touching(&sandbox, &["a/x", "b/y"]), [third, second, first.clone()]);
    assert_eq!(touching(&sandbox, &["a/absent", "c"]), Vec::<String>::new());
    let removed = sandbox.remove("a/x").commit();
    assert_eq!(touching(&sandbox, &["a/x"]).first(), Some(&removed));
    let folder = sandbox.write("a/x/z", "1").commit();
    assert_eq!(touching(&sandbox, &["a/x/z"]), [folder]);
    let walk = &mut sandbox.open().first_parents("HEAD").unwrap();
    let everything = walk.next_touching(&PathFilter::everything()).unwrap().unwrap();
    assert_eq!(everything.commit, sandbox.git(&["rev-parse", "HEAD"]));
    assert!(PathFilter::default().is_empty());
    assert_eq!(walk.next_touching(&PathFilter::default()).unwrap(), None);
}

#[test]
fn a_listing_counts_names_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("a/x", "1").commit();
    sandbox.write("a/x", "2").commit();
    let added = sandbox.write("a/b/y", "1").commit();
    sandbox.write("a/b/y", "2").write("other/z", "1").commit();
    let removed = sandbox.remove("a/b/y").commit();
    let repository = sandbox.open();
    let mut listing = PathFilter::default();
    listing.listing(&RepoPath::new("a"));
    let mut walk = repository.first_parents("HEAD").unwrap();
    assert_eq!(walk.next_touching(&listing).unwrap().unwrap().commit, removed);
    assert_eq!(walk.next_touching(&listing).unwrap().unwrap().commit, added);
    listing.file(&RepoPath::new("a/x"));
    let edited = walk.next_touching(&listing).unwrap().unwrap();
    assert_eq!(edited.parent, Some(sandbox.git(&["rev-parse", "HEAD~4"])));
}

#[test]
fn a_merge_is_one_step() {
    let sandbox = Sandbox::new();
    let first = sandbox.write("x", "1").commit();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.write("x", "2").commit();
    sandbox.write("x", "3").commit();
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("y", "1").commit();
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "m", "side"]);
    let merge = sandbox.git(&["rev-parse", "HEAD"]);
    assert_eq!(touching(&sandbox, &["x"]), [merge.clone(), first]);
    assert_eq!(sandbox.open().commit_info(&merge).unwrap().parents.len(), 2);
}

#[test]
fn a_shallow_boundary_is_no_first_commit() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "1").commit();
    sandbox.write("y", "1").commit();
    let last = sandbox.write("y", "2").commit();
    let clone = Sandbox::clone_of(&sandbox, &["--depth", "1"]);
    let repository = clone.open();
    let mut walk = repository.first_parents("HEAD").unwrap();
    let error = walk.next_touching(&filter(&["x"])).unwrap_err();
    let fetch = "git fetch --no-tags --unshallow origin".to_owned();
    assert_eq!(error, GitError::ShallowBoundary { commit: last, fetch });
    assert!(error.help().unwrap().contains("--unshallow"));
}

#[test]
fn changes_and_files_of_commits() {
    let sandbox = Sandbox::new();
    let first = sandbox.write("x", "1").commit();
    let second = sandbox.write("y", "some text that is long enough\n").commit();
    let repository = sandbox.open();
    let added = |path: &str| Change { base: None, head: Some(RepoPath::new(path)) };
    assert_eq!(repository.changes(None, &first).unwrap(), [added("x")]);
    assert_eq!(repository.changes(Some(&first), &second).unwrap(), [added("y")]);
    let files = repository.files_of(&first).unwrap();
    assert_eq!(files.list().unwrap(), [RepoPath::new("x")]);
    let info = repository.commit_info("HEAD").unwrap();
    assert_eq!((info.subject.as_str(), info.seconds), ("x", 1_767_225_600));
    assert_eq!((info.author.as_str(), info.parents), ("a <a@example.org>", vec![first]));
}

#[test]
fn histories_of_sha256() {
    let sandbox = Sandbox::init(&["--object-format=sha256"]);
    let first = sandbox.write("a/x", "1").commit();
    sandbox.write("y", "1").commit();
    assert_eq!(touching(&sandbox, &["a"]), [first]);
}
