//! The report for programs: version 1, described by `schemas/report.schema.json`.

use serde::Serialize;

use model::{BaselineUse, Finding, Kind, Override, Reference, Report, Target, Verdict};
use source::{RepoPath, Site};

use super::safe;

/// The version of the format: raised when a reader would have to change.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn render(report: &Report) -> String {
    let s = &report.summary;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "pullable", version: env!("CARGO_PKG_VERSION") },
        change: report.comparison.as_ref().map(|comparison| Change {
            base: &comparison.base,
            head: &comparison.head,
            chosen_by: &comparison.chosen_by,
        }),
        baseline: report.baseline.as_ref().map(Baseline::new),
        overridden: report.overridden.as_ref().map(Overridden::new),
        summary: Summary {
            references: s.references,
            images: s.images,
            present: s.present,
            missing: s.missing,
            unverified: s.unverified,
            skipped: s.skipped,
            malformed: s.malformed,
            errors: s.errors,
            warnings: s.warnings,
            notices: s.notices,
        },
        references: report.references.iter().map(|(of, verdict)| JsonReference::new(of, verdict)).collect(),
        findings: report.findings.iter().map(JsonFinding::new).collect(),
    };
    safe::json(&document)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    change: Option<Change<'a>>,
    baseline: Option<Baseline>,
    #[serde(rename = "override")]
    overridden: Option<Overridden<'a>>,
    summary: Summary,
    references: Vec<JsonReference<'a>>,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Change<'a> {
    base: &'a str,
    head: &'a str,
    chosen_by: &'a str,
}

/// What a baseline had to do with it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Baseline {
    Applied { let_pass: usize, no_longer_occur: Option<usize> },
    Written { written: usize },
}

/// What the override had to do with it.
#[derive(Serialize)]
pub(super) struct Overridden<'a> {
    reason: &'a str,
    let_pass: usize,
}

#[derive(Serialize)]
struct Summary {
    references: usize,
    images: usize,
    present: usize,
    missing: usize,
    unverified: usize,
    skipped: usize,
    malformed: usize,
    errors: usize,
    warnings: usize,
    notices: usize,
}

#[derive(Serialize)]
struct JsonReference<'a> {
    image: Option<String>,
    written: &'a str,
    kind: &'static str,
    path: &'a str,
    #[serde(flatten)]
    place: Place,
    byte_start: usize,
    byte_end: usize,
    resource: Option<Resource<'a>>,
    field: &'a str,
    extractor: &'static str,
    unit: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_in: Vec<&'a str>,
    related: Vec<Related<'a>>,
    verdict: Option<&'static str>,
    digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    label: &'static str,
}

/// Null where a finding is about a whole file.
#[derive(Serialize)]
struct Place {
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'static str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    suggestions: &'a [String],
    reference: Option<usize>,
    path: &'a str,
    #[serde(flatten)]
    place: Place,
    fingerprint: &'a str,
}

impl Baseline {
    pub(super) fn new(of: &BaselineUse) -> Self {
        match of {
            BaselineUse::Applied { dropped, gone } => {
                Self::Applied { let_pass: *dropped, no_longer_occur: *gone }
            }
            BaselineUse::Written { findings, .. } => Self::Written { written: *findings },
        }
    }
}

impl<'a> Overridden<'a> {
    pub(super) fn new(of: &'a Override) -> Self {
        Self { reason: &of.reason, let_pass: of.findings }
    }
}

impl<'a> JsonReference<'a> {
    fn new(reference: &'a Reference, verdict: &'a Verdict) -> Self {
        let at = reference.site.location();
        Self {
            image: match &reference.target {
                Target::Known(image) if reference.kind == Kind::Repository => Some(image.name()),
                Target::Known(image) => Some(image.to_string()),
                Target::Malformed(_) | Target::Unknown(_) => None,
            },
            written: reference.site.text(),
            kind: reference.kind.as_str(),
            path: reference.site.file.path().as_str(),
            place: Place::new(Some(&reference.site)),
            byte_start: at.byte_start,
            byte_end: at.byte_end,
            resource: reference.resource.as_deref().map(|resource| Resource {
                api_version: &resource.api_version,
                kind: &resource.kind,
                namespace: resource.namespace.as_deref(),
                name: resource.name.as_deref(),
            }),
            field: &reference.field,
            extractor: reference.extractor,
            unit: reference.unit.as_str(),
            also_in: reference.also_in.iter().map(RepoPath::as_str).collect(),
            related: reference.related.iter().map(|(site, label)| Related::new(site, label)).collect(),
            verdict: verdict.as_str(),
            digest: match verdict {
                Verdict::Present(pulled) if !pulled.digest.is_empty() => Some(&pulled.digest),
                _ => None,
            },
            version: verdict.pulled().and_then(|pulled| pulled.version.as_deref()),
            mirror: verdict.pulled().and_then(|pulled| pulled.mirror.as_deref()),
            reason: match verdict {
                Verdict::Skipped(reason) => Some(reason),
                _ => None,
            },
        }
    }
}

impl<'a> Related<'a> {
    fn new(site: &'a Site, label: &'static str) -> Self {
        let at = site.location();
        Self { path: site.file.path().as_str(), line: at.line, column: at.column, label }
    }
}

impl<'a> JsonFinding<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule.id(),
            severity: finding.severity.as_str(),
            message: &finding.message,
            help: finding.help.as_deref(),
            suggestions: &finding.suggestions,
            reference: finding.reference,
            path: finding.path.as_str(),
            place: Place::new(finding.site.as_ref()),
            fingerprint: &finding.fingerprint,
        }
    }
}

impl Place {
    fn new(site: Option<&Site>) -> Self {
        let at = site.map(Site::location);
        Self {
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            end_line: at.map(|at| at.end_line),
            end_column: at.map(|at| at.end_column),
        }
    }
}
