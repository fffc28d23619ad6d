//! The order of references, and the number of different ones. There may be very many: neither needs a copy of their names.

use std::cmp::Ordering;

use model::{Kind, Reference, Target, Verdict};

/// By path and place, then by unit.
pub(super) fn in_order(one: &Reference, other: &Reference) -> Ordering {
    let (here, there) = (&one.site, &other.site);
    (here.file.path(), here.span, &one.field)
        .cmp(&(there.file.path(), there.span, &other.field))
        .then_with(|| one.unit.to_string().cmp(&other.unit.to_string()))
}

/// The number of different images, charts and ranges among the references with these indexes. They are sorted by index, because
/// there may be very many.
pub(super) fn count_unique(references: &[(Box<Reference>, Verdict)], mut indexes: Vec<usize>) -> usize {
    let key = |index: &usize| {
        let (reference, _) = references.get(*index)?;
        Some((name(reference), reference.kind, reference.range.as_deref()))
    };
    indexes.sort_by(|one, other| key(one).cmp(&key(other)));
    indexes.dedup_by(|one, other| key(one) == key(other));
    indexes.len()
}

/// The parts of an effective reference.
fn name(reference: &Reference) -> [&str; 4] {
    match &reference.target {
        Target::Known(image) if reference.kind == Kind::Repository => {
            [&image.registry, &image.repository, "", ""]
        }
        Target::Known(image) => [
            &image.registry,
            &image.repository,
            image.effective_tag().unwrap_or_default(),
            image.digest.as_deref().unwrap_or_default(),
        ],
        Target::Chart(chart) => [&chart.repository, &chart.chart, chart.version(), chart.wanted.kind()],
        Target::Malformed(_) | Target::Unknown(_) => [""; 4],
    }
}
