//! The outcome of a notification: the decision, with the reason for it. Written as JSON by `pullable sentry`;
//! `schemas/sentry.schema.json` is the same for other programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::incident::Incident;

/// The version of the format.
pub const SENTRY_SCHEMA_VERSION: u32 = 1;

/// The outcome of a notification. Fields are in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Always [`SENTRY_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The decision; if there are several incidents, that on the most severe one.
    pub decision: Decision,
    /// The reason for it.
    pub reason: Reason,
    /// The same in a sentence.
    pub why: String,
    /// The object that the notification is about.
    pub about: About,
    /// Object id of the commit that was examined; `None` if none was.
    pub head: Option<String>,
    /// The units that deploy the resources which the object applies.
    pub units: Vec<String>,
    /// One for each commit that introduced missing references.
    pub incidents: Vec<Decided>,
    /// References of the units that could not be verified.
    pub unverified: Vec<String>,
    /// The open request, new or not: the first one of several incidents.
    pub proposal: Option<Proposal>,
}

/// The object that a notification is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The sender: `flux` or `argocd`.
    pub origin: String,
    /// As in `Kustomization`.
    pub kind: String,
    /// Empty if the notification names none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its cluster, if the notification names it.
    pub cluster: Option<String>,
    /// The time of the notification in seconds since 1970, if it has one.
    pub time: Option<i64>,
}

/// An incident with its decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The reason for it.
    pub reason: Reason,
    /// The incident; its `why` explains the decision.
    #[serde(flatten)]
    pub incident: Incident,
}

/// A draft request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Short name of its branch.
    pub branch: String,
    /// Its address.
    pub url: String,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// A draft request reverts the reference.
    Propose,
    /// A user has to examine it.
    Report,
    /// There is nothing to do.
    Ignore,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Propose => "propose",
            Self::Report => "report",
            Self::Ignore => "ignore",
        })
    }
}

/// The reason for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A registry confirms that a reference of head is missing.
    ConfirmedMissing,
    /// Every reference can be pulled.
    Healed,
    /// The reference that was missing is no longer in Git.
    AlreadyGone,
    /// References could not be verified.
    Unverified,
    /// The commit was reverted before, and the reference is present again.
    RevertedBefore,
    /// The introducing commit is a revert itself.
    RevertOfRevert,
    /// A user closed the request without merging it.
    Declined,
    /// A request is open.
    Open,
    /// The notification is older than the limit.
    TooOld,
    /// A request for the same unit was opened recently.
    Cooldown,
    /// Too many requests are open.
    TooMany,
    /// Many references of a registry are missing at once, which is a fault of the registry.
    RegistryFault,
    /// The notification reports no failure.
    NotAnError,
    /// No object in the repository matches the notification.
    UnknownUnit,
    /// The object deploys no image.
    NotAnImage,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::ConfirmedMissing,
        Self::Healed,
        Self::AlreadyGone,
        Self::Unverified,
        Self::RevertedBefore,
        Self::RevertOfRevert,
        Self::Declined,
        Self::Open,
        Self::TooOld,
        Self::Cooldown,
        Self::TooMany,
        Self::RegistryFault,
        Self::NotAnError,
        Self::UnknownUnit,
        Self::NotAnImage,
    ];

    /// The name in JSON: `confirmed-missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmedMissing => "confirmed-missing",
            Self::Healed => "healed",
            Self::AlreadyGone => "already-gone",
            Self::Unverified => "unverified",
            Self::RevertedBefore => "reverted-before",
            Self::RevertOfRevert => "revert-of-revert",
            Self::Declined => "declined",
            Self::Open => "open",
            Self::TooOld => "too-old",
            Self::Cooldown => "cooldown",
            Self::TooMany => "too-many",
            Self::RegistryFault => "registry-fault",
            Self::NotAnError => "not-an-error",
            Self::UnknownUnit => "unknown-unit",
            Self::NotAnImage => "not-an-image",
        }
    }

    /// The decision that results if no request is opened.
    pub fn decision(self) -> Decision {
        match self {
            Self::Healed
            | Self::AlreadyGone
            | Self::Declined
            | Self::Open
            | Self::NotAnError
            | Self::NotAnImage => Decision::Ignore,
            _ => Decision::Report,
        }
    }

    /// The exit code that results if no request is opened.
    pub fn exit_code(self) -> u8 {
        match (self.decision(), self) {
            (_, Self::Unverified | Self::RegistryFault | Self::UnknownUnit) => 3,
            (Decision::Report, _) => 1,
            _ => 0,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Outcome {
    /// The exit code: 1 for a confirmed fault that is only reported, otherwise 3 for an unverified reference,
    /// otherwise 0.
    pub fn exit_code(&self) -> u8 {
        let own = exit_code(self.decision, self.reason);
        let incidents = self.incidents.iter().map(|decided| exit_code(decided.decision, decided.reason));
        let others = if self.unverified.is_empty() { 0 } else { 3 };
        let codes: Vec<u8> = incidents.chain([own, others]).collect();
        if codes.contains(&1) { 1 } else { codes.into_iter().max().unwrap_or_default() }
    }
}

fn exit_code(decision: Decision, reason: Reason) -> u8 {
    if decision == Decision::Propose { 0 } else { reason.exit_code() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_decides_the_exit_code() {
        let mut outcome = Outcome {
            schema_version: SENTRY_SCHEMA_VERSION,
            decision: Decision::Propose,
            reason: Reason::ConfirmedMissing,
            why: String::new(),
            about: About::default(),
            head: None,
            units: Vec::new(),
            incidents: Vec::new(),
            unverified: Vec::new(),
            proposal: None,
        };
        assert_eq!(outcome.exit_code(), 0);
        outcome.unverified.push("nginx:1".to_owned());
        assert_eq!(outcome.exit_code(), 3);
        outcome.decision = Decision::Report;
        assert_eq!(outcome.exit_code(), 1);
        for reason in Reason::ALL {
            let expected = match reason.decision() {
                Decision::Ignore => &[0][..],
                _ => &[1, 3],
            };
            assert!(expected.contains(&reason.exit_code()), "{reason}");
        }
    }

    #[test]
    fn names_are_those_of_json() {
        for reason in Reason::ALL {
            let json = serde_json::to_string(&reason).unwrap_or_default();
            assert_eq!(json, format!("\"{reason}\""));
        }
    }
}
