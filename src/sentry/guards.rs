//! The guards of an incident: reasons not to propose a revert, in their order. Each queries Git, the
//! registries and the forge again.

use std::time::Duration;

use model::incident::Incident;
use model::sentry::Reason;

use crate::error::Error;
use crate::revert::{is_revert, reverts_incident, units_of};

use super::faults::Faults;
use super::refusal::{Refusal, in_words};
use super::remote::{Forge, Left};
use super::session::Sentry;

/// Maximum number of commits of the history that are searched for an earlier revert.
const MOST_COMMITS: usize = 20_000;
/// The folder of the branches of reverts.
const BRANCHES: &str = "pullable/revert/";

/// The answer of the guards.
pub(super) enum Guarded {
    /// No revert is proposed.
    Refused(Refusal),
    /// A revert may be proposed; with the branch that another run left without a request.
    Free(Option<Left>),
}

impl Sentry<'_> {
    /// Passes the guards one by one. The forge is `None` if it is not contacted.
    pub(super) async fn guarded(
        &self,
        incident: &Incident,
        forge: Option<&Forge<'_>>,
        faults: &Faults,
    ) -> Result<Guarded, Error> {
        if let Some(refusal) = self.in_git(incident)? {
            return Ok(Guarded::Refused(refusal));
        }
        let mut left = None;
        if let Some(forge) = forge {
            match forge.request_of(incident, self.now).await? {
                Ok(found) => left = found,
                Err(refusal) => return Ok(Guarded::Refused(refusal)),
            }
        }
        if let Some(refusal) = self.too_old() {
            return Ok(Guarded::Refused(refusal));
        }
        if let Some(forge) = forge
            && let Some(refusal) = self.beside_others(incident, forge).await?
        {
            return Ok(Guarded::Refused(refusal));
        }
        let fault = self.registry_fault(faults).await?;
        Ok(fault.map_or(Guarded::Free(left), Guarded::Refused))
    }

    /// Reverts in the history: one that reverted the same reference before, or one that introduced it.
    fn in_git(&self, incident: &Incident) -> Result<Option<Refusal>, Error> {
        let repository = &self.run.repository;
        let is_ours = |message: &str| reverts_incident(message, incident);
        if let Some(commit) = repository.find_message(None, &self.run.head, MOST_COMMITS, &is_ours)? {
            let why = format!(
                "{commit} reverted it before, and it was introduced again, by a user or an automation"
            );
            return Ok(Some(Refusal::new(Reason::RevertedBefore, why)));
        }
        let introducing = &incident.introducing.commit;
        let parents = repository.commit_info(introducing)?.parents;
        let base = parents.first().map(String::as_str);
        if let Some(commit) = repository.find_message(base, introducing, MOST_COMMITS, &is_revert)? {
            let why = format!("{commit} is a revert itself: a revert is never reverted automatically");
            return Ok(Some(Refusal::new(Reason::RevertOfRevert, why)));
        }
        Ok(None)
    }

    fn too_old(&self) -> Option<Refusal> {
        let age = self.now - self.notification.time?;
        let limit = self.limits.max_age;
        let why = || {
            format!("the notification is {} old; --max-age is {}", in_words(age), in_words(seconds(limit)))
        };
        is_longer(age, limit).then(|| Refusal::new(Reason::TooOld, why()))
    }

    /// Other requests of the sentry: a recent one for the same unit, or too many open ones.
    async fn beside_others(&self, incident: &Incident, forge: &Forge<'_>) -> Result<Option<Refusal>, Error> {
        let is_other =
            |branch: &str| branch.starts_with(BRANCHES) && incident.branch.as_deref() != Some(branch);
        for request in forge.newest().await? {
            let Some(opened) = request.opened.filter(|_| is_other(&request.branch)) else { continue };
            let age = self.now - opened;
            let is_recent = is_shorter(age, self.limits.cooldown);
            // A text without a record may be about any unit.
            let is_same = units_of(&request.body).is_none_or(|units| {
                incident.references.iter().any(|reference| units.contains(&reference.unit))
            });
            if is_recent && is_same {
                let why = format!(
                    "a request for the same unit was opened {} ago, of the branch {}; --cooldown is {}",
                    in_words(age),
                    request.branch,
                    in_words(seconds(self.limits.cooldown))
                );
                return Ok(Some(Refusal::new(Reason::Cooldown, why)));
            }
        }
        let open = forge.open().await?.iter().filter(|request| is_other(&request.branch)).count();
        let limit = self.limits.max_open;
        let why = || format!("{open} requests of pullable are open; --max-open is {limit}");
        Ok((open >= limit).then(|| Refusal::new(Reason::TooMany, why())))
    }
}

fn is_longer(age: i64, limit: Duration) -> bool {
    age > seconds(limit)
}

fn is_shorter(age: i64, limit: Duration) -> bool {
    age < seconds(limit)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{is_longer, is_shorter};

    /// A limit itself is neither exceeded nor undercut, and a clock that is behind makes nothing old.
    #[test]
    fn an_age_is_compared_with_its_limit() {
        let limit = Duration::from_mins(1);
        let ages = [-1, 0, 59, 60, 61, i64::MAX];
        assert_eq!(ages.map(|age| is_longer(age, limit)), [false, false, false, false, true, true]);
        assert_eq!(ages.map(|age| is_shorter(age, limit)), [true, true, true, false, false, false]);
        assert!(!is_longer(i64::MAX, Duration::MAX));
        assert!(!is_shorter(0, Duration::ZERO));
    }
}
