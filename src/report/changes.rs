//! The images that a change replaces: one line for each replacement, with the affected workloads.

use model::{Reference, Report, Resource, UnitId, Verdict};

use super::reference::word;

/// Maximum number of workloads that a line names.
const MOST_PLACES: usize = 3;

/// A replacement, and the affected workloads.
#[derive(Debug)]
pub(super) struct Replacement {
    /// `from → to` with the common name written once, or only the image if it is new or removed.
    pub(super) images: String,
    /// `new`, `removed`, or nothing.
    pub(super) mark: &'static str,
    /// The verdict; empty if no registry was queried.
    pub(super) verdict: &'static str,
    places: Vec<String>,
}

impl Replacement {
    /// The workloads in one line: three at most, and the number of others.
    pub(super) fn places(&self) -> String {
        let shown = self.places.iter().take(MOST_PLACES).cloned().collect::<Vec<_>>().join(", ");
        match self.places.len().saturating_sub(MOST_PLACES) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}

/// The replacements of a report, the removed references last; empty if base and head were not compared.
pub(super) fn replacements(report: &Report, arrow: &str) -> Vec<Replacement> {
    let Some(removed) = &report.removed else { return Vec::new() };
    let mut all = Vec::new();
    for (reference, verdict) in &report.references {
        add(&mut all, introduced(reference, verdict, arrow), reference);
    }
    for reference in removed {
        let images = reference.image_or_text();
        let line = Replacement { images, mark: "removed", verdict: "", places: Vec::new() };
        add(&mut all, line, reference);
    }
    all
}

fn introduced(reference: &Reference, verdict: &Verdict, arrow: &str) -> Replacement {
    let to = reference.image_or_text();
    let verdict = word(verdict).unwrap_or_default();
    match &reference.previous {
        Some(previous) => {
            let images = replaced(&previous.image, &to, arrow);
            Replacement { images, mark: "", verdict, places: Vec::new() }
        }
        None => Replacement { images: to, mark: "new", verdict, places: Vec::new() },
    }
}

/// Adds the places of a reference to the line with the same images and verdict, or a new line.
fn add(all: &mut Vec<Replacement>, mut line: Replacement, reference: &Reference) {
    let mut places = vec![place(reference, &unit_name(&reference.unit))];
    for unit in &reference.also_in {
        // In the other unit, the workload may have another name or namespace.
        places.push(format!("also in {}", unit_name(unit)));
    }
    for known in all.iter_mut() {
        if known.images == line.images && known.mark == line.mark && known.verdict == line.verdict {
            known.places.append(&mut places);
            return;
        }
    }
    line.places = places;
    all.push(line);
}

/// `name:1 → 2` if both have the same name, otherwise both in full.
fn replaced(from: &str, to: &str, arrow: &str) -> String {
    let name = to.split_once('@').map_or(to, |(name, _)| name);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    match to.strip_prefix(name) {
        Some(rest) if from.starts_with(name) && from.get(name.len()..).is_some_and(is_tag) => {
            format!("{from} {arrow} {}", rest.trim_start_matches(':'))
        }
        _ => format!("{from} {arrow} {to}"),
    }
}

fn is_tag(rest: &str) -> bool {
    rest.starts_with([':', '@'])
}

/// `Deployment shop/web (proxy) in apps/web`.
fn place(reference: &Reference, unit: &str) -> String {
    let Some(resource) = reference.resource.as_deref() else { return unit.to_owned() };
    let container = match &reference.container {
        Some(name) => format!(" ({name})"),
        None => String::new(),
    };
    format!("{}{container} in {unit}", workload(resource))
}

/// A unit; the root of the repository is `.`.
fn unit_name(unit: &UnitId) -> String {
    let name = unit.to_string();
    if name.is_empty() { ".".to_owned() } else { name }
}

/// Kind, namespace and name.
fn workload(resource: &Resource) -> String {
    let name = resource.name.as_deref().unwrap_or("without a name");
    match &resource.namespace {
        Some(namespace) => format!("{} {namespace}/{name}", resource.kind),
        None => format!("{} {name}", resource.kind),
    }
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn the_common_name_is_written_once() {
        for (from, to, expected) in [
            ("docker.io/a/b:1", "docker.io/a/b:2", "docker.io/a/b:1 → 2"),
            ("docker.io/a/b:1", "docker.io/a/c:1", "docker.io/a/b:1 → docker.io/a/c:1"),
            ("docker.io/a/bc:1", "docker.io/a/b:1", "docker.io/a/bc:1 → docker.io/a/b:1"),
            ("r.io:5000/a:1", "r.io:5000/a:1@sha256:00", "r.io:5000/a:1 → 1@sha256:00"),
            ("r.io:5000/a", "r.io:5000/a:2", "r.io:5000/a → r.io:5000/a:2"),
        ] {
            assert_eq!(replaced(from, to, "→"), expected);
        }
    }
}
