//! Faults of objects, and of the whole repository.

use model::Resource;
use model::setup::{Fault, FaultKind};
use source::Site;

/// A fault of an object.
pub(super) fn fault(
    kind: FaultKind,
    object: &Resource,
    site: &Site,
    message: String,
    help: impl Into<String>,
) -> Fault {
    let at = site.location();
    Fault {
        fault: kind,
        object: Some(named(object)),
        path: Some(site.file.path().to_string()),
        line: Some(at.line),
        column: Some(at.column),
        message,
        help: help.into(),
    }
}

/// A fault of the whole repository.
pub(super) fn of_repository(kind: FaultKind, message: &str, help: &str) -> Fault {
    Fault {
        fault: kind,
        object: None,
        path: None,
        line: None,
        column: None,
        message: message.to_owned(),
        help: help.to_owned(),
    }
}

/// As in `Alert flux-system/sentry`.
pub(super) fn named(resource: &Resource) -> String {
    let Resource { kind, namespace, name, .. } = resource;
    let name = name.clone().unwrap_or_default();
    namespace
        .as_ref()
        .map_or_else(|| format!("{kind} {name}"), |namespace| format!("{kind} {namespace}/{name}"))
}
