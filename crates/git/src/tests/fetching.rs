//! Tests of fetches from a repository on the same machine.

use super::*;

#[test]
fn one_branch_and_nothing_else() {
    let origin = Sandbox::new();
    origin.write("x", "1").commit();
    let clone = Sandbox::clone_of(&origin, &[]);
    let second = origin.write("x", "2").commit();
    origin.git(&["branch", "other"]);
    origin.git(&["tag", "v1"]);
    let before = clone.git(&["rev-parse", "HEAD"]);
    let repository = clone.open();
    assert_eq!(repository.fetch("origin", "main").unwrap(), second);
    assert_eq!(clone.git(&["rev-parse", "origin/main"]), second);
    assert_eq!(clone.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(clone.git(&["tag"]), "");
    assert_eq!(clone.git(&["for-each-ref", "refs/remotes/origin/other"]), "");
    let error = repository.fetch("origin", "absent").unwrap_err();
    assert!(error.to_string().starts_with("`git fetch` failed: "), "{error}");
}
