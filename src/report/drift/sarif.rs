//! SARIF 2.1.0 for code scanning: a result at Git's line for each container that differs. A container that
//! Git does not have is a notification of the run.

use serde_json::{Value, json};

use model::drift::{Drift, DriftVerdict, Entry};

use crate::explain::documentation;
use crate::report::safe;
use crate::report::sarif::{message, uri};

use super::words;

/// Maximum number of results of a run that code scanning accepts.
const RESULTS: usize = 25_000;

/// The report as SARIF.
pub fn sarif(found: &Drift) -> String {
    let (mut results, mut notes) = (Vec::new(), Vec::new());
    for entry in found.workloads.iter().filter(|entry| entry.verdict != DriftVerdict::Same) {
        match result(entry) {
            Some(result) if results.len() < RESULTS => results.push(result),
            _ => notes.push(json!({ "level": level(entry.verdict), "message": message(&text(entry)) })),
        }
    }
    for notice in &found.notices {
        notes.push(json!({ "level": "note", "message": message(notice) }));
    }
    let rules: Vec<Value> = DriftVerdict::ALL.iter().map(|verdict| rule(*verdict)).collect();
    safe::json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pullable drift",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "results": results,
        }],
    }))
}

fn rule(verdict: DriftVerdict) -> Value {
    let text = match verdict {
        DriftVerdict::Unreproducible => "A running image is gone from its registry",
        DriftVerdict::NotLive => "A container of Git does not run",
        DriftVerdict::Foreign => "A container runs an image that Git never had",
        DriftVerdict::Behind => "A container runs an earlier image of Git",
        DriftVerdict::NotInGit => "A container runs that Git does not have",
        DriftVerdict::Unknown => "A container could not be compared",
        DriftVerdict::Moved => "A container runs another digest than its tag has now",
        DriftVerdict::Same => "A container runs what Git deploys",
    };
    json!({
        "id": id(verdict),
        "helpUri": documentation("drift.md#verdicts"),
        "shortDescription": { "text": text },
        "defaultConfiguration": { "level": level(verdict) },
    })
}

fn id(verdict: DriftVerdict) -> String {
    format!("drift-{}", verdict.as_str())
}

fn level(verdict: DriftVerdict) -> &'static str {
    match verdict.exit_code() {
        1 => "error",
        3 => "warning",
        _ => "note",
    }
}

/// A result at Git's line; `None` if Git has no line for it.
fn result(entry: &Entry) -> Option<Value> {
    let git = entry.git.as_ref()?;
    let mut region = json!({ "startLine": git.line, "startColumn": git.column, "endLine": git.line });
    if git.end_line == git.line
        && let Some(fields) = region.as_object_mut()
    {
        fields.insert("endColumn".to_owned(), json!(git.end_column));
    }
    Some(json!({
        "ruleId": id(entry.verdict),
        "ruleIndex": DriftVerdict::ALL.iter().position(|verdict| *verdict == entry.verdict),
        "level": level(entry.verdict),
        "message": message(&text(entry)),
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&git.path) }, "region": region } }],
        "partialFingerprints": { "pullable/drift/v1": words::place(entry) },
    }))
}

fn text(entry: &Entry) -> String {
    let mut parts = vec![format!("{}: {}", words::place(entry), entry.verdict.as_str())];
    let live = entry.live.as_ref().map_or("nothing", |live| live.image.as_str());
    match &entry.git {
        Some(git) => parts.push(format!("Git has {}, the cluster {live}", git.image)),
        None => parts.push(format!("the cluster has {live}")),
    }
    let more = [entry.reason.clone(), words::since(entry), words::suspended(entry), entry.hint.clone()];
    parts.extend(more.into_iter().flatten());
    parts.join("\n")
}
