//! Events of Flux, as its notification-controller posts them (`event/v1beta1`).

use std::collections::BTreeMap;

use model::time::instant;
use serde_json::Value;

use crate::bounds::{LONGEST_MESSAGE, LONGEST_TEXT, MOST_ENTRIES};
use crate::error::ParseError;
use crate::fields::{Names, cut, identity, required, text};
use crate::revision::Revision;
use crate::{Notification, Origin, workload};

const OBJECT: &str = "involvedObject";
const NAMES: Names =
    Names { kind: "involvedObject.kind", namespace: "involvedObject.namespace", name: "involvedObject.name" };
/// The keys of the metadata that contain versions of sources.
const REVISIONS: [&str; 2] = ["revision", "originRevision"];

/// True if the object is an event of Flux.
pub(crate) fn is_event(value: &Value) -> bool {
    value.get(OBJECT).is_some()
}

pub(crate) fn read(value: &Value) -> Result<Notification, ParseError> {
    let object = value.get(OBJECT).filter(|object| object.is_object()).ok_or(ParseError::Absent(OBJECT))?;
    let kind = required(object, "kind", NAMES.kind)?;
    let name = required(object, "name", NAMES.name)?;
    let namespace = object.get("namespace").and_then(Value::as_str).unwrap_or_default();
    let object = identity(&NAMES, kind, namespace, name)?;
    let severity = required(value, "severity", "severity")?;
    let written = required(value, "timestamp", "timestamp")?;
    let expected = "a time, as in 2026-11-18T11:06:40Z";
    let (time, _) = instant(written).ok_or(ParseError::Unexpected { name: "timestamp", expected })?;
    let message = text(value, "message", LONGEST_MESSAGE);
    let metadata = metadata(value.get("metadata"));
    let found = REVISIONS.iter().filter_map(|key| metadata.get(*key));
    Ok(Notification {
        origin: Origin::Flux,
        object,
        is_error: severity == "error",
        time: Some(time),
        reason: text(value, "reason", LONGEST_TEXT),
        revisions: found.map(|text| Revision::parse(text)).collect(),
        workloads: workload::named(&message),
        message,
        metadata,
    })
}

/// The metadata, with names without the prefix of their group: the documentation shows the prefix, but the
/// controller removes it.
fn metadata(value: Option<&Value>) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    for (key, value) in value.and_then(Value::as_object).into_iter().flatten().take(MOST_ENTRIES) {
        let (_, name) = key.rsplit_once('/').unwrap_or(("", key));
        if let Some(value) = value.as_str() {
            metadata.insert(cut(name, LONGEST_TEXT), cut(value, LONGEST_TEXT));
        }
    }
    metadata
}
