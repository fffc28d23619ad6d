//! The workloads that the message of a failed health check names.

use crate::bounds::MOST_ENTRIES;
use crate::fields::{is_kind, is_name, is_namespace};

/// A workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Workload {
    /// Its kind, as in `Deployment`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The workloads of `timeout waiting for: [Deployment/prod/web status: 'InProgress', …]`.
pub(crate) fn named(message: &str) -> Vec<Workload> {
    let mut found = Vec::new();
    let (before, _) = message.rsplit_once(" status: ").unwrap_or_default();
    for part in before.split(" status: ") {
        let word = part.rsplit([' ', '[', ',']).next().unwrap_or_default();
        if let Some(workload) = workload(word)
            && found.len() < MOST_ENTRIES
            && !found.contains(&workload)
        {
            found.push(workload);
        }
    }
    found
}

fn workload(word: &str) -> Option<Workload> {
    let (kind, rest) = word.split_once('/')?;
    let (namespace, name) = rest.split_once('/')?;
    let is_identity = is_kind(kind) && is_namespace(namespace) && is_name(name);
    is_identity.then(|| Workload {
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}
