//! Notifications of Argo CD, in the form of the template `pullable.argocd/1` (in examples/sentry).

use std::collections::BTreeMap;

use model::time::instant;
use serde_json::Value;

use crate::bounds::{LONGEST_MESSAGE, LONGEST_TEXT, MOST_ENTRIES};
use crate::error::ParseError;
use crate::fields::{Names, identity, required, text};
use crate::revision::Revision;
use crate::{Notification, Origin, workload};

const SCHEMA: &str = "pullable.argocd/1";
const NAMES: Names = Names { kind: "kind", namespace: "namespace", name: "app" };

/// True if the object has the form of the template.
pub(crate) fn is_notification(value: &Value) -> bool {
    value.get("schema").and_then(Value::as_str) == Some(SCHEMA)
}

pub(crate) fn read(value: &Value) -> Result<Notification, ParseError> {
    if !is_notification(value) {
        return Err(ParseError::Unknown);
    }
    let name = required(value, "app", NAMES.name)?;
    let namespace = value.get("namespace").and_then(Value::as_str).unwrap_or_default();
    let object = identity(&NAMES, "Application", namespace, name)?;
    let health = health(value);
    let phase = text(value, "phase", LONGEST_TEXT);
    let is_degraded = health == "Degraded";
    let is_failed = matches!(phase.as_str(), "Error" | "Failed");
    let message = text(value, "message", LONGEST_MESSAGE);
    Ok(Notification {
        origin: Origin::ArgoCd,
        object,
        is_error: is_degraded || is_failed,
        time: value.get("time").and_then(Value::as_str).and_then(instant).map(|(seconds, _)| seconds),
        reason: if is_failed && !is_degraded { phase } else { health },
        revisions: revisions(value),
        workloads: workload::named(&message),
        message,
        metadata: metadata(value),
    })
}

/// The health status: a text, or the object of the Application that contains it.
fn health(value: &Value) -> String {
    match value.get("health") {
        Some(health) if health.is_object() => text(health, "status", LONGEST_TEXT),
        _ => text(value, "health", LONGEST_TEXT),
    }
}

/// The revision of the source, or those of several ones.
fn revisions(value: &Value) -> Vec<Revision> {
    let several = value.get("revisions").and_then(Value::as_array).into_iter().flatten();
    let all = several.chain(value.get("revision")).filter_map(Value::as_str);
    let mut found: Vec<Revision> = Vec::new();
    for text in all.filter(|text| !text.is_empty()).take(MOST_ENTRIES) {
        let revision = Revision::parse(text);
        if !found.contains(&revision) {
            found.push(revision);
        }
    }
    found
}

/// The cluster that the application is deployed to.
fn metadata(value: &Value) -> BTreeMap<String, String> {
    let Some(destination) = value.get("destination") else { return BTreeMap::new() };
    let (name, server) = (text(destination, "name", LONGEST_TEXT), text(destination, "server", LONGEST_TEXT));
    let cluster = if name.is_empty() { server } else { name };
    let entry = ("cluster".to_owned(), cluster);
    if entry.1.is_empty() { BTreeMap::new() } else { BTreeMap::from([entry]) }
}
