//! The decision on one incident, and the resulting request.

use model::incident::{Incident, Outcome};
use model::sentry::{Decided, Decision, Reason};

use crate::error::Error;
use crate::revert::Plan;

use super::faults::Faults;
use super::guards::Guarded;
use super::refusal::Refusal;
use super::remote::{Forge, Left, refusal};
use super::session::Sentry;

impl Sentry<'_> {
    /// Decides on an incident. If a forge or a remote fails, the incident is only reported.
    pub(super) async fn incident(&self, plan: Plan, faults: &Faults) -> Result<Decided, Error> {
        let planned = plan.incident.clone();
        match self.decided(plan, faults).await {
            Err(error @ (Error::Forge(_) | Error::Git(_))) if self.run.forge.is_some() => {
                Ok(unreached(planned, &error))
            }
            decided => decided,
        }
    }

    async fn decided(&self, plan: Plan, faults: &Faults) -> Result<Decided, Error> {
        let forge = Forge::of(&self.run);
        match self.guarded(&plan.incident, forge.as_ref(), faults).await? {
            Guarded::Refused(refusal) => Ok(refused(plan.incident, refusal)),
            Guarded::Free(_) if plan.incident.outcome != Outcome::Planned => Ok(stopped(plan.incident)),
            Guarded::Free(left) => match forge {
                Some(forge) => self.proposed(plan, left, &forge).await,
                None => Ok(reported(plan.incident)),
            },
        }
    }

    async fn proposed(&self, plan: Plan, left: Option<Left>, forge: &Forge<'_>) -> Result<Decided, Error> {
        let incident = match left {
            Some(Left { commit }) => self.run.adopt(plan, commit).await,
            None => self.run.write(plan).await?,
        };
        match incident.request.clone() {
            Some(request) if request.is_new => {
                let why = format!("the draft request {} reverts it", request.url);
                let incident = Incident { why: Some(why), ..incident };
                Ok(Decided { decision: Decision::Propose, reason: Reason::ConfirmedMissing, incident })
            }
            // Another run was faster.
            Some(request) => Ok(refused(incident, refusal(request))),
            None if incident.outcome == Outcome::Rejected && forge.made_elsewhere(&incident)?.is_some() => {
                let why = "another run pushed its branch at the same moment";
                Ok(refused(incident, Refusal::new(Reason::Open, why)))
            }
            None => Ok(stopped(incident)),
        }
    }
}

/// An incident that a guard stops.
fn refused(incident: Incident, refusal: Refusal) -> Decided {
    let Refusal { reason, why, request } = refusal;
    let request = request.or(incident.request);
    Decided {
        decision: reason.decision(),
        reason,
        incident: Incident { why: Some(why), request, ..incident },
    }
}

/// An incident that cannot be reverted; its `why` is the reason.
fn stopped(incident: Incident) -> Decided {
    let reason = match incident.outcome {
        Outcome::Unverified => Reason::Unverified,
        _ => Reason::ConfirmedMissing,
    };
    Decided { decision: Decision::Report, reason, incident }
}

/// An incident that could be reverted.
fn reported(incident: Incident) -> Decided {
    let images: Vec<&str> = incident.references.iter().map(|reference| reference.from.as_str()).collect();
    let why = format!("{} cannot be pulled; --propose opens a draft request", images.join(", "));
    refused(incident, Refusal::new(Reason::ConfirmedMissing, why))
}

fn unreached(incident: Incident, error: &Error) -> Decided {
    let why = format!("nothing is proposed, because the forge or the remote fails: {error}");
    let outcome = Outcome::Rejected;
    refused(Incident { outcome, ..incident }, Refusal::new(Reason::ConfirmedMissing, why))
}
