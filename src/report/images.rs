//! Only the images, each once on a separate line, for other programs.

use std::collections::BTreeSet;

use model::{Report, Target};

use super::safe::printable;

/// Writes the effective images, sorted. References that are not a complete image are left out: templates,
/// malformed text, ranges of versions, and charts that are read over HTTP.
pub(super) fn render(report: &Report) -> String {
    let mut images = BTreeSet::new();
    for (reference, _) in &report.references {
        match &reference.target {
            Target::Known(image) if reference.range.is_none() && !reference.registry_unknown => {
                images.insert(printable(&image.to_string()));
            }
            _ => {}
        }
    }
    images.into_iter().map(|image| image + "\n").collect()
}
