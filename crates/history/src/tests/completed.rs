//! Walks through units that the caller completes.

use std::collections::BTreeSet;

use deploy::key;
use source::RepoPath;

use super::*;
use crate::Completed;

/// Repeats a step until no unit is incomplete. A unit is completed with the references in its tree. Counts
/// the completed units.
fn completing<T>(
    history: &mut History<'_>,
    in_tree: &mut History<'_>,
    count: &mut usize,
    mut step: impl FnMut(&mut History<'_>) -> Result<T, HistoryError>,
) -> T {
    loop {
        match step(history) {
            Err(HistoryError::Incomplete { unit, commit }) => {
                *count += 1;
                let references = in_tree.references_at(&commit, &unit).unwrap();
                let named_in = BTreeSet::from([RepoPath::new("prod/kustomization.yaml")]);
                history.complete(&commit, &unit, Completed { references, named_in }).unwrap();
            }
            taken => return taken.unwrap(),
        }
    }
}

#[test]
fn a_walk_of_completed_units_is_that_of_the_tree() {
    let repo = shop("1");
    for tag in ["2", "3", "2", "4"] {
        set(&repo, tag);
        repo.write("README.md", tag).commit("unrelated");
    }
    let repository = open(&repo);
    let mut in_tree = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let mut history = in_tree.completing();
    let mut count = 0;
    let unit = prod();
    let reference = only(&mut in_tree, &unit);
    let tracked =
        completing(&mut history, &mut in_tree, &mut count, |history| history.tracked(&unit, &reference));
    assert_eq!(tracked.map(|tracked| key(&tracked)), Some(key(&reference)));
    let found =
        completing(&mut history, &mut in_tree, &mut count, |history| history.introducing(&unit, &reference));
    assert_eq!(found.commit, introducing(&repo, &unit).unwrap().commit);
    let mut values = history.earlier(&found).unwrap();
    let mut all = Vec::new();
    while let Some(value) = completing(&mut history, &mut in_tree, &mut count, |history| values.next(history))
    {
        all.push((value.reference.image_or_text(), value.commit));
    }
    assert_eq!((all.len(), &all), (3, &earlier(&repo, &unit)));
    // Head, the introducing commit, and the commits before each of the bumps: none twice, and none of the
    // unrelated ones.
    assert_eq!(count, 6);
}
