//! References of trees in memory, and what always holds for them.

use std::collections::BTreeSet;

use deploy::{Extraction, Input, Repositories, Selection, extract};
use model::{Reference, Target};
use source::Memory;

/// Largest file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// Extracts the references of a tree, or of the differences from another.
pub(super) fn run(head: &Memory, base: Option<&Memory>, selection: Selection<'_>) -> Extraction {
    let input = Input {
        head,
        base: base.map(|base| base as &dyn source::Files),
        selection,
        max_file_size: LIMIT,
        renders: false,
        repositories: Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    let extraction = extract(&input).unwrap();
    for reference in &extraction.references {
        is_consistent(reference);
    }
    for problem in &extraction.problems {
        assert!(!problem.message.contains('\n'), "a message is one line: {:?}", problem.message);
        if let Some(site) = &problem.site {
            assert!(site.file.text().get(site.span.range()).is_some(), "{:?}", problem.message);
        }
    }
    extraction
}

/// Compares the places of a reference with the text of their files.
fn is_consistent(reference: &Reference) {
    let sites = reference.related.iter().map(|(site, _)| site).chain([&reference.site]);
    for site in sites {
        assert!(site.file.text().get(site.span.range()).is_some(), "{} has no place", reference.field);
    }
    if let Target::Known(image) = &reference.target {
        let (again, _) = image::parse(&image.to_string()).unwrap();
        assert_eq!(again.to_string(), image.to_string());
    }
}

/// The references by unit, image and kind.
pub(super) fn items(extraction: &Extraction) -> BTreeSet<(String, String, &'static str)> {
    let mut items = BTreeSet::new();
    for reference in &extraction.references {
        let Target::Known(image) = &reference.target else { continue };
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            items.insert((unit.to_string(), image.to_string(), reference.kind.as_str()));
        }
    }
    items
}
