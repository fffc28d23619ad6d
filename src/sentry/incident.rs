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
                Ok(failed(planned, &error))
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

fn failed(incident: Incident, error: &Error) -> Decided {
    let why = format!("nothing is proposed, because an error occurred: {error}");
    let outcome = Outcome::Rejected;
    refused(Incident { outcome, ..incident }, Refusal::new(Reason::ConfirmedMissing, why))
}

#[cfg(test)]
mod tests {
    use model::incident::Request;

    use super::*;
    use crate::revert::example;

    fn request(number: u64) -> Request {
        Request { number, url: String::new(), state: "open".to_owned(), is_new: false }
    }

    #[test]
    fn a_guard_gives_the_incident_its_reason_and_its_request() {
        for (of_guard, of_incident, expected) in [
            (Some(1), Some(2), Some(1)),
            (None, Some(2), Some(2)),
            (Some(1), None, Some(1)),
            (None, None, None),
        ] {
            let incident = Incident {
                why: Some("an earlier reason".to_owned()),
                request: of_incident.map(request),
                ..example::incident()
            };
            let guard =
                Refusal { request: of_guard.map(request), ..Refusal::new(Reason::Open, "it is open") };
            let Decided { decision, reason, incident } = refused(incident, guard);
            assert_eq!((decision, reason), (Decision::Ignore, Reason::Open));
            assert_eq!(incident.why.as_deref(), Some("it is open"));
            assert_eq!(incident.request.map(|request| request.number), expected);
        }
    }

    #[test]
    fn an_incident_that_cannot_be_reverted_is_reported_with_its_own_reason() {
        for (outcome, expected) in [
            (Outcome::Unverified, Reason::Unverified),
            (Outcome::NothingGood, Reason::ConfirmedMissing),
            (Outcome::Conflict, Reason::ConfirmedMissing),
        ] {
            let own = Incident { outcome, why: Some("its reason".to_owned()), ..example::incident() };
            let Decided { decision, reason, incident } = stopped(own.clone());
            assert_eq!((decision, reason, incident), (Decision::Report, expected, own));
        }
    }

    #[test]
    fn what_is_only_reported_names_the_images() {
        let references = ["r.io/a:2", "r.io/b:2"].map(example::reference).to_vec();
        let Decided { decision, reason, incident } = reported(Incident { references, ..example::incident() });
        assert_eq!((decision, reason), (Decision::Report, Reason::ConfirmedMissing));
        let why = incident.why.unwrap();
        assert_eq!(why, "r.io/a:2, r.io/b:2 cannot be pulled; --propose opens a draft request");
        let Decided { decision, reason, incident } = failed(example::incident(), &Error::Cancelled);
        assert_eq!((decision, reason), (Decision::Report, Reason::ConfirmedMissing));
        assert_eq!(incident.outcome, Outcome::Rejected);
        let why = incident.why.unwrap();
        assert!(why.starts_with("nothing is proposed, because an error occurred: "), "{why}");
    }
}
