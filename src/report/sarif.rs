//! SARIF 2.1.0, in the form that GitHub's code scanning accepts: every result has a place, every place is on
//! one line.
//! <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

use std::fmt::Write as _;

use serde_json::{Value, json};

use model::{Class, Rule, Severity};
use model::{Finding, Fix, Reference, Report};
use source::Site;

use super::blocks::blocks;
use super::json;
use super::lines::{help, of_override};
use super::outcome::by_gravity;
use super::reference;
use super::safe::{self, cut, printable_lines};
use crate::explain::{address, page};

/// Maximum number of results of a run that code scanning accepts.
const RESULTS: usize = 25_000;
/// Maximum number of bytes of all results together, so that the file is below the limit of code scanning.
const ROOM: usize = 9 << 20;
/// Maximum length of a message, in characters.
const LONGEST: usize = 4_000;
/// Maximum length of a description of a rule, in characters.
const DESCRIPTION: usize = 1_000;
/// Maximum number of related places of a result.
const RELATED: usize = 20;

pub(super) fn render(report: &Report) -> String {
    let mut findings = by_gravity(report);
    findings.retain(|finding| !finding.is_of_run());
    let results = results(&findings, report);
    let more = findings.len() - results.len();
    let mut notes = Vec::new();
    if let Some(overridden) = &report.overridden {
        notes.push(json!({ "level": "warning", "message": message(&of_override(overridden)) }));
    }
    // A result needs a file, so that a finding about the whole run is left out.
    for finding in report.findings.iter().filter(|finding| finding.is_of_run()) {
        let text = format!("{}: {}", finding.rule, finding.message);
        notes.push(json!({ "level": level(finding.severity), "message": message(&text) }));
    }
    if more > 0 {
        let text = format!("{more} more findings than code scanning takes; the other reports have them");
        notes.push(json!({ "level": "warning", "message": message(&text) }));
    }
    let run = json!({
        "tool": { "driver": {
            "name": "pullable",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": Rule::ALL.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
        } },
        "columnKind": "unicodeCodePoints",
        "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
        "results": results,
        "properties": {
            "baseline": report.baseline.as_ref().map(json::baseline),
            "override": report.overridden.as_ref().map(json::overridden),
        },
    });
    safe::json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }))
}

/// The results for code scanning: the most severe findings, up to the limits.
fn results(findings: &[&Finding], report: &Report) -> Vec<Value> {
    let mut room = ROOM;
    let mut results = Vec::new();
    for finding in findings.iter().take(RESULTS) {
        let next = result(finding, report);
        let size = next.to_string().len();
        if size > room {
            break;
        }
        room -= size;
        results.push(next);
    }
    results
}

fn descriptor(rule: Rule) -> Value {
    let first = page(rule).split("\n\n").next().unwrap_or_default().replace('\n', " ");
    json!({
        "id": rule.id(),
        "helpUri": address(rule),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": cut(&first, DESCRIPTION) },
        "help": { "text": page(rule), "markdown": page(rule) },
        "defaultConfiguration": { "enabled": rule.class() != Class::Optional, "level": match rule.class() {
            Class::Known(severity) => level(severity),
            Class::Unverified | Class::Optional => level(Severity::Error),
        } },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
    }
}

fn result(finding: &Finding, report: &Report) -> Value {
    let help = help(finding);
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.severity),
        "message": message(&format!("{}{help}", finding.message)),
        "locations": [place(finding.path.as_str(), finding.site.as_ref())],
        "relatedLocations": reference::of(finding, report).map(related).unwrap_or_default(),
        // GitHub's own key is computed by its upload step, which reports any other value.
        "partialFingerprints": { "pullable/v1": finding.fingerprint },
    });
    let fixes: Vec<Value> = finding.fixes.iter().filter_map(fix).collect();
    if let Some(fields) = result.as_object_mut().filter(|_| !fixes.is_empty()) {
        fields.insert("fixes".to_owned(), json!(fixes));
    }
    result
}

/// A correction of whole lines; `None` if they cannot be shown.
fn fix(fix: &Fix) -> Option<Value> {
    let mut changes = Vec::new();
    for block in blocks(fix) {
        // Without columns a region covers whole lines, without the end of the last one.
        let region = json!({ "startLine": block.line, "endLine": block.end_line });
        changes.push(json!({
            "artifactLocation": { "uri": uri(&block.path) },
            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": block.text } }],
        }));
    }
    let description = message(&fix.description);
    (!changes.is_empty()).then(|| json!({ "description": description, "artifactChanges": changes }))
}

/// The other places that contribute to the value of a reference.
fn related(reference: &Reference) -> Vec<Value> {
    let mut places = Vec::new();
    for (id, (site, label)) in reference.related.iter().take(RELATED).enumerate() {
        let mut location = place(site.file.path().as_str(), Some(site));
        if let Some(fields) = location.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("message".to_owned(), json!({ "text": label }));
        }
        places.push(location);
    }
    places
}

/// A message. `[text](target)` would be a link.
pub(super) fn message(text: &str) -> Value {
    let lines = printable_lines(&cut(text, LONGEST)).join("\n");
    json!({ "text": lines.replace("](", "] (") })
}

/// A place on one line; the place of a finding about a file is its first line.
fn place(path: &str, site: Option<&Site>) -> Value {
    let region = match site.map(Site::location) {
        None => json!({ "startLine": 1 }),
        Some(at) if at.end_line == at.line => json!({
            "startLine": at.line, "startColumn": at.column,
            "endLine": at.line, "endColumn": at.end_column,
        }),
        // Without an end column a region goes to the end of its line.
        Some(at) => json!({ "startLine": at.line, "startColumn": at.column, "endLine": at.line }),
    };
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path) }, "region": region } })
}

/// A path as a URI: relative to the root of the repository, or of a file elsewhere.
pub(super) fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("apps/web.yaml"), "apps/web.yaml");
        assert_eq!(uri("a b: 100%.yaml"), "a%20b%3A%20100%25.yaml");
        assert_eq!(uri("/é"), "file:///%C3%A9");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
