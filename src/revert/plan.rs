//! From broken references to a plan for each incident. Registries are queried; nothing is written, and neither the
//! remote nor the forge is contacted.

use model::incident::{Incident, Outcome};

use crate::error::Error;

use super::candidates::Broken;
use super::edits::EditedBy;
use super::find::Found;
use super::record;
use super::session::{Run, Stopped};
use super::suspended::suspended;
use super::walks::Walks;

/// An incident with the edits that revert it.
pub(crate) struct Plan {
    /// The record. Its outcome is [`Outcome::Planned`] if it can be reverted, otherwise the reason why it
    /// cannot.
    pub(crate) incident: Incident,
    pub(super) found: Found,
    /// `None` if it cannot be reverted.
    pub(super) edited: Option<EditedBy>,
}

/// The plans of a run.
pub(crate) struct Plans {
    /// One for each introducing commit.
    pub(crate) plans: Vec<Plan>,
    /// References whose history could not be followed.
    pub(crate) not_followed: Vec<String>,
}

impl Run<'_> {
    /// Plans the revert of references of head, each with the rule that it breaks.
    ///
    /// # Errors
    /// [`Error`] if git's data is damaged, or the history ends too early.
    pub(crate) async fn plan(&self, broken: Vec<Broken>) -> Result<Plans, Error> {
        let mut walks = self.walks()?;
        let grouped = self.grouped(&mut walks, broken).await?;
        let mut plans = Vec::new();
        for found in grouped.incidents {
            let mut incident = record::begun(self, &found)?;
            let edited = match self.planned(&mut walks, &found, &mut incident).await? {
                Ok(edited) => Some(edited),
                Err(stopped) => {
                    incident = stopped.of(incident);
                    None
                }
            };
            plans.push(Plan { incident, found, edited });
        }
        Ok(Plans { plans, not_followed: grouped.not_followed })
    }

    /// The edits that revert an incident, with the proof, and the rest of its record.
    async fn planned(
        &self,
        walks: &mut Walks<'_>,
        found: &Found,
        incident: &mut Incident,
    ) -> Result<Result<EditedBy, Stopped>, Error> {
        let good = match self.last_known_good(walks, found, incident).await? {
            Ok(good) => good,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let mut edited = match self.edited(walks, found, &good).await? {
            Ok(edited) => edited,
            Err(stopped) => return Ok(Err(stopped)),
        };
        incident.mode = Some(edited.mode);
        let objects = deploy::objects(&*self.files, self.options.max_file_size, None)?;
        incident.automation = self.automations(found, &objects, &mut edited.edits)?;
        incident.suspended = suspended(found, &objects);
        let broken_rules = match self.verified(found, &good, &edited, incident).await? {
            Ok(broken_rules) => broken_rules,
            Err(stopped) => return Ok(Err(stopped)),
        };
        incident.verified = broken_rules.is_empty();
        incident.outcome = Outcome::Planned;
        incident.branch = Some(self.branch(found, incident)?);
        record::add_follow_ups(incident, &broken_rules);
        Ok(Ok(edited))
    }
}
