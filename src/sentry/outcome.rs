//! The outcome of a notification.

use model::sentry::{About, Decided, Decision, Outcome, Proposal, Reason, SENTRY_SCHEMA_VERSION};
use notification::Notification;

/// The outcome of several incidents: the decision of the most severe one. `broken`: the references, if no
/// commit was found for any.
pub(super) fn summed(notification: &Notification, incidents: Vec<Decided>, broken: &[String]) -> Outcome {
    let Some(gravest) = incidents.iter().rev().max_by_key(|decided| weight(decided)) else {
        let why = format!(
            "{} cannot be pulled, and no commit that introduced it was found, so none can be reverted",
            broken.join(", ")
        );
        return outcome(notification, Reason::ConfirmedMissing, why);
    };
    let (decision, reason) = (gravest.decision, gravest.reason);
    let own = gravest.incident.why.clone().unwrap_or_default();
    let why = if incidents.len() > 1 {
        format!("{} incidents; the most severe: {own}", incidents.len())
    } else {
        own
    };
    let proposal = incidents.iter().find_map(proposal);
    Outcome { decision, incidents, proposal, ..outcome(notification, reason, why) }
}

/// The rank of a decision: confirmed and only reported, then not verified, then proposed.
fn weight(decided: &Decided) -> u8 {
    match (decided.decision, decided.reason.exit_code()) {
        (Decision::Propose, _) => 1,
        (_, 1) => 3,
        (_, 3) => 2,
        _ => 0,
    }
}

fn proposal(decided: &Decided) -> Option<Proposal> {
    let request = decided.incident.request.as_ref().filter(|request| request.state == "open")?;
    let branch = decided.incident.branch.clone()?;
    Some(Proposal { branch, url: request.url.clone() })
}

/// An outcome without incidents.
pub(super) fn outcome(notification: &Notification, reason: Reason, why: String) -> Outcome {
    let object = notification.object.clone();
    Outcome {
        schema_version: SENTRY_SCHEMA_VERSION,
        decision: reason.decision(),
        reason,
        why,
        about: About {
            origin: notification.origin.as_str().to_owned(),
            kind: object.kind,
            namespace: object.namespace,
            name: object.name,
            cluster: notification.metadata.get("cluster").cloned(),
            time: notification.time,
        },
        head: None,
        units: Vec::new(),
        incidents: Vec::new(),
        unverified: Vec::new(),
        proposal: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::incident::{Incident, Request};
    use notification::{Object, Origin};

    use super::*;
    use crate::revert::example;

    fn notification() -> Notification {
        let object = Object {
            kind: "Kustomization".to_owned(),
            namespace: "flux-system".to_owned(),
            name: "apps".to_owned(),
        };
        Notification {
            origin: Origin::Flux,
            object,
            is_error: true,
            time: Some(7),
            reason: String::new(),
            message: String::new(),
            revisions: Vec::new(),
            workloads: Vec::new(),
            metadata: BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]),
        }
    }

    fn decided(decision: Decision, reason: Reason, why: &str) -> Decided {
        Decided { decision, reason, incident: Incident { why: Some(why.to_owned()), ..example::incident() } }
    }

    /// An incident with a request in a state.
    fn requested(state: &str, branch: Option<&str>) -> Decided {
        let url = format!("https://forge.example/{state}");
        let request = Request { number: 1, url, state: state.to_owned(), is_new: true };
        let mut decided = decided(Decision::Propose, Reason::ConfirmedMissing, state);
        decided.incident.request = Some(request);
        decided.incident.branch = branch.map(str::to_owned);
        decided
    }

    #[test]
    fn the_most_severe_incident_decides_and_the_first_of_equals() {
        let ranked = [
            decided(Decision::Ignore, Reason::Open, "open"),
            decided(Decision::Propose, Reason::ConfirmedMissing, "proposed"),
            decided(Decision::Report, Reason::Unverified, "unverified"),
            decided(Decision::Report, Reason::ConfirmedMissing, "reported"),
        ];
        for (rank, one) in ranked.iter().enumerate() {
            for other in &ranked[rank + 1..] {
                for incidents in [[one.clone(), other.clone()], [other.clone(), one.clone()]] {
                    let outcome = summed(&notification(), incidents.to_vec(), &[]);
                    let own = other.incident.why.as_deref().unwrap_or_default();
                    assert_eq!((outcome.decision, outcome.reason), (other.decision, other.reason), "{own}");
                    assert_eq!(outcome.why, format!("2 incidents; the most severe: {own}"));
                    assert_eq!(outcome.incidents, incidents);
                }
            }
            let mut second = one.clone();
            second.incident.why = Some("the second".to_owned());
            let outcome = summed(&notification(), vec![one.clone(), second], &[]);
            assert!(
                outcome.why.ends_with(one.incident.why.as_deref().unwrap_or_default()),
                "{}",
                outcome.why
            );
        }
        let alone = summed(&notification(), vec![ranked[3].clone()], &[]);
        assert_eq!(alone.why, "reported");
    }

    #[test]
    fn a_proposal_is_the_first_open_request_with_a_branch() {
        let proposal = |incidents: &[Decided]| {
            summed(&notification(), incidents.to_vec(), &[])
                .proposal
                .map(|proposal| (proposal.branch, proposal.url))
        };
        let open = requested("open", Some("b"));
        let expected = Some(("b".to_owned(), "https://forge.example/open".to_owned()));
        assert_eq!(proposal(&[requested("closed", Some("a")), open.clone()]), expected);
        assert_eq!(proposal(&[open, requested("open", Some("c"))]), expected);
        assert_eq!(proposal(&[requested("open", None)]), None);
        assert_eq!(proposal(&[requested("merged", Some("a"))]), None);
        assert_eq!(proposal(&[decided(Decision::Report, Reason::ConfirmedMissing, "")]), None);
    }

    #[test]
    fn references_without_a_commit_are_named() {
        let broken = ["r.io/a:1".to_owned(), "r.io/b:1".to_owned()];
        let Outcome { decision, reason, why, about, incidents, .. } =
            summed(&notification(), Vec::new(), &broken);
        assert_eq!((decision, reason), (Decision::Report, Reason::ConfirmedMissing));
        assert!(why.starts_with("r.io/a:1, r.io/b:1 cannot be pulled"), "{why}");
        assert_eq!(incidents, []);
        assert_eq!(
            (about.origin.as_str(), about.kind.as_str(), about.name.as_str()),
            ("flux", "Kustomization", "apps")
        );
        assert_eq!((about.cluster.as_deref(), about.time), (Some("prod"), Some(7)));
    }
}
