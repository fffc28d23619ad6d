//! The report for programs: version 1, described by `schemas/report.schema.json`.

use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::{Finding, Reference, Report, Target, Verdict};
use crate::text::Site;

/// The version of the format: raised when a reader would have to change.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn render(report: &Report) -> String {
    let references: Vec<Value> =
        report.references.iter().map(|(reference, verdict)| self::reference(reference, verdict)).collect();
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let s = &report.summary;
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        tool: json!({"name": "pullable", "version": env!("CARGO_PKG_VERSION")}),
        change: report.comparison.as_ref().map(|comparison| {
            json!({"base": comparison.base, "head": comparison.head, "chosen_by": comparison.chosen_by})
        }),
        summary: json!({
            "references": s.references, "images": s.images, "present": s.present, "missing": s.missing,
            "unverified": s.unverified, "skipped": s.skipped, "malformed": s.malformed,
            "errors": s.errors, "warnings": s.warnings, "notices": s.notices,
        }),
        references,
        findings,
    };
    // Nothing in it can fail to serialise: strings, numbers, and maps with string keys.
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Whole {
    schema_version: u32,
    tool: Value,
    change: Option<Value>,
    summary: Value,
    references: Vec<Value>,
    findings: Vec<Value>,
}

fn reference(reference: &Reference, verdict: &Verdict) -> Value {
    let image = match &reference.target {
        Target::Known(image) if reference.kind == crate::finding::Kind::Repository => Some(image.name()),
        Target::Known(image) => Some(image.to_string()),
        Target::Malformed(_) | Target::Unknown(_) => None,
    };
    let mut value = json!({
        "image": image,
        "written": reference.site.text(),
        "kind": reference.kind.as_str(),
        "resource": reference.resource.as_ref().map(|resource| json!({
            "api_version": resource.api_version, "kind": resource.kind,
            "namespace": resource.namespace, "name": resource.name,
        })),
        "field": reference.field,
        "extractor": reference.extractor,
        "unit": reference.unit.as_str(),
        "related": reference.related.iter().map(|(site, label)| related(site, label)).collect::<Vec<_>>(),
        "verdict": verdict.as_str(),
        "digest": match verdict { Verdict::Present(digest) if !digest.is_empty() => Some(digest), _ => None },
    });
    if let Verdict::Skipped(reason) = verdict {
        set(&mut value, "reason", json!(reason));
    }
    place(&mut value, reference.site.file.path().as_str(), Some(&reference.site), true);
    value
}

fn related(site: &Site, label: &str) -> Value {
    let at = site.location();
    json!({"path": site.file.path().as_str(), "line": at.line, "column": at.column, "label": label})
}

fn finding(finding: &Finding) -> Value {
    let mut value = json!({
        "rule": finding.rule.id(),
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "help": finding.help,
        "suggestions": finding.suggestions,
        "reference": finding.reference,
        "fingerprint": finding.fingerprint,
    });
    place(&mut value, finding.path.as_str(), finding.site.as_ref(), false);
    value
}

/// Adds the place; null where a finding is about a whole file.
fn place(value: &mut Value, path: &str, site: Option<&Site>, bytes: bool) {
    let at = site.map(Site::location);
    set(value, "path", json!(path));
    set(value, "line", json!(at.map(|at| at.line)));
    set(value, "column", json!(at.map(|at| at.column)));
    set(value, "end_line", json!(at.map(|at| at.end_line)));
    set(value, "end_column", json!(at.map(|at| at.end_column)));
    if bytes {
        set(value, "byte_start", json!(at.map(|at| at.byte_start)));
        set(value, "byte_end", json!(at.map(|at| at.byte_end)));
    }
}

fn set(value: &mut Value, key: &str, what: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), what);
    }
}
