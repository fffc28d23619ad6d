//! The identity of a reference within its unit.

use model::{Kind, Reference, Target};

/// The identity of a reference in its unit: the effective image and its kind; if there is none, the text and
/// its fault.
pub fn key(reference: &Reference) -> (String, Kind) {
    let what = match &reference.target {
        Target::Known(image) => format!("{image} {}", reference.range.as_deref().unwrap_or_default()),
        Target::Chart(chart) => chart.to_string(),
        Target::Malformed(problem) | Target::Unknown(problem) => {
            let beside: Vec<&str> = reference.related.iter().map(|(site, _)| site.text()).collect();
            let (text, beside) = (reference.site.text(), beside.join("\0"));
            format!("{}\0{text}\0{beside}\0{}", problem.rule, problem.message)
        }
    };
    (what, reference.kind)
}
