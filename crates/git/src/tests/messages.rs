//! Messages of commits.

use super::*;

#[test]
fn the_commits_of_a_merged_branch_count() {
    let repo = Sandbox::new();
    let first = repo.write("x", "1").commit();
    repo.git(&["checkout", "-q", "-b", "fix"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "fix\n\nPullable-Reverts: abc"]);
    let fix = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "fix"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    let repository = repo.open();
    let wanted = |message: &str| message.contains("\nPullable-Reverts: abc");
    let find = |base: Option<&str>, most| repository.find_message(base, "HEAD", most, &wanted).unwrap();
    assert_eq!(find(None, 100), Some(fix.clone()));
    assert_eq!(find(Some(&first), 100), Some(fix.clone()));
    assert_eq!(find(Some(&fix), 100), None);
    assert_eq!(find(Some(&merge), 100), None);
    assert_eq!(find(None, 0), None);
}

#[test]
fn a_shallow_clone_is_read_as_far_as_it_goes() {
    let repo = Sandbox::new();
    for number in 0..5 {
        repo.write("x", &number.to_string()).commit();
    }
    let clone = Sandbox::clone_of(&repo, &["--depth", "2"]);
    let seen = std::cell::Cell::new(0);
    let count = |_: &str| {
        seen.set(seen.get() + 1);
        false
    };
    assert_eq!(clone.open().find_message(None, "HEAD", 100, &count).unwrap(), None);
    assert_eq!(seen.get(), 2);
}
