//! Faults of a registry: many of its references are missing at once. A registry that lost its data must not
//! cause reverts of all deployments.

use std::collections::{BTreeMap, HashSet};

use deploy::{Input, Selection, extract};
use model::sentry::Reason;
use model::{Reference, Verdict};
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::revert::Broken;

use super::refusal::Refusal;
use super::session::Sentry;
use super::verdicts::registry;

/// The minimum number of missing references for a fault of a registry.
const FEWEST: usize = 5;

/// The registries of the broken references of a notification, with the missing part of each, which is
/// determined on demand.
pub(super) struct Faults {
    registries: HashSet<String>,
    parts: OnceCell<Vec<Part>>,
}

/// The missing part of a registry's references.
struct Part {
    registry: String,
    missing: usize,
    total: usize,
}

impl Faults {
    pub(super) fn of(broken: &[Broken]) -> Self {
        let registries = broken.iter().filter_map(|broken| registry(&broken.reference));
        Self { registries: registries.map(str::to_owned).collect(), parts: OnceCell::new() }
    }
}

impl Sentry<'_> {
    /// A fault of one of the registries of the broken references. All references of head to these registries
    /// are queried, once for all incidents.
    pub(super) async fn registry_fault(&self, faults: &Faults) -> Result<Option<Refusal>, Error> {
        let limit = usize::from(self.limits.fault_share);
        for Part { registry, missing, total } in faults.parts.get_or_try_init(|| self.missing(faults)).await?
        {
            if is_fault(*missing, *total, limit) {
                let why = format!(
                    "{missing} of {total} references of {registry} are missing at once: that is a fault of the registry"
                );
                return Ok(Some(Refusal::new(Reason::RegistryFault, why)));
            }
        }
        Ok(None)
    }

    async fn missing(&self, faults: &Faults) -> Result<Vec<Part>, Error> {
        let mut by_registry: BTreeMap<String, BTreeMap<String, Box<Reference>>> = BTreeMap::new();
        for reference in self.all()? {
            if let Some(registry) = registry(&reference).filter(|name| faults.registries.contains(*name)) {
                let images = by_registry.entry(registry.to_owned()).or_default();
                images.insert(reference.image_or_text(), reference);
            }
        }
        let mut parts = Vec::new();
        for (registry, images) in by_registry {
            let references: Vec<Box<Reference>> = images.into_values().collect();
            let total = references.len();
            let judged = self.run.queries.judged(references, Vec::new()).await;
            let missing =
                judged.references.iter().filter(|(_, verdict)| *verdict == Verdict::Missing).count();
            parts.push(Part { registry, missing, total });
        }
        Ok(parts)
    }

    /// All references of head, without those of charts elsewhere.
    fn all(&self) -> Result<Vec<Box<Reference>>, Error> {
        let input = Input {
            head: &*self.run.files,
            base: None,
            selection: Selection::Candidates,
            max_file_size: self.run.options.max_file_size,
            renders: false,
            repositories: self.run.queries.repositories(),
            ignores: self.run.queries.ignores(),
            excluded: None,
        };
        Ok(extract(&input)?.references)
    }
}

/// True if more than `limit` percent of the references are missing, and enough of them.
fn is_fault(missing: usize, total: usize, limit: usize) -> bool {
    missing >= FEWEST && missing * 100 > total * limit
}

#[cfg(test)]
mod tests {
    use super::is_fault;

    #[test]
    fn a_fault_needs_five_references_and_more_than_the_limit() {
        assert!(is_fault(5, 5, 50));
        assert!(!is_fault(4, 4, 50), "too few");
        assert!(!is_fault(5, 10, 50), "the limit itself");
        assert!(is_fault(6, 11, 50));
        assert!(!is_fault(5, 5, 100), "no share is above everything");
        assert!(is_fault(5, 1000, 0));
    }
}
