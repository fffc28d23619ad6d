//! Faults of a registry: much of it is missing at once. A registry that lost its data must not revert the fleet.

use std::collections::{BTreeMap, HashSet};

use deploy::{Input, Selection, extract};
use model::incident::Incident;
use model::sentry::Reason;
use model::{Reference, Verdict};

use crate::error::Error;

use super::refusal::Refusal;
use super::session::Sentry;
use super::verdicts::registry;

/// Fewer missing references are no fault of a registry.
const FEWEST: usize = 5;

impl Sentry<'_> {
    /// Queries all references of head that are in the registries of the incident.
    pub(super) async fn registry_fault(&self, incident: &Incident) -> Result<Option<Refusal>, Error> {
        let broken: HashSet<&str> = incident.references.iter().map(|one| one.from.as_str()).collect();
        let parsed = broken.iter().filter_map(|image| image::parse(image).ok());
        let registries: HashSet<String> = parsed.map(|(image, _)| image.registry).collect();
        let mut by_registry: BTreeMap<String, BTreeMap<String, Reference>> = BTreeMap::new();
        for reference in self.all()? {
            if let Some(registry) = registry(&reference) {
                let images = by_registry.entry(registry.to_owned()).or_default();
                images.insert(reference.image_or_text(), reference);
            }
        }
        for (registry, images) in by_registry {
            let has_broken = images.keys().any(|image| broken.contains(image.as_str()));
            if !has_broken && !registries.contains(&registry) {
                continue;
            }
            let references: Vec<Reference> = images.into_values().collect();
            let total = references.len();
            let judged = self.run.queries.judged(references, Vec::new()).await;
            let is_missing = |verdict: &Verdict| *verdict == Verdict::Missing;
            let missing = judged.references.iter().filter(|(_, verdict)| is_missing(verdict)).count();
            if missing >= FEWEST && missing * 100 > total * usize::from(self.limits.fault_share) {
                let why = format!(
                    "{missing} of {total} references of {registry} are missing at once: that is a fault of the registry"
                );
                return Ok(Some(Refusal::new(Reason::RegistryFault, why)));
            }
        }
        Ok(None)
    }

    /// All references of head, without those of charts elsewhere.
    fn all(&self) -> Result<Vec<Reference>, Error> {
        let input = Input {
            head: &*self.run.files,
            base: None,
            selection: Selection::Candidates,
            max_file_size: self.run.options.max_file_size,
            renders: false,
            repositories: self.run.queries.repositories(),
            ignores: self.run.queries.ignores(),
        };
        Ok(extract(&input)?.references)
    }
}
