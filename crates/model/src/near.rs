//! Finds the name that may have been meant among several.

/// The candidate that may have been meant by `wanted`; among equally similar ones the first.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.into_iter().map(|candidate| (strsim::osa_distance(wanted, candidate), candidate));
    let near = near.filter(|(distance, _)| *distance <= wanted.len().max(6) / 3);
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}
