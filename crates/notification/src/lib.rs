//! Notifications of Flux and Argo CD about failures in a cluster, as one type: [`Notification`].
//!
//! The body of a request, the event file of a `repository_dispatch` of GitHub, and the `TRIGGER_PAYLOAD` of GitLab are
//! read. All of it is untrusted text: the identity of an object has to be one that Kubernetes would accept, everything else is bounded in size and kept as it is. Code that prints it has to escape it.
//!
//! ```
//! use notification::{Notification, Origin, Source};
//!
//! let body = br#"{
//!     "involvedObject": {"kind": "Kustomization", "namespace": "flux-system", "name": "apps"},
//!     "severity": "error",
//!     "timestamp": "2026-11-18T11:06:40Z",
//!     "message": "health check failed after 1m0s: timeout waiting for: [Deployment/prod/web status: 'InProgress']",
//!     "reason": "HealthCheckFailed",
//!     "metadata": {"revision": "main@sha1:34295e5b91dadb2c1f4a9a1e8b1d6b6c5f3e2a10"}
//! }"#;
//! let found = Notification::parse(body, Source::Detect)?;
//! assert_eq!((found.origin, found.object.to_string()), (Origin::Flux, "Kustomization flux-system/apps".to_owned()));
//! assert!(found.is_error);
//! assert_eq!(found.time, Some(1_795_000_000));
//! # Ok::<(), notification::ParseError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::collections::BTreeMap;
use std::fmt;

mod argo_cd;
mod bounds;
mod error;
mod fields;
mod flux;
mod parse;
mod revision;
mod workload;

pub use bounds::LONGEST_BODY;
pub use error::ParseError;
pub use parse::Source;
pub use revision::Revision;
pub use workload::Workload;

/// A notification about an object of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The system that sent it.
    pub origin: Origin,
    /// The object that it is about.
    pub object: Object,
    /// True for a failure, false for information.
    pub is_error: bool,
    /// Its time in seconds since 1970; `None` if it has none.
    pub time: Option<i64>,
    /// The reason in one word, as in `HealthCheckFailed`; for Argo CD the health or the phase. Empty if there
    /// is none.
    pub reason: String,
    /// The message, cut to the bound.
    pub message: String,
    /// The versions of the sources from which the object was applied. They are the newest ones, not those
    /// that introduced the fault.
    pub revisions: Vec<Revision>,
    /// The workloads that the message names: hints, which may be wrong.
    pub workloads: Vec<Workload>,
    /// Further facts, such as `cluster`; names are without the prefix of a group.
    pub metadata: BTreeMap<String, String>,
}

/// The system that sent a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Flux.
    Flux,
    /// Argo CD.
    ArgoCd,
}

impl Origin {
    /// The name in records: `flux`, `argocd`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flux => "flux",
            Self::ArgoCd => "argocd",
        }
    }
}

/// The identity of an object of a cluster, with names as Kubernetes accepts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// `Kustomization`, `HelmRelease`, `Application`, or another kind.
    pub kind: String,
    /// Its namespace; empty if the sender names none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Object {
    /// As in `Kustomization flux-system/apps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name } = self;
        if namespace.is_empty() { write!(f, "{kind} {name}") } else { write!(f, "{kind} {namespace}/{name}") }
    }
}

#[cfg(test)]
mod tests;
