//! Extraction of whole repositories: a change introduces the references that only head has.

use std::collections::BTreeSet;

use deploy::Selection;

use super::extracted::{items, run as extraction};
use crate::folder::{memory, trees};

/// Reads any text as the files of base and head.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let trees = trees(text);
    let (base, head) = (memory(&trees.base), memory(&trees.head));
    let changes = trees.changes();
    let of_base = items(&extraction(&base, None, Selection::Candidates));
    let of_head = items(&extraction(&head, None, Selection::Candidates));
    let introduced = items(&extraction(&head, Some(&base), Selection::Changed(&changes)));
    assert!(
        !changes.is_empty() || introduced.is_empty(),
        "nothing differs, and is introduced: {introduced:?}"
    );
    let absent: Vec<_> = introduced.difference(&of_head).collect();
    assert!(absent.is_empty(), "introduced, and not at head: {absent:?}");
    // Names of units depend on what deploys them, images do not: one that base has nowhere is introduced.
    let images = |items: &BTreeSet<(String, String, &'static str)>| -> BTreeSet<(String, &'static str)> {
        items.iter().map(|(_, image, kind)| (image.clone(), *kind)).collect()
    };
    let (known, found) = (images(&of_base), images(&introduced));
    let missed: Vec<_> = images(&of_head)
        .into_iter()
        .filter(|image| !known.contains(image) && !found.contains(image))
        .collect();
    assert!(missed.is_empty(), "new at head, and not introduced: {missed:?}");
}
