//! The faults of a set-up: failures in a cluster that no notification reports. Written as JSON by
//! `pullable sentry --explain-setup`; `schemas/setup.schema.json` is the same for other programs.

use serde::{Deserialize, Serialize};

/// The version of the format.
pub const SETUP_SCHEMA_VERSION: u32 = 1;

/// The notifications that a repository sets up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Always [`SETUP_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The number of objects that were examined.
    pub objects: Counts,
    /// The faults, in the order in which they should be repaired.
    pub faults: Vec<Fault>,
}

/// Numbers of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Kustomizations of Flux.
    pub kustomizations: usize,
    /// Releases of Flux.
    pub helm_releases: usize,
    /// Alerts of Flux.
    pub alerts: usize,
    /// Providers of Flux.
    pub providers: usize,
    /// Applications and ApplicationSets of Argo CD.
    pub applications: usize,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Its kind.
    pub fault: FaultKind,
    /// The object, as in `Alert flux-system/sentry`; `None` for the whole repository.
    pub object: Option<String>,
    /// Its file.
    pub path: Option<String>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// Its column, from 1, in characters.
    pub column: Option<usize>,
    /// The fault in a sentence.
    pub message: String,
    /// The remedy.
    pub help: String,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Flux and Argo CD deploy nothing from the repository.
    NothingDeployed,
    /// A Kustomization does not wait for the resources that it applies.
    NoHealthCheck,
    /// A release does not wait for the resources that it installs.
    NoWait,
    /// There is no Provider that can send to a sentry.
    NoProvider,
    /// An Alert names a Provider that does not exist.
    UnknownProvider,
    /// A Provider that signs has no key.
    NoKey,
    /// A Provider sends without a signature.
    Unsigned,
    /// An Alert is suspended.
    SuspendedAlert,
    /// A regular expression of an Alert is malformed.
    MalformedPattern,
    /// No Alert covers the failures of an object.
    NotNotified,
    /// Argo CD has no template for the sentry.
    NoTemplate,
    /// Argo CD has no trigger that sends the template.
    NoTrigger,
    /// An Application is not subscribed to the trigger.
    NotSubscribed,
    /// A version or a field that is obsolete, or does not exist.
    Obsolete,
}

impl FaultKind {
    /// The name in JSON: `no-health-check`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingDeployed => "nothing-deployed",
            Self::NoHealthCheck => "no-health-check",
            Self::NoWait => "no-wait",
            Self::NoProvider => "no-provider",
            Self::UnknownProvider => "unknown-provider",
            Self::NoKey => "no-key",
            Self::Unsigned => "unsigned",
            Self::SuspendedAlert => "suspended-alert",
            Self::MalformedPattern => "malformed-pattern",
            Self::NotNotified => "not-notified",
            Self::NoTemplate => "no-template",
            Self::NoTrigger => "no-trigger",
            Self::NotSubscribed => "not-subscribed",
            Self::Obsolete => "obsolete",
        }
    }

    /// True if failures may go unnoticed because of it: the exit code is 1.
    pub fn is_grave(self) -> bool {
        !matches!(self, Self::Unsigned | Self::Obsolete | Self::SuspendedAlert)
    }
}
