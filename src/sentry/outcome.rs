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
